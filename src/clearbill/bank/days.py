"""Working days as banks count them: Monday to Friday. Bank holidays are not known here and count as working days."""

from __future__ import annotations

from datetime import date, timedelta

_WEEK, _WORKING = 7, 5


def working_days(after: date, until: date) -> int:
    """Return how many working days there are after one day, up to and with the other; 0 where it is not later."""
    if until <= after:
        return 0
    weeks, rest = divmod((until - after).days, _WEEK)
    odd = (after + timedelta(days=day) for day in range(1, rest + 1))
    return weeks * _WORKING + sum(day.weekday() < _WORKING for day in odd)
