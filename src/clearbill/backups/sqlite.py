"""Copies of a SQLite database, by its online backup, and the step that puts one in the place of the present file."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

from clearbill.backups import engine
from clearbill.backups.archive import settle_folder
from clearbill.backups.engine import CopyFacts
from clearbill.backups.progress import Progress, Say
from clearbill.bill.problem import Refused

PAGES_AT_A_TIME = 4096

BEFORE = "-before-"

BESIDE = ("-wal", "-shm", "-journal")


class SqliteEngine:
    """The database in one file. `folder` is where a backup is made ready before it takes the file's place."""

    name = "sqlite"

    def __init__(self, path: Path, *, folder: Path) -> None:
        self._path, self._making = path, folder / path.name

    def copy(self, to: Path, *, say: Say) -> CopyFacts:
        if not self._path.exists():
            raise Refused(f"There is no database at {self._path} yet, so there is nothing to back up.")
        with _opened(self._path) as source, _opened(to, mode="rwc") as target:
            # A read transaction holds one moment of the database, however long the copying takes.
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
            pages = source.execute("PRAGMA page_count").fetchone()[0]
            progress = Progress(say, pages)
            source.backup(
                target, pages=PAGES_AT_A_TIME, sleep=0.05, progress=lambda _, left, total: progress.at(total - left)
            )
            source.rollback()
            target.execute("PRAGMA journal_mode=DELETE")
            _leave_out(target)
        say("Checking the copy")
        return _checked(to)

    def refuse_if_used(self) -> None:
        """Whatever runs of Clearbill holds the data folder; other programs are found when the file is settled."""

    def load(self, copy: Path, *, say: Say) -> None:
        say("Checking the copy")
        _checked(copy)
        copy.replace(self._making)

    def loaded(self) -> AbstractContextManager[None]:
        return engine.pointed_at(str(self._making))

    def swap(self, *, stamp: str) -> str:
        _settle(self._making)
        aside = self._path.with_name(f"{self._path.stem}{BEFORE}{stamp}{self._path.suffix}")
        was_there = self._path.exists()
        if was_there:
            self._forget_interrupted()
            _put_aside(self._path, aside)
        self._making.replace(self._path)
        settle_folder(self._path.parent)
        return f"The database as it was until now is {aside}." if was_there else ""

    def discard(self) -> None:
        self._making.unlink(missing_ok=True)

    def _forget_interrupted(self) -> None:
        """A restore that was killed just before its last step leaves a second name for the present file."""
        for path in self._path.parent.glob(f"{self._path.stem}{BEFORE}*{self._path.suffix}"):
            if path.samefile(self._path):
                path.unlink()


@contextmanager
def _opened(path: Path, *, mode: str = "rw") -> Iterator[sqlite3.Connection]:
    try:
        with closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None, timeout=20)
        ) as connection:
            yield connection
    except sqlite3.Error as error:
        raise Refused(f"The database {path} cannot be read: {error}.") from None


def _leave_out(copy: sqlite3.Connection) -> None:
    """Empty the tables that are not copied; nothing of their rows stays in the file."""
    copy.execute("PRAGMA secure_delete=ON")
    there = {name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table in engine.NOT_COPIED:
        if table in there:
            copy.execute(f"DELETE FROM {table}")  # nosec B608: names of ours


def _checked(path: Path) -> CopyFacts:
    """Return what stands in the copy. Raises Refused where SQLite finds anything wrong with it."""
    with _opened(path) as copy:
        found = [row[0] for row in copy.execute("PRAGMA integrity_check(10)")]
        if found != ["ok"] or copy.execute("PRAGMA foreign_key_check").fetchone():
            raise Refused(f"The copy of the database at {path} is damaged, so it is not used.")
        return engine.facts_of(copy.execute)


def _settle(path: Path) -> None:
    """Bring everything into the one file, and that to disk. Raises Refused where another program has it open."""
    with _opened(path) as connection:
        try:
            connection.execute("PRAGMA busy_timeout=2000")
            connection.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.OperationalError:
            raise Refused(f"Another program has {path} open. Close it, then restore.") from None
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _put_aside(path: Path, aside: Path) -> None:
    """Keep the present database under another name as well; its own name stays until the new one takes it."""
    try:
        with _opened(path) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except Refused:
        _keep_the_broken(path, aside)
        return
    _settle(path)
    try:
        os.link(path, aside)
    except OSError:
        _copied(path, aside)


def _keep_the_broken(path: Path, aside: Path) -> None:
    """A file that SQLite cannot read is kept as it is, with what lies beside it, which must not touch the new one."""
    _copied(path, aside)
    for ending in BESIDE:
        beside = path.with_name(path.name + ending)
        if beside.exists():
            _copied(beside, aside.with_name(aside.name + ending))
            beside.unlink()


def _copied(path: Path, to: Path) -> None:
    shutil.copy2(path, to)
    handle = os.open(to, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
