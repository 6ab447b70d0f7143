"""The one place where reports ask the database: an aggregate each, in words that SQLite and PostgreSQL both take.

Sums come back as whole pennies, because SQLite adds pounds as floating-point numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from clearbill import rows
from clearbill.bill import money


def ask(statement: str, **values: Any) -> list[Sequence[Any]]:
    """Return the rows of a SELECT. `values` stand in it as %(name)s: texts, ids, dates, moments."""
    return rows.select(statement, {name: _stored(value) for name, value in values.items()})


def pounds(pennies: Any) -> Decimal:
    """Return the pounds that a sum made by `pennies` comes to; nothing for None."""
    return (Decimal(pennies or 0) / 100).quantize(money.PENNY)


def pennies(amount: str) -> str:
    """Return SQL for the sum of an amount in pounds, as exact pennies."""
    return f"SUM({amount}) * 100" if _is_postgres() else f"SUM(CAST(ROUND(({amount}) * 100) AS INTEGER))"


def month(column: str) -> str:
    """Return SQL for the month of a day or a moment (UTC), as “2026-11”."""
    return f"to_char({column}, 'YYYY-MM')" if _is_postgres() else f"substr({column}, 1, 7)"


def days(later: str, earlier: str) -> str:
    """Return SQL for the whole days between two columns with days."""
    if _is_postgres():
        return f"({later} - {earlier})"
    return f"CAST(julianday({later}) - julianday({earlier}) AS INTEGER)"


def overlap(start: str, end: str, lower: str, upper: str) -> str:
    """Return SQL for how much of start..end lies within lower..upper; nothing where they do not meet."""
    least, most = ("LEAST", "GREATEST") if _is_postgres() else ("MIN", "MAX")
    return f"{most}(0, {least}({end}, {upper}) - {most}({start}, {lower}))"


def in_pennies(amount: str) -> str:
    """Return SQL for one amount as a whole number of pennies."""
    return f"CAST(ROUND(({amount}) * 100) AS BIGINT)"


def read_twice() -> str:
    """Return what stands before the brackets of a common table that is used twice.

    PostgreSQL is quicker when it reads the rows for each use, with several processes; SQLite when it keeps them.
    """
    return "NOT MATERIALIZED" if _is_postgres() else ""


def _is_postgres() -> bool:
    return connection.vendor == "postgresql"


def _stored(value: Any) -> Any:
    if isinstance(value, UUID):
        return value if connection.features.has_native_uuid_field else value.hex
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value
