"""SQL that reads alike on SQLite and PostgreSQL (days, months, pence, JSON), and running a statement with it.

Sums come back as whole pence, because SQLite adds pounds as floating-point numbers.
"""

from __future__ import annotations

from calendar import SUNDAY, monthrange
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from clearbill.bill import money

FIRST_SUMMER = 2000

ROWS_AT_ONCE = 5000


def is_postgresql() -> bool:
    """Return whether this installation runs on PostgreSQL; else it is SQLite."""
    return connection.vendor == "postgresql"


def starts_with(column: str, beginning: str) -> Q:
    """Return the condition that a column of small letters and digits begins so, in the form that an index answers."""
    if is_postgresql():
        return Q(**{f"{column}__startswith": beginning})
    return Q(**{f"{column}__gte": beginning, f"{column}__lt": f"{beginning}{chr(0x10FFFF)}"})


def uk_day(moment: str, *, until: date) -> str:
    """Return the expression for the UK day of a column with a moment, for moments up to a day.

    SQLite knows no time zones: the summers are written into the expression.
    """
    if is_postgresql():
        return f"(({moment}) AT TIME ZONE 'Europe/London')::date"
    summers = " ".join(
        f"WHEN {moment} >= '{_summer(year, 3)}' AND {moment} < '{_summer(year, 10)}' THEN '+1 hour'"
        for year in range(until.year + 1, max(FIRST_SUMMER, until.year - 5), -1)
    )
    return f"date({moment}, CASE {summers} ELSE '+0 hour' END)"


def days_between(earlier: str, later: str) -> str:
    """Return the expression for the days from one day to another."""
    if is_postgresql():
        return f"({later} - {earlier})"
    return f"CAST(julianday({later}) - julianday({earlier}) AS INTEGER)"


def position(text: str, part: str) -> str:
    """Return the expression for where a part stands in a text, counted from 1; 0 where it does not."""
    return f"STRPOS({text}, {part})" if is_postgresql() else f"INSTR({text}, {part})"


def pence(pounds: str) -> str:
    """Return the expression for an amount, or the text of one, in whole pence: exact on both databases."""
    return f"CAST(ROUND(CAST({pounds} AS NUMERIC) * 100) AS BIGINT)"


def _summer(year: int, month: int) -> str:
    """Return when the clocks change in March or October, UTC: at 01:00 on the last Sunday."""
    last = date(year, month, monthrange(year, month)[1])
    return f"{last - timedelta(days=(last.weekday() - SUNDAY) % 7)} 01:00:00"


def select_named(statement: str, **values: Any) -> list[Sequence[Any]]:
    """Return the rows of a SELECT. `values` stand in it as %(name)s: texts, ids, dates, moments."""
    with connection.cursor() as cursor:
        cursor.execute(statement, {name: _stored(value) for name, value in values.items()})
        return list(cursor.fetchall())


def iterate_named(statement: str, **values: Any) -> Iterator[Sequence[Any]]:
    """Yield the rows of such a SELECT, some thousands in memory at a time. Only within a transaction."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, {name: _stored(value) for name, value in values.items()})
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield from rows


def pounds(pence: Any) -> Decimal:
    """Return the pounds that a sum made by `sum_pence` comes to; nothing for None."""
    return (Decimal(pence or 0) / 100).quantize(money.PENNY)


def sum_pence(amount: str) -> str:
    """Return the expression for the sum of an amount in pounds, in whole pence: exact on both databases."""
    return f"SUM({amount}) * 100" if is_postgresql() else f"SUM(CAST(ROUND(({amount}) * 100) AS INTEGER))"


def month(column: str) -> str:
    """Return the expression for the month of a day or a moment (UTC), as “2026-11”."""
    return f"to_char({column}, 'YYYY-MM')" if is_postgresql() else f"substr({column}, 1, 7)"


def overlap(start: str, end: str, lower: str, upper: str) -> str:
    """Return the expression for how much of start..end lies within lower..upper; nothing where they do not meet."""
    least, most = ("LEAST", "GREATEST") if is_postgresql() else ("MIN", "MAX")
    return f"{most}(0, {least}({end}, {upper}) - {most}({start}, {lower}))"


def not_materialised() -> str:
    """Return what stands before the brackets of a common table that is used twice.

    PostgreSQL is quicker when it reads the rows for each use, with several processes; SQLite when it keeps them.
    """
    return "NOT MATERIALIZED" if is_postgresql() else ""


def _stored(value: Any) -> Any:
    if isinstance(value, UUID):
        return value if connection.features.has_native_uuid_field else value.hex
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value
