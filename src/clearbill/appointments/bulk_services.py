"""Many appointments at once, as a file brings them. Statements are as many for one as for hundreds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from clearbill.appointments.invoice_link import invoice_number
from clearbill.appointments.models import Appointment
from clearbill.appointments.services import Visit, label_of, locked, tell
from clearbill.bill.problem import Refused
from clearbill.clients.models import Client
from clearbill.people import audit
from clearbill.people.actor import Actor
from clearbill.workspace.models import Practitioner

SETTLED_ELSEWHERE = "It was settled in the system that it comes from."


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownVisit:
    """A visit as another system knows it: also what became of it, and whether it was invoiced there."""

    visit: Visit
    state: str = Appointment.BOOKED
    is_billed_elsewhere: bool = False


def create_many(actor: Actor, *, visits: Sequence[KnownVisit]) -> list[Appointment]:
    """Add the visits in their order. Whose time they take was looked at before.

    Unlike one that is booked here, a visit may be past, and beyond what an insurer authorised: it is as it was agreed.
    """
    with transaction.atomic():
        _hold(visits)
        rows = [_unsaved(actor, one) for one in visits]
        Appointment.objects.bulk_create(rows)
        actor.audit_many(("imported the appointment", row, label_of(row), audit.snapshot(row)) for row in rows)
    return rows


def change_known(actor: Actor, *, appointment: Appointment, to: KnownVisit) -> Appointment:
    """Make the appointment as the other system knows it by now. Raises Refused where it is on an invoice."""
    with transaction.atomic():
        _hold([to])
        row = locked(actor.practice, appointment)
        if number := invoice_number(row):
            raise Refused(f"This visit is on invoice {number} here, so it stays as it is.")
        before = audit.snapshot(row)
        columns = _columns(to)
        if row.state == to.state:
            # What somebody decided here about the charge of a missed visit stays.
            columns.pop("not_charged_because")
        else:
            row.cancelled_at = None
        for name, value in columns.items():
            setattr(row, name, value)
        row.save()
        if changes := audit.difference(before, row):
            tell(actor, "changed the appointment", row, changes)
    return row


def delete_many(actor: Actor, *, appointments: Sequence[Appointment]) -> None:
    """Delete appointments that were added by mistake. Whoever calls made sure that nothing needs them.

    The entries in the audit trail stay.
    """
    with transaction.atomic():
        Appointment.objects.filter(practice=actor.practice, pk__in=[row.pk for row in appointments]).delete()
        actor.audit_many(("deleted the appointment", row, label_of(row), {}) for row in appointments)


def _unsaved(actor: Actor, one: KnownVisit) -> Appointment:
    return Appointment(practice=actor.practice, client=one.visit.client, **_columns(one))


def _columns(one: KnownVisit) -> dict[str, Any]:
    visit = one.visit
    is_settled = one.is_billed_elsewhere and one.state in (Appointment.MISSED, Appointment.CANCELLED)
    return {
        "practitioner": visit.practitioner,
        "service": visit.service,
        "site": visit.site,
        "starts_at": visit.starts_at,
        "ends_at": visit.ends_at,
        "note": visit.note,
        "state": one.state,
        "is_billed_elsewhere": one.is_billed_elsewhere,
        "not_charged_because": SETTLED_ELSEWHERE if is_settled else "",
    }


def _hold(visits: Sequence[KnownVisit]) -> None:
    """Whoever books the same practitioners, or merges the same clients, at once waits for us."""
    practitioners = {one.visit.practitioner.pk for one in visits}
    clients = {one.visit.client.pk for one in visits}
    list(Practitioner.objects.select_for_update(no_key=True).filter(pk__in=practitioners).order_by("pk"))
    held = Client.objects.select_for_update(no_key=True).filter(pk__in=clients).order_by("pk")
    if any(client.merged_into_id for client in held):
        raise Refused("A client was merged with another record meanwhile.")
