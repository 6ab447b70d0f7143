"""The pieces of a statement that SQLite and PostgreSQL say differently. Texts of our own only, never a value."""

from __future__ import annotations

from calendar import SUNDAY, monthrange
from datetime import date, timedelta

from django.db import connection

FIRST_SUMMER = 2000


def is_postgresql() -> bool:
    return connection.vendor == "postgresql"


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


def members(json: str, name: str) -> str:
    """Return what to select from for the members of a JSON list, each as `name`.value."""
    return f"jsonb_array_elements({json}) AS {name}(value)" if is_postgresql() else f"json_each({json}) AS {name}"


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
