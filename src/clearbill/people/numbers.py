"""Numbers that are given once: invoices, clients."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from clearbill.people.models import NumberSequence, Practice


def next_number(practice: Practice, kind: str) -> int:
    """Return the next number of this kind, from 1. Call inside the transaction that uses it.

    The row is updated before it is read, so two transactions at once cannot be given the same number.
    """
    with transaction.atomic():
        NumberSequence.objects.get_or_create(practice=practice, kind=kind)
        NumberSequence.objects.filter(practice=practice, kind=kind).update(next_value=F("next_value") + 1)
        return NumberSequence.objects.get(practice=practice, kind=kind).next_value - 1
