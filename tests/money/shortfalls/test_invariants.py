"""Whatever happens in whatever order: the books balance, and no pound is decided on twice or forgotten."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clearbill.bill.problem import Refused
from clearbill.claims.models import Claim
from clearbill.invoicing import ledger, patient_share_limits, payments, services
from clearbill.invoicing.models import Invoice, LedgerEntry
from clearbill.money.shortfalls import excess, holds, queries
from clearbill.money.shortfalls import services as shortfalls_services
from clearbill.money.shortfalls.models import Decision
from clearbill.money.shortfalls.shortfall import Shortfall
from clearbill.people.actor import Actor
from tests import builders
from tests.builders import TODAY
from tests.claims.desk import Desk
from tests.examples import examples
from tests.money.remittances.test_allocation import collected

pytestmark = pytest.mark.django_db
NOTHING = Decimal("0.00")
CODES = ["ZSF01", "ZSF03"]
# Few amounts, so that they meet: the whole of a deduction, a part of it, half a pound too much.
AMOUNTS = st.sampled_from(["5.00", "10.00", "10.50", "20.00", "20.50", "35.00", "70.00"]).map(Decimal)
ACTS = [
    "deduct",
    "deduct",
    "ask",
    "ask",
    "write off",
    "pay",
    "take back",
    "void",
    "restore",
    "undo",
    "wait",
    "excess",
    "pay share",
]
STEPS = st.lists(
    st.tuples(st.sampled_from(ACTS), st.sampled_from(CODES), AMOUNTS, st.integers(0, 3)), min_size=2, max_size=14
)


class History:
    """One claim over £70, and what happens to it."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.claim: Claim = collected(desk)

    @property
    def invoice(self) -> Invoice:
        return Invoice.objects.get(pk=self.claim.invoice_id)

    @property
    def card(self) -> Shortfall:
        return queries.shortfall_on(self.invoice)

    def step(self, act: str, code: str, amount: Decimal, place: int) -> None:
        steps: dict[str, Callable[[], Any]] = {
            "deduct": lambda: self.deduct(code, amount),
            "take back": lambda: self.take_back(place),
            "pay": lambda: self.pay(amount),
            "ask": lambda: self.ask(code, amount),
            "void": lambda: self.of_shares(place, lambda one: services.void(self.actor, invoice=one, reason="No")),
            "restore": lambda: self.of_shares(place, lambda one: services.restore(self.actor, invoice=one)),
            "write off": lambda: shortfalls_services.write_off(
                self.actor, claim=self.claim, key=code, amount=amount, reason="No"
            ),
            "undo": lambda: self.undo(place),
            "wait": lambda: holds.hold(
                self.actor, claim=self.claim, key=code, come_back_on=TODAY.replace(year=2027), note="Later"
            ),
            "excess": lambda: excess.charge(self.actor, invoice=self.invoice, amount=amount),
            "pay share": lambda: self.of_shares(place, lambda one: self.pay_share(one, amount)),
        }
        with suppress(Refused, Refused):
            steps[act]()

    @property
    def actor(self) -> Actor:
        return self.desk.actor()

    def post(self, kind: str, amount: Decimal, code: str = "", reason: str = "") -> None:
        entry = {
            "practice": self.desk.practice.pk,
            "invoice": self.claim.invoice_id,
            "at": self.desk.now,
            "on": TODAY,
            "kind": kind,
            "source": LedgerEntry.INSURER,
            "amount": amount,
            "reference": "PAY1",
            "reason": reason,
            "code": code,
            "advice": None,
            "takes_back": None,
            "by": None,
        }
        with builders.holding(self.invoice):
            ledger.post_many([entry])

    def deduct(self, code: str, amount: Decimal) -> None:
        """As a payment does: never more than is open."""
        if amount <= self.invoice.open_total:
            self.post(LedgerEntry.SHORT, amount, code, "Said by the insurer")

    def pay(self, amount: Decimal) -> None:
        """As a payment does: what is paid beyond what is open lifts what is short."""
        lifted = min(self.invoice.short_total, amount - self.invoice.open_total)
        self.post(LedgerEntry.PAID, amount)
        if lifted > 0:
            self.post(LedgerEntry.SHORT, -lifted, reason="Paid after all.")

    def take_back(self, place: int) -> None:
        theirs = LedgerEntry.objects.filter(queries.STANDING, invoice=self.claim.invoice_id, source=LedgerEntry.INSURER)
        for entry in theirs.order_by("pk")[place : place + 1]:
            with builders.holding(self.invoice):
                ledger.reverse(self.invoice, entry, on=TODAY, by=None, now=self.desk.now)

    def ask(self, code: str, amount: Decimal) -> None:
        before = self.card.of(code)
        shortfalls_services.override_liability(self.actor, claim=self.claim, key=code, owed_by="patient", why="Signed")
        shortfalls_services.invoice_patient(self.actor, claim=self.claim, amounts={code: amount})
        assert before is not None
        assert amount <= before.left
        assert patient_share_limits.patient_share(self.invoice) <= self.invoice.short_total + max(
            NOTHING, self.invoice.open_total
        )

    def of_shares(self, place: int, act: Callable[[Invoice], Any]) -> None:
        for one in Invoice.objects.filter(share_of=self.claim.invoice_id).order_by("created_at")[place : place + 1]:
            act(one)

    def undo(self, place: int) -> None:
        kept = Decision.objects.filter(invoice=self.claim.invoice_id).exclude(kind=Decision.ASKED).order_by("at")
        for one in kept[place : place + 1]:
            step = shortfalls_services.undo_write_off if one.kind == Decision.WRITTEN_OFF else holds.release
            step(self.actor, claim=self.claim, decision=one)

    def pay_share(self, one: Invoice, amount: Decimal) -> None:
        payments.record_payment(self.actor, invoice=one, amount=amount, received_on=TODAY, source=LedgerEntry.PATIENT)


