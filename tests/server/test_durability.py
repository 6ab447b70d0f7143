"""Clearbill does not start on a database that may forget what it has confirmed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.postgres import Cluster
from tests.processes import Process, run, surroundings

pytestmark = pytest.mark.slow
START = {"web": ["web"], "worker": ["worker", "--once"], "serve": ["serve"]}


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    with Cluster() as running:
        yield running


def on(server: Cluster, folder: Path, name: str) -> dict[str, str]:
    return surroundings(folder, CLEARBILL_DATABASE_URL=server.new_database(name))


@pytest.mark.parametrize("command", START)
def test_postgresql_that_does_not_wait_for_its_disk_is_refused(server: Cluster, tmp_path: Path, command: str) -> None:
    environment = on(server, tmp_path, f"lazy_{command}")
    server.query(f"ALTER DATABASE lazy_{command} SET synchronous_commit = off")
    said = run(environment, "-m", "clearbill", *START[command])
    assert said.returncode == 1
    assert "PostgreSQL runs with synchronous_commit off" in said.stderr
    assert "ALTER SYSTEM SET synchronous_commit = 'on'" in said.stderr
    assert "Traceback" not in said.stderr


def test_postgresql_without_fsync_is_refused(tmp_path: Path) -> None:
    with Cluster({"fsync": "off"}) as server:
        said = run(on(server, tmp_path, "forgetful"), "-m", "clearbill", "worker", "--once")
    assert said.returncode == 1
    assert "PostgreSQL runs with fsync off" in said.stderr


def test_postgresql_as_it_comes_is_taken_and_serves_pages(server: Cluster, tmp_path: Path) -> None:
    environment = on(server, tmp_path, "durable")
    with Process(environment, "-m", "clearbill", "serve") as serve:
        serve.wait_for("Ctrl-C")
        assert serve.said("Set-up code") == 1
        assert serve.end() == 0


def test_a_database_that_does_not_answer_is_said_in_a_sentence_without_the_password(tmp_path: Path) -> None:
    with Cluster() as gone:
        environment = surroundings(tmp_path, CLEARBILL_DATABASE_URL=gone.url)
    said = run(environment, "-m", "clearbill", "worker", "--once")
    assert said.returncode == 1
    assert "The database does not answer" in said.stderr
    assert gone.password not in said.stderr
    assert "Traceback" not in said.stderr


def test_the_address_of_the_database_may_stand_in_a_file(server: Cluster, tmp_path: Path) -> None:
    environment = on(server, tmp_path, "by_file")
    secret = tmp_path / "address"
    secret.write_text(environment.pop("CLEARBILL_DATABASE_URL") + "\n")
    environment["CLEARBILL_DATABASE_URL_FILE"] = str(secret)
    assert run(environment, "-m", "clearbill", "migrate", "-v0").returncode == 0
    assert run(environment, "-m", "clearbill", "worker", "--once").returncode == 0
    assert not (tmp_path / "clearbill.sqlite3").exists()
    secret.unlink()
    said = run(environment, "-m", "clearbill", "worker", "--once")
    assert "CLEARBILL_DATABASE_URL_FILE points to" in said.stderr


def test_sqlite_is_kept_with_a_write_ahead_log_and_synced_in_full(tmp_path: Path) -> None:
    environment = surroundings(tmp_path)
    environment.pop("CLEARBILL_DATABASE_URL", None)
    (tmp_path / "clearbill.sqlite3").unlink()
    assert run(environment, "-m", "clearbill", "migrate", "-v0").returncode == 0
    assert run(environment, "-m", "clearbill", "worker", "--once").returncode == 0
    with closing(sqlite3.connect(tmp_path / "clearbill.sqlite3")) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_sqlite_that_does_not_wait_for_its_disk_is_refused(tmp_path: Path) -> None:
    environment = surroundings(tmp_path)
    environment.pop("CLEARBILL_DATABASE_URL", None)
    code = (
        "import django; from django.conf import settings; django.setup();"
        "from django.db import connection; from clearbill.db.durability import require_durable;"
        "connection.cursor().execute('PRAGMA synchronous=NORMAL'); require_durable()"
    )
    said = run(environment, "-c", code)
    assert said.returncode == 1
    assert "SQLite cannot keep its database durably here (journal wal, synchronous 1)" in said.stderr
