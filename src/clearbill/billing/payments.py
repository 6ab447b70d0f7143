"""Money received on invoices."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from clearbill.billing.models import Invoice, Payment
from clearbill.billing.refusals import BillingRefused
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
) -> Payment:
    """Record money received; `source` is Payment.PATIENT or Payment.INSURER. Raises BillingRefused."""
    if amount <= 0:
        raise BillingRefused("A payment must be more than nothing.")
    with transaction.atomic():
        row = Invoice.objects.select_for_update().get(practice=practice, pk=invoice.pk)
        if row.voided_at:
            raise BillingRefused("This invoice is void, so nothing can be paid on it.")
        same = row.payments.filter(amount=amount, received_on=received_on, source=source, reference=reference)
        if same.exists():
            raise BillingRefused("This payment is already recorded. For a second one, give it another reference.")
        payment = Payment.objects.create(
            practice=practice,
            invoice=row,
            amount=amount,
            received_on=received_on,
            source=source,
            reference=reference,
            entered_by=by,
        )
        changes = {"amount": amount, "received_on": received_on, "source": source, "reference": reference}
        audit.write(practice=practice, by=by, at=now, action="recorded a payment", subject=row, changes=changes)
    return payment


def remove_payment(*, practice: Practice, by: User | None, now: datetime, payment: Payment) -> Invoice:
    """Take back a payment of the patient that was entered by mistake. Raises BillingRefused for an insurer's."""
    if payment.source != Payment.PATIENT:
        raise BillingRefused("What the insurer paid belongs to the claim and is changed there.")
    with transaction.atomic():
        row = Invoice.objects.select_for_update().get(practice=practice, pk=payment.invoice_id)
        gone, _ = Payment.objects.filter(practice=practice, pk=payment.pk).delete()
        if gone:
            changes = {"amount": payment.amount, "received_on": payment.received_on, "reference": payment.reference}
            audit.write(practice=practice, by=by, at=now, action="removed a payment", subject=row, changes=changes)
    return row