def check(history: History) -> None:
    row, card = history.invoice, history.card
    parts = row.paid_total + row.short_total + row.open_total + row.written_off_total + row.credited_total
    assert row.net_total == parts
    assert row.written_off_total == sum(
        (one.amount for one in Decision.objects.filter(kind=Decision.WRITTEN_OFF, undone_at=None)), NOTHING
    )
    live = Invoice.objects.filter(share_of=row, voided_at=None)
    assert card.asked == sum((one.net_total - one.credited_total for one in live), NOTHING)
    # Every short pound is decided or left, and none of them twice.
    at_visit_unused = (
        NOTHING
        if card.is_answered
        else card.taken_at_visit - sum((one.taken_at_visit for one in card.deductions), NOTHING)
    )
    decided = card.asked - at_visit_unused - card.asked_too_much
    assert card.short == row.short_total == card.left + decided - card.written_off_too_much
    if not LedgerEntry.objects.filter(invoice=row, source=LedgerEntry.INSURER).exclude(takes_back=None).exists():
        assert card.written_off_too_much == 0
    assert min(card.left, card.asked_too_much, card.written_off_too_much) >= 0
    assert all(one.deducted > 0 or one.balance <= 0 for one in card.deductions)


@given(steps=STEPS)
@settings(max_examples=examples(60), deadline=None, suppress_health_check=list(HealthCheck))
def test_the_books_balance_and_no_pound_is_decided_twice_or_forgotten(steps: Sequence[Any]) -> None:
    with transaction.atomic():
        history = History(Desk())
        for step in steps:
            history.step(*step)
            check(history)
        transaction.set_rollback(True)
    assert not Invoice.objects.exists()


@given(amounts=st.lists(AMOUNTS, min_size=1, max_size=6))
@settings(max_examples=examples(25), deadline=None, suppress_health_check=list(HealthCheck))
def test_the_patient_is_never_asked_for_more_in_all_than_was_deducted(amounts: Sequence[Decimal]) -> None:
    with transaction.atomic():
        history = History(Desk())
        history.deduct("ZSF01", Decimal("40.00"))
        for amount in amounts:
            history.step("ask", "ZSF01", amount, 0)
        assert history.card.asked <= Decimal("40.00")
        assert history.card.left == Decimal("40.00") - history.card.asked
        transaction.set_rollback(True)
