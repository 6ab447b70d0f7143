"""The insurer's desk: what a person who plays the insurer may do with a bill, and doing it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from healthcode_sandbox.house.bill_status import KeptBill
from healthcode_sandbox.house.bills import NotPossible
from healthcode_sandbox.house.clock import midnight_after
from healthcode_sandbox.house.house import House
from healthcode_sandbox.house.insurer_behaviour import (
    PART_NOTE,
    SECOND_PART_AFTER_DAYS,
    Due,
    exchanged,
    halves,
    misspelt,
    wrong_invoice_no,
)
from healthcode_sandbox.house.remittance import NOTHING

MISTAKES = {
    "invoice": "under a wrong invoice number",
    "spelling": "with the name spelt otherwise",
    "order": "with first and last name exchanged",
}

MOST_TOO_MUCH = Decimal("100000.00")

LATEST_DAYS = 365

_PENNY = Decimal("0.01")

_WHILE_OPEN = {"pay", "pay-short", "decline", "pay-late", "pay-more", "pay-wrongly"}

_WHY_NOT = {
    "take-back": "Nothing is paid on this bill, so nothing can be taken back.",
    "correct": "Nothing is paid on this bill, so there is no payment to correct.",
    "pay-again": "Only a bill that is paid in full can be paid a second time.",
    "never-pay": "The insurer pays nothing by itself on this bill anyway.",
}


class InsurerDesk:
    """Every act raises NotPossible with a plain sentence where the bill is not in a state for it.

    Once a person has done something here, the insurer does nothing by itself for that bill but what the act says.
    """

    def __init__(self, house: House) -> None:
        self._house = house

    def possible(self, bill: KeptBill) -> set[str]:
        """Return the acts that can be done to a bill now."""
        payments = self._house.payments
        if not bill.is_good or bill.insurer not in self._house.catalogue.insurers:
            return set()
        acts, still_open = set[str](), payments.open_amount(bill)
        if still_open > 0 and not payments.is_closed(bill):
            acts |= _WHILE_OPEN
            acts |= {"pay-in-two"} if still_open > _PENNY else set()
        if payments.will_pay(bill):
            acts.add("never-pay")
        if payments.paid_amount(bill) > 0:
            acts |= {"take-back", "pay-again"} if still_open <= 0 else {"take-back"}
            acts.add("correct")
        return acts

    def pay(self, bill: KeptBill) -> None:
        """Pay all that is open."""
        with self._at_work(bill, "pay") as due:
            self._house.payments.pay_now(due)

    def pay_short(self, bill: KeptBill, *, amount: Decimal, reason: str) -> None:
        """Pay a part, and say why not the rest."""
        with self._at_work(bill, "pay-short", amount=amount, reason=reason) as due:
            still_open = self._house.payments.open_amount(due.bill)
            if not NOTHING <= amount <= still_open:
                raise NotPossible(f"The amount must lie between 0.00 and {still_open}, what is still open.")
            self._house.payments.pay_now(due)

    def decline(self, bill: KeptBill, *, reason: str) -> None:
        """Pay nothing, and say why."""
        with self._at_work(bill, "decline", amount=NOTHING, reason=reason) as due:
            self._house.payments.pay_now(due)

    def pay_in_two(self, bill: KeptBill) -> None:
        """Pay half of what is open now and the rest a week later."""
        with self._at_work(bill, "pay-in-two", note=PART_NOTE) as due:
            first = Due(bill=due.bill, at=due.at, amount=halves(due.amount)[0], note=due.note)
            self._house.payments.pay_now(first, then_at=midnight_after(due.at, days=SECOND_PART_AFTER_DAYS))

    def pay_late(self, bill: KeptBill, *, days: int) -> None:
        """Pay what is open, but only after so many days from now."""
        if not 1 <= days <= LATEST_DAYS:
            raise NotPossible(f"The days must lie between 1 and {LATEST_DAYS}.")
        with self._at_work(bill, "pay-late") as due:
            self._house.payments.plan(due.bill, midnight_after(due.at, days=days))

    def never_pay(self, bill: KeptBill) -> None:
        """Pay nothing more by itself, and say nothing of it."""
        with self._at_work(bill, "never-pay") as due:
            self._house.payments.plan(due.bill, None)

    def pay_more(self, bill: KeptBill, *, more: Decimal) -> None:
        """Pay all that is open and `more` pounds on top."""
        if not NOTHING < more <= MOST_TOO_MUCH:
            raise NotPossible(f"The amount too much must lie between 0.01 and {MOST_TOO_MUCH}.")
        with self._at_work(bill, "pay-more") as due:
            self._house.payments.pay_now(Due(bill=due.bill, at=due.at, amount=due.amount + more))

    def pay_again(self, bill: KeptBill) -> None:
        """Pay a bill that is paid in full once more in full."""
        net = Decimal(bill.facts["net_total"])
        with self._at_work(bill, "pay-again", amount=net) as due:
            self._house.payments.pay_now(due)

    def take_back(self, bill: KeptBill, *, amount: Decimal, reason: str) -> None:
        """Take back so much of what was paid, and say why (A38)."""
        with self._at_work(bill, "take-back", amount=-amount, reason=reason) as due:
            paid = self._house.payments.paid_amount(due.bill)
            if not NOTHING < amount <= paid:
                raise NotPossible(f"The amount must lie between 0.01 and {paid}, what was paid.")
            self._house.payments.pay_now(due)

    def correct(self, bill: KeptBill, *, amount: Decimal, reason: str) -> None:
        """Tell the newest payment of the bill anew: so much was paid, and why not the rest."""
        net = Decimal(bill.facts["net_total"])
        if not NOTHING <= amount <= net:
            raise NotPossible(f"The amount must lie between 0.00 and {net}.")
        with self._at_work(bill, "correct", amount=amount, reason=reason) as due:
            self._house.payments.correct(due)

    def pay_wrongly(self, bill: KeptBill, *, mistake: str) -> None:
        """Pay all that is open with one of MISTAKES in the remittance."""
        if mistake not in MISTAKES:
            raise NotPossible("Choose a mistake from the list.")
        patient = bill.facts["patient"]
        names = {"spelling": misspelt(patient), "order": exchanged(patient)}
        number = wrong_invoice_no(bill) if mistake == "invoice" else ""
        with self._at_work(bill, "pay-wrongly", invoice_no=number, patient=names.get(mistake, "")) as due:
            self._house.payments.pay_now(due)

    @contextmanager
    def _at_work(self, bill: KeptBill, act: str, *, amount: Decimal | None = None, **told: str) -> Iterator[Due]:
        """Hold the books and give the bill as it is now, with what would be paid: all that is open where None."""
        payments = self._house.payments
        with self._house.ledger.transaction():
            fresh = self._house.books.by_id(bill.id)
            if act not in self.possible(fresh):
                raise NotPossible(_why_not(fresh, act))
            paying = payments.open_amount(fresh) if amount is None else amount
            yield Due(bill=fresh, at=self._house.clock.now(), amount=paying, **told)


def _why_not(bill: KeptBill, act: str) -> str:
    if not bill.is_good:
        return "A bill that awaits correction or is cancelled is not paid."
    return _WHY_NOT.get(act, "There is nothing left to pay on this bill.")
