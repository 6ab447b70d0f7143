"""A payment of an insurer that was taken in by mistake goes, where nothing at the bank stands on it any more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client as Browser

from clearbill.bill.lifecycle import Status
from clearbill.claims.models import Claim
from clearbill.invoicing.models import LedgerEntry
from clearbill.money.bank import auto_match, manual_match
from clearbill.money.bank.models import BankLine, BankReceipt, Match
from clearbill.money.remittances.models import ClaimPayment, Remittance
from clearbill.people.models import AuditEntry
from tests import builders
from tests.claims.desk import Desk, status
from tests.money.bank.teller import csv, line, paid, taken
from tests.money.remittances.paying import taken_in, told
from tests.money.remittances.test_allocation import collected

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 11, 24, 10, tzinfo=UTC)):
        yield


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def browser(desk: Desk) -> Browser:
    return builders.signed_in(desk.owner)


@pytest.fixture
def claim(desk: Desk) -> Claim:
    return collected(desk)


@pytest.fixture
def payment(desk: Desk, claim: Claim) -> Remittance:
    """A payment that was typed in, matched by itself with the bank’s line."""
    payment = taken_in(desk, told(claim))
    Remittance.objects.filter(pk=payment.pk).update(amount=70)
    taken(desk, csv("20/11/2026,BUPA PAY900001,70.00"))
    assert Match.objects.get().remittance == payment
    return payment


def take_out(browser: Browser, payment: Remittance) -> str:
    where = f"/money/payments/{payment.pk}/take-out"
    return browser.post(where, {"reason": "Typed twice"}, follow=True).content.decode()


def test_while_a_line_of_the_bank_is_matched_with_it_a_payment_stays_and_the_page_says_what_to_do(
    browser: Browser, payment: Remittance, claim: Claim
) -> None:
    said = take_out(browser, payment)
    assert "At the bank it is matched with the line of 20 Nov 2026. Undo that match first, then take it out." in said
    assert (status(claim), Match.objects.count(), Remittance.objects.count()) == (Status.PAID, 1, 1)


def test_a_payment_whose_match_was_undone_is_taken_out_and_the_audit_trail_keeps_the_match(
    desk: Desk, browser: Browser, payment: Remittance, claim: Claim
) -> None:
    manual_match.undo(desk.actor(), group=Match.objects.get().group)
    assert "Payment PAY900001 is taken out. The books keep both entries." in take_out(browser, payment)
    assert (status(claim), Remittance.objects.count(), BankReceipt.objects.count()) == (Status.COLLECTED, 0, 0)
    assert (line("BUPA").state, line("BUPA").matched) == (BankLine.NEW, 0)
    assert list(LedgerEntry.objects.order_by("pk").values_list("amount", flat=True)) == [70, -70]
    kept = AuditEntry.objects.get(action="took out a payment")
    assert kept.changes["undone_at_the_bank"].startswith("£70.00 of the line of 20 Nov 2026, matched")
    assert f"by Clearbill, undone 10 Nov 2026 by {desk.owner.user}" in kept.changes["undone_at_the_bank"]
    assert AuditEntry.objects.filter(action="undid a match of a bank line").exists()
    assert "Undone at the bank" in browser.get("/settings/audit").content.decode()


def test_an_entry_still_says_what_it_came_of_when_the_payment_is_taken_out(
    desk: Desk, browser: Browser, payment: Remittance
) -> None:
    advice = payment.advices.get().pk
    manual_match.undo(desk.actor(), group=Match.objects.get().group)
    take_out(browser, payment)
    assert not ClaimPayment.objects.filter(pk=advice).exists()
    assert [entry.advice for entry in LedgerEntry.objects.order_by("pk")] == [advice, None]


def test_the_line_of_a_payment_that_was_taken_out_is_free_for_the_right_one(
    desk: Desk, browser: Browser, payment: Remittance
) -> None:
    manual_match.undo(desk.actor(), group=Match.objects.get().group)
    take_out(browser, payment)
    right = paid(desk)
    assert auto_match.rematch_next(now=desk.now, house_of=desk.house_of) is True
    assert Match.objects.get().remittance == right


def test_a_payment_that_was_not_expected_at_the_bank_is_taken_out_with_the_reason_kept(
    desk: Desk, browser: Browser, claim: Claim
) -> None:
    payment = taken_in(desk, told(claim))
    manual_match.stop_expecting(desk.actor(), payment=payment, reason="Came by cheque")
    assert "is taken out" in take_out(browser, payment)
    assert (status(claim), BankReceipt.objects.count()) == (Status.COLLECTED, 0)
    assert AuditEntry.objects.get(action="took out a payment").changes["not_expected"] == "Came by cheque"


def test_what_cannot_be_taken_out_keeps_its_undone_matches(desk: Desk, browser: Browser, payment: Remittance) -> None:
    manual_match.undo(desk.actor(), group=Match.objects.get().group)
    Remittance.objects.update(announced_at=desk.now)
    assert "would tell it again" in take_out(browser, payment)
    assert (Match.objects.count(), BankReceipt.objects.count()) == (1, 1)
