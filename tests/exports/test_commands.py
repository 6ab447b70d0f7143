"""The commands, over the demo of an earlier version brought up to date: it moves to another folder as it is."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.processes import run, surroundings

pytestmark = pytest.mark.slow

# Made anew, of this installation alone, or told of its arrival.
OTHERWISE = {
    "clients_searchterm": "keys",
    "practice_healthcodeconnection": "stays",
    "backups_reconciliation": "asks what was sent since",
    "people_auditentry": "one entry more each",
    "people_user": "passwords stay",
    "people_usersession": "stays",
    "people_numbersequence": "numbers are skipped",
    "claims_claim": "asked about first",
    "claims_claimevent": "the reply may be lost",
    "claims_outbox": "in doubt",
    "bank_look": "stays",
}


def _tables(folder: Path) -> dict[str, set[Any]]:
    with closing(sqlite3.connect(folder / "clearbill.sqlite3")) as database:
        named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB '[a-z]*_[a-z]*' ORDER BY name"
        names = [name for (name,) in database.execute(named)]
        ours = [name for name in names if not re.match("account_|auth_|django_|mfa_|sqlite_", name)]
        return {name: set(database.execute(f'SELECT * FROM "{name}"')) for name in ours}


def test_a_whole_practice_moves_to_another_installation(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    there = surroundings(old, CLEARBILL_LOG="warning")
    (old / "clearbill.sqlite3").unlink(missing_ok=True)
    assert run(there, "-m", "tests.db.earlier_installation").returncode == 0
    file = tmp_path / "all.zip"
    made = run(there, "-m", "clearbill", "export", str(file))
    assert made.returncode == 0, made.stderr
    again = run(there, "-m", "clearbill", "export", str(file))
    assert (again.returncode, "already a file" in again.stderr) == (1, True)
    here = surroundings(new, CLEARBILL_LOG="warning")
    assert run(here, "-m", "clearbill", "migrate", "--verbosity", "0").returncode == 0
    came = run(here, "-m", "clearbill", "import-practice", str(file))
    assert came.returncode == 0, came.stderr
    assert "its books agree to the penny" in came.stdout
    before, after = _tables(old), _tables(new)
    assert set(before) == set(after)
    assert {name for name in before if before[name] != after[name]} <= set(OTHERWISE)
    assert len(after["billing_entry"]) == len(before["billing_entry"]) > 100
    assert len(after["claims_exchange"]) == len(before["claims_exchange"]) > 100
    twice = run(here, "-m", "clearbill", "import-practice", str(file))
    assert (twice.returncode, "holds data already" in twice.stderr) == (1, True)
    other = run(there, "-m", "clearbill", "export", "--practice", "Nobody")
    assert (other.returncode, "There is no practice “Nobody” here." in other.stderr) == (1, True)
