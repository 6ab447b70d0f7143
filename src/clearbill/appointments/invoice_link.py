"""The one place at which appointments look up at invoices: a visit that is invoiced must stay as it was invoiced."""

from __future__ import annotations

from clearbill.appointments.models import Appointment


def invoice_number(visit: Appointment) -> str:
    """Return the number of the invoice that asks for the visit, "" where none does.

    One that is void, or of which all was credited, does not count. Call with the visit's row held, as making an
    invoice does.
    """
    line = visit.invoice_lines.live().select_related("invoice").first()
    return line.invoice.number if line else ""
