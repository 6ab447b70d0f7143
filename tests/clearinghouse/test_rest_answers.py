"""What the REST services answer is read tolerantly, and an amount is never guessed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import pytest

from clearbill.clearinghouse.healthcode import HealthcodeClient
from clearbill.clearinghouse.port import NotSent
from tests.clearinghouse.examples import COVERAGE, ENQUIRY, HeldClock
from tests.fakes.raw_http_server import Answer, RawHttpServer, json_answer


def test_a_member_is_found(server: RawHttpServer, house: HealthcodeClient) -> None:
    server.on("/members", json_answer(COVERAGE))
    answer = house.find_member(ENQUIRY)
    assert (answer.outcome, answer.membership_number, answer.first_names) == ("match", "ZZ00000001", "Testa Quill")
    assert (answer.cover_to, answer.group_number) == (date(2027, 3, 31), "ZG0001")
    form = parse_qs(server.requests_to("/members")[0].body.decode())
    assert form == {
        "insurerIdentifier": ["bup"],
        "firstName": ["T"],
        "lastName": ["Sample"],
        "sex": ["Female"],
        "dateOfbirth": ["1985-04-12"],
        "postCode": ["ZZ1 1ZZ"],
    }


def test_a_member_list_that_needs_time_says_when_to_ask_again(server: RawHttpServer, house: HealthcodeClient) -> None:
    tag = {"tag": [{"code": "outcome", "display": "Processing"}]}
    outcome = {"resourceType": "OperationOutcome", "meta": tag, "issue": []}
    server.on("/members", json_answer(outcome, status=202, headers={"Retry-After": "30"}))
    answer = house.find_member(ENQUIRY)
    assert (answer.outcome, answer.retry_after_seconds) == ("processing", 30)
    server.on("/members", json_answer({"resourceType": "OperationOutcome"}, status=202))
    assert house.find_member(ENQUIRY).outcome == "processing"


def test_no_member_or_several_are_told_apart(server: RawHttpServer, house: HealthcodeClient) -> None:
    server.on("/members", json_answer({"resourceType": "Bundle", "entry": []}))
    assert house.find_member(ENQUIRY).outcome == "no_match"
    server.on("/members", json_answer({"resourceType": "Bundle", "entry": [{"resource": COVERAGE}] * 2}))
    assert house.find_member(ENQUIRY).outcome == "failed"
    server.on("/members", json_answer({"resourceType": "Bundle", "entry": [{"resource": COVERAGE}, {"search": 1}]}))
    assert house.find_member(ENQUIRY).outcome == "match"


def test_a_member_with_odd_parts_is_still_found(server: RawHttpServer, house: HealthcodeClient) -> None:
    odd = {"resourceType": "Coverage", "contained": "no", "class": [1, {"type": 2}], "period": [], "subscriberId": 42}
    server.on("/members", json_answer(odd))
    answer = house.find_member(ENQUIRY)
    assert (answer.outcome, answer.membership_number, answer.cover_to) == ("match", "42", None)


def test_payments_are_asked_for_no_further_back_than_the_house_allows(
    server: RawHttpServer, house: HealthcodeClient, held: HeldClock
) -> None:
    server.on("/payments", json_answer({"resourceType": "Bundle", "entry": []}))
    house.remittances(insurer_id="bup", since=datetime(2020, 1, 1, tzinfo=UTC))
    house.remittances(insurer_id="bup", since=held.now - timedelta(days=1))
    oldest, recent = (parse_qs(asked.body.decode())["_since"][0] for asked in server.requests_to("/payments"))
    assert held.now - datetime.fromisoformat(oldest) < timedelta(days=90)
    assert datetime.fromisoformat(recent) == held.now - timedelta(days=1)


def payment(amount: Any, currency: str = "GBP") -> Answer:
    resource = {
        "resourceType": "PaymentReconciliation",
        "paymentIdentifier": {"value": "PAY1"},
        "paymentAmount": {"value": amount, "currency": currency},
    }
    return json_answer({"resourceType": "Bundle", "entry": [{"resource": resource}]})


def test_amounts_are_exact_pounds(server: RawHttpServer, house: HealthcodeClient) -> None:
    body = payment("@").body.replace(b'"@"', b"1200.10")
    server.on("/payments", Answer(body=body))
    (summary,) = house.remittances(insurer_id="bup")
    assert (summary.amount, str(summary.amount)) == (Decimal("1200.10"), "1200.10")


@pytest.mark.parametrize("amount", ["seventy", True, [], 70.005, "1e99999999", 10**12])
def test_an_amount_that_cannot_be_read_is_never_guessed(
    server: RawHttpServer, house: HealthcodeClient, amount: Any
) -> None:
    server.on("/payments", payment(amount))
    with pytest.raises(NotSent):
        house.remittances(insurer_id="bup")


def test_another_currency_is_never_taken_for_pounds(server: RawHttpServer, house: HealthcodeClient) -> None:
    server.on("/payments", payment(70, "EUR"))
    with pytest.raises(NotSent):
        house.remittances(insurer_id="bup")


def test_what_a_payment_says_of_a_bill_is_read_line_by_line(server: RawHttpServer, house: HealthcodeClient) -> None:
    def money(pounds: float) -> dict[str, Any]:
        return {"value": pounds, "currency": "GBP"}

    def part(category: str, pounds: float, **more: Any) -> dict[str, Any]:
        return {"category": {"coding": [{"code": category}]}, "amount": money(pounds), **more}

    short = part(
        "deductible",
        20.0,
        reason={"coding": [{"code": "ZSF01", "display": "Policy excess"}]},
        extension=[{"url": "https://standin.clearbill.invalid/patient-liable", "valueBoolean": True}],
    )
    claim = {
        "resourceType": "ClaimResponse",
        "identifier": [
            {"type": {"text": "CHClaimNo"}, "value": "9000000123"},
            {"type": {"text": "PayorClaimNo"}, "value": "ZC-1"},
        ],
        "request": {"identifier": {"value": "CB10042"}},
        "item": [{"itemSequence": 1, "adjudication": [part("submitted", 55), short, part("benefit", 35.0)]}],
        "total": [part("submitted", 55), part("benefit", 35.0)],
        "processNote": [{"number": 1, "text": "Collect the excess"}],
    }
    server.on("/claims", json_answer({"resourceType": "Bundle", "entry": [{"resource": claim}, {"resource": 1}]}))
    (read,) = house.remittance_claims(insurer_id="bup", payment_reference="PAY1")
    assert (read.invoice_number, read.clearing_bill_number, read.payor_claim_number) == (
        "CB10042",
        "9000000123",
        "ZC-1",
    )
    assert (read.claimed, read.paid, read.notes) == (Decimal("55.00"), Decimal("35.00"), ("Collect the excess",))
    (line,) = read.lines
    (deduction,) = line.deductions
    assert (line.line_no, deduction.code, deduction.amount, deduction.patient_liable) == (1, "ZSF01", Decimal(20), True)
