"""What every clearing house behind the port must do: the one in memory, and the adapter over HTTP to the stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from clearbill.bill.bill import Bill
from clearbill.clearinghouse.port import (
    BillKey,
    BillRejected,
    ClearingHouse,
    ClearingStatus,
    CredentialsRefused,
    MemberEnquiry,
    NotSent,
    Receipt,
    ReplyLost,
)
from tests.clearinghouse.examples import NOW, TODAY, a_bill, reference
from tests.clearinghouse.houses import Levers, MemoryLevers, SandboxLevers


@pytest.fixture(params=[MemoryLevers, SandboxLevers], ids=["memory", "sandbox"])
def levers(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Levers]:
    made: Levers = request.param(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def house(levers: Levers) -> ClearingHouse:
    return levers.house


def send(house: ClearingHouse, bill: Bill, attempt: str = "") -> Receipt:
    attempt = attempt or reference()
    return house.submit(house.prepare(bill, reference=attempt, at=NOW), reference=attempt, at=NOW)


def status(house: ClearingHouse, **key: str) -> ClearingStatus:
    return house.status_of(BillKey(**key), at=NOW).status


def test_preparing_is_deterministic_and_holds_no_credentials(house: ClearingHouse) -> None:
    bill = a_bill("Sóbrán-O’Neill 😀")
    document = house.prepare(bill, reference="ref-1", at=NOW)
    assert document == house.prepare(bill, reference="ref-1", at=NOW)
    assert "Sóbrán-O’Neill 😀" in document.decode()
    assert b"stand-in-secret" not in document


def test_a_good_bill_gets_a_receipt(house: ClearingHouse) -> None:
    receipt = send(house, a_bill(), "ref-receipt")
    assert receipt.reference == "ref-receipt"
    assert receipt.clearing_bill_number
    assert receipt.status is ClearingStatus.UNPROCESSED
    assert (receipt.exchange.operation, receipt.exchange.http_status) == ("submitBill", 200)
    assert b"stand-in-secret" not in receipt.exchange.sent


def test_a_bill_is_found_by_each_of_its_keys(house: ClearingHouse) -> None:
    bill = a_bill()
    receipt = send(house, bill, "ref-keys")
    for key in (
        BillKey(clearing_bill_number=receipt.clearing_bill_number),
        BillKey(reference="ref-keys"),
        BillKey(invoice_number=bill.invoice_number),
    ):
        report = house.status_of(key, at=NOW)
        assert (report.clearing_bill_number, report.invoice_number) == (
            receipt.clearing_bill_number,
            bill.invoice_number,
        )


def test_an_unknown_bill_is_an_answer(house: ClearingHouse) -> None:
    assert status(house, reference="never-sent") is ClearingStatus.NOT_FOUND


def test_a_bad_bill_is_refused_with_every_message_and_its_place(house: ClearingHouse) -> None:
    tomorrow = TODAY + timedelta(days=30)
    bill = a_bill(treated_on=tomorrow)
    bill = replace(bill, episode=replace(bill.episode, episode_setting="X"))
    with pytest.raises(BillRejected) as refusal:
        send(house, bill)
    said = {(message.level, message.line_no, message.field): message.text for message in refusal.value.messages}
    assert said["bill", None, "Setting"] == "Problem with Setting: Must be I, D or O"
    assert said["line", 1, "FDOS"] == "Problem with FDOS: May not be after Today"
    report = house.status_of(BillKey(invoice_number=bill.invoice_number), at=NOW)
    assert report.status is ClearingStatus.AWAITING_CORRECTION
    assert {message.field for message in report.messages} >= {"Setting", "FDOS"}


def test_a_corrected_bill_is_taken_under_its_old_number(house: ClearingHouse) -> None:
    bill = a_bill()
    wrong = replace(bill, episode=replace(bill.episode, episode_setting=""))
    with pytest.raises(BillRejected) as refusal:
        send(house, wrong)
    assert send(house, bill).clearing_bill_number == refusal.value.clearing_bill_number


def test_a_second_bill_of_the_same_number_is_a_duplicate(house: ClearingHouse) -> None:
    bill = a_bill()
    receipt = send(house, bill)
    with pytest.raises(BillRejected) as refusal:
        send(house, bill)
    assert "Problem with InvoiceNo: Duplicate Invoice" in [message.text for message in refusal.value.messages]
    assert status(house, clearing_bill_number=receipt.clearing_bill_number) is ClearingStatus.UNPROCESSED


def test_a_repeated_reference_gets_the_first_answer(house: ClearingHouse) -> None:
    bill = a_bill()
    first, second = send(house, bill, "ref-twice"), send(house, bill, "ref-twice")
    assert first.clearing_bill_number == second.clearing_bill_number


@pytest.mark.parametrize("stored", [True, False])
def test_after_a_lost_reply_the_status_tells_whether_the_bill_arrived(levers: Levers, stored: bool) -> None:
    levers.lose_next_reply(stored=stored)
    bill = a_bill()
    with pytest.raises(ReplyLost):
        send(levers.house, bill, "ref-lost")
    found = status(levers.house, reference="ref-lost")
    assert found is (ClearingStatus.UNPROCESSED if stored else ClearingStatus.NOT_FOUND)
    if not stored:
        assert send(levers.house, bill).clearing_bill_number


def test_a_house_that_asks_us_to_wait_has_nothing_and_says_how_long(levers: Levers) -> None:
    levers.tell_next_to_wait()
    with pytest.raises(NotSent) as failure:
        send(levers.house, a_bill(), "ref-wait")
    assert failure.value.retry_after_seconds == 5
    assert status(levers.house, reference="ref-wait") is ClearingStatus.NOT_FOUND


def test_a_collected_bill_is_reported_as_collected(levers: Levers) -> None:
    bill = a_bill()
    send(levers.house, bill)
    levers.collect(bill)
    report = levers.house.status_of(BillKey(invoice_number=bill.invoice_number), at=NOW)
    assert report.status is ClearingStatus.COLLECTED
    assert report.status_at is not None
    assert report.status_at.utcoffset() == timedelta(0)


def test_an_unreachable_house_has_certainly_nothing(levers: Levers) -> None:
    house = levers.unreachable()
    with pytest.raises(NotSent):
        send(house, a_bill())
    with pytest.raises(NotSent):
        status(house, reference="any")
    with pytest.raises(NotSent):
        house.remittances(insurer_id="bup")
    assert next((step.credential, step.ok) for step in house.try_connection().steps) == ("address", False)


def test_good_credentials_pass_the_trial(house: ClearingHouse) -> None:
    trial = house.try_connection()
    assert trial.ok
    assert [step.credential for step in trial.steps] == ["site_id", "user_id", "api_key", "api_key_id"]


@pytest.mark.parametrize("credential", ["site_id", "user_id", "api_key"])
def test_a_wrong_credential_is_named_and_nothing_is_stored(levers: Levers, credential: str) -> None:
    house = levers.with_wrong(credential)
    with pytest.raises(CredentialsRefused) as refusal:
        send(house, a_bill())
    assert refusal.value.credential == credential
    trial = house.try_connection()
    assert not trial.ok
    assert credential in [step.credential for step in trial.steps if not step.ok]


def test_a_wrong_second_pair_stops_questions_and_not_bills(levers: Levers) -> None:
    house = levers.with_wrong("api_key_id")
    assert send(house, a_bill()).clearing_bill_number
    with pytest.raises(CredentialsRefused) as refusal:
        house.remittances(insurer_id="bup")
    assert refusal.value.credential == "api_key_id"
    assert [step.credential for step in house.try_connection().steps if not step.ok] == ["api_key_id"]


def test_a_member_is_found_and_a_stranger_is_not(house: ClearingHouse) -> None:
    enquiry = MemberEnquiry(
        insurer_id="bup",
        first_name="Testa",
        last_name="Sample",
        sex="F",
        birth_date=date(1985, 4, 12),
        postcode="ZZ1 1ZZ",
    )
    answer = house.find_member(enquiry)
    assert (answer.outcome, answer.membership_number, answer.last_name) == ("match", "ZZ00000001", "Sample")
    assert answer.birth_date == date(1985, 4, 12)
    assert house.find_member(replace(enquiry, last_name="Nobody")).outcome == "no_match"


def test_a_question_without_insurer_is_refused(house: ClearingHouse) -> None:
    with pytest.raises(BillRejected) as refusal:
        house.find_member(MemberEnquiry(insurer_id="", last_name="Sample"))
    assert refusal.value.messages


def test_a_short_payment_says_what_was_paid_and_why_not_more(levers: Levers) -> None:
    bill = a_bill("SIM-PART")
    send(levers.house, bill)
    assert levers.house.remittances(insurer_id="bup", since=NOW - timedelta(days=1)) == []
    levers.pay_short(bill)
    (summary,) = levers.house.remittances(insurer_id="bup", since=NOW - timedelta(days=1))
    assert summary.amount == Decimal("50.00")
    assert [(claim.invoice_number, claim.paid) for claim in summary.claims] == [(bill.invoice_number, Decimal("50.00"))]
    (claim,) = levers.house.remittance_claims(insurer_id="bup", payment_reference=summary.payment_reference)
    assert (claim.invoice_number, claim.claimed, claim.paid) == (
        bill.invoice_number,
        Decimal("70.00"),
        Decimal("50.00"),
    )
    (deduction,) = claim.lines[0].deductions
    assert (deduction.amount, deduction.code, deduction.patient_liable) == (Decimal("20.00"), "ZSF01", True)
    assert levers.house.remittance_claims(insurer_id="bup", payment_reference="PAY-OTHER") == []
    assert levers.house.remittances(insurer_id="ppp") == []
