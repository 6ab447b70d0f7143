"""Reads of appointments, always within one practice."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from clearbill.appointments.models import Appointment
from clearbill.bill import dates
from clearbill.clients.models import Client
from clearbill.people.models import Practice
from clearbill.workspace.models import Practitioner

HOLDS_TIME = (Appointment.BOOKED, Appointment.COMPLETED)

LONGEST_SPAN = timedelta(days=62)


def appointments(practice: Practice) -> QuerySet[Appointment]:
    """Return the practice's appointments with client, practitioner, service and site."""
    return Appointment.objects.filter(practice=practice).select_related("client", "practitioner", "service", "site")


def appointments_between(
    practice: Practice, start: datetime, end: datetime, *, practitioner_id: UUID | None = None
) -> QuerySet[Appointment]:
    """Return the appointments that touch the time from `start` to `end` (at most 62 days), earliest first."""
    rows = appointments(practice).filter(ends_at__gt=start, starts_at__lt=min(end, start + LONGEST_SPAN))
    if practitioner_id:
        rows = rows.filter(practitioner_id=practitioner_id)
    return rows.order_by("starts_at", "practitioner__name")


def days(practice: Practice, first: date, count: int, *, practitioner_id: UUID | None = None) -> list[dict[str, Any]]:
    """Return `count` UK days from `first`, each {"day", "appointments"}: the agenda."""
    start, end = dates.day_range(first, count)
    agenda: dict[date, list[Appointment]] = {first + timedelta(days=number): [] for number in range(count)}
    for appointment in appointments_between(practice, start, end, practitioner_id=practitioner_id):
        agenda.setdefault(max(dates.uk_day(appointment.starts_at), first), []).append(appointment)
    return [{"day": day, "appointments": rows} for day, rows in agenda.items()]


def practitioners(practice: Practice) -> QuerySet[Practitioner]:
    """Return the practitioners who work now."""
    return Practitioner.objects.filter(practice=practice, is_active=True)


def all_practitioners(practice: Practice) -> QuerySet[Practitioner]:
    """Return all practitioners: those who work now first, then those who have left."""
    return Practitioner.objects.filter(practice=practice).order_by("-is_active", "name")


def overlapping(
    practitioner: Practitioner, starts_at: datetime, ends_at: datetime, *, but_for: UUID | None = None
) -> Appointment | None:
    """Return an appointment of this practitioner that takes some of this time already, or None."""
    return _at_this_time(practitioner.appointments.all(), starts_at, ends_at, but_for)


def overlapping_of_client(
    client: Client, starts_at: datetime, ends_at: datetime, *, but_for: UUID | None = None
) -> Appointment | None:
    """Return an appointment of this client that takes some of this time already, or None."""
    return _at_this_time(client.appointments.select_related("practitioner"), starts_at, ends_at, but_for)


def not_given(client: Client, days: Iterable[date]) -> dict[date, list[Appointment]]:
    """Return by UK day the client's missed and cancelled visits of those days on which no other one is in the diary."""
    found: dict[date, list[Appointment]] = {}
    for day in set(days):
        start, end = dates.day_range(day, 1)
        rows = list(client.appointments.filter(starts_at__gte=start, starts_at__lt=end).select_related("service"))
        if rows and not any(row.state in HOLDS_TIME for row in rows):
            found[day] = rows
    return found


def booked_ahead(rows: QuerySet[Appointment], now: datetime) -> list[Appointment]:
    """Return those of these appointments that are booked and still to come, the next one first."""
    return list(rows.filter(state=Appointment.BOOKED, starts_at__gte=now).order_by("starts_at"))


def _at_this_time(
    rows: QuerySet[Appointment], starts_at: datetime, ends_at: datetime, but_for: UUID | None
) -> Appointment | None:
    held = rows.filter(state__in=HOLDS_TIME, starts_at__lt=ends_at, ends_at__gt=starts_at)
    return held.exclude(pk=but_for).first() if but_for else held.first()
