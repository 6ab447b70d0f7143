"""What the insurers do with the clinic's bills: mostly pay them, and now and then everything else that happens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import cycle

from clearbill.bill import insurers
from clearbill.claims.models import Claim
from clearbill.demo.sandbox_client import StandIn
from clearbill.money.remittances.poll import sends_remittances
from clearbill.workspace.models import ServiceRate

EVERY = 5

"""Every fifth bill is one of these cases; the others are paid in full."""

USUAL_DAYS = 15

DAYS = {
    "wpa": 8,
    "vitalityhealth": 10,
    "bupa": 11,
    "trust-in-health": 17,
    "aviva": 18,
    "willis-towers-watson": 19,
    "healix": 20,
    "cigna": 22,
    "bupa-global": 23,
    "alliance-health-corporate": 24,
    "allianz-worldwide-care": 26,
}

"""How many days each insurer takes, and up to SPREAD more; the others USUAL_DAYS."""

SPREAD = 8

TAKEN_BACK_AFTER = timedelta(weeks=3)

SHORT = Decimal("25.00")

FIRST_VISIT_AS_FOLLOW_UP = "ZSF04"

FOLLOW_UPS = {"ZPHY01": "ZPHY02", "ZPSY01": "ZPSY02", "ZCON01": "ZCON02"}

"""Each first visit's code, with that of the visits which follow."""

Case = tuple[str, dict[str, str]]

CASES: tuple[Case, ...] = (
    ("pay-short", {"reason": "ZSF01"}),
    ("pay-wrongly", {"mistake": "invoice"}),
    ("pay-in-two", {}),
    ("pay-short", {"reason": "ZSF04"}),
    ("decline", {"reason": "ZSF05"}),
    ("pay-late", {"days": "60"}),
    ("pay-short", {"reason": "ZSF02"}),
    ("pay-more", {"more": "15.00"}),
    ("pay-wrongly", {"mistake": "spelling"}),
    ("take-back", {"reason": "ZSF05"}),
    ("pay-short", {"reason": "ZSF03"}),
    ("never-pay", {}),
    ("pay-wrongly", {"mistake": "order"}),
    ("pay-short", {"reason": "ZSF06"}),
)

"""What becomes of such a bill where the insurer tells through Healthcode what it pays; some of it happens at once."""

CASES_BY_POST: tuple[Case, ...] = (
    ("pay-short", {"reason": "ZSF01"}),
    ("decline", {"reason": "ZSF05"}),
    ("pay-short", {"reason": "ZSF01"}),
    ("decline", {"reason": "ZSF02"}),
)

"""The same where a letter comes, after as many days as the insurer takes."""


class Insurers:
    """Deals with the bills of a clinic in the order in which they are collected."""

    def __init__(self, stand_in: StandIn) -> None:
        self._stand_in = stand_in
        self._cases: dict[bool, Iterator[Case]] = {True: cycle(CASES), False: cycle(CASES_BY_POST)}
        self._counts = {True: 0, False: 0}
        self._seen: set[object] = set()
        self._in_full_by_post: set[object] = set()
        self._to_do: list[tuple[datetime, Claim, str, dict[str, str]]] = []

    def deal_with(self, claim: Claim, at: datetime) -> None:
        """Look at a bill that was collected and pay it, or not; a second look does nothing."""
        if claim.pk in self._seen:
            return
        self._seen.add(claim.pk)
        told = sends_remittances(insurers.by_slug(claim.insurer_slug))
        self._counts[told] += 1
        if self._counts[told] % EVERY:
            self._pay_in_full(claim, told=told)
            return
        act, words = next(self._cases[told])
        if act == "pay-short":
            words = {**words, "amount": str(_paid_short(claim, words["reason"]))}
        if act == "take-back":
            self._to_do.append((at + TAKEN_BACK_AFTER, claim, act, {**words, "amount": str(claim.net_total)}))
            act, words = "pay", {}
        if not told:
            self._to_do.append((at + timedelta(days=_days(claim)), claim, act, words))
            act, words = "never-pay", {}
        self._press(claim, act, words)

    def do_what_is_due(self, at: datetime) -> None:
        """Take back, and pay by post otherwise than in full, what it is time for."""
        for due_at, claim, act, words in self._to_do:
            if due_at <= at:
                self._press(claim, act, words)
        self._to_do = [one for one in self._to_do if one[0] > at]

    def pay_by_post(self, claims: Iterable[Claim]) -> Claim:
        """Pay one of these claims now, in full and by post, ahead of its day, and return it."""
        claim = next(claim for claim in claims if claim.pk in self._in_full_by_post)
        self._press(claim, "pay", {})
        return claim

    def _pay_in_full(self, claim: Claim, *, told: bool) -> None:
        if not told:
            self._in_full_by_post.add(claim.pk)
        self._press(claim, "pay-late", {"days": str(_days(claim))})

    def _press(self, claim: Claim, act: str, words: dict[str, str]) -> None:
        self._stand_in.press(claim.clearing_bill_number, act, **words)


def _days(claim: Claim) -> int:
    spread = int("".join(sign for sign in claim.number if sign.isdigit())) * 5 % SPREAD
    return DAYS.get(claim.insurer_slug, USUAL_DAYS) + spread


def _paid_short(claim: Claim, reason: str) -> Decimal:
    """Return what is paid of a bill: SHORT less, or a first visit at the price of those which follow."""
    line = claim.invoice.lines.order_by("position").first()
    follow_up = FOLLOW_UPS.get(line.item_code) if line else None
    if reason == FIRST_VISIT_AS_FOLLOW_UP and line and follow_up:
        price = ServiceRate.objects.get(practice=claim.practice, isc=follow_up, valid_from=None).price
        return claim.net_total - (line.unit_price - price)
    return max(claim.net_total - SHORT, claim.net_total / 2).quantize(SHORT)
