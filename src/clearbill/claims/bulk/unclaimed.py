"""Invoices to an insurer that have no claim: how much is owed on them, and how long the insurer still takes a bill."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Min

from clearbill.bill import insurers, money
from clearbill.claims.core.queries import SOON_DAYS
from clearbill.invoicing.claimed.outstanding import Place, outstanding
from clearbill.invoicing.models import Invoice
from clearbill.people.models import Practice


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclaimed:
    """One invoice without a claim. `treated_on` is its first treatment, `owed` pounds.

    `days_left` until the insurer’s limit is negative past it, and None where no limit is known.
    """

    invoice_id: UUID
    insurer_slug: str
    practitioner_id: UUID
    treated_on: date | None
    owed: Decimal
    days_left: int | None

    @property
    def is_over(self) -> bool:
        return self.days_left is not None and self.days_left < 0

    @property
    def is_soon(self) -> bool:
        return self.days_left is not None and 0 <= self.days_left <= SOON_DAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class UnclaimedSum:
    """How many there are, pounds, and how many are past the insurer’s limit or have two weeks at most."""

    count: int
    amount: Decimal
    over: int
    soon: int


def unclaimed(practice: Practice, *, on: date) -> list[Unclaimed]:
    """Return the invoices without a claim as of this UK day, those with the least time left first."""
    rows = outstanding(practice).filter(place=Place.NO_CLAIM.value).order_by("issued_on", "number")
    fields = ("pk", "insurer_slug", "practitioner_id", "owed", "treated_on")
    found = rows.annotate(treated_on=Min("lines__treated_on")).values_list(*fields)
    listed = [
        Unclaimed(
            invoice_id=pk,
            insurer_slug=slug,
            practitioner_id=practitioner,
            treated_on=treated_on,
            owed=Decimal(owed).quantize(money.PENNY),
            days_left=_days_left(slug, treated_on, on),
        )
        for pk, slug, practitioner, owed, treated_on in found
    ]
    return sorted(listed, key=lambda one: (one.days_left is None, one.days_left or 0))


def summed(rows: Iterable[Unclaimed]) -> UnclaimedSum:
    """Return the sum of these rows."""
    listed = list(rows)
    return UnclaimedSum(
        count=len(listed),
        amount=sum((one.owed for one in listed), Decimal("0.00")),
        over=sum(one.is_over for one in listed),
        soon=sum(one.is_soon for one in listed),
    )


def with_invoices(practice: Practice, rows: Sequence[Unclaimed]) -> list[tuple[Unclaimed, Invoice]]:
    """Return each row with its invoice and client, in the same order."""
    ids = [one.invoice_id for one in rows]
    found = Invoice.objects.filter(practice=practice, pk__in=ids).select_related("client", "practitioner").in_bulk()
    return [(one, found[one.invoice_id]) for one in rows if one.invoice_id in found]


def _days_left(slug: str, treated_on: date | None, on: date) -> int | None:
    insurer = insurers.by_slug(slug)
    return (insurer.bill_by(treated_on) - on).days if insurer and treated_on else None
