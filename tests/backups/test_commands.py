"""`clearbill backup` and `clearbill restore` as people meet them, on real SQLite files."""

from __future__ import annotations

import fcntl
import json
import os
import resource
import sqlite3
import stat
import subprocess
import sys
import threading
import time
import zipfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests import patience
from tests.backups.installation import Installation

pytestmark = pytest.mark.slow


def manifest_of(backup: Path) -> dict[str, Any]:
    with zipfile.ZipFile(backup) as file:
        return dict(json.loads(file.read("manifest.json")))


def fingerprint(installation: Installation) -> list[str]:
    with closing(sqlite3.connect(installation.database)) as connection:
        return list(connection.iterdump())


def test_a_backup_is_one_private_file_that_says_what_it_is(installation: Installation) -> None:
    said = installation.do("backup")
    [backup] = (installation.folder / "backups").glob("clearbill-*.zip")
    assert str(backup) in said
    assert "KB" in said
    assert f"Keep a copy of {installation.folder / 'encryption-keys'} in another place" in said
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    manifest = manifest_of(backup)
    assert manifest["claims"] == {"Created": 3}
    assert manifest["engine"] == "sqlite"
    assert "backups.0001_initial" in manifest["migrations"]
    with zipfile.ZipFile(backup) as file:
        assert file.namelist() == ["database.sqlite3", "manifest.json"]
    assert [path.name for path in (installation.folder / "backups").iterdir()] == [backup.name]


def test_a_backup_in_a_second_that_has_one_takes_the_next_free_name(installation: Installation) -> None:
    folder, now = installation.folder / "backups", datetime.now(UTC)
    folder.mkdir()
    taken = [folder / f"clearbill-{now + timedelta(seconds=later):%Y%m%d-%H%M%S}.zip" for later in range(-1, 60)]
    for path in taken:
        path.touch()
    installation.do("backup")
    [backup] = set(folder.iterdir()) - set(taken)
    assert backup.name > max(path.name for path in taken)
    assert manifest_of(backup)["claims"] == {"Created": 3}
    assert not any(path.stat().st_size for path in taken)


def test_where_the_keys_have_another_place_that_one_is_named(installation: Installation, tmp_path: Path) -> None:
    kept = tmp_path / "kept-keys"
    kept.write_text((installation.folder / "encryption-keys").read_text())
    assert f"Keep a copy of {kept} in" in installation.do("backup", CLEARBILL_ENCRYPTION_KEYS_FILE=str(kept))
    keys = kept.read_text()
    assert "a copy of CLEARBILL_ENCRYPTION_KEYS in" in installation.do("backup", CLEARBILL_ENCRYPTION_KEYS=keys)


def test_the_copy_is_of_one_moment_while_others_write(installation: Installation, tmp_path: Path) -> None:
    """Two tables are always changed together; the backup never shows one without the other."""
    with closing(sqlite3.connect(installation.database)) as connection:
        connection.executescript("CREATE TABLE one (n, filler); CREATE TABLE two (n, filler);")
    done = threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(installation.database, timeout=patience.SECONDS)) as connection:
            number = 0
            while not done.is_set():
                number += 1
                with connection:
                    connection.execute("INSERT INTO one VALUES (?, ?)", (number, "." * 20_000))
                    connection.execute("INSERT INTO two VALUES (?, ?)", (number, "." * 20_000))
                time.sleep(0.001)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        patience.wait_until("there is something to copy", lambda: installation.rows("SELECT n FROM two LIMIT 1"))
        installation.do("backup", str(tmp_path / "busy.zip"))
    finally:
        done.set()
        writer.join()
    with zipfile.ZipFile(tmp_path / "busy.zip") as file:
        file.extract("database.sqlite3", tmp_path)
    with closing(sqlite3.connect(tmp_path / "database.sqlite3")) as copy:
        [(one, two)] = copy.execute("SELECT (SELECT max(n) FROM one), (SELECT max(n) FROM two)")
    assert one == two > 0


def test_only_the_newest_are_kept_when_asked(installation: Installation) -> None:
    folder = installation.folder / "backups"
    folder.mkdir(exist_ok=True)
    for day in range(1, 5):
        (folder / f"clearbill-2026100{day}-020000.zip").write_bytes(b"")
    (folder / "notes.txt").write_text("mine")
    said = installation.do("backup", "--keep", "2")
    assert "3 older backups were removed" in said
    names = sorted(path.name for path in folder.iterdir())
    assert names[0] == "clearbill-20261004-020000.zip"
    assert (len(names), names[-1]) == (3, "notes.txt")
    assert "--keep" in installation.refusal("backup", "--keep", "0")


