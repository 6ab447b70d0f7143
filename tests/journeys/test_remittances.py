"""The money comes home by itself: what the insurers pay is fetched from the stand-in and put to the claims."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from clearbill.bill.lifecycle import Status
from clearbill.claims.models import Claim
from clearbill.claims.queue import backoff
from clearbill.invoicing.models import Invoice, LedgerEntry
from clearbill.money.remittances import poll
from clearbill.money.remittances.models import ClaimPayment, Document, Remittance, RemittancePoll
from clearbill.people.encryption import encrypt
from clearbill.workspace.models import HealthcodeConnection
from tests.claims.desk import status
from tests.journeys.conftest import Journey


@pytest.fixture
def paid(journey: Journey) -> Journey:
    """A journey whose connection may ask what was paid."""
    HealthcodeConnection.objects.update(api_key_id="stand-in-key", rest_api_key_encrypted=encrypt("stand-in-secret"))
    return journey


def fetch(journey: Journey) -> None:
    """Let the worker ask about every insurer whose turn it is."""
    for _ in range(40):
        if not poll.poll_next(now=journey.now, house_of=journey.house_of):
            return
    raise AssertionError("the worker found no end")


def send(journey: Journey, *claims: Claim) -> None:
    journey.work()
    journey.pass_time(days=1)
    journey.work()
    assert [status(claim) for claim in claims] == [Status.COLLECTED] * len(claims)


def books(claim: Claim) -> tuple[Decimal, Decimal, Decimal]:
    row = Invoice.objects.get(pk=claim.invoice_id)
    return row.paid_total, row.short_total, row.open_total


def test_bills_are_paid_in_full_short_and_not_at_all(paid: Journey) -> None:
    full, short, denied = (paid.scenario(name) for name in ("SIM-PAID", "SIM-PART", "SIM-DENIED"))
    send(paid, full, short, denied)
    paid.pass_time(days=15)
    fetch(paid)
    assert [status(claim) for claim in (full, short, denied)] == [Status.PAID, Status.PART_PAID, Status.DECLINED]
    assert [books(claim) for claim in (full, short, denied)] == [(70, 0, 0), (50, 20, 0), (0, 70, 0)]
    assert set(LedgerEntry.objects.filter(kind=LedgerEntry.SHORT).values_list("code", flat=True)) == {"ZSF01", "ZSF05"}
    assert b"PaymentReconciliation" in bytes(Document.objects.order_by("received_at")[0].content)
    before = LedgerEntry.objects.count()
    paid.wait(hours=7)
    fetch(paid)
    assert (LedgerEntry.objects.count(), Remittance.objects.count()) == (before, 1)


def test_a_bill_paid_in_two_parts_is_paid_when_the_second_comes(paid: Journey) -> None:
    claim = paid.scenario("SIM-SPLIT")
    send(paid, claim)
    paid.pass_time(days=15)
    fetch(paid)
    assert (status(claim), books(claim)) == (Status.PART_PAID, (35, 0, 35))
    paid.pass_time(days=8)
    fetch(paid)
    assert (status(claim), books(claim)) == (Status.PAID, (70, 0, 0))


def test_a_payment_with_a_wrong_invoice_number_waits_for_a_person(paid: Journey) -> None:
    claim = paid.scenario("SIM-WRONGINV")
    send(paid, claim)
    paid.pass_time(days=15)
    fetch(paid)
    assert status(claim) == Status.COLLECTED
    assert ClaimPayment.objects.get().why == "unknown"


def test_without_the_second_key_the_page_can_say_what_is_missing(journey: Journey) -> None:
    claim = journey.scenario("SIM-PAID")
    send(journey, claim)
    journey.pass_time(days=15)
    fetch(journey)
    assert status(claim) == Status.COLLECTED
    told = RemittancePoll.objects.get(insurer_slug="bupa")
    assert "API Key Id" in told.problem
    assert told.next_at == journey.now + backoff.REMITTANCE_RETRY
    assert HealthcodeConnection.objects.get().paused_until is None, "bills go out all the same"


def test_an_insurer_that_was_never_billed_is_not_asked_about(paid: Journey) -> None:
    send(paid, paid.scenario("SIM-PAID"))
    fetch(paid)
    assert set(RemittancePoll.objects.exclude(fetched_at=None).values_list("insurer_slug", flat=True)) == {"bupa"}
    assert (
        RemittancePoll.objects.filter(next_at__gt=paid.now + timedelta(hours=5)).count()
        == RemittancePoll.objects.count()
    )


def test_money_that_is_taken_back_leaves_the_claim_declined_with_the_reason(paid: Journey) -> None:
    claim = paid.scenario("SIM-CLAWBACK")
    send(paid, claim)
    paid.pass_time(days=15)
    fetch(paid)
    assert (status(claim), books(claim)) == (Status.PAID, (70, 0, 0))
    paid.pass_time(days=31)
    fetch(paid)
    assert (status(claim), books(claim)) == (Status.DECLINED, (0, 70, 0))
    assert LedgerEntry.objects.get(kind=LedgerEntry.SHORT).code == "ZSF05"


@pytest.mark.parametrize(("scenario", "why"), [("SIM-OVERPAID", "too much"), ("SIM-TWICE", "paid")])
def test_more_than_was_claimed_waits_for_a_person(paid: Journey, scenario: str, why: str) -> None:
    send(paid, paid.scenario(scenario))
    paid.pass_time(days=30)
    fetch(paid)
    assert ClaimPayment.objects.get(state=ClaimPayment.UNMATCHED).why == why


@pytest.mark.parametrize("scenario", ["SIM-MISSPELT", "SIM-EXCHANGED"])
def test_a_name_spelt_otherwise_does_not_hold_up_a_bill_that_carries_its_number(paid: Journey, scenario: str) -> None:
    claim = paid.scenario(scenario)
    send(paid, claim)
    paid.pass_time(days=15)
    fetch(paid)
    assert status(claim) == Status.PAID


@pytest.mark.parametrize("code", ["ZSF01", "ZSF02", "ZSF03", "ZSF04", "ZSF05", "ZSF06"])
def test_each_reason_for_paying_less_is_kept(paid: Journey, code: str) -> None:
    claim = paid.scenario(f"SIM-SHORT-{code[-2:]}")
    send(paid, claim)
    paid.pass_time(days=15)
    fetch(paid)
    assert (status(claim), books(claim)) == (Status.PART_PAID, (50, 20, 0))
    short = LedgerEntry.objects.get(kind=LedgerEntry.SHORT)
    assert (short.code, bool(short.reason)) == (code, True)


def test_a_bill_that_is_never_paid_stays_collected(paid: Journey) -> None:
    claim = paid.scenario("SIM-SILENT")
    send(paid, claim)
    paid.pass_time(days=90)
    fetch(paid)
    assert status(claim) == Status.COLLECTED
    assert not Remittance.objects.exists()
