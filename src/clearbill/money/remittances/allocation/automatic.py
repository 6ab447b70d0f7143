"""Allocate claim payments by themselves where everything agrees; leave the others for a person with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from clearbill.bill.money import ZERO
from clearbill.claims.core import transitions
from clearbill.money.remittances.allocation import rules
from clearbill.money.remittances.allocation.claim_balance import ClaimBalance, balances_by_number
from clearbill.money.remittances.allocation.posting import PostingBatch, is_allowed
from clearbill.money.remittances.models import ClaimPayment, Remittance

AT_ONCE, TRIES = 1000, 3

_FIELDS = (
    "invoice_number",
    "clearing_bill_number",
    "membership_number",
    "patient_name",
    "claimed",
    "paid",
    "previously_paid",
    "short",
    "lines",
    "state",
)

"""What is read of an advice; the rest is read when it is used."""


@dataclass(frozen=True, slots=True)
class AllocationResult:
    """How many advices were put to claims, and how many wait for a person."""

    allocated: int
    unmatched: int


def auto_allocate(remittance: Remittance, *, now: datetime) -> AllocationResult:
    """Go through what is new in a payment, all of it or nothing, and return what came of it.

    Raises ConcurrentChange where claims of it move again and again; it can be done again.
    """
    for _ in range(TRIES - 1):
        with suppress(transitions.ConcurrentChange):
            return _allocate(remittance, now)
    return _allocate(remittance, now)


def _allocate(remittance: Remittance, now: datetime) -> AllocationResult:
    """Go through the new advices, and again through those that did not fit yet, as long as any of them does.

    A file may tell of a correction before it takes back what it corrects.
    """
    allocated = unmatched = 0
    with transaction.atomic():
        keys, may_wait = _new(remittance), True
        while keys:
            done = _Round(remittance, now, may_wait=may_wait)
            keys = done.go_through(keys)
            allocated, unmatched = allocated + done.allocated, unmatched + done.unmatched
            may_wait = done.allocated > 0
    return AllocationResult(allocated, unmatched)


def _new(remittance: Remittance) -> list[int]:
    """Return the keys of the new advices of a payment, what it takes back first."""
    new = ClaimPayment.objects.filter(remittance=remittance.pk, state=ClaimPayment.NEW).order_by("pk")
    found = list(new.values_list("pk", "paid"))
    return [pk for pk, paid in found if paid < 0] + [pk for pk, paid in found if paid >= 0]


class _Round:
    """One time through advices of a payment. With `may_wait`, what another one may make room for is left as it is."""

    def __init__(self, remittance: Remittance, now: datetime, *, may_wait: bool) -> None:
        self._remittance, self._now, self._may_wait = remittance, now, may_wait
        self.allocated = self.unmatched = 0

    def go_through(self, keys: Sequence[int]) -> list[int]:
        """Put each to its claim or leave it with the reason; return the keys of those that wait."""
        waiting: list[int] = []
        for start in range(0, len(keys), AT_ONCE):
            waiting += self._several(keys[start : start + AT_ONCE])
        return waiting

    def _several(self, keys: Sequence[int]) -> Iterator[int]:
        run = PostingBatch(self._remittance, now=self._now)
        for advice, standing, claimed_in_all in self._read(keys):
            why = _why_not(advice, self._remittance.insurer_slug, standing, claimed_in_all)
            if why in rules.MAY_FIT_LATER and self._may_wait:
                yield advice.pk
            elif why or standing is None:
                run.leave(advice, why)
            else:
                run.to(advice, standing)
        run.write()
        self.allocated, self.unmatched = self.allocated + run.allocated, self.unmatched + run.unmatched

    def _read(self, keys: Sequence[int]) -> Iterator[tuple[ClaimPayment, ClaimBalance | None, Decimal]]:
        """Yield the advices, each with the claim that has its invoice number and what all rows of its bill claim."""
        rows = ClaimPayment.objects.select_for_update().filter(pk__in=keys, state=ClaimPayment.NEW).only(*_FIELDS)
        advices = {advice.pk: advice for advice in rows}
        numbers = sorted({advice.invoice_number for advice in advices.values()})
        standings = balances_by_number(self._remittance.practice_id, numbers)
        claimed = _claimed_in_all(self._remittance, numbers)
        for key in keys:
            if advice := advices.get(key):
                yield advice, standings.get(advice.invoice_number), claimed.get(advice.invoice_number, ZERO)


def _claimed_in_all(remittance: Remittance, numbers: Sequence[str]) -> dict[str, Decimal]:
    """Return what the rows of a payment that pay or deduct say was claimed on each bill, all of them together."""
    rows = ClaimPayment.objects.filter(remittance=remittance.pk, invoice_number__in=numbers, paid__gte=0).order_by()
    return dict(rows.values_list("invoice_number").annotate(sum=Sum("claimed")))


def _why_not(advice: ClaimPayment, insurer_slug: str, standing: ClaimBalance | None, claimed_in_all: Decimal) -> str:
    why = rules.mismatch(advice, insurer_slug, standing, claimed_in_all=claimed_in_all)
    if not why and standing is not None and not is_allowed(advice, standing):
        return "stands"
    return why
