"""A migrated, empty SQLite database, made once for all runs and copied wherever tests need one.

To migrate takes seconds, to copy nothing. It lies in `.venv`, under the digest of all that it was made from.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / ".venv" / "migrated"


@cache
def file() -> Path:
    """Return the database's file. Whoever asks first makes it; who asks meanwhile waits."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    kept = FOLDER / f"{_digest()}.sqlite3"
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            _make(kept)
    return kept


def put_into(folder: Path) -> None:
    """Give an installation whose data folder this is the database."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file(), folder / "clearbill.sqlite3")


def _digest() -> str:
    sources = sorted((ROOT / "src" / "clearbill").rglob("migrations/*.py"))
    said = b"".join(path.name.encode() + path.read_bytes() for path in sources)
    return hashlib.sha256(said + version("django").encode()).hexdigest()[:20]


def _make(kept: Path) -> None:
    for old in FOLDER.glob("*.sqlite3"):
        old.unlink()
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        others = {name: value for name, value in os.environ.items() if not name.startswith("CLEARBILL_")}
        environment = {**others, "CLEARBILL_DATA": folder, "PYTHONPATH": str(ROOT / "src")}
        subprocess.run([sys.executable, "-m", "clearbill", "migrate", "-v0"], env=environment, check=True)
        # With journal mode WAL, what is in the journal is part of the database until the last connection has closed.
        assert not Path(folder, "clearbill.sqlite3-wal").exists()
        Path(folder, "clearbill.sqlite3").rename(kept)
