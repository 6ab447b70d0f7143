"""Triggers by which the database itself refuses to change or remove an audit entry, whoever asks it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "people_auditentry"

REFUSED = "an audit entry is neither changed nor removed"

CHAIN = ("chain_no", "chain_hash")
"""The columns that are filled once, after the entry was written."""


def create(connection: BaseDatabaseWrapper) -> None:
    """Make the triggers."""
    # An entry that has its place in the chain stays as it is; one that has none is given it, and else stays too.
    allowed = " AND ".join(
        ["OLD.chain_no IS NULL", "NEW.chain_no IS NOT NULL"]
        + [f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in _columns(connection) if name not in CHAIN]
    )
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"CREATE FUNCTION {TABLE}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN RAISE EXCEPTION '{REFUSED}' USING ERRCODE = 'restrict_violation'; END $$"
            )
            cursor.execute(
                f"CREATE TRIGGER {TABLE}_update BEFORE UPDATE ON {TABLE} FOR EACH ROW WHEN (NOT ({allowed})) "
                f"EXECUTE FUNCTION {TABLE}_refuse()"
            )
            for name, event in (("delete", "DELETE"), ("truncate", "TRUNCATE")):
                cursor.execute(
                    f"CREATE TRIGGER {TABLE}_{name} BEFORE {event} ON {TABLE} FOR EACH STATEMENT "
                    f"EXECUTE FUNCTION {TABLE}_refuse()"
                )
            return
        refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
        cursor.execute(f"CREATE TRIGGER {TABLE}_update BEFORE UPDATE ON {TABLE} WHEN NOT ({allowed}) {refuse}")
        cursor.execute(f"CREATE TRIGGER {TABLE}_delete BEFORE DELETE ON {TABLE} {refuse}")


def drop(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers off."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"DROP FUNCTION IF EXISTS {TABLE}_refuse() CASCADE")
            return
        for name in ("update", "delete"):
            cursor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_{name}")


@contextmanager
def lifted(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Take the triggers off for as long as the block lasts; only within a transaction."""
    drop(connection)
    yield
    create(connection)


def _columns(connection: BaseDatabaseWrapper) -> list[str]:
    with connection.cursor() as cursor:
        return [one.name for one in connection.introspection.get_table_description(cursor, TABLE)]
