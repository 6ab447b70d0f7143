"""The calendar around many visits at once: which are there already, and whose time is taken."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from clearbill.appointments.models import Appointment
from clearbill.appointments.queries import HOLDS_TIME
from clearbill.appointments.services import LONGEST_MINUTES, Visit
from clearbill.bill import dates
from clearbill.people.models import Practice

_LONGEST = timedelta(minutes=LONGEST_MINUTES)

TAKEN = "{} already has an appointment on {} at {}."


class TakenTimes:
    """The appointments of a practice on the days of some visits, read in one statement."""

    def __init__(self, practice: Practice, visits: Sequence[Visit]) -> None:
        near = Q(pk__in=[])
        for start, end in _spans({dates.uk_day(visit.starts_at) for visit in visits}):
            near |= Q(starts_at__gte=start - _LONGEST, starts_at__lt=end + _LONGEST)
        people = {visit.practitioner.pk for visit in visits}
        clients = {visit.client.pk for visit in visits}
        rows = Appointment.objects.filter(near, practice=practice)
        mine = rows.filter(Q(practitioner__in=people) | Q(client__in=clients))
        self._by_day: dict[date, list[Appointment]] = {}
        for row in mine.select_related("client", "practitioner", "service", "site"):
            for day in {dates.uk_day(row.starts_at), dates.uk_day(row.ends_at)}:
                self._by_day.setdefault(day, []).append(row)

    @property
    def keys(self) -> set[UUID]:
        """The ids of the appointments that were read."""
        return {row.pk for rows in self._by_day.values() for row in rows}

    def same_visit(self, visit: Visit) -> Appointment | None:
        """Return the appointment here of the same client, practitioner and start."""
        facts = (visit.client.pk, visit.practitioner.pk, visit.starts_at)
        return next(
            (row for row in self._near(visit) if (row.client_id, row.practitioner_id, row.starts_at) == facts), None
        )

    def why_taken(self, visit: Visit, *, but_for: Collection[Any]) -> str:
        """Return the sentence that the time of the practitioner or the client is taken; "" where it is free."""
        for row in self._near(visit):
            if row.pk in but_for or row.state not in HOLDS_TIME or not _overlap(row, visit):
                continue
            at = dates.show(dates.uk_day(row.starts_at)), dates.show_times(row.starts_at, row.ends_at)
            if row.practitioner_id == visit.practitioner.pk:
                return TAKEN.format(visit.practitioner.name, *at)
            if row.client_id == visit.client.pk:
                return TAKEN.format(visit.client.name, *at)
        return ""

    def _near(self, visit: Visit) -> Iterator[Appointment]:
        for day in {dates.uk_day(visit.starts_at), dates.uk_day(visit.ends_at)}:
            yield from self._by_day.get(day, [])


def _overlap(row: Appointment, visit: Visit) -> bool:
    return row.starts_at < visit.ends_at and row.ends_at > visit.starts_at


def _spans(days: set[date]) -> Iterator[tuple[datetime, datetime]]:
    """Yield the days as few spans of time, days after one another in one of them."""
    ordered = sorted(days)
    first = last = None
    for day in ordered:
        if first is not None and last is not None and day - last > timedelta(days=1):
            yield dates.day_range(first, (last - first).days + 1)
            first = day
        first, last = first or day, day
    if first is not None and last is not None:
        yield dates.day_range(first, (last - first).days + 1)
