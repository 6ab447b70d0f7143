"""Payments by letter in the demo: insurers without a data feed, typed in by hand."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from clearbill.bill import deductions
from clearbill.claims.models import Claim
from clearbill.demo.sandbox_client import StandIn
from clearbill.money.remittances import manual_entry
from clearbill.money.remittances.manual_entry import EnteredBill, EnteredPayment
from clearbill.people.actor import Actor
from clearbill.people.models import User

REASONS = {code: deductions.reason_for("", code=code, words="").name for code in ("ZSF01", "ZSF02", "ZSF05")}

"""What a letter says for the stand-in's codes: letters have words only."""


class Letters:
    """The letters that have come so far, found by an invoice in them."""

    def __init__(self, stand_in: StandIn) -> None:
        by_post = [one for one in stand_in.payments() if one["by_post"]]
        self._letters = {claim["invoice_no"]: one for one in by_post for claim in one["claims"]}

    def has_come(self, claim: Claim) -> bool:
        """Return whether a letter tells of this claim."""
        return claim.number in self._letters

    def type_in(self, claim: Claim, *, by: User, now: datetime) -> None:
        """Type in the letter that tells of this claim; one that tells of several is typed in once."""
        typed = _typed(self._letters[claim.number], claim.insurer_slug)
        manual_entry.enter(Actor(claim.practice, by, now), typed=typed)


def _typed(letter: dict[str, Any], insurer_slug: str) -> EnteredPayment:
    return EnteredPayment(
        form_id=uuid5(NAMESPACE_URL, letter["reference"]),
        insurer_slug=insurer_slug,
        payment_reference=letter["reference"],
        paid_on=date.fromisoformat(letter["paid_on"]),
        bills=tuple(_typed_bill(bill) for bill in letter["claims"]),
    )


def _typed_bill(bill: dict[str, Any]) -> EnteredBill:
    return EnteredBill(
        invoice_number=bill["invoice_no"],
        paid=Decimal(bill["paid"]),
        deducted=Decimal(bill["short"]),
        reason=REASONS.get(bill["reason"], ""),
    )
