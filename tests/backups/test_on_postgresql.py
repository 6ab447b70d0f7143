"""Backup and restore on a real PostgreSQL server, by its own programs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests import patience
from tests.backups.installation import Installation
from tests.postgres import Cluster

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def desk(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A practice with three claims that are Created; its database is copied for each test."""
    made = Installation(tmp_path_factory.mktemp("desk") / "data", url=cluster.new_database("template_desk"))
    made.do("migrate", "-v0")
    made.act("set_up")
    made.act("bill", "SIM-PAID", "3")
    return made


@pytest.fixture
def installation(desk: Installation, cluster: Cluster, tmp_path: Path) -> Iterator[Installation]:
    with connected(cluster.url) as connection:
        connection.execute("CREATE DATABASE desk TEMPLATE template_desk")
    yield desk.copied(tmp_path / "data", url=cluster.url_of("desk"))
    with connected(cluster.url) as connection:
        for name in databases(connection):
            if name.startswith("desk"):
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def connected(url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def databases(connection: psycopg.Connection[Any]) -> list[str]:
    return [row[0] for row in connection.execute("SELECT datname FROM pg_database ORDER BY datname")]


def counted(url: str, question: str) -> int:
    with connected(url) as connection:
        row = connection.execute(question.encode()).fetchone()
    assert row is not None
    return int(row[0])


INVOICES = "SELECT count(*) FROM billing_invoice"
MARKED = "SELECT count(*) FROM claims_claim WHERE is_restored"


def test_a_restore_swaps_the_databases_and_keeps_the_earlier_one(
    installation: Installation, cluster: Cluster, tmp_path: Path
) -> None:
    backup = installation.backup(str(tmp_path / "a.zip"))
    installation.act("invoice", "Later", "2")
    said = installation.do("restore", "--yes", str(backup))
    assert counted(installation.url, INVOICES) == 3
    assert counted(installation.url, MARKED) == 3
    with connected(cluster.url) as connection:
        [earlier] = [name for name in databases(connection) if name.startswith("desk_before_")]
        assert "desk_restoring" not in databases(connection)
    assert earlier in said
    assert counted(cluster.url_of(earlier), INVOICES) == 5
    installation.act("invoice", "Afterwards")


def test_whoever_is_connected_is_in_the_way(installation: Installation, cluster: Cluster, tmp_path: Path) -> None:
    backup = installation.backup(str(tmp_path / "a.zip"))
    with connected(installation.url):
        sentence = installation.refusal("restore", "--yes", str(backup))
    assert "1 other connection to the database desk is open" in sentence
    assert counted(installation.url, MARKED) == 0


def test_whoever_connects_in_the_middle_is_in_the_way_and_nothing_changes(
    installation: Installation, cluster: Cluster, tmp_path: Path
) -> None:
    backup = installation.backup(str(tmp_path / "a.zip"))
    process = installation.start("restore", "--yes", str(backup))
    assert process.stdout is not None
    while not process.stdout.readline().startswith("Loading"):
        assert process.poll() is None
    with connected(installation.url):
        _, complained = process.communicate(timeout=patience.SECONDS)
    assert process.returncode != 0
    assert "has connected to the database desk meanwhile" in complained
    assert counted(installation.url, MARKED) == 0
    with connected(cluster.url) as connection:
        assert [name for name in databases(connection) if name.startswith("desk")] == ["desk"]


@pytest.mark.parametrize("step", ["Loading", "Bringing", "Putting"])
def test_a_restore_killed_in_the_middle_leaves_a_whole_database_and_can_be_done_again(
    installation: Installation, tmp_path: Path, step: str
) -> None:
    backup = installation.backup(str(tmp_path / "a.zip"))
    installation.act("invoice", "Later", "2")
    process = installation.start("restore", "--yes", str(backup))
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(step):
            process.kill()
            break
    process.wait()
    assert (counted(installation.url, INVOICES), counted(installation.url, MARKED)) in {(5, 0), (3, 3)}
    installation.do("restore", "--yes", str(backup))
    assert (counted(installation.url, INVOICES), counted(installation.url, MARKED)) == (3, 3)


def test_the_password_is_on_no_command_line(installation: Installation, cluster: Cluster, tmp_path: Path) -> None:
    """The programs of PostgreSQL, each behind a script that writes down how it was called."""
    programs, calls = tmp_path / "bin", tmp_path / "calls"
    programs.mkdir()
    for name in ("pg_dump", "pg_restore"):
        real = shutil.which(name) or str(cluster.programs / name)
        (programs / name).write_text(f'#!/bin/sh\necho "{name} $*" >> {calls}\nexec {real} "$@"\n')
        (programs / name).chmod(0o755)
    backup = tmp_path / "a.zip"
    installation.do("backup", str(backup), CLEARBILL_PG_BIN=str(programs))
    installation.do("restore", "--yes", str(backup), CLEARBILL_PG_BIN=str(programs))
    called = calls.read_text()
    assert "pg_dump --format=custom" in called
    assert "pg_restore --no-owner" in called
    assert cluster.password not in called


def test_missing_programs_and_a_server_that_is_away_are_said_in_a_sentence(
    installation: Installation, cluster: Cluster, tmp_path: Path
) -> None:
    assert "CLEARBILL_PG_BIN" in installation.refusal("backup", CLEARBILL_PG_BIN=str(tmp_path))
    cluster.stop()
    try:
        sentence = installation.refusal("backup")
    finally:
        cluster.start()
    assert "does not let us into the database desk" in sentence
    assert cluster.password not in sentence


def test_a_user_who_may_not_make_databases_is_told_what_is_missing(
    installation: Installation, cluster: Cluster, tmp_path: Path
) -> None:
    backup = installation.backup(str(tmp_path / "a.zip"))
    with connected(cluster.url) as connection:
        connection.execute("CREATE ROLE humble LOGIN PASSWORD 'humble-secret'")
        try:
            url = cluster.url_of("desk").replace("clearbill:" + cluster.password, "humble:humble-secret")
            assert "CREATEDB" in installation.refusal("restore", "--yes", str(backup), CLEARBILL_DATABASE_URL=url)
        finally:
            connection.execute("DROP ROLE humble")
    assert counted(installation.url, MARKED) == 0


def test_a_backup_of_one_engine_is_refused_by_the_other(installation: Installation, tmp_path: Path) -> None:
    backup = installation.backup(str(tmp_path / "a.zip"))
    other = Installation(tmp_path / "sqlite")
    other.do("migrate", "-v0")
    assert "is of a PostgreSQL database" in other.refusal("restore", "--yes", str(backup))


def test_a_new_server_needs_no_database_yet(installation: Installation, cluster: Cluster, tmp_path: Path) -> None:
    backup = installation.backup(str(tmp_path / "a.zip"))
    machine = Installation(tmp_path / "new", url=cluster.url_of("desk_new"))
    said = machine.do("restore", "--yes", str(backup))
    assert counted(machine.url, MARKED) == 3
    assert "until now" not in said
    assert os.environ.get("PGPASSWORD") is None
