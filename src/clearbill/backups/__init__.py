"""Backup and restore on both databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from clearbill.backups.engine import Engine


def engine_of(database: dict[str, Any], *, folder: Path, programs: str) -> Engine:
    """Return the engine of Django's database setting."""
    from clearbill.backups.postgres import PostgresEngine
    from clearbill.backups.sqlite import SqliteEngine

    if database["ENGINE"].endswith("postgresql"):
        return PostgresEngine(database, programs=programs)
    return SqliteEngine(Path(database["NAME"]), folder=folder / "restoring")