def test_what_a_killed_backup_left_is_cleared_away(installation: Installation) -> None:
    folder = installation.folder / "backups"
    (folder / ".making-old").mkdir(parents=True)
    (folder / ".making-old" / "database.sqlite3").write_bytes(b"half")
    (folder / ".making-now").mkdir()
    os.utime(folder / ".making-old", (1e9, 1e9))
    installation.do("backup")
    assert [path.name for path in folder.glob(".*")] == [".making-now"]


def test_an_existing_file_is_not_written_over(installation: Installation, tmp_path: Path) -> None:
    precious = tmp_path / "precious.zip"
    precious.write_text("holiday")
    assert "already a file" in installation.refusal("backup", str(precious))
    assert precious.read_text() == "holiday"
    assert "no folder" in installation.refusal("backup", str(tmp_path / "nowhere" / "a.zip"))


def test_a_restore_brings_back_what_was_and_keeps_what_is(installation: Installation, tmp_path: Path) -> None:
    backup = installation.backup(str(tmp_path / "last-night.zip"))
    before = fingerprint(installation)
    installation.act("invoice", "Later", "2")
    later = fingerprint(installation)
    said = installation.do("restore", "--yes", str(backup))
    [aside] = installation.folder.glob("clearbill-before-*.sqlite3")
    assert str(aside) in said
    assert installation.rows("SELECT count(*) FROM billing_invoice") == [(3,)]
    assert installation.rows("SELECT count(*) FROM claims_claim WHERE is_restored") == [(3,)]
    # The restore can be undone: the earlier file is whole.
    aside.replace(installation.database)
    assert fingerprint(installation) == later != before


def test_everybody_signs_in_again_after_a_restore(installation: Installation, tmp_path: Path) -> None:
    with closing(sqlite3.connect(installation.database)) as connection, connection:
        connection.execute("INSERT INTO django_session VALUES ('key', 'data', '2030-01-01')")
    installation.do("restore", "--yes", str(installation.backup(str(tmp_path / "a.zip"))))
    assert installation.rows("SELECT count(*) FROM django_session") == [(0,)]


def test_nobody_at_the_terminal_means_no_restore(installation: Installation, tmp_path: Path) -> None:
    backup = installation.backup(str(tmp_path / "a.zip"))
    before = fingerprint(installation)
    assert "--yes" in installation.refusal("restore", str(backup))
    assert fingerprint(installation) == before


def test_a_running_worker_is_in_the_way_of_a_restore_but_not_of_a_backup(
    installation: Installation, tmp_path: Path
) -> None:
    with installation.worker() as worker:
        installation.act("is_quiet")
        backup = installation.backup(str(tmp_path / "a.zip"))
        patience.wait_until("the worker holds the folder", lambda: in_use(installation))
        assert "Clearbill is running" in installation.refusal("restore", "--yes", str(backup))
        assert worker.poll() is None
    installation.do("restore", "--yes", str(backup))


def in_use(installation: Installation) -> bool:
    with (installation.folder / "in-use").open("w") as mark:
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def test_while_a_restore_runs_nobody_else_gets_at_the_database(installation: Installation, tmp_path: Path) -> None:
    with (installation.folder / "in-use").open("w") as mark:
        fcntl.flock(mark, fcntl.LOCK_EX)
        assert "being restored" in installation.refusal("backup", str(tmp_path / "a.zip"))
        done = installation.run("practice", "Another", "--owner", "b@example.org", "--owner-name", "B")
        assert done.returncode != 0
    assert installation.rows("SELECT count(*) FROM people_practice") == [(1,)]


def test_a_file_that_sqlite_cannot_read_is_replaced_and_kept(installation: Installation, tmp_path: Path) -> None:
    backup = installation.backup(str(tmp_path / "a.zip"))
    installation.database.write_bytes(b"the disk lost this" * 1000)
    installation.do("restore", "--yes", str(backup))
    [aside] = installation.folder.glob("clearbill-before-*.sqlite3")
    assert aside.read_bytes().startswith(b"the disk lost this")
    assert installation.rows("SELECT count(*) FROM claims_claim") == [(3,)]


