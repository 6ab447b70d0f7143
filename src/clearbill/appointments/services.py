"""What a practice does with appointments: book, move, change, complete, mark missed, cancel, reopen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction

from clearbill.appointments import authorised_sessions, queries
from clearbill.appointments.invoice_link import invoice_number
from clearbill.appointments.models import Appointment
from clearbill.appointments.queries import HOLDS_TIME
from clearbill.bill import dates
from clearbill.bill.problem import Refused
from clearbill.clients import merges
from clearbill.clients.models import Client
from clearbill.people import audit
from clearbill.people.actor import Actor
from clearbill.people.models import Practice
from clearbill.workspace.models import Practitioner, Service, Site

MOST_WEEKS = 12

LONGEST_MINUTES = 720


class NotCovered(Refused):
    """The visit is beyond what the client's insurer authorised, and the practice refuses such visits."""


class Overlapping(Refused):
    """The time of the practitioner or of the client is taken already. May be booked all the same with `anyway=True`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Who comes to whom, for what, where and when. `minutes` is the length."""

    client: Client
    practitioner: Practitioner
    service: Service
    starts_at: datetime
    minutes: int
    site: Site | None = None
    note: str = ""

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)


def book(
    actor: Actor, *, visit: Visit, weeks: int = 1, anyway: bool = False, appointment_id: UUID | None = None
) -> list[Appointment]:
    """Book the visit, in `weeks` weeks at the same UK clock time, all or none. Returns the appointments.

    A form that is sent twice with the same `appointment_id` books once. Raises Refused, Overlapping, NotCovered.
    """
    if not 1 <= weeks <= MOST_WEEKS:
        raise Refused(f"A visit can be repeated for 1 to {MOST_WEEKS} weeks.")
    _must_fit(actor.practice, visit)
    with transaction.atomic():
        _hold_time_of(visit.practitioner)
        if appointment_id and (there := Appointment.objects.filter(practice=actor.practice, pk=appointment_id).first()):
            return [there]
        merges.hold(visit.client)
        try:
            starts = dates.weekly(visit.starts_at, weeks)
        except dates.NoSuchTime as exc:
            raise Refused(str(exc)) from None
        if not anyway:
            for starts_at in starts:
                _must_be_free(visit.practitioner, starts_at, starts_at + timedelta(minutes=visit.minutes))
                _client_must_be_free(visit.client, starts_at, starts_at + timedelta(minutes=visit.minutes))
        _must_be_covered(actor.practice, visit, starts)
        first_id = appointment_id if appointment_id and not _is_taken(appointment_id) else uuid4()
        return [
            _add(actor, visit, starts_at, first_id if number == 0 else uuid4())
            for number, starts_at in enumerate(starts)
        ]


def move(
    actor: Actor,
    *,
    appointment: Appointment,
    starts_at: datetime,
    minutes: int,
    practitioner: Practitioner | None = None,
    anyway: bool = False,
) -> Appointment:
    """Give the appointment another time, length or practitioner. Raises Refused, Overlapping."""
    visit = Visit(
        client=appointment.client,
        practitioner=practitioner or appointment.practitioner,
        service=appointment.service,
        site=appointment.site,
        starts_at=starts_at,
        minutes=minutes,
        note=appointment.note,
    )
    return change(actor, appointment=appointment, visit=visit, anyway=anyway)


def change(actor: Actor, *, appointment: Appointment, visit: Visit, anyway: bool = False) -> Appointment:
    """Make the appointment say what `visit` says. Raises Refused, Overlapping, NotCovered."""
    _must_fit(actor.practice, visit)
    with transaction.atomic():
        _hold_time_of(visit.practitioner)
        row = locked(actor.practice, appointment)
        merges.hold(visit.client)
        _may_become(row, visit, actor.now)
        if not anyway and _takes_other_time(row, visit):
            _must_be_free(visit.practitioner, visit.starts_at, visit.ends_at, but_for=row.pk)
            _client_must_be_free(visit.client, visit.starts_at, visit.ends_at, but_for=row.pk)
        if _is_another_treatment(row, visit):
            _must_be_covered(actor.practice, visit, [visit.starts_at], but_for=row.pk)
        before = audit.snapshot(row)
        row.client, row.practitioner, row.service = visit.client, visit.practitioner, visit.service
        row.site, row.note = visit.site, visit.note
        row.starts_at, row.ends_at = visit.starts_at, visit.ends_at
        row.save()
        changes = audit.difference(before, row)
        if changes:
            tell(actor, "changed the appointment", row, changes)
    return row


