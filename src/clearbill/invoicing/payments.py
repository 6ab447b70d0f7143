"""Payments and refunds on invoices, typed in by a person, and their reversal."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q, Sum

from clearbill.bill import money
from clearbill.bill.dates import uk_day
from clearbill.bill.problem import Refused
from clearbill.invoicing import ledger
from clearbill.invoicing.models import Invoice, IssuedPaper, LedgerEntry, Method, PaymentMethod
from clearbill.invoicing.papers import issued
from clearbill.people.actor import Actor


def record_payment(
    actor: Actor,
    *,
    invoice: Invoice,
    amount: Decimal,
    received_on: date,
    source: str,
    reference: str = "",
    method: str = "",
) -> LedgerEntry:
    """Record money received; `source` is Entry.PATIENT or Entry.INSURER, `method` how a client paid. Raises Refused."""
    if amount <= 0:
        raise Refused("A payment must be more than nothing.")
    with transaction.atomic():
        row = ledger.lock_invoice(actor.practice, invoice)
        if row.voided_at:
            raise Refused("This invoice is void, so nothing can be paid on it.")
        _refuse_twice(row, method, amount=amount, on=received_on, source=source, reference=reference)
        entry = ledger.post(
            row,
            kind=LedgerEntry.PAID,
            amount=amount,
            on=received_on,
            source=source,
            by=actor.user,
            now=actor.now,
            reference=reference,
        )
        _keep_method(entry, method)
        if source == LedgerEntry.PATIENT:
            issued.issue(actor, issued.receipt_now(actor, entry))
        changes = {"amount": amount, "received_on": received_on, "source": source, "reference": reference}
        changes |= {"method": method} if source == LedgerEntry.PATIENT else {}
        actor.audit("recorded a payment", row, changes=changes)
    return entry


def record_refund(
    actor: Actor, *, invoice: Invoice, amount: Decimal, paid_on: date, reference: str = "", method: str = ""
) -> LedgerEntry:
    """Record money paid back to the patient, where more was paid than is asked, and how. Raises Refused."""
    if amount <= 0:
        raise Refused("A refund must be more than nothing.")
    with transaction.atomic():
        row = ledger.lock_invoice(actor.practice, invoice)
        most = refundable(row)
        if amount > most:
            raise Refused(f"{money.show(most) if most else 'Nothing'} can be paid back on this invoice.")
        _refuse_twice(row, method, amount=-amount, on=paid_on, source=LedgerEntry.PATIENT, reference=reference)
        entry = ledger.post(
            row,
            kind=LedgerEntry.PAID,
            amount=-amount,
            on=paid_on,
            source=LedgerEntry.PATIENT,
            by=actor.user,
            now=actor.now,
            reference=reference,
        )
        _keep_method(entry, method)
        issued.issue(actor, issued.receipt_now(actor, entry))
        changes = {"amount": amount, "paid_on": paid_on, "reference": reference, "method": method}
        actor.audit("recorded a refund", row, changes=changes)
    return entry


def first_day(invoice: Invoice) -> date:
    """Return the day of the first treatment on the invoice, or its own where that is earlier."""
    return min(invoice.issued_on, *(line.treated_on for line in invoice.lines.all()))


def reissue_receipt(actor: Actor, *, entry: LedgerEntry) -> IssuedPaper:
    """Issue the next edition of the receipt, with client, practice and what is open as they are today.

    Raises Refused for what is no standing payment of the patient, and where nothing that stands on it has changed.
    """
    with transaction.atomic():
        row = ledger.lock_invoice(actor.practice, entry.invoice)
        return issued.reissue(actor, row, issued.receipt_now(actor, _as_it_stands(entry)))


def paid_by_source(invoice: Invoice) -> dict[str, Decimal]:
    """Return what stands as paid on the invoice since it was made, pounds, by who paid it; those of nothing left out.

    What the patient had paid before is the invoice's own `patient_paid`.
    """
    rows = invoice.entries.filter(kind=LedgerEntry.PAID).order_by().values_list("source").annotate(sum=Sum("amount"))
    return {source: amount.quantize(money.PENNY) for source, amount in rows if amount}


def correct_method(actor: Actor, *, entry: LedgerEntry, method: str) -> LedgerEntry:
    """Say anew how a client paid, or was paid back: the receipt has a next edition, the entry itself stays as it is.

    Raises Refused.
    """
    if method not in Method.values:
        raise Refused("Choose how it was paid.", "method")
    with transaction.atomic():
        row = ledger.lock_invoice(actor.practice, entry.invoice)
        held = row.entries.select_related("method").get(pk=entry.pk)
        if held.kind != LedgerEntry.PAID or held.source != LedgerEntry.PATIENT or held.takes_back_id:
            raise Refused("Only a client’s payment, or money paid back to one, has a method.")
        before = held.method.method if hasattr(held, "method") else ""
        if before != method:
            last = None if hasattr(held, "taken_back_by") else issued.of_receipt(actor, held)
            PaymentMethod.objects.update_or_create(entry=held, defaults={"method": method})
            if last:
                issued.next_edition(actor, issued.receipt_now(actor, _as_it_stands(held)), last)
            changes = {"amount": held.amount, "received_on": held.on, "method": [before, method]}
            actor.audit("corrected how a payment was made", row, changes=changes)
    return held


def _as_it_stands(entry: LedgerEntry) -> LedgerEntry:
    """Read the entry again, with its method and its invoice. Call in a transaction that holds the invoice."""
    return LedgerEntry.objects.select_related("method", "invoice").get(pk=entry.pk)


def _keep_method(entry: LedgerEntry, method: str) -> None:
    if method and entry.source == LedgerEntry.PATIENT:
        PaymentMethod.objects.create(entry=entry, method=method)


def _refuse_twice(invoice: Invoice, method: str, **same: Any) -> None:
    """Two payments of one day and sum are two where they were made in two ways."""
    rows = invoice.entries.filter(kind=LedgerEntry.PAID, takes_back=None, taken_back_by=None, **same)
    if rows.filter(Q(method=None) | Q(method__method=method) if method else Q()).exists():
        raise Refused("This payment is already recorded. For a second one, give it another reference.")


def refundable(invoice: Invoice) -> Decimal:
    """Return what may be paid back to the patient: what was paid too much, and by the patient, not by the insurer.

    On an invoice to the client, what was paid before it was made is the patient's money too.
    """
    return max(Decimal("0.00"), min(-ledger.open_amount(invoice), _of_patient(invoice)))


def _of_patient(invoice: Invoice) -> Decimal:
    """Return what the patient has paid on the invoice, less what was paid back."""
    entered = invoice.entries.filter(kind=LedgerEntry.PAID, source=LedgerEntry.PATIENT).aggregate(sum=Sum("amount"))[
        "sum"
    ]
    before = Decimal(0) if invoice.insurer_slug else invoice.patient_paid
    return ((entered or Decimal(0)) + before).quantize(money.PENNY)


def reverse_payment(actor: Actor, *, entry: LedgerEntry) -> Invoice:
    """Take back a payment that was entered on the invoice by mistake: a second entry undoes the first.

    A second click does nothing. The claim is a row of a higher layer and stays as it is: `remittances.reversal`
    is what a page calls. Raises Refused for what is no payment, or came in a payment of an insurer, and where more
    would have been paid back to the patient than the patient paid.
    """
    if entry.kind != LedgerEntry.PAID or entry.takes_back_id:
        raise Refused("This entry is not a payment.")
    if entry.advice is not None:
        raise Refused("This came in a payment of the insurer; take it off this invoice there.")
    with transaction.atomic():
        row = ledger.lock_invoice(actor.practice, entry.invoice)
        if not LedgerEntry.objects.filter(takes_back=entry).exists():
            _refuse_under_refund(row, entry)
            ledger.reverse(row, entry, on=uk_day(actor.now), by=actor.user, now=actor.now, reason="Entered by mistake.")
            changes = {"amount": entry.amount, "received_on": entry.on, "reference": entry.reference}
            actor.audit("took back a payment", row, changes=changes)
    return row


def _refuse_under_refund(invoice: Invoice, entry: LedgerEntry) -> None:
    if entry.source == LedgerEntry.PATIENT and entry.amount > 0 and _of_patient(invoice) < entry.amount:
        refunds = invoice.entries.filter(
            kind=LedgerEntry.PAID, source=entry.source, amount__lt=0, takes_back=None, taken_back_by=None
        )
        back = money.show(-money.total(one.amount for one in refunds))
        raise Refused(f"{back} was paid back to the client on this invoice. Take that refund back first.")
