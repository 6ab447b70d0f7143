"""The bank lines that an outstanding remittance is likeliest to be: one, or two that add up to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from uuid import UUID

from django.db.models import Q

from clearbill.money.bank import narrative
from clearbill.money.bank.line_candidates import EARLIER, LATER, LIGHTEST, LOOKED_AT, MOST, SUMMED, match_signs
from clearbill.money.bank.models import BankLine
from clearbill.money.bank.outstanding import OutstandingRemittance
from clearbill.people.models import Practice


@dataclass(frozen=True, slots=True)
class LineCandidate:
    """One line or two, and what speaks for them."""

    lines: tuple[BankLine, ...]
    signs: tuple[str, ...]
    weight: int


def lines_for(practice: Practice, dues: Sequence[OutstandingRemittance]) -> dict[UUID, list[LineCandidate]]:
    """Return for each payment at most five candidates, the likeliest first."""
    days = [one.on for one in dues if one.on]
    if not days:
        return {}
    wanted = Q(insurer_slug__in={one.insurer_slug for one in dues}) | Q(amount__in={one.left for one in dues})
    near = Q(on__gte=min(days) - EARLIER, on__lte=max(days) + LATER)
    rows = BankLine.objects.filter(practice=practice, state=BankLine.NEW).filter(wanted & near)
    lines = list(rows.select_related("account").order_by("-on", "pk")[:LOOKED_AT])
    return {
        one.pk: sorted([*_single(one, lines), *_two(one, lines)], key=lambda found: -found.weight)[:MOST]
        for one in dues
    }


def _single(due: OutstandingRemittance, lines: Iterable[BankLine]) -> Iterable[LineCandidate]:
    for line in lines:
        if (line.open > 0) == (due.left > 0):
            said = match_signs(line, due, narrative.insurers_in(line.text))
            weight = sum(counts for counts, _ in said)
            if weight > LIGHTEST:
                yield LineCandidate((line,), tuple(words for _, words in said), weight)


def _two(due: OutstandingRemittance, lines: Iterable[BankLine]) -> Iterable[LineCandidate]:
    if due.on is None:
        return
    first, last = due.on - EARLIER, due.on + LATER
    near = [line for line in lines if first <= line.on <= last and due.insurer_slug in narrative.insurers_in(line.text)]
    if any(line.open == due.left for line in near):
        return
    for one, other in combinations(near[:SUMMED], 2):
        if one.open + other.open == due.left and one.open * other.open > 0:
            yield LineCandidate((other, one), ("these two lines together come to the payment",), 7)
            return
