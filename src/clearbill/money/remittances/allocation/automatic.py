"""Allocate claim payments by themselves where everything agrees; leave the others for a person with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

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
    allocated = unmatched = 0
    with transaction.atomic():
        for several in _new(remittance):
            run = PostingBatch(remittance, now=now)
            for advice, standing in several:
                why = rules.mismatch(advice, remittance.insurer_slug, standing)
                if not why and standing is not None and not is_allowed(advice, standing):
                    why = "stands"
                if why or standing is None:
                    run.leave(advice, why)
                else:
                    run.to(advice, standing)
            run.write()
            allocated, unmatched = allocated + run.allocated, unmatched + run.unmatched
    return AllocationResult(allocated, unmatched)


def _new(remittance: Remittance) -> Iterator[list[tuple[ClaimPayment, ClaimBalance | None]]]:
    """Yield the new advices of a payment, some at a time, each with the claim that has its invoice number."""
    last = 0
    new = ClaimPayment.objects.select_for_update().filter(remittance=remittance.pk, state=ClaimPayment.NEW)
    while advices := list(new.filter(pk__gt=last).order_by("pk").only(*_FIELDS)[:AT_ONCE]):
        last = advices[-1].pk
        standings = balances_by_number(remittance.practice_id, sorted({advice.invoice_number for advice in advices}))
        yield [(advice, standings.get(advice.invoice_number)) for advice in advices]
        if len(advices) < AT_ONCE:
            break
