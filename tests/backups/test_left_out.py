"""A backup holds no session and nothing about sign-ins: who has it gets into nobody's practice with it."""

from __future__ import annotations

import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from clearbill.backups import engine
from tests.backups.installation import Installation

pytestmark = pytest.mark.slow
KEY = "abcdefghijklmnopqrstuvwxyz012345"
ROWS = {
    "django_session": ("session_key, session_data, expire_date", (KEY, "data", "2099-01-01")),
    "people_accountmail": ("kind, about, email, asked_at", ("link", "", f"{KEY}@example.org", "2026-11-10")),
    "people_failedattempt": ("kind, email, device, at", ("password", f"{KEY}@example.org", "", "2026-11-10")),
}


def test_on_sqlite_neither_the_rows_nor_their_remains_are_in_the_file(
    installation: Installation, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(installation.database)) as there:
        for table, (names, values) in ROWS.items():
            there.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(values))})", values)
        there.commit()
    installation.do("backup")
    [backup] = (installation.folder / "backups").glob("clearbill-*.zip")
    with zipfile.ZipFile(backup) as file:
        [name] = [one for one in file.namelist() if one.endswith("sqlite3")]
        copy = Path(file.extract(name, tmp_path / "opened"))
    assert KEY.encode() not in copy.read_bytes()
    with closing(sqlite3.connect(copy)) as opened:
        there = {name for (name,) in opened.execute("SELECT name FROM sqlite_master")}
        assert set(engine.NOT_COPIED) <= there
        assert [opened.execute(f"SELECT count(*) FROM {table}").fetchone() for table in engine.NOT_COPIED] == [
            (0,) for _ in engine.NOT_COPIED
        ]
        assert opened.execute("SELECT count(*) FROM people_user").fetchone() != (0,)
