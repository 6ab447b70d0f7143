"""Add invoices that another system gave out, and take them away again while nothing stands on them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from clearbill.bill import money
from clearbill.bill.problem import Refused
from clearbill.clients.models import Client
from clearbill.invoicing import ledger
from clearbill.invoicing.claimed.claim_link import mark_claims_stale
from clearbill.invoicing.models import Invoice, InvoiceLine, IssuedPaper, LedgerEntry
from clearbill.people import audit
from clearbill.people.actor import Actor
from clearbill.people.models import Practice
from clearbill.workspace.models import Practitioner

PAID_BEFORE = "Paid before it was imported"

OWN_NUMBER = (
    "Invoices here are numbered {prefix}10001 and on, so this number will be given to another one. Change the invoice "
    "prefix under Practice details first."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedLine:
    """One line: pounds, VAT included."""

    treated_on: date
    description: str
    amount: Decimal
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedInvoice:
    """An invoice as another system gave it out. `paid` pounds of its lines had been paid when it came."""

    number: str
    client: Client
    practitioner: Practitioner
    insurer_slug: str
    issued_on: date
    lines: Sequence[ImportedLine]
    paid: Decimal
    paid_on: date

    @property
    def amount(self) -> Decimal:
        return money.total(line.amount for line in self.lines)


def why_not_the_number(practice: Practice, number: str) -> str:
    """Return why an invoice of another system cannot keep its number here; "" where it can."""
    if re.fullmatch(rf"{re.escape(practice.invoice_prefix)}\d{{5,}}", number):
        return OWN_NUMBER.format(prefix=practice.invoice_prefix)
    return ""


def create_many(actor: Actor, *, invoices: Sequence[ImportedInvoice]) -> list[Invoice]:
    """Add the invoices in their order, each with its number, its lines and what was paid on it.

    Raises Refused where a client was merged with another record meanwhile.
    """
    with transaction.atomic():
        _hold_clients(invoices)
        rows = [_unsaved(actor, one) for one in invoices]
        Invoice.objects.bulk_create(rows)
        InvoiceLine.objects.bulk_create(
            line for row, one in zip(rows, invoices, strict=True) for line in _lines(row, one)
        )
        ledger.hold_invoices([row.pk for row in rows])
        ledger.post_many([_payment(actor, row, one) for row, one in zip(rows, invoices, strict=True) if one.paid])
        actor.audit_many(
            ("imported the invoice", row, "", _told(row, one)) for row, one in zip(rows, invoices, strict=True)
        )
        for row in {row.client_id: row for row in rows}.values():
            mark_claims_stale(row)
    return rows


def in_use(invoices: Sequence[Invoice]) -> set[UUID]:
    """Return those of the imported invoices on which something stands by now: money, a paper, a share, a void."""
    keys = [row.pk for row in invoices]
    entries: dict[UUID, int] = {}
    for key, reference in LedgerEntry.objects.filter(invoice__in=keys).values_list("invoice", "reference"):
        entries[key] = entries.get(key, 0) + (reference != PAID_BEFORE)
    papers = IssuedPaper.objects.filter(kind=IssuedPaper.INVOICE, subject_id__in=[str(key) for key in keys])
    on_paper = set(papers.values_list("subject_id", flat=True))
    shared = set(Invoice.objects.filter(share_of__in=keys).values_list("share_of", flat=True))
    return {
        row.pk
        for row in invoices
        if entries.get(row.pk) or str(row.pk) in on_paper or row.pk in shared or row.voided_at
    }


def delete_many(actor: Actor, *, invoices: Sequence[Invoice]) -> None:
    """Delete imported invoices with their lines and entries. Whoever calls made sure that nothing stands on them.

    The entries in the audit trail stay.
    """
    with transaction.atomic():
        ledger.hold_invoices([row.pk for row in invoices])
        ledger.delete_entries(invoices)
        actor.audit_many(("deleted the imported invoice", row, row.number, {}) for row in invoices)
        for row in invoices:
            mark_claims_stale(row)
        Invoice.objects.filter(practice=actor.practice, is_imported=True, pk__in=[row.pk for row in invoices]).delete()


def _hold_clients(invoices: Sequence[ImportedInvoice]) -> None:
    """Whoever merges the same clients at once waits for us."""
    keys = {one.client.pk for one in invoices}
    held = Client.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")
    if any(client.merged_into_id for client in held):
        raise Refused("A client was merged with another record meanwhile.")


def _unsaved(actor: Actor, one: ImportedInvoice) -> Invoice:
    return Invoice(
        practice=actor.practice,
        number=one.number,
        client=one.client,
        practitioner=one.practitioner,
        insurer_slug=one.insurer_slug,
        issued_on=one.issued_on,
        gross_total=one.amount,
        net_total=one.amount,
        is_imported=True,
    )


def _lines(row: Invoice, one: ImportedInvoice) -> Iterable[InvoiceLine]:
    return (
        InvoiceLine(
            invoice=row,
            position=position,
            description=line.description,
            item_code=line.code,
            treated_on=line.treated_on,
            unit_price=line.amount,
            gross=line.amount,
            net=line.amount,
        )
        for position, line in enumerate(one.lines, start=1)
    )


def _payment(actor: Actor, row: Invoice, one: ImportedInvoice) -> dict[str, object]:
    return {
        "practice": row.practice_id,
        "invoice": row.pk,
        "at": actor.now,
        "on": one.paid_on,
        "kind": LedgerEntry.PAID,
        "source": LedgerEntry.INSURER if one.insurer_slug else LedgerEntry.PATIENT,
        "amount": one.paid,
        "reference": PAID_BEFORE,
        "reason": "",
        "code": "",
        "advice": None,
        "takes_back": None,
        "by": actor.user,
    }


def _told(row: Invoice, one: ImportedInvoice) -> dict[str, object]:
    return {**audit.snapshot(row), "paid_total": one.paid, "open_total": one.amount - one.paid}
