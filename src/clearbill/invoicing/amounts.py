"""What an invoice comes to, for those who see money and no clients' records: nothing here tells what was treated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from clearbill.bill import insurers
from clearbill.fileformats.csv_writer import WrittenTable
from clearbill.invoicing.models import Invoice, LedgerEntry
from clearbill.people.models import Practice

HEADINGS = (
    "Invoice number",
    "Issued",
    "Billed to",
    "Gross",
    "Discount",
    "VAT",
    "Patient already paid",
    "Net",
    "Paid",
    "Short",
    "Written off",
    "Credited",
    "Open",
    "Void since",
)


@dataclass(frozen=True, slots=True)
class InvoiceAmounts:
    """One invoice: who is billed, when, and its sums. The client is named only where the client is who is billed."""

    pk: UUID
    number: str
    issued_on: date
    payer: str
    voided_on: date | None
    gross: Decimal
    discount: Decimal
    vat: Decimal
    patient_paid: Decimal
    net: Decimal
    paid: Decimal
    short: Decimal
    written_off: Decimal
    credited: Decimal
    open: Decimal


@dataclass(frozen=True, slots=True)
class Movement:
    """One entry in the books of an invoice, without the words that a person or an insurer gave for it."""

    on: date
    kind: str
    source: str
    amount: Decimal
    paid_by: str


def amounts(rows: Iterable[Invoice]) -> list[InvoiceAmounts]:
    """Return the amounts of these invoices, in their order."""
    return [_amounts(row) for row in rows]


def _amounts(row: Invoice) -> InvoiceAmounts:
    return InvoiceAmounts(
        pk=row.pk,
        number=row.number,
        issued_on=row.issued_on,
        payer=insurers.name_of(row.insurer_slug) if row.insurer_slug else row.client.name,
        voided_on=row.voided_at.date() if row.voided_at else None,
        gross=row.gross_total,
        discount=row.discount_total,
        vat=row.vat_total,
        patient_paid=row.patient_paid,
        net=row.net_total,
        paid=row.paid_total,
        short=row.short_total,
        written_off=row.written_off_total,
        credited=row.credited_total,
        open=row.open_total,
    )


def movements(practice: Practice, invoice_id: UUID) -> list[Movement]:
    """Return what was moved on the practice's invoice, in the order of the books."""
    entries = LedgerEntry.objects.filter(practice=practice, invoice_id=invoice_id).select_related("method")
    return [
        Movement(
            on=entry.on,
            kind=entry.get_kind_display(),
            source=entry.get_source_display(),
            amount=entry.amount,
            paid_by=entry.paid_by,
        )
        for entry in entries
    ]


def table(rows: QuerySet[Any]) -> WrittenTable:
    """Return the amounts of these invoices, to be written as a file."""
    return WrittenTable(HEADINGS, _cells(rows))


def _cells(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    for row in rows.select_related("client").iterator(chunk_size=1000):
        one = _amounts(row)
        yield [
            one.number,
            one.issued_on,
            one.payer,
            one.gross,
            one.discount,
            one.vat,
            one.patient_paid,
            one.net,
            one.paid,
            one.short,
            one.written_off,
            one.credited,
            one.open,
            one.voided_on,
        ]
