"""The three-way match with the stand-in: its claims, its payments, and its bank's statements over HTTP."""

from __future__ import annotations

import httpx
import pytest
from django.utils import timezone

from clearbill.bill.lifecycle import Status
from clearbill.claims.models import Claim
from clearbill.imports.bank_statements import preview, services
from clearbill.money.bank import arrival_status, auto_match, outstanding
from clearbill.money.bank.models import BankLine
from clearbill.money.remittances import poll
from clearbill.money.remittances.models import Remittance
from clearbill.people.encryption import encrypt
from clearbill.workspace.models import HealthcodeConnection
from tests import patience
from tests.journeys.conftest import Journey, journey, sandbox
from tests.money.bank.teller import brought

__all__ = ["journey", "sandbox"]
FILES = ("statement.csv", "statement-two-columns.csv", "statement-sgml.ofx", "statement-xml.ofx")


def statement(story: Journey, name: str) -> bytes:
    return httpx.get(f"{story.address}/bank/HC0TEST/{name}", timeout=patience.SECONDS).raise_for_status().content


def take_in(story: Journey, name: str) -> int:
    """Bring the bank's statement as it is now, take it in, and return how many lines were new."""
    today = timezone.localdate(story.now)
    file = brought(story, statement(story, name), name=name, today=today)
    if preview.preview(file, today=today).questions:
        # In the first twelve days of a month the dates of a CSV can be read in two ways.
        services.save_answers(practice=story.practice, file=file, answers={"order": "dmy"})
        file.refresh_from_db()
    return services.commit(story.actor(), file=file, today=today).fresh_lines


def fetch(story: Journey) -> None:
    for _ in range(40):
        if not poll.poll_next(now=story.now, house_of=story.house_of):
            return
    raise AssertionError("the worker found no end")


def word(story: Journey, payment: Remittance) -> str:
    row = outstanding.with_outstanding(story.practice).select_related("arrival").get(pk=payment.pk)
    found = arrival_status.arrival_status(
        row, arrival_status.statement_period(story.practice), today=timezone.localdate(story.now)
    )
    assert found
    return found.word


@pytest.fixture
def unread(journey: Journey) -> Journey:
    """A journey of three weeks with a payment that is on the bank and that Clearbill has not asked about."""
    HealthcodeConnection.objects.update(api_key_id="stand-in-key", rest_api_key_encrypted=encrypt("stand-in-secret"))
    journey.scenario("SIM-PAID")
    journey.work()
    journey.pass_time(days=1)
    journey.work()
    journey.pass_time(days=20)
    return journey


@pytest.fixture
def paid(unread: Journey) -> Journey:
    fetch(unread)
    assert Claim.objects.get().status == Status.PAID
    return unread


@pytest.mark.parametrize("name", FILES)
def test_a_payment_is_matched_by_itself_from_every_file_of_the_bank(paid: Journey, name: str) -> None:
    assert take_in(paid, name)
    payment = Remittance.objects.get()
    assert word(paid, payment) == "In the bank"
    line = BankLine.objects.get(state=BankLine.MATCHED)
    assert (line.amount, line.on) == (payment.amount, payment.arrival.arrived_on)
    assert line.on > (payment.paid_on or line.on)


def test_all_four_files_one_after_another_give_each_line_once(paid: Journey) -> None:
    fresh = [take_in(paid, name) for name in FILES]
    assert fresh[0] > 3
    assert fresh[1:] == [0, 0, 0]
    paid.pass_time(days=9)
    assert 0 < take_in(paid, "statement-xml.ofx") < fresh[0]
    assert [take_in(paid, name) for name in FILES[:3]] == [0, 0, 0]


def test_the_insurer_says_paid_and_the_bank_sees_it_only_when_it_is_let_arrive(paid: Journey) -> None:
    httpx.post(f"{paid.address}/sandbox/payments/1/keep-back", timeout=patience.SECONDS).raise_for_status()
    take_in(paid, "statement.csv")
    payment = Remittance.objects.get()
    assert word(paid, payment) == "Not in the bank"
    httpx.post(f"{paid.address}/sandbox/bank/let-arrive", timeout=patience.SECONDS).raise_for_status()
    paid.pass_time(days=3)
    take_in(paid, "statement.csv")
    assert word(paid, payment) == "In the bank"


def test_money_on_the_bank_waits_for_its_remittance(unread: Journey) -> None:
    take_in(unread, "statement.csv")
    line = BankLine.objects.get(description__contains="PAY")
    assert (line.state, line.insurer_slug) == (BankLine.NEW, "bupa")
    fetch(unread)
    assert auto_match.rematch_next(now=unread.now, house_of=unread.house_of)
    line.refresh_from_db()
    assert line.state == BankLine.MATCHED


def test_money_taken_back_goes_out_of_the_bank(journey: Journey) -> None:
    HealthcodeConnection.objects.update(api_key_id="stand-in-key", rest_api_key_encrypted=encrypt("stand-in-secret"))
    journey.scenario("SIM-CLAWBACK")
    journey.work()
    journey.pass_time(days=15)
    fetch(journey)
    journey.pass_time(days=37)
    fetch(journey)
    take_in(journey, "statement-two-columns.csv")
    assert sorted(Remittance.objects.values_list("arrival__arrived", flat=True)) == [-70, 70]
