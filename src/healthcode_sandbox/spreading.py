"""How a payment of one bill falls on its lines."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from healthcode_sandbox.remittance import NOTHING, PaidLine
from healthcode_sandbox.scenarios import Due

FIRST_VISIT_AS_FOLLOW_UP = "ZSF04"


def spread(due: Due, *, earlier: Sequence[Decimal]) -> list[PaidLine]:
    """Return the lines of a payment, after `earlier` pounds per line.

    A line claims its net amount less its share of what the patient has covered (taken from the last lines). Money goes
    to the first lines first, so that what is short falls on the last ones; a first visit paid as a follow-up is short
    on the first line. What is too much stands on the last line, and what is taken back comes off the last lines.
    """
    lines = due.bill.facts["lines"]
    claimed = _pour(Decimal(due.bill.facts["net_total"]), [Decimal(line["net"]) for line in lines])
    paid = _paid(due, claimed=claimed, earlier=earlier)
    return [
        _line(due, line_no=line["line_no"], claimed=claim, paid=pounds, earlier=before)
        for line, claim, pounds, before in zip(lines, claimed, paid, earlier, strict=True)
    ]


def _line(due: Due, *, line_no: int, claimed: Decimal, paid: Decimal, earlier: Decimal) -> PaidLine:
    short = max(NOTHING, claimed - earlier - paid) if due.reason else NOTHING
    return PaidLine(line_no=line_no, claimed=claimed, paid=paid, short=short, reason=due.reason if short else "")


def _paid(due: Due, *, claimed: Sequence[Decimal], earlier: Sequence[Decimal]) -> list[Decimal]:
    if due.amount < 0:
        return [-taken for taken in _pour(-due.amount, earlier[::-1])][::-1]
    rooms = [max(NOTHING, claim - before) for claim, before in zip(claimed, earlier, strict=True)]
    backwards = due.reason == FIRST_VISIT_AS_FOLLOW_UP
    paid = _pour(due.amount, rooms[::-1])[::-1] if backwards else _pour(due.amount, rooms)
    if paid:
        paid[-1] += due.amount - sum(paid, NOTHING)
    return paid


def _pour(amount: Decimal, rooms: Sequence[Decimal]) -> list[Decimal]:
    """Pour an amount into rooms, the first one first, each up to its size."""
    poured = []
    for room in rooms:
        share = min(room, amount)
        poured.append(share)
        amount -= share
    return poured
