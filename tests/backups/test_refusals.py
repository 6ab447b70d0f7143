"""Files that are no good backup: each is refused with one sentence, and nothing is touched."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from clearbill.backups import folder_lock, restore
from clearbill.backups.sqlite import SqliteEngine
from clearbill.bill.problem import Refused
from tests.backups.installation import Installation


@pytest.fixture(scope="module")
def backup(template: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template.backup(str(tmp_path_factory.mktemp("backup") / "good.zip"))


def refusal(file: Path, installation: Installation, settings: Settings) -> str:
    """Try to restore the file into the installation; return why not, having seen that nothing was touched."""
    settings.DATA_FOLDER = installation.folder
    before = {path.name: path.read_bytes() for path in installation.folder.iterdir() if path.is_file()}
    with pytest.raises(Refused) as refused:
        restore.restore(
            file=file,
            engine=SqliteEngine(installation.database, folder=installation.folder / "restoring"),
            folder=installation.folder,
            now=datetime.now(UTC),
            begin=lambda _: pytest.fail("a database was made of it"),
            confirm=lambda _: True,
            say=lambda _: None,
        )
    after = {path.name: path.read_bytes() for path in installation.folder.iterdir() if path.is_file()}
    assert after.pop(folder_lock.FILE) == b""
    before.pop(folder_lock.FILE, None)
    assert after == before
    assert not (installation.folder / "restoring").exists()
    return str(refused.value)


def rewritten(backup: Path, to: Path, change: Callable[[str, bytes], bytes]) -> Path:
    """The same backup with its parts changed."""
    with zipfile.ZipFile(backup) as file, zipfile.ZipFile(to, "w") as other:
        for name in file.namelist():
            other.writestr(name, change(name, file.read(name)))
    return to


def told_otherwise(backup: Path, to: Path, **given: Any) -> Path:
    """The same backup with another manifest."""

    def change(name: str, content: bytes) -> bytes:
        return json.dumps({**json.loads(content), **given}).encode() if name == "manifest.json" else content

    return rewritten(backup, to, change)


def flipped(backup: Path, to: Path) -> Path:
    content = bytearray(backup.read_bytes())
    content[len(content) // 3] ^= 0xFF
    to.write_bytes(content)
    return to


def with_another(name: str, content: bytes) -> Callable[[Path, Path], Path]:
    def make(backup: Path, to: Path) -> Path:
        rewritten(backup, to, lambda _, kept: kept)
        with zipfile.ZipFile(to, "a") as file:
            file.writestr(name, content)
        return to

    return make


def written(content: bytes) -> Callable[[Path, Path], Path]:
    def make(_: Path, to: Path) -> Path:
        to.write_bytes(content)
        return to

    return make


def foreign(_: Path, to: Path) -> Path:
    with zipfile.ZipFile(to, "w") as file:
        file.writestr("letter.txt", "Dear all")
    return to


def cut(backup: Path, to: Path) -> Path:
    content = backup.read_bytes()
    to.write_bytes(content[: len(content) * 2 // 3])
    return to


def from_the_future(backup: Path, to: Path) -> Path:
    with zipfile.ZipFile(backup) as file:
        migrations = json.loads(file.read("manifest.json"))["migrations"]
    return told_otherwise(backup, to, migrations=[*migrations, "claims.0999_from_the_future"])


BAD: dict[str, tuple[Callable[[Path, Path], Path], str]] = {
    "missing": (lambda _, to: to, "There is no file"),
    "truncated": (cut, "not complete"),
    "empty": (written(b""), "is not a backup"),
    "a picture": (written(b"\xff\xd8 no backup at all"), "is not a backup"),
    "another zip": (foreign, "is not a backup of Clearbill"),
    "one bit flipped": (flipped, "damaged"),
    "altered": (
        lambda backup, to: rewritten(backup, to, lambda name, kept: kept if "json" in name else kept[:-1] + b"!"),
        "damaged",
    ),
    "longer than told": (
        lambda backup, to: rewritten(backup, to, lambda name, kept: kept if "json" in name else kept + b"!"),
        "damaged",
    ),
    "with a stowaway": (with_another("../../escape", b"!"), "damaged"),
    "newer tables": (from_the_future, "Bring Clearbill up to date"),
    "a newer release": (lambda backup, to: told_otherwise(backup, to, clearbill="9.0.0"), "by Clearbill 9.0.0"),
    "a newer format": (lambda backup, to: told_otherwise(backup, to, format_version=2), "newer Clearbill"),
    "another engine": (
        lambda backup, to: told_otherwise(backup, to, engine="postgresql"),
        "is of a PostgreSQL database, but this installation runs on SQLite",
    ),
    "an unknown engine": (lambda backup, to: told_otherwise(backup, to, engine="paper"), "damaged"),
    "parts elsewhere": (
        lambda backup, to: told_otherwise(backup, to, parts=[{"name": "../escape", "bytes": 1, "sha256": ""}]),
        "damaged",
    ),
    "no moment": (lambda backup, to: told_otherwise(backup, to, taken_at="yesterday"), "damaged"),
    "no manifest to read": (
        lambda backup, to: rewritten(backup, to, lambda name, kept: b"{" if "json" in name else kept),
        "damaged",
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_file_that_is_no_good_backup_is_refused_and_nothing_is_touched(
    kind: str, backup: Path, installation: Installation, settings: Settings, tmp_path: Path
) -> None:
    make, words = BAD[kind]
    assert words in refusal(make(backup, tmp_path / "bad.zip"), installation, settings)


def test_a_database_inside_that_sqlite_finds_damaged_is_refused(
    backup: Path, installation: Installation, settings: Settings, tmp_path: Path
) -> None:
    """Damaged before it was packed: every sum is right, and still it is no database."""
    import hashlib

    broken = b"SQLite format 3\0" + b"nothing that follows is right" * 500
    part = {"name": "database.sqlite3", "bytes": len(broken), "sha256": hashlib.sha256(broken).hexdigest()}
    changed = told_otherwise(backup, tmp_path / "told.zip", parts=[part])
    bad = rewritten(changed, tmp_path / "bad.zip", lambda name, kept: kept if "json" in name else broken)
    assert "cannot be read" in refusal(bad, installation, settings)
