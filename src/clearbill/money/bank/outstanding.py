"""Insurers' payments that the bank has not seen, or not all of. Pounds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import DecimalField, F, QuerySet, Value
from django.db.models.functions import Coalesce

from clearbill.bill.dates import uk_day
from clearbill.bill.money import ZERO
from clearbill.money.remittances.models import Remittance
from clearbill.people.models import Practice


@dataclass(frozen=True, slots=True)
class OutstandingRemittance:
    """A payment that an insurer announced: `left` is what the bank has not seen, negative for money taken back."""

    pk: UUID
    insurer_slug: str
    reference: str
    on: date | None
    amount: Decimal
    left: Decimal


def with_outstanding(practice: Practice) -> QuerySet[Any]:
    """Return the insurers' payments with `arrived` and `left`, pounds."""
    pounds: DecimalField[Any, Any] = DecimalField(max_digits=12, decimal_places=2)
    arrived = Coalesce(F("arrival__arrived"), Value(ZERO), output_field=pounds)
    return Remittance.objects.filter(practice=practice).annotate(arrived=arrived, left=F("amount") - F("arrived"))


def outstanding(practice: Practice) -> QuerySet[Any]:
    """Return those of which something is still to come and that nobody has set aside, oldest first."""
    return (
        with_outstanding(practice)
        .exclude(amount=0)
        .exclude(arrived=F("amount"))
        .filter(arrival__aside_at=None)
        .order_by("paid_on", "pk")
    )


def outstanding_of(payments: Iterable[Any]) -> list[OutstandingRemittance]:
    """Return these payments as read by `with_outstanding`."""
    return [
        OutstandingRemittance(
            one.pk,
            one.insurer_slug,
            one.payment_reference,
            one.paid_on or (uk_day(one.announced_at) if one.announced_at else None),
            one.amount,
            one.left,
        )
        for one in payments
    ]
