"""Where a payment stands with the bank."""

from __future__ import annotations

from datetime import date

import pytest

from clearbill.money.bank import arrival_status, manual_match, outstanding
from clearbill.money.bank.models import Match
from clearbill.money.remittances.models import Remittance
from tests.claims.desk import Desk
from tests.money.bank.teller import csv, line, paid, taken

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def stands(desk: Desk, payment: Remittance, *, today: date = TODAY) -> arrival_status.ArrivalStatus | None:
    row = outstanding.with_outstanding(desk.practice).select_related("arrival").get(pk=payment.pk)
    return arrival_status.arrival_status(row, arrival_status.statement_period(desk.practice), today=today)


def word(desk: Desk, payment: Remittance, *, today: date = TODAY) -> str:
    found = stands(desk, payment, today=today)
    assert found
    return found.word


def test_without_a_statement_nothing_is_said(desk: Desk) -> None:
    assert stands(desk, paid(desk)) is None


def test_a_payment_that_the_bank_has_not_seen_is_late_after_five_working_days(desk: Desk) -> None:
    payment = paid(desk, on=date(2026, 11, 16))
    taken(desk, csv("23/11/2026,Till,10.00"))
    found = stands(desk, payment, today=date(2026, 11, 23))
    assert found
    assert found.sentence == "The insurer says paid, the bank has not seen it for 5 working days."
    assert (found.kind, found.is_late) == ("info", False)
    taken(desk, csv("24/11/2026,Till,10.00"))
    found = stands(desk, payment, today=date(2026, 11, 24))
    assert found
    assert (found.kind, found.is_late, found.waited) == ("warn", True, 6)


@pytest.mark.parametrize("today", [date(2026, 11, 12), date(2026, 11, 13), date(2026, 11, 15)])
def test_before_a_working_day_has_passed_no_days_are_counted(desk: Desk, today: date) -> None:
    payment = paid(desk, on=date(2026, 11, 13))
    taken(desk, csv("10/11/2026,Till,10.00"))
    found = stands(desk, payment, today=today)
    assert found
    assert found.sentence == "The insurer says paid on 13 Nov 2026; no working day has passed since."
    assert not found.is_late


def test_a_statement_that_ends_too_early_says_nothing_against_the_insurer(desk: Desk) -> None:
    payment = paid(desk, on=date(2026, 11, 9))
    taken(desk, csv("10/11/2026,Till,10.00"))
    found = stands(desk, payment)
    assert found
    assert (found.word, found.is_late) == ("No statement yet", False)
    assert "ends on 10 Nov 2026" in found.sentence


def test_a_payment_from_before_the_statements_is_no_trouble(desk: Desk) -> None:
    payment = paid(desk, on=date(2026, 10, 1))
    taken(desk, csv("23/11/2026,Till,10.00"))
    assert word(desk, payment) == "Before the statements"


def test_what_is_in_the_bank_is_said_with_its_day_and_what_is_missing(desk: Desk) -> None:
    whole, part = paid(desk), paid(desk, 100, reference="PAY900002")
    nothing, odd = paid(desk, 0, reference="PAY900003"), paid(desk, 33, reference="PAY900004")
    taken(desk, csv("20/11/2026,BUPA PAY900001,70.00", "20/11/2026,BUPA PAY900002,95.00"))
    manual_match.match_payments(desk.actor(), lines=[line("PAY900002")], payments=[part])
    manual_match.stop_expecting(desk.actor(), payment=odd, reason="Came by cheque")
    found = stands(desk, whole)
    assert found
    assert (found.word, found.sentence) == ("In the bank", "In the bank on 20 Nov 2026.")
    assert word(desk, part) == "In the bank, £5.00 less"
    assert word(desk, nothing) == "Nothing to come"
    assert word(desk, odd) == "Not expected"


def test_undoing_brings_the_state_back(desk: Desk) -> None:
    payment = paid(desk)
    taken(desk, csv("20/11/2026,BUPA PAY900001,70.00"))
    manual_match.undo(desk.actor(), group=Match.objects.get().group)
    assert word(desk, payment) == "Not in the bank"
