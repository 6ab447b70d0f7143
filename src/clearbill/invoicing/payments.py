"""Money received on invoices, typed in by a person."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum

from clearbill.bill import money
from clearbill.bill.dates import uk_day
from clearbill.invoicing import ledger as books
from clearbill.invoicing.errors import BillingRefused
from clearbill.invoicing.models import Entry, Invoice
from clearbill.people import audit
from clearbill.people.models import Practice, User


def record_payment(
    *,
    practice: Practice,
    by: User | None,
    now: datetime,
    invoice: Invoice,
    amount: Decimal,
    received_on: date,
    source: str,
    reference: str = "",
) -> Entry:
    """Record money received; `source` is Entry.PATIENT or Entry.INSURER. Raises BillingRefused."""
    if amount <= 0:
        raise BillingRefused("A payment must be more than nothing.")
    with transaction.atomic():
        row = books.hold(practice, invoice)
        if row.voided_at:
            raise BillingRefused("This invoice is void, so nothing can be paid on it.")
        _refuse_twice(row, amount=amount, on=received_on, source=source, reference=reference)
        entry = books.post(
            row, kind=Entry.PAID, amount=amount, on=received_on, source=source, by=by, now=now, reference=reference
        )
        changes = {"amount": amount, "received_on": received_on, "source": source, "reference": reference}
        audit.write(practice=practice, by=by, at=now, action="recorded a payment", subject=row, changes=changes)
    return entry


def give_back(
    *,
    practice: Practice,
    by: User | None,
    now: datetime,
    invoice: Invoice,
    amount: Decimal,
    paid_on: date,
    reference: str = "",
) -> Entry:
    """Record money paid back to the patient, where more was paid than is asked. Raises BillingRefused."""
    if amount <= 0:
        raise BillingRefused("A refund must be more than nothing.")
    with transaction.atomic():
        row = books.hold(practice, invoice)
        most = refundable(row)
        if amount > most:
            raise BillingRefused(f"{money.show(most) if most else 'Nothing'} can be paid back on this invoice.")
        _refuse_twice(row, amount=-amount, on=paid_on, source=Entry.PATIENT, reference=reference)
        entry = books.post(
            row, kind=Entry.PAID, amount=-amount, on=paid_on, source=Entry.PATIENT, by=by, now=now, reference=reference
        )
        changes = {"amount": amount, "paid_on": paid_on, "reference": reference}
        audit.write(practice=practice, by=by, at=now, action="recorded a refund", subject=row, changes=changes)
    return entry


def _refuse_twice(invoice: Invoice, **same: Any) -> None:
    if invoice.entries.filter(kind=Entry.PAID, takes_back=None, taken_back_by=None, **same).exists():
        raise BillingRefused("This payment is already recorded. For a second one, give it another reference.")


def refundable(invoice: Invoice) -> Decimal:
    """Return what may be paid back to the patient: what was paid too much, and by the patient, not by the insurer.

    On an invoice to the client, what was paid before it was made is the patient's money too.
    """
    entered = invoice.entries.filter(kind=Entry.PAID, source=Entry.PATIENT).aggregate(sum=Sum("amount"))["sum"]
    before = Decimal(0) if invoice.insurer_slug else invoice.patient_paid
    of_patient = ((entered or Decimal(0)) + before).quantize(money.PENNY)
    return max(Decimal("0.00"), min(-books.open_amount(invoice), of_patient))


def take_back_payment(*, practice: Practice, by: User | None, now: datetime, entry: Entry) -> Invoice:
    """Take back a payment that was entered on the invoice by mistake: a second entry undoes the first.

    A second click does nothing. The claim is a row of a higher room and stays as it is: `remittances.taking_back`
    is what a page calls. Raises BillingRefused for what is no payment, or came in a payment of an insurer.
    """
    if entry.kind != Entry.PAID or entry.takes_back_id:
        raise BillingRefused("This entry is not a payment.")
    if entry.advice is not None:
        raise BillingRefused("This came in a payment of the insurer; take it off this invoice there.")
    with transaction.atomic():
        row = books.hold(practice, entry.invoice)
        if not Entry.objects.filter(takes_back=entry).exists():
            books.take_back(row, entry, on=uk_day(now), by=by, now=now, reason="Entered by mistake.")
            changes = {"amount": entry.amount, "received_on": entry.on, "reference": entry.reference}
            audit.write(practice=practice, by=by, at=now, action="took back a payment", subject=row, changes=changes)
    return row