def complete(actor: Actor, *, appointment: Appointment) -> Appointment:
    """Note that the visit took place. Raises Refused before it has begun."""
    return _set_state(actor, appointment, Appointment.COMPLETED, "completed the appointment")


def mark_missed(actor: Actor, *, appointment: Appointment) -> Appointment:
    """Note that the client did not attend. Raises Refused before it has begun."""
    return _set_state(actor, appointment, Appointment.MISSED, "noted that the client did not attend")


def cancel(actor: Actor, *, appointment: Appointment) -> Appointment:
    """Cancel the appointment. Raises Refused where it is on an invoice."""
    return _set_state(actor, appointment, Appointment.CANCELLED, "cancelled the appointment")


def reopen(actor: Actor, *, appointment: Appointment, anyway: bool = False) -> Appointment:
    """Take the last step back: the appointment is booked again.

    Raises Refused where it is on an invoice, Overlapping where its time was given away meanwhile, and NotCovered.
    """
    with transaction.atomic():
        _hold_time_of(appointment.practitioner)
        row = locked(actor.practice, appointment)
        if not anyway and row.state not in queries.HOLDS_TIME:
            _must_be_free(row.practitioner, row.starts_at, row.ends_at, but_for=row.pk)
        return _set_state(actor, row, Appointment.BOOKED, "reopened the appointment")


def invoice_here(actor: Actor, *, appointment: Appointment) -> Appointment:
    """Take it back that the visit was invoiced in another system: it is to be invoiced here."""
    with transaction.atomic():
        row = locked(actor.practice, appointment)
        if row.is_billed_elsewhere:
            row.is_billed_elsewhere = False
            row.save(update_fields=["is_billed_elsewhere"])
            tell(actor, "said that the visit is to be invoiced here", row, {"is_billed_elsewhere": [True, False]})
    return row


def _set_state(actor: Actor, appointment: Appointment, state: str, action: str) -> Appointment:
    with transaction.atomic():
        row = locked(actor.practice, appointment)
        if row.state == state:
            return row
        if number := invoice_number(row):
            raise Refused(f"This visit is on invoice {number}. Void the invoice first, then change the visit.")
        if Appointment.BOOKED not in (state, row.state):
            raise Refused(f"This appointment is marked “{row.get_state_display()}”. Reopen it first.")
        if state in (Appointment.COMPLETED, Appointment.MISSED) and row.starts_at > actor.now:
            raise Refused(f"It has not begun yet: it is on {dates.show_moment(row.starts_at)}.")
        if state == Appointment.BOOKED and row.state not in HOLDS_TIME:
            _must_be_covered(actor.practice, row, [row.starts_at], but_for=row.pk)
        before = audit.snapshot(row)
        row.state = state
        row.cancelled_at = actor.now if state == Appointment.CANCELLED else None
        row.not_charged_because = ""
        row.save(update_fields=["state", "cancelled_at", "not_charged_because"])
        tell(actor, action, row, audit.difference(before, row))
    return row


def _add(actor: Actor, visit: Visit, starts_at: datetime, row_id: UUID) -> Appointment:
    row = Appointment.objects.create(
        id=row_id,
        practice=actor.practice,
        client=visit.client,
        practitioner=visit.practitioner,
        service=visit.service,
        site=visit.site,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=visit.minutes),
        note=visit.note,
    )
    tell(actor, "booked the appointment", row, audit.snapshot(row))
    return row


def tell(actor: Actor, action: str, row: Appointment, changes: Mapping[str, object]) -> None:
    """Write the trail's entry about an appointment, named by its start."""
    actor.audit(action, row, label=label_of(row), changes=changes)


