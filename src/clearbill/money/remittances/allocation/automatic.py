"""Allocate claim payments by themselves where everything agrees; leave the others for a person with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from clearbill.claims.core import transitions
from clearbill.db import statements
from clearbill.money.remittances.allocation import rules
from clearbill.money.remittances.allocation.claim_balance import ClaimBalance, balances_by_number
from clearbill.money.remittances.allocation.posting import PostingBatch, is_allowed
from clearbill.money.remittances.models import ClaimPayment, Remittance

AT_ONCE, TRIES = 1000, 3


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
    hold = " FOR UPDATE OF advice" if connection.features.has_select_for_update else ""
    while found := statements.select(
        _ADVICES + hold,
        {**statements.to_database(ClaimPayment, remittance=remittance.pk), "last": last, "at_once": AT_ONCE},
    ):
        advices = [_ADVICE.row(values) for values in found]
        last = advices[-1].pk
        standings = balances_by_number(remittance.practice_id, sorted({advice.invoice_number for advice in advices}))
        yield [(advice, standings.get(advice.invoice_number)) for advice in advices]


_ADVICE = statements.Columns(
    ClaimPayment,
    "id",
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
    table="advice",
)

_ADVICES = f"""
    SELECT {_ADVICE} FROM {ClaimPayment._meta.db_table} advice
    WHERE advice.remittance_id = %(remittance)s AND advice.state = 'new' AND advice.id > %(last)s
    ORDER BY advice.id LIMIT %(at_once)s"""  # nosec B608: names of our own
