"""An installation of December 2026 with data is brought up to date: nothing in it is lost, and no amount is another."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.db import earlier_installation
from tests.processes import run, surroundings

MOVED = {f"clients_cover.{name}" for name in ("authorisation_code", "authorisation_from", "authorisation_to")}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("installation")
    environment = surroundings(folder, CLEARBILL_LOG="warning")
    (folder / "clearbill.sqlite3").unlink(missing_ok=True)
    done = run(environment, "-m", "tests.db.earlier_installation")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_row_and_every_value_is_still_there(found: Any) -> None:
    assert found["tables"] == found["rows"] == []
    assert set(found["columns"]) == MOVED | {"clients_cover.authorised_sessions"}
    assert found["values"] == {}


def test_what_was_authorised_stands_under_the_policy(found: Any) -> None:
    numbers = {row["id"]: row["number"] for row in earlier_installation.table("clients_client")}
    names = ("authorisation_code", "authorisation_from", "authorisation_to", "authorised_sessions")
    covers = [
        [numbers[row["client_id"]], *(str(row[name]) for name in names)]
        for row in earlier_installation.table("clients_cover")
        if any(row[name] for name in names)
    ]
    assert len(covers) > 100
    assert found["authorisations"] == sorted(covers)


def test_every_kind_of_page_opens(found: Any) -> None:
    assert len(found["pages"]) > 25
    assert {address: status for address, status in found["pages"].items() if status != 200} == {}
