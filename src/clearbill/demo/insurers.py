"""What the insurers do with the clinic's bills: mostly pay them, and now and then everything else that happens."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import cycle

from clearbill.bill import insurers
from clearbill.claims.models import Claim
from clearbill.demo.sandbox_client import StandIn
from clearbill.money.remittances.poll import sends_remittances
from clearbill.workspace.models import Service

EVERY = 5

"""Every fifth bill of those whose insurer tells what it pays is one of these cases; the others are paid in full."""

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


class Insurers:
    """Deals with the bills of a clinic in the order in which they are collected."""

    def __init__(self, stand_in: StandIn) -> None:
        self._stand_in = stand_in
        self._cases: Iterator[Case] = cycle(CASES)
        self._seen: set[object] = set()
        self._told = 0
        self._to_take_back: list[tuple[datetime, Claim, str]] = []

    def deal_with(self, claim: Claim, at: datetime) -> None:
        """Look at a bill that was collected and pay it, or not; a second look does nothing."""
        if claim.pk in self._seen:
            return
        self._seen.add(claim.pk)
        act, words = self._act(claim)
        if act == "pay-short":
            words = {**words, "amount": str(_paid_short(claim, words["reason"]))}
        if act == "take-back":
            self._to_take_back.append((at + TAKEN_BACK_AFTER, claim, words["reason"]))
            act, words = "pay", {}
        self._stand_in.press(claim.clearing_bill_number, act, **words)

    def _act(self, claim: Claim) -> Case:
        if sends_remittances(insurers.by_slug(claim.insurer_slug)):
            self._told += 1
            if self._told % EVERY == 0:
                return next(self._cases)
        spread = int("".join(sign for sign in claim.number if sign.isdigit())) * 5 % SPREAD
        return "pay-late", {"days": str(DAYS.get(claim.insurer_slug, USUAL_DAYS) + spread)}

    def take_back(self, at: datetime) -> None:
        """Take back what it is time to take back."""
        for due_at, claim, reason in self._to_take_back:
            if due_at <= at:
                amount = str(claim.net_total)
                self._stand_in.press(claim.clearing_bill_number, "take-back", amount=amount, reason=reason)
        self._to_take_back = [one for one in self._to_take_back if one[0] > at]


def _paid_short(claim: Claim, reason: str) -> Decimal:
    """Return what is paid of a bill: SHORT less, or a first visit at the price of those which follow."""
    line = claim.invoice.lines.order_by("position").first()
    follow_up = FOLLOW_UPS.get(line.item_code) if line else None
    if reason == FIRST_VISIT_AS_FOLLOW_UP and line and follow_up:
        price = Service.objects.get(practice=claim.practice, isc=follow_up).price
        return claim.net_total - (line.unit_price - price)
    return max(claim.net_total - SHORT, claim.net_total / 2).quantize(SHORT)
