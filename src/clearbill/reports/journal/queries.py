"""Read the ledger of a period, day by day, as double entry."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from heapq import merge
from typing import Any

from django.db.models import Q

from clearbill.bill.dates import uk_day
from clearbill.invoicing.models import Invoice, LedgerEntry
from clearbill.money.remittances.models import PaymentAdjustment
from clearbill.people.models import Practice
from clearbill.reports.filters import midnight
from clearbill.reports.journal import entries as journal_entries
from clearbill.reports.journal.entries import AdjustmentFacts, EntryFacts, InvoiceFacts, Transaction
from clearbill.reports.kinds.aged_debt import name
from clearbill.reports.models import AccountCodes

AT_ONCE = 2000

_FIELDS = (
    "number",
    "insurer_slug",
    "share_of_id",
    "issued_on",
    "voided_at",
    "gross_total",
    "discount_total",
    "vat_total",
    "patient_paid",
)


def transactions(practice: Practice, first_on: date, last_on: date) -> Iterator[Transaction]:
    """Yield what was moved from the first to the last day, in the order of the days.

    A day gives the same transactions in the same order, whatever period it is read in.
    """
    bills = Invoice.objects.filter(practice=practice)
    issued = bills.filter(issued_on__range=(first_on, last_on)).order_by("issued_on", "number")
    entries = LedgerEntry.objects.filter(practice=practice, on__range=(first_on, last_on)).order_by("on", "pk")
    made = (journal_entries.invoice_transaction(_bill(values)) for values in issued.values(*_FIELDS).iterator(AT_ONCE))
    of_bill = (f"invoice__{field}" for field in _FIELDS)
    fields = ("pk", "on", "kind", "source", "amount", "credit_note__vat_total", *of_bill)
    entered = (
        journal_entries.entry_transaction(_moved(values)) for values in entries.values(*fields).iterator(AT_ONCE)
    )
    adjusted = _adjusted(practice, first_on, last_on)
    for one in merge(made, _voided(bills, first_on, last_on), entered, adjusted, key=lambda one: one.on):
        if one.lines:
            yield one


def codes_of(practice: Practice) -> AccountCodes:
    """Return the practice's account codes, the usual ones where it has chosen none."""
    return AccountCodes.objects.filter(practice=practice).first() or AccountCodes(practice=practice)


def _voided(bills: Any, first_on: date, last_on: date) -> list[Transaction]:
    period = (first_on, last_on)
    days = Q(issued_on__range=period) | Q(
        voided_at__gte=midnight(first_on), voided_at__lt=midnight(last_on + timedelta(days=1))
    )
    rows = bills.exclude(voided_at=None).filter(days).order_by("number").values(*_FIELDS)
    taken_out = [
        one
        for values in rows
        if (one := journal_entries.void_transaction(_bill(values))) and first_on <= one.on <= last_on
    ]
    return sorted(taken_out, key=lambda one: one.on)


def _adjusted(practice: Practice, first_on: date, last_on: date) -> list[Transaction]:
    """Return the adjustments of payments, each on the day of its payment, else on the day on which that came."""
    came = {
        "remittance__document__received_at__gte": midnight(first_on),
        "remittance__document__received_at__lt": midnight(last_on + timedelta(days=1)),
    }
    days = Q(remittance__paid_on__range=(first_on, last_on)) | Q(remittance__paid_on=None, **came)
    rows = PaymentAdjustment.objects.filter(days, practice=practice).select_related("remittance__document")
    return sorted(map(_adjustment, rows.order_by("pk")), key=lambda one: one.on)


def _adjustment(row: PaymentAdjustment) -> Transaction:
    payment = row.remittance
    facts = AdjustmentFacts(
        key=row.pk,
        on=payment.paid_on or uk_day(payment.document.received_at),
        insurer=name(payment.insurer_slug),
        reference=payment.reference_key,
        amount=row.amount,
    )
    return journal_entries.adjustment_transaction(facts)


def _bill(values: dict[str, Any]) -> InvoiceFacts:
    return InvoiceFacts(
        number=values["number"],
        insurer=name(values["insurer_slug"]) if values["insurer_slug"] else "",
        is_share=values["share_of_id"] is not None,
        issued_on=values["issued_on"],
        voided_on=uk_day(values["voided_at"]) if values["voided_at"] else None,
        before_vat=values["gross_total"] - values["discount_total"],
        vat=values["vat_total"],
        patient_paid=values["patient_paid"],
    )


def _moved(values: dict[str, Any]) -> EntryFacts:
    bill = _bill({field: values[f"invoice__{field}"] for field in _FIELDS})
    given = {name: values[name] for name in ("on", "kind", "source", "amount")}
    return EntryFacts(key=values["pk"], bill=bill, vat=values["credit_note__vat_total"] or Decimal("0.00"), **given)
