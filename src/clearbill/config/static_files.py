"""The files that pages refer to, as they are served: named after their content, compressed, collected once."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

# What comes with django-htmx and no page refers to.
_NOT_USED = ["ext", "htm*-4.*", "django-htmx.js"]
_KEPT_VERSIONS = 3


def place(folder: Path, sources: Iterable[Path], *versions: str) -> Path:
    """Return where in the folder the collected files belong: another place for each state of the sources and versions.

    So two versions of Clearbill, during a restart or beside each other, serve each its own.
    """
    digest = hashlib.blake2b(" ".join(versions).encode(), digest_size=8)
    for source in sources:
        for path in sorted(path for path in source.rglob("*") if path.is_file()):
            digest.update(f"{path.relative_to(source)}\0".encode())
            digest.update(path.read_bytes())
    return folder / digest.hexdigest()


def collect() -> None:
    """Fill settings.STATIC_ROOT where nobody has yet. Processes that start together wait for the first of them.

    Raises OSError where the data folder cannot be written, and whitenoise's MissingFileError where a style sheet
    refers to a file that is not there.
    """
    from django.contrib.staticfiles.storage import ManifestFilesMixin
    from django.core.management import call_command

    root = Path(settings.STATIC_ROOT)
    root.parent.mkdir(mode=0o700, exist_ok=True)
    with (root.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # The manifest is written when every file is there: without it, an earlier start was cut short.
        if (root / ManifestFilesMixin.manifest_name).exists():
            return
        call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=_NOT_USED)
        _remove_old(root.parent)


def _remove_old(folder: Path) -> None:
    """Keep the newest few: a process that is being replaced still serves from the one before."""
    versions = sorted((path for path in folder.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)
    for old in versions[:-_KEPT_VERSIONS]:
        shutil.rmtree(old, ignore_errors=True)
