"""Put what insurers paid to the claims it is for: the clear ones by themselves, others into a queue for a person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from clearbill.claims.core import transitions as moves
from clearbill.db import statements as rows
from clearbill.money.remittances.allocation import rules as matching
from clearbill.money.remittances.allocation.claim_balance import Standing, by_number
from clearbill.money.remittances.allocation.posting import Posting, goes_with
from clearbill.money.remittances.models import Advice, Remittance

AT_ONCE, TRIES = 1000, 3


@dataclass(frozen=True, slots=True)
class Allocated:
    """How many advices were put to claims, and how many wait for a person."""

    allocated: int
    unmatched: int


def allocate(remittance: Remittance, *, now: datetime) -> Allocated:
    """Go through what is new in a payment, all of it or nothing, and return what came of it.

    Raises MovedMeanwhile where claims of it move again and again; it can be done again.
    """
    for _ in range(TRIES - 1):
        with suppress(moves.MovedMeanwhile):
            return _allocate(remittance, now)
    return _allocate(remittance, now)


def _allocate(remittance: Remittance, now: datetime) -> Allocated:
    allocated = unmatched = 0
    with transaction.atomic():
        for several in _new(remittance):
            run = Posting(remittance, now=now)
            for advice, standing in several:
                why = matching.why_not(advice, remittance.insurer_slug, standing)
                if not why and standing is not None and not goes_with(advice, standing):
                    why = "stands"
                if why or standing is None:
                    run.leave(advice, why)
                else:
                    run.to(advice, standing)
            run.write()
            allocated, unmatched = allocated + run.allocated, unmatched + run.unmatched
    return Allocated(allocated, unmatched)


def _new(remittance: Remittance) -> Iterator[list[tuple[Advice, Standing | None]]]:
    """Yield the new advices of a payment, some at a time, each with the claim that has its invoice number."""
    last = 0
    hold = " FOR UPDATE OF advice" if connection.features.has_select_for_update else ""
    while found := rows.select(
        _ADVICES + hold, {**rows.stored(Advice, remittance=remittance.pk), "last": last, "at_once": AT_ONCE}
    ):
        advices = [_ADVICE.row(values) for values in found]
        last = advices[-1].pk
        standings = by_number(remittance.practice_id, sorted({advice.invoice_number for advice in advices}))
        yield [(advice, standings.get(advice.invoice_number)) for advice in advices]


_ADVICE = rows.Columns(
    Advice, "id", "invoice_number", "clearing_bill_number", "membership_number",
    "patient_name", "claimed", "paid", "previously_paid", "short", "lines", "state", table="advice",
)  # fmt: skip

_ADVICES = f"""
    SELECT {_ADVICE} FROM {Advice._meta.db_table} advice
    WHERE advice.remittance_id = %(remittance)s AND advice.state = 'new' AND advice.id > %(last)s
    ORDER BY advice.id LIMIT %(at_once)s"""  # nosec B608: names of our own
