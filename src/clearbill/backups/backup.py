"""Make a backup: copy the database, check the copy, and put it with its manifest into one file."""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from clearbill import __version__
from clearbill.backups import archive
from clearbill.backups.archive import DATABASES, Manifest
from clearbill.backups.engine import Engine
from clearbill.backups.progress import Say
from clearbill.bill.problem import Refused

NAME = "clearbill-{:%Y%m%d-%H%M%S}.zip"

_OURS = re.compile(r"clearbill-\d{8}-\d{6}\.zip")


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupResult:
    """A backup that was made, with the older ones that were removed for it."""

    path: Path
    manifest: Manifest
    bytes: int
    removed: tuple[Path, ...] = ()


def create_backup(
    *, engine: Engine, folder: Path, file: Path | None, now: datetime, say: Say, keys: str = "", keep: int | None = None
) -> BackupResult:
    """Make a backup at `file`, or in `folder` under a name with the time (UTC), and return it.

    Of those in the folder the newest `keep` stay. Raises Refused, OSError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _forget_interrupted(folder, now)
    target = (file or _free_name(folder, now)).absolute()
    if target.exists():
        raise Refused(f"There is already a file {target}. Choose another name.")
    if not target.parent.is_dir():
        raise Refused(f"There is no folder {target.parent}.")
    with tempfile.TemporaryDirectory(prefix=".making-", dir=folder) as making:
        copy = Path(making) / DATABASES[engine.name]
        say("Copying the database")
        facts = engine.copy(copy, say=say)
        say("Writing the file")
        manifest = archive.write(
            target,
            Manifest(
                clearbill=__version__,
                taken_at=now,
                engine=engine.name,
                migrations=facts.migrations,
                claims=facts.claims,
                audit_heads=facts.audit_heads,
            ),
            database=copy,
            keys=keys,
            say=say,
        )
    removed = _remove_older(folder, keep) if keep else ()
    return BackupResult(path=target, manifest=manifest, bytes=target.stat().st_size, removed=removed)


def _free_name(folder: Path, now: datetime) -> Path:
    """Return the name for a backup of this second, or of the next that no backup has yet: the newest sorts last."""
    while (named := folder / NAME.format(now)).exists():
        now += timedelta(seconds=1)
    return named


def _remove_older(folder: Path, keep: int) -> tuple[Path, ...]:
    ours = sorted(path for path in folder.iterdir() if _OURS.fullmatch(path.name))
    for path in ours[:-keep]:
        path.unlink()
    return tuple(ours[:-keep])


def _forget_interrupted(folder: Path, now: datetime) -> None:
    """Remove what a backup that was killed left behind more than a day ago."""
    for path in folder.glob(".*"):
        if path.stat().st_mtime < (now - timedelta(days=1)).timestamp():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
