"""What was paid so far becomes entries in the books."""

from __future__ import annotations

from django.db import migrations
from django.db.models import Sum


def copy(apps, editor):
    entries, payments = apps.get_model("billing", "Entry"), apps.get_model("billing", "Payment")
    rows = payments.objects.order_by("received_on", "created_at").iterator(chunk_size=500)
    made = (
        entries(
            practice_id=payment.practice_id,
            invoice_id=payment.invoice_id,
            at=payment.created_at,
            on=payment.received_on,
            kind="paid",
            source=payment.source,
            amount=payment.amount,
            reference=payment.reference,
            by_id=payment.entered_by_id,
        )
        for payment in rows
    )
    entries.objects.bulk_create(made, batch_size=500)
    invoices = apps.get_model("billing", "Invoice")
    for row in payments.objects.order_by().values("invoice").annotate(sum=Sum("amount")):
        invoices.objects.filter(pk=row["invoice"]).update(paid_total=row["sum"])


def copy_back(apps, editor):
    entries, payments = apps.get_model("billing", "Entry"), apps.get_model("billing", "Payment")
    for entry in entries.objects.filter(kind="paid", takes_back=None, taken_back_by=None, amount__gt=0):
        payments.objects.create(
            practice_id=entry.practice_id,
            invoice_id=entry.invoice_id,
            amount=entry.amount,
            received_on=entry.on,
            source=entry.source,
            reference=entry.reference,
            entered_by_id=entry.by_id,
        )


class Migration(migrations.Migration):

    dependencies = [("billing", "0002_books")]

    operations = [migrations.RunPython(copy, copy_back)]
