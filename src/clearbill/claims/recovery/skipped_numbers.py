"""Which invoice numbers are skipped after a restore, so that none is given to two invoices."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F

from clearbill.db.number_sequences import NumberSequence
from clearbill.invoicing.models import Invoice
from clearbill.people.models import Practice

LEAST_SKIPPED = 100

LOOK_BACK = timedelta(days=31)


def skip_numbers(practice: Practice, *, taken_at: datetime, now: datetime) -> int:
    """Skip as many numbers as were given in the month before, and a hundred more: the practice's lost invoices have
    them, and those billed to clients are known to nobody else. Return the first one skipped.
    """
    sequence, _ = NumberSequence.objects.get_or_create(practice=practice, kind="invoice")
    since = taken_at - max(LOOK_BACK, now - taken_at)
    lately = Invoice.objects.filter(practice=practice, created_at__gte=since).count()
    NumberSequence.objects.filter(practice=practice).update(next_value=F("next_value") + lately + LEAST_SKIPPED)
    return sequence.next_value