def test_another_program_that_has_the_database_open_is_noticed(installation: Installation, tmp_path: Path) -> None:
    backup = installation.backup(str(tmp_path / "a.zip"))
    with closing(sqlite3.connect(installation.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "Another program" in installation.refusal("restore", "--yes", str(backup))
    assert installation.rows("SELECT count(*) FROM claims_claim WHERE is_restored") == [(0,)]


def test_a_new_machine_is_told_when_the_credentials_cannot_be_read(template: Installation, tmp_path: Path) -> None:
    template.environment["CLEARBILL_DATA"] = str(template.folder)
    bare = template.backup(str(tmp_path / "bare.zip"))
    with_keys = template.backup("--with-keys", str(tmp_path / "keys.zip"))
    machine = Installation(tmp_path / "one")
    said = machine.do("restore", "--yes", str(bare))
    assert "cannot be read with the keys of this machine" in said
    assert machine.rows("SELECT count(*) FROM claims_claim WHERE is_restored") == [(3,)]
    other = Installation(tmp_path / "two")
    said = other.do("restore", "--yes", str(with_keys))
    assert "cannot be read" not in said
    kept = (other.folder / "encryption-keys").read_text().split(",")
    assert kept[-1] == (template.folder / "encryption-keys").read_text().strip()
    assert len(kept) == 2


def test_an_older_backup_is_brought_up_to_date(template: Installation, tmp_path: Path) -> None:
    """A database that lacks the newest table, as an earlier release made it."""
    older = template.copied(tmp_path / "older")
    older.do("migrate", "backups", "zero", "-v0")
    backup = older.backup(str(tmp_path / "older.zip"))
    assert "backups.0001_initial" not in manifest_of(backup)["migrations"]
    now = template.copied(tmp_path / "now")
    now.do("restore", "--yes", str(backup))
    assert now.rows("SELECT count(*) FROM backups_reconciliation") == [(1,)]


def test_a_disk_that_is_full_ends_in_a_sentence_and_leaves_no_half_file(
    installation: Installation, tmp_path: Path
) -> None:
    limit = installation.database.stat().st_size // 2
    done = subprocess.run(
        [sys.executable, "-m", "clearbill", "backup", str(tmp_path / "a.zip")],
        env=installation.environment,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "a.zip").exists()
    assert not list((installation.folder / "backups").iterdir())


KILLS = [
    ("Verifying", 0.0),
    ("Loading", 0.0),
    ("Checking", 0.0),
    *(("Bringing", seconds) for seconds in (0.0, 0.05, 0.15)),
    *(("Putting", seconds) for seconds in (0.0, 0.001, 0.002, 0.004, 0.008)),
]


@pytest.fixture(scope="module")
def morning(template: Installation, tmp_path_factory: pytest.TempPathFactory) -> tuple[Installation, Path]:
    """An installation with two more invoices than its backup."""
    folder = tmp_path_factory.mktemp("morning")
    made = template.copied(folder / "data")
    backup = made.backup(str(folder / "a.zip"))
    made.act("invoice", "Later", "2")
    return made, backup


@pytest.mark.parametrize(("step", "pause_seconds"), KILLS)
def test_a_restore_killed_at_any_moment_leaves_the_old_or_the_new_database_whole(
    morning: tuple[Installation, Path], tmp_path: Path, step: str, pause_seconds: float
) -> None:
    """The new one is whole only with its marks: without them, a worker would send again what was sent."""
    installation, backup = morning[0].copied(tmp_path / "data"), morning[1]
    process = installation.start("restore", "--yes", str(backup))
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(step):
            time.sleep(pause_seconds)
            process.kill()
            break
    process.wait()
    assert installation.rows("PRAGMA integrity_check") == [("ok",)]
    assert state(installation) in {(5, 0, 0), (3, 3, 1)}


def test_a_restore_that_was_killed_can_simply_be_done_again(morning: tuple[Installation, Path], tmp_path: Path) -> None:
    installation, backup = morning[0].copied(tmp_path / "data"), morning[1]
    # As a kill just before the last step leaves it: a half-made database, and a second name for the present one.
    (installation.folder / "restoring").mkdir()
    (installation.folder / "restoring" / "clearbill.sqlite3").write_bytes(b"half")
    second = installation.folder / "clearbill-before-20260101-000000.sqlite3"
    second.hardlink_to(installation.database)
    installation.do("restore", "--yes", str(backup))
    assert state(installation) == (3, 3, 1)
    assert not (installation.folder / "restoring").exists()
    assert not second.exists()


def state(installation: Installation) -> tuple[int, int, int]:
    """How many invoices there are, how many claims are marked, how many practices are to be asked about."""
    [found] = installation.rows(
        "SELECT (SELECT count(*) FROM billing_invoice), (SELECT count(*) FROM claims_claim WHERE is_restored),"
        " (SELECT count(*) FROM backups_reconciliation)"
    )
    return found[0], found[1], found[2]
