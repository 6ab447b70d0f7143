"""What a report is narrowed to: days, an insurer, a practitioner, as they stand in its address."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from clearbill.bill import dates
from clearbill.people.models import Practice

CLIENT = "client"

MONTHS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFilter:
    """`insurer` is a slug, "client" for bills to the client, "" for all. A day that is None is no limit.

    Without `tells_services` all services are one: for those who may not see what was treated.
    """

    practice: Practice
    today: date
    first_on: date | None = None
    last_on: date | None = None
    insurer: str = ""
    practitioner_id: UUID | None = None
    tells_services: bool = True

    def where(self, **columns: str) -> str:
        """Return the SQL conditions on the columns that are named here; their values come from `values`.

        A column is one of a `practice`, a `day` (or only one limit of it, `since` or `until`), a `moment`, an `insurer`
        or a `practitioner`.
        """
        wanted: dict[str, list[tuple[str, Any]]] = {
            "practice": [("{} = %(practice)s", self.practice)],
            "day": [("{} >= %(first_on)s", self.first_on), ("{} <= %(last_on)s", self.last_on)],
            "since": [("{} >= %(first_on)s", self.first_on)],
            "until": [("{} <= %(last_on)s", self.last_on)],
            "moment": [("{} >= %(first_at)s", self.first_on), ("{} < %(before)s", self.last_on)],
            "insurer": [("{} = %(insurer)s", self.insurer)],
            "practitioner": [("{} = %(practitioner)s", self.practitioner_id)],
        }
        parts = [
            words.format(column) for kind, column in columns.items() for words, is_given in wanted[kind] if is_given
        ]
        return " AND ".join(parts) or "1 = 1"

    def values(self) -> dict[str, Any]:
        """Return what the conditions compare with."""
        return {
            "practice": self.practice.pk,
            "first_on": self.first_on,
            "last_on": self.last_on,
            "first_at": midnight(self.first_on) if self.first_on else None,
            "before": midnight(self.last_on + timedelta(days=1)) if self.last_on else None,
            "insurer": "" if self.insurer == CLIENT else self.insurer,
            "practitioner": self.practitioner_id,
        }

    def for_list(self, **changes: Any) -> dict[str, Any]:
        """Return the filters of a list narrowed to the same insurer and practitioner, by name, none of them empty."""
        given = {"insurer": self.insurer, "practitioner": self.practitioner_id, **changes}
        return {name: value for name, value in given.items() if value}


def day_limit(word: str, day: date | None) -> str:
    """Return “from 2 Nov 2026” for the word “from”; "" where there is no such limit."""
    return f"{word} {dates.show(day)}" if day else ""


def midnight(day: date) -> datetime:
    """Return the moment at which the day begins in the UK."""
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))


def first_of_months(today: date, months: int) -> date:
    """Return the first day of the month that is the first of so many, this one being the last."""
    past = today.year * 12 + today.month - months
    return date(past // 12, past % 12 + 1, 1)


def last_month(today: date) -> tuple[date, date]:
    """Return the first and the last day of the month before this one."""
    last = today.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


LONGEST_PLOT, MOST_FILLED = 24, 120


def every_month(found: Iterable[str]) -> list[str]:
    """Return the months from the first to the last of these, those between as well unless they are very many."""
    numbers = sorted({int(month[:4]) * 12 + int(month[5:]) - 1 for month in found})
    if not numbers or numbers[-1] - numbers[0] > MOST_FILLED:
        return [f"{number // 12:04}-{number % 12 + 1:02}" for number in numbers]
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in range(numbers[0], numbers[-1] + 1)]


def words(month: str) -> str:
    """Return “2026-11” as “Nov 2026”."""
    return dates.show_month(date.fromisoformat(f"{month}-01"))


def labels(month: str) -> tuple[str, str]:
    """Return a month as it stands under a column and as it is read: “Nov” and “Nov 2026”."""
    whole = words(month)
    return whole[:3], whole
