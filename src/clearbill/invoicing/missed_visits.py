"""Visits that did not take place: charged to the client by the practice's policy, and never to an insurer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from clearbill.appointments import queries
from clearbill.appointments.cancellation_charges import NOTHING_CHARGED, Charge, charge_of, chargeable
from clearbill.appointments.models import Appointment
from clearbill.bill import dates
from clearbill.bill.dates import uk_day
from clearbill.clients.models import Client
from clearbill.invoicing.drafts import LineDraft
from clearbill.invoicing.models import InvoiceLine
from clearbill.people.models import Practice
from clearbill.workspace.cancellation_policies import policies_of
from clearbill.workspace.models import CancellationPolicy

IF_IT_TOOK_PLACE = "If it took place, reopen the appointment and complete it."

Line = LineDraft | InvoiceLine


def to_charge(practice: Practice, *, client_id: UUID | None = None) -> QuerySet[Appointment]:
    """Return the visits that the policy charges for and nobody has decided about, earliest first.

    Whoever credits a charge has decided about it; one that is void is to be decided about again.
    """
    of_visit = InvoiceLine.objects.filter(appointment=OuterRef("pk"))
    decided = of_visit.charges().filter(invoice__voided_at=None)  # also where all of the charge was credited
    visits = Appointment.objects.filter(~Exists(of_visit.live()), ~Exists(decided), practice=practice)
    rows = (
        chargeable(visits, policies_of(practice))
        .select_related("client", "practitioner__site", "service", "site")
        .prefetch_related("service__rates")
        .order_by("starts_at", "pk")
    )
    return rows.filter(client_id=client_id) if client_id else rows


def with_charges(practice: Practice, visits: Iterable[Appointment]) -> list[tuple[Appointment, Charge]]:
    """Return each of these visits with what the policy charges for it; those without a charge are left out."""
    policies = policies_of(practice)
    return [(visit, charge) for visit in visits if (charge := charge_of(visit, policies))]


def charge_line(visit: Appointment, policies: Sequence[CancellationPolicy]) -> LineDraft | None:
    """Return the line that charges the client for the visit by the policy; None where it charges nothing."""
    charge = charge_of(visit, policies)
    if charge is None:
        return None
    return LineDraft(
        description=charge.words,
        treated_on=uk_day(visit.starts_at),
        unit_price=charge.amount,
        vat_rate=charge.vat_rate,
        appointment=visit,
    )


def why_not_charged(visit: Appointment, line: Line, *, insurer_slug: str, is_charged: bool) -> str:
    """Say why a visit that did not take place cannot stand on this line of an invoice; "" where it can.

    With `is_charged` it stands on the invoice already, and stays whatever the policy says by now.
    """
    if insurer_slug:
        sentence = "It can be charged to the client only, never to an insurer."
    elif line.service_id or line.item_code or line.procedure_code:
        sentence = "Nothing was treated, so its line has no service, no item code and no procedure code."
    elif isinstance(line, InvoiceLine) and not line.is_charge:
        sentence = "The line has the price of a treatment. Charge the visit on a new invoice instead."
    elif is_charged:
        sentence = ""
    elif visit.not_charged_because:
        sentence = f"It is not charged: {visit.not_charged_because}. Take that back on the appointment first."
    else:
        sentence = "" if charge_of(visit, policies_of(visit.practice)) else NOTHING_CHARGED
    marked = f"The visit of {dates.show(uk_day(visit.starts_at))} is marked “{visit.get_state_display()}”."
    return f"{marked} {sentence}" if sentence else ""


def why_not_treated(visit: Appointment, line: Line) -> str:
    """Say why a visit that took place cannot stand on this line of an invoice, a charge for one that did not; else "".

    A line that was kept tells it itself, one that is new by the visit as it was when the line was made.
    """
    if isinstance(line, InvoiceLine):
        is_charge = line.is_charge
    else:
        is_charge = line.appointment is not None and line.appointment.state not in queries.HOLDS_TIME
    marked = f"The visit of {dates.show(uk_day(visit.starts_at))} is marked “{visit.get_state_display()}” by now"
    return (
        f"{marked}, and its line charges for one that did not take place. Invoice the visit anew." if is_charge else ""
    )


def why_untreated(client: Client, lines: Iterable[Line]) -> dict[int, str]:
    """Return by the place, from 0, of lines without a visit why an insurer cannot be billed for them.

    That is where the diary has the treatment of the day as missed or cancelled, and nothing else for that client.
    """
    numbered = [(place, line) for place, line in enumerate(lines) if not line.appointment_id]
    missed = queries.not_given(client, [line.treated_on for _, line in numbered]) if numbered else {}
    found = {}
    for place, line in numbered:
        for visit in missed.get(line.treated_on, []):
            if _is_of(line, visit):
                marked = f"The visit of {dates.show(line.treated_on)} is marked “{visit.get_state_display()}”"
                found[place] = f"{marked}, so no insurer can be billed for it. {IF_IT_TOOK_PLACE}"
    return found


def _is_of(line: Line, visit: Appointment) -> bool:
    if line.service_id == visit.service_id:
        return True
    return bool(line.item_code) and line.item_code == visit.service.rate_on(line.treated_on).isc
