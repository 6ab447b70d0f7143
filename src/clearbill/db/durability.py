"""A database that may forget what it has confirmed loses bills or sends them twice: Clearbill does not start on it."""

from __future__ import annotations

from django.db import DatabaseError, connection

from clearbill.config.environment import EnvironmentWrong
from clearbill.db import sql

WAYS_TO_MEND = {
    "synchronous_commit": "ALTER SYSTEM SET synchronous_commit = 'on'; SELECT pg_reload_conf();",
    "fsync": "ALTER SYSTEM SET fsync = 'on'; SELECT pg_reload_conf();",
}

_FULL = 2


def require_durable() -> None:
    """Return where the database keeps what it confirms. Raises EnvironmentWrong with one sentence where it does not,
    and where it does not answer."""
    try:
        if sql.is_postgresql():
            _require_durable_postgres()
        else:
            _require_durable_sqlite()
    except DatabaseError as fault:
        raise EnvironmentWrong(f"The database does not answer: {' '.join(str(fault).split())}") from None


def _require_durable_postgres() -> None:
    for name, fix in WAYS_TO_MEND.items():
        if _answer(f"SHOW {name}") == "off":
            raise EnvironmentWrong(
                f"PostgreSQL runs with {name} off: after a crash it may have forgotten bills that were sent. "
                f"Switch it on ({fix}), also where it is set for the database or its user, and start Clearbill again."
            )


def _require_durable_sqlite() -> None:
    mode, synchronous = _answer("PRAGMA journal_mode"), _answer("PRAGMA synchronous")
    if mode != "wal" or int(synchronous) < _FULL:
        raise EnvironmentWrong(
            f"SQLite cannot keep its database durably here (journal {mode}, synchronous {synchronous}): "
            "choose a folder on a disk of this machine with CLEARBILL_DATA."
        )


def _answer(question: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(question)
        row = cursor.fetchone()
    return str(row[0]).lower()
