"""The fields of an invoice that files give, as text, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from clearbill.bill import dates, insurers, money
from clearbill.clients.models import Client
from clearbill.fileformats.practice_systems import InvoiceRow
from clearbill.invoicing.imported_invoices.services import ImportedInvoice, ImportedLine
from clearbill.workspace.models import Practitioner

LABELS = {"number": "Invoice number", "is_open": "What is open", "client_key": "Number of the client"}
"""What fields are called that are none of the file’s columns by themselves."""

CLIENT = ("client_key", "first_name", "last_name", "birth_date", "email", "phone")
"""Fields of a row that tell who the client is."""

_OF_THE_FILE = (*CLIENT, "number", "issued_on", "insurer_slug", "practitioner", "amount", "paid", "is_open", "paid_on")


def values_of(row: InvoiceRow) -> dict[str, Any]:
    """Return what the row says, as text; of each line its day, description, amount and code."""
    values: dict[str, Any] = {name: _to_text(getattr(row, name)) for name in _OF_THE_FILE}
    values["lines"] = [
        [line.treated_on.isoformat(), line.description, f"{line.amount:.2f}", line.code] for line in row.lines
    ]
    return values


def invoice_of(values: Mapping[str, Any], client: Client, practitioner: Practitioner) -> ImportedInvoice:
    """Return the invoice that the values tell of."""
    issued_on = date.fromisoformat(values["issued_on"])
    return ImportedInvoice(
        number=values["number"],
        client=client,
        practitioner=practitioner,
        insurer_slug=values["insurer_slug"],
        issued_on=issued_on,
        lines=[
            ImportedLine(treated_on=date.fromisoformat(day), description=what, amount=Decimal(amount), code=code)
            for day, what, amount, code in values["lines"]
        ],
        paid=Decimal(values["paid"]),
        paid_on=date.fromisoformat(values["paid_on"]) if values["paid_on"] else issued_on,
    )


def shown_cells(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return number, day, who is billed, amount and what is open, as people read them."""
    if not values:
        return ("",) * 5
    slug = values["insurer_slug"]
    return (
        values["number"],
        dates.show_iso(values["issued_on"]),
        insurers.name_of(slug) if slug else "The client",
        money.show(Decimal(values["amount"])),
        money.show(Decimal(values["is_open"])),
    )


def _to_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:.2f}" if isinstance(value, Decimal) else str(value)
