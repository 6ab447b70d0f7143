"""Restore a backup: verify it, make a database of it beside the present one, and swap the two in one step."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

from clearbill import __version__
from clearbill.backups import archive, folder_lock
from clearbill.backups.archive import KEYS, Manifest
from clearbill.backups.engine import Engine
from clearbill.backups.progress import Say
from clearbill.bill.problem import Refused

ENGINES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A backup that now stands. `earlier` says where the database before it is, `keys` whether keys came with it."""

    manifest: Manifest
    earlier: str
    keys: bool


def restore(
    *,
    file: Path,
    engine: Engine,
    folder: Path,
    now: datetime,
    begin: Callable[[Manifest], None],
    confirm: Callable[[Manifest], bool],
    say: Say,
) -> Restored:
    """Put the backup in the place of the database in the data folder `folder`.

    `begin` is called while Django works on the new database, before anybody else sees it. Raises Refused, and
    OSError where the disk is full: then the present database stands as it was.
    """
    manifest = archive.read(file)
    _refuse_unless_ours(manifest, engine, file)
    with folder_lock.hold_exclusive():
        engine.refuse_if_used()
        making = folder / "restoring"
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700)
        try:
            say("Verifying the backup")
            copy = archive.unpack(file, manifest, into=making, say=say)
            if not confirm(manifest):
                raise Refused("Nothing was changed.")
            _make_ready(copy, manifest, engine, begin=begin, say=say)
            has_keys = manifest.has_keys and keep_keys(folder / KEYS, (making / KEYS).read_text())
            say("Putting it in place")
            earlier = engine.swap(stamp=f"{now:%Y%m%d-%H%M%S}")
        except BaseException:
            with suppress(Refused):
                engine.discard()
            raise
        finally:
            shutil.rmtree(making, ignore_errors=True)
    return Restored(manifest=manifest, earlier=earlier, keys=has_keys)


def _make_ready(copy: Path, manifest: Manifest, engine: Engine, *, begin: Callable[[Manifest], None], say: Say) -> None:
    say("Loading it beside the present database")
    engine.load(copy, say=say)
    say("Bringing it up to date")
    with engine.loaded():
        call_command("migrate", verbosity=0)
        begin(manifest)


def keep_keys(file: Path, brought: str) -> bool:
    """Add the backup's encryption keys to those in the file, which stay first, and return True."""
    present = file.read_text().strip().split(",") if file.exists() else []
    wanted = [*present, *(key for key in brought.strip().split(",") if key not in present)]
    draft = file.with_name(f".{file.name}-{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
        handle.write(",".join(wanted))
        handle.flush()
        os.fsync(handle.fileno())
    draft.replace(file)
    return True


def _refuse_unless_ours(manifest: Manifest, engine: Engine, file: Path) -> None:
    if manifest.engine != engine.name:
        raise Refused(
            f"{file} is of a {ENGINES[manifest.engine]} database, but this installation runs on "
            f"{ENGINES[engine.name]}. A backup is restored into the kind of database that it was taken from."
        )
    known = {f"{app}.{name}" for app, name in MigrationLoader(None, ignore_no_migrations=True).disk_migrations}
    if _numbers(manifest.clearbill) > _numbers(__version__) or not known.issuperset(manifest.migrations):
        raise Refused(
            f"{file} was made by Clearbill {manifest.clearbill}, whose tables this Clearbill ({__version__}) does not "
            "know. Bring Clearbill up to date, then restore."
        )


def _numbers(version: str) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", version)]
