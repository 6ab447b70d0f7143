"""The one place at which appointments look up at invoices.

A visit that is invoiced must stay as it was invoiced, and what was invoiced uses up what the insurer authorised.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from clearbill.appointments.models import Appointment
from clearbill.clients.models import Authorisation, Client, Policy


def invoice_number(visit: Appointment) -> str:
    """Return the number of the invoice that asks for the visit, "" where none does.

    One that is void, or of which all was credited, does not count. Call with the visit's row held, as making an
    invoice does.
    """
    line = visit.invoice_lines.live().select_related("invoice").first()
    return line.invoice.number if line else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledService:
    """One line of an invoice that stands: `visit_id` None where it is of no visit, `insurer_slug` "" for the client.

    `policy` and `authorisation` are what a person chose for the invoice. `net` is in pounds.
    """

    visit_id: UUID | None
    insurer_slug: str
    policy: Policy | None
    authorisation: Authorisation | None
    treated_on: date
    item_code: str
    net: Decimal


def billed_services(client: Client) -> Iterator[BilledService]:
    """Yield what stands on the client's invoices, but for those that ask the client for a share of another one."""
    invoices = client.invoices.filter(voided_at=None, share_of=None).select_related("policy", "authorisation")
    for invoice in invoices.prefetch_related("lines"):
        if 0 < invoice.credited_total >= invoice.net_total + invoice.patient_paid:
            continue
        for line in invoice.lines.all():
            yield BilledService(
                visit_id=line.appointment_id,
                insurer_slug=invoice.insurer_slug,
                policy=invoice.policy,
                authorisation=invoice.authorisation,
                treated_on=line.treated_on,
                item_code=line.item_code,
                net=line.net,
            )
