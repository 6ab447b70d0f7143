"""Whatever is brought, matched, undone and set aside, in whatever order: nothing is matched for more than it is."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from clearbill.bill.problem import Refused
from clearbill.imports.bank_statements import services
from clearbill.money.bank import manual_match
from clearbill.money.bank.models import BankLine, BankReceipt, Match
from clearbill.money.remittances.models import Remittance
from tests.claims.desk import Desk
from tests.examples import examples
from tests.money.bank.teller import TODAY, brought, csv, paid, taken

NOTHING = Decimal("0.00")
TEXTS = ("BUPA PAY900001", "BUPA PAY900002", "BUPA", "Till", "PAY900003")
AMOUNTS = (30, 40, 70, 100, -30, -70)

a_line = st.tuples(st.integers(0, 3), st.sampled_from(TEXTS), st.sampled_from(AMOUNTS))
a_payment = st.tuples(st.integers(0, 3), st.sampled_from(AMOUNTS))
a_step = st.tuples(
    st.sampled_from(["take", "take_out", "match", "several", "lines", "undo", "aside", "back", "announce"]),
    st.integers(0, 7),
    st.integers(0, 7),
    st.integers(0, 7),
)


def row(line: tuple[int, str, int]) -> str:
    day, text, amount = line
    return f"{date(2026, 11, 16) + timedelta(days=day):%d/%m/%Y},{text},{amount}.00"


def whole_days(month: list[tuple[int, str, int]], first: int, last: int) -> bytes:
    """A statement of some days of the month, every line of those days."""
    return csv(*(row(line) for line in month if first <= line[0] <= last))


class History:
    """What happens to a bank, one step after another; what cannot be done says so and changes nothing."""

    def __init__(self, month: list[tuple[int, str, int]], announced: list[tuple[int, int]]) -> None:
        self.desk, self.month = Desk(connected=False), month
        for place, (day, amount) in enumerate(announced):
            self.announce(place, AMOUNTS.index(amount), day)

    def line(self, place: int) -> BankLine:
        rows = BankLine.objects.exclude(state=BankLine.OUT).order_by("on", "description", "ordinal")
        return self._one(rows, place)

    def payment(self, place: int) -> Remittance:
        return self._one(Remittance.objects.order_by("payment_reference"), place)

    def take(self, one: int, other: int, _: int) -> None:
        taken(self.desk, whole_days(self.month, one % 4, one % 4 + other % 3))

    def take_out(self, one: int, other: int, _: int) -> None:
        file = brought(self.desk, whole_days(self.month, one % 4, one % 4 + other % 3))
        services.undo(self.desk.actor(), file=file, today=TODAY)

    def match(self, one: int, other: int, _: int) -> None:
        manual_match.match_payments(self.desk.actor(), lines=[self.line(one)], payments=[self.payment(other)])

    def several(self, one: int, other: int, third: int) -> None:
        some = list({self.payment(other), self.payment(third)})
        manual_match.match_payments(self.desk.actor(), lines=[self.line(one)], payments=some)

    def lines(self, one: int, other: int, third: int) -> None:
        some = list({self.line(one), self.line(third)})
        manual_match.match_payments(self.desk.actor(), lines=some, payments=[self.payment(other)])

    def undo(self, one: int, _: int, __: int) -> None:
        manual_match.undo(self.desk.actor(), group=self._one(Match.objects.order_by("pk"), one).group)

    def aside(self, one: int, other: int, _: int) -> None:
        manual_match.ignore_line(self.desk.actor(), line=self.line(one), reason="Why not", is_usual=other % 2 == 0)

    def back(self, one: int, _: int, __: int) -> None:
        manual_match.unignore_line(self.desk.actor(), line=self.line(one))

    def announce(self, one: int, other: int, third: int) -> None:
        reference, day = f"PAY90000{one}", date(2026, 11, 16) + timedelta(days=third % 4)
        if not Remittance.objects.filter(payment_reference=reference).exists():
            paid(self.desk, AMOUNTS[other % len(AMOUNTS)], reference=reference, on=day)

    @staticmethod
    def _one(rows: Any, place: int) -> Any:
        found = list(rows)
        if not found:
            raise Refused("There is nothing to pick.")
        return found[place % len(found)]


def check() -> None:
    for line in BankLine.objects.all():
        standing = sum((one.amount for one in line.matches.filter(undone_at=None)), NOTHING)
        assert standing == line.matched
        assert min(NOTHING, line.amount) <= line.matched <= max(NOTHING, line.amount)
        assert (line.state == BankLine.MATCHED) == (line.matched == line.amount)
    for payment in Remittance.objects.all():
        matched = sum((one.amount for one in payment.bank_matches.filter(undone_at=None)), NOTHING)
        assert min(NOTHING, payment.amount) <= matched <= max(NOTHING, payment.amount)
        arrival = BankReceipt.objects.filter(remittance=payment).first()
        assert matched == (arrival.arrived if arrival else NOTHING)


class Histories(TestCase):
    @settings(max_examples=examples(60))
    @given(st.lists(a_line, min_size=1, max_size=8), st.lists(a_payment, max_size=4), st.lists(a_step, max_size=14))
    def test_nothing_is_ever_matched_for_more_than_it_is(self, month: Any, announced: Any, steps: Any) -> None:
        history = History(month, announced)
        taken(history.desk, whole_days(month, 0, 3))
        check()
        for name, *places in steps:
            with suppress(Refused):
                getattr(history, name)(*places)
            check()

    @settings(max_examples=examples(60))
    @given(
        st.lists(a_line, min_size=1, max_size=10),
        st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=6),
        st.randoms(use_true_random=False),
    )
    def test_statements_in_any_order_and_overlap_give_the_same_lines(self, month: Any, spans: Any, dice: Any) -> None:
        files = [whole_days(month, first, last) for first, last in spans]
        shuffled = [*dice.sample(files, len(files)), dice.choice(files)]
        found = []
        for order in (files, shuffled):
            desk = Desk(connected=False)
            for content in order:
                with suppress(Refused):  # the same bytes again
                    taken(desk, content)
            lines = BankLine.objects.filter(practice=desk.practice).exclude(description="Rent")
            found.append(Counter(lines.values_list("on", "description", "amount")))
        seen = {day for first, last in spans for day in range(first, last + 1)}
        told = Counter(row(line) for line in month if line[0] in seen)
        assert found[0] == found[1]
        assert (
            Counter({f"{on:%d/%m/%Y},{text},{amount}": count for (on, text, amount), count in found[0].items()}) == told
        )

    @settings(max_examples=examples(40))
    @given(st.lists(a_line, min_size=1, max_size=6), st.lists(a_payment, min_size=1, max_size=4), st.integers(0, 7))
    def test_undoing_restores_what_was_before(self, month: Any, announced: Any, place: int) -> None:
        history = History(month, [])
        taken(history.desk, whole_days(month, 0, 3))
        payments = [
            paid(history.desk, amount, reference=f"ODD{number}", on=date(2026, 11, 16) + timedelta(days=day))
            for number, (day, amount) in enumerate(announced)
        ]
        before = list(BankLine.objects.order_by("pk").values())
        try:
            manual_match.match_payments(history.desk.actor(), lines=[history.line(place)], payments=payments)
        except Refused:
            assert not Match.objects.exists()
        else:
            manual_match.undo(history.desk.actor(), group=Match.objects.order_by("pk")[0].group)
        assert list(BankLine.objects.order_by("pk").values()) == before
        assert not BankReceipt.objects.exclude(arrived=0).exists()


@pytest.mark.django_db
def test_the_database_itself_refuses_a_line_that_is_matched_for_more_than_it_is() -> None:
    desk = Desk(connected=False)
    taken(desk, csv("20/11/2026,Till,70.00"))
    for wrong in (Decimal("70.01"), Decimal("-1.00")):
        with pytest.raises(IntegrityError), transaction.atomic():
            BankLine.objects.filter(description="Till").update(matched=wrong)
    payment = paid(desk)
    with pytest.raises(IntegrityError), transaction.atomic():
        BankReceipt.objects.create(practice=desk.practice, remittance=payment, amount=70, arrived=Decimal("70.01"))