def label_of(row: Appointment) -> str:
    """Return what the audit trail calls the appointment."""
    return f"Appointment on {dates.show_moment(row.starts_at)}"


def _must_fit(practice: Practice, visit: Visit) -> None:
    parts = (visit.client, visit.practitioner, visit.service, visit.site)
    if any(part is not None and part.practice_id != practice.pk for part in parts):
        raise Refused("Client, practitioner, service and site must be this practice’s own.")
    if not 1 <= visit.minutes <= LONGEST_MINUTES:
        raise Refused("An appointment lasts from 1 minute to 12 hours.")


def _may_become(row: Appointment, visit: Visit, now: datetime) -> None:
    if row.state in (Appointment.CANCELLED, Appointment.MISSED):
        raise Refused(f"This appointment is marked “{row.get_state_display()}”. Reopen it first.")
    if row.state == Appointment.COMPLETED and visit.starts_at > now:
        raise Refused("This visit is completed, so it cannot move into the future. Reopen it first.")
    number = invoice_number(row)
    if not number:
        return
    if row.client_id != visit.client.pk:
        raise Refused(f"This visit is on invoice {number}, so its client stays. Void the invoice first.")
    same = row.practitioner_id == visit.practitioner.pk and row.service_id == visit.service.pk
    if not same or dates.uk_day(row.starts_at) != dates.uk_day(visit.starts_at):
        raise Refused(
            f"This visit is on invoice {number}, so its day, practitioner and service stay. Void the invoice first."
        )


def _is_another_treatment(row: Appointment, visit: Visit) -> bool:
    now = (row.client_id, row.service_id, dates.uk_day(row.starts_at))
    return now != (visit.client.pk, visit.service.pk, dates.uk_day(visit.starts_at))


def _must_be_covered(
    practice: Practice, visit: Visit | Appointment, starts: Sequence[datetime], *, but_for: UUID | None = None
) -> None:
    """Two desks that book the last session of a client at once wait for each other."""
    if not practice.refuses_unauthorised:
        return
    client = Client.objects.select_for_update().get(pk=visit.client.pk)
    days = [dates.uk_day(moment) for moment in starts]
    beyond = authorised_sessions.concerns(
        client, service=visit.service, days=days, but_for=(but_for,) if but_for else ()
    )
    if beyond:
        raise NotCovered(f"{' '.join(beyond)} The practice’s settings refuse such a visit.", "day")


def _takes_other_time(row: Appointment, visit: Visit) -> bool:
    now_taken = (row.practitioner_id, row.client_id, row.starts_at, row.ends_at)
    return now_taken != (visit.practitioner.pk, visit.client.pk, visit.starts_at, visit.ends_at)


def _must_be_free(
    practitioner: Practitioner, starts_at: datetime, ends_at: datetime, *, but_for: UUID | None = None
) -> None:
    other = queries.overlapping(practitioner, starts_at, ends_at, but_for=but_for)
    if other:
        taken = _times_of(other)
        raise Overlapping(f"{practitioner.name} already has an appointment on {taken}.")


def _client_must_be_free(
    client: Client, starts_at: datetime, ends_at: datetime, *, but_for: UUID | None = None
) -> None:
    other = queries.overlapping_of_client(client, starts_at, ends_at, but_for=but_for)
    if other:
        taken = _times_of(other)
        raise Overlapping(f"{client.name} already has an appointment with {other.practitioner.name} on {taken}.")


def _times_of(row: Appointment) -> str:
    return f"{dates.show(dates.uk_day(row.starts_at))} at {dates.show_times(row.starts_at, row.ends_at, ', until ')}"


def _hold_time_of(practitioner: Practitioner) -> None:
    """Two desks that book the same practitioner at once wait for each other."""
    Practitioner.objects.select_for_update(no_key=True).filter(pk=practitioner.pk).first()


def locked(practice: Practice, appointment: Appointment) -> Appointment:
    """Return the appointment as it is now, its row held until the transaction ends."""
    return Appointment.objects.select_for_update().get(practice=practice, pk=appointment.pk)


def _is_taken(appointment_id: UUID) -> bool:
    return Appointment.objects.filter(pk=appointment_id).exists()
