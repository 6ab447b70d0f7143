"""What the insurers do with the clinic's bills: mostly pay them, and now and then everything else that happens."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import cycle

from clearbill.claims.models import Claim
from clearbill.demo.stand_in import StandIn

EVERY = 5
"""Every fifth bill is one of these cases; the others are paid in full, two weeks after they were collected."""
TAKEN_BACK_AFTER = timedelta(weeks=3)
SHORT = Decimal("25.00")
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


class Insurers:
    """Deals with the bills of a clinic in the order in which they are collected."""

    def __init__(self, stand_in: StandIn) -> None:
        self._stand_in = stand_in
        self._cases: Iterator[Case] = cycle(CASES)
        self._seen: set[object] = set()
        self._to_take_back: list[tuple[datetime, Claim, str]] = []

    def deal_with(self, claim: Claim, at: datetime) -> None:
        """Look at a bill that was collected; every fifth is a case of its own, a second look does nothing."""
        if claim.pk in self._seen:
            return
        self._seen.add(claim.pk)
        if len(self._seen) % EVERY:
            return
        act, words = next(self._cases)
        if act == "pay-short":
            words = {**words, "amount": str(max(claim.net_total - SHORT, claim.net_total / 2).quantize(SHORT))}
        if act == "take-back":
            self._to_take_back.append((at + TAKEN_BACK_AFTER, claim, words["reason"]))
            act, words = "pay", {}
        self._stand_in.press(claim.clearing_bill_number, act, **words)

    def take_back(self, at: datetime) -> None:
        """Take back what it is time to take back."""
        for due_at, claim, reason in self._to_take_back:
            if due_at <= at:
                amount = str(claim.net_total)
                self._stand_in.press(claim.clearing_bill_number, "take-back", amount=amount, reason=reason)
        self._to_take_back = [one for one in self._to_take_back if one[0] > at]
