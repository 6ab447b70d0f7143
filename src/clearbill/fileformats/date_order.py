"""In which order a column writes day and month: proved by its dates, or a question.

Three days of one month, read with the day first, count as a proof: a list of what happened always on the 11th of a
month, written the American way, is not to be expected in Britain. The reverse proves nothing, for there are lists of
what happens on the first of each month.
"""

from __future__ import annotations

from datetime import date
from itertools import combinations
from typing import Protocol

from clearbill.bill import dates
from clearbill.fileformats.cells import ORDERS
from clearbill.fileformats.rows import Choice, DateOrder, Question

_DAYS_OF_ONE_MONTH = 3

_CALLED = {"dmy": "day, month, year", "mdy": "month, day, year", "ymd": "year, month, day"}


class ReadsDays(Protocol):
    """Whoever knows what figures such as 05/11/2026 can mean."""

    def readings(self, text: str) -> dict[DateOrder, date]:
        """Return the believable days that they can mean, by order; {} for anything else."""


class DateOrderProof:
    """Looks at every date of a column and keeps what it proves."""

    def __init__(self, days: ReadsDays) -> None:
        self._days = days
        self._seen = 0
        self._fits = dict.fromkeys(ORDERS, 0)
        # The days and months of the dates that have several readings, read with the day first; a few suffice.
        self._days_first: set[date] = set()
        self._months: set[tuple[int, int]] = set()
        # For each two orders the first date on which they differ, with its readings.
        self._doubts: dict[tuple[DateOrder, DateOrder], tuple[str, dict[DateOrder, date]]] = {}

    def look_at(self, text: str) -> None:
        """Take one more cell into account; what is no date in figures proves nothing."""
        readings = self._days.readings(text)
        if not readings:
            return
        self._seen += 1
        for order in readings:
            self._fits[order] += 1
        if "dmy" in readings and len(self._months) <= 1:
            self._days_first.add(readings["dmy"])
            self._months.add((readings["dmy"].year, readings["dmy"].month))
        for pair in combinations(readings, 2):
            if pair not in self._doubts and readings[pair[0]] != readings[pair[1]]:
                self._doubts[pair] = (text.strip()[:12], dict(readings))

    @property
    def proved(self) -> DateOrder | None:
        """The order in which the dates are read; None where a person must say."""
        if self._is_one_month() and self._possible() == ("dmy", "mdy"):
            return "dmy"
        if self._doubt():
            return None
        commonest: DateOrder = max(ORDERS, key=self._fits.__getitem__)
        return commonest

    def question(self) -> Question | None:
        """Return the question that is left, if one is."""
        doubt = self._doubt()
        if doubt is None:
            return None
        written, readings = doubt
        sentence = f"Every date can be read in more than one way, such as “{written}”. Which is right?"
        if not self._possible():
            sentence = f"The dates are written in different orders. In which order is “{written}” meant?"
        choices = tuple(Choice(order, f"{_CALLED[order]}: {dates.show(day)}") for order, day in readings.items())
        return Question("order", sentence, choices)

    def _is_one_month(self) -> bool:
        """Return whether the day first makes days of one month: with the month first it is one day of many months."""
        return len(self._months) == 1 and len(self._days_first) >= _DAYS_OF_ONE_MONTH

    def _possible(self) -> tuple[DateOrder, ...]:
        """Return the orders in which every date so far has a reading."""
        return tuple(order for order in ORDERS if self._fits[order] == self._seen)

    def _doubt(self) -> tuple[str, dict[DateOrder, date]] | None:
        orders = self._possible() or ORDERS
        for (one, other), (written, readings) in self._doubts.items():
            if one in orders and other in orders:
                return written, {order: day for order, day in readings.items() if order in orders}
        return None
