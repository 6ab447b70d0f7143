"""Three months of diary: courses of visits, no practitioner in two places at once."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random

from django.utils import timezone

from clearbill.appointments.models import Appointment
from clearbill.bill import dates
from clearbill.demo.clients import Person
from clearbill.demo.workspace import Cast

WEEKS_BACK, WEEKS_AHEAD = 13, 3

# First service, further service, visits in a course, days between them.
COURSES = {
    "rosa": ("ZPHY01", "ZPHY02", (4, 8), 7),
    "idris": ("ZPHY01", "ZPHY02", (4, 8), 7),
    "bronagh": ("ZPHY01", "ZPHY02", (4, 7), 5),
    "maren": ("ZPSY01", "ZPSY02", (8, 14), 7),
    "tobias": ("ZPSY01", "ZPSY02", (8, 14), 7),
    "helena": ("ZCON01", "ZCON02", (2, 4), 21),
    "anil": ("ZCON01", "ZCON02", (2, 4), 14),
}

DAY_BEGINS, DAY_ENDS = time(8, 30), time(18, 0)


NOTICE = timedelta(days=2)


class Rooms:
    """Free time of each practitioner on each day."""

    def __init__(self, dice: Random) -> None:
        self._next: dict[tuple[str, date], datetime] = {}
        self._dice = dice

    def take(self, who: str, day: date, minutes: int) -> datetime | None:
        """Return when the next free slot of this length begins, or None where the day is full."""
        first = timezone.make_aware(datetime.combine(day, DAY_BEGINS))
        begin = self._next.get((who, day)) or first + timedelta(minutes=self._dice.choice([0, 30, 60, 90]))
        end = begin + timedelta(minutes=minutes)
        if timezone.localtime(end).time() > DAY_ENDS:
            return None
        self._next[who, day] = end + timedelta(minutes=self._dice.choice([0, 15, 30, 45]))
        return begin


def fill(cast: Cast, people: list[Person], now: datetime, dice: Random) -> None:
    """Book every client's course; what lies in the past has happened, been cancelled, or been missed.

    The same dice give the same visits in every week of every year, counted from the week of `now`.
    """
    rooms, rows = Rooms(dice), []
    today = dates.uk_day(now)
    monday = today - timedelta(days=today.weekday())
    first_day, last_day = monday - timedelta(weeks=WEEKS_BACK), monday + timedelta(weeks=WEEKS_AHEAD, days=6)
    for person in people:
        for _ in range(dice.choice([1, 1, 2])):
            day = first_day + timedelta(days=dice.randint(0, 7 * (WEEKS_BACK + 1)))
            rows += _course(cast, person, day, last_day, rooms, now, dice)
    Appointment.objects.bulk_create(rows)


def _course(
    cast: Cast, person: Person, day: date, last_day: date, rooms: Rooms, now: datetime, dice: Random
) -> list[Appointment]:
    first, further, (least, most), gap = COURSES[person.practitioner]
    practitioner = cast.practitioners[person.practitioner]
    visits: list[Appointment] = []
    for number in range(dice.randint(least, most)):
        while day.weekday() > 4:
            day += timedelta(days=1)
        if day > last_day:
            break
        service = cast.services[further if number else first]
        begin = rooms.take(person.practitioner, day, service.duration_minutes)
        if begin is not None:
            end = begin + timedelta(minutes=service.duration_minutes)
            state = _state(end, now, dice)
            visits.append(
                Appointment(
                    practice=cast.practice,
                    client=person.client,
                    practitioner=practitioner,
                    site=practitioner.site,
                    service=service,
                    starts_at=begin,
                    ends_at=end,
                    state=state,
                    cancelled_at=begin - NOTICE if state == Appointment.CANCELLED else None,
                )
            )
        day += timedelta(days=gap + dice.choice([0, 0, 0, 1]))
    return visits


def _state(end: datetime, now: datetime, dice: Random) -> str:
    # The dice are thrown for a visit to come too: what follows is the same however much of it has happened.
    was = dice.choices([Appointment.COMPLETED, Appointment.CANCELLED, Appointment.MISSED], weights=[94, 4, 2])[0]
    return Appointment.BOOKED if end > now else was
