"""What insurers pay, and how it is fetched."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.sandbox.caller import Caller, bill, sim
from tests.sandbox.remittances import DETAILS, SUMMARIES, claims, deductions, payments, read, subscribe, total


def test_nothing_is_paid_before_a_fortnight_after_collection(caller: Caller) -> None:
    caller.submit(bill())
    caller.move(days=13)
    assert payments(caller) == []
    caller.move(days=2)
    assert [payment["paymentAmount"]["value"] for payment in payments(caller)] == [Decimal("125.00")]


def test_one_payment_covers_the_bills_of_one_day_and_payee(caller: Caller) -> None:
    for number, payee in (("A1", "TP000001"), ("A2", "TP000001"), ("A3", "TP000002")):
        caller.submit(bill(InvoiceNo=number, PayeeNo=payee))
    caller.move(weeks=3)
    found = {payment["detail"][0]["payee"]["identifier"]["value"]: payment for payment in payments(caller)}
    assert [part["request"]["identifier"]["value"] for part in found["TP000001"]["detail"]] == ["A1", "A2"]
    assert found["TP000001"]["paymentAmount"]["value"] == Decimal("250.00")
    assert found["TP000001"]["created"] == "2026-12-07T00:00:00Z"
    one = read(caller.ask(f"/claims/paymentreconciliation/{found['TP000001']['id']}").text)
    assert one == found["TP000001"]


def test_amounts_are_written_with_two_decimals(caller: Caller) -> None:
    caller.submit(bill())
    caller.move(weeks=3)
    assert '"value": 125.00' in caller.ask(SUMMARIES, {"insurerIdentifier": "bup"}).text


@pytest.mark.parametrize(
    ("scenario", "paid", "invoices"),
    [
        ("PAID", ["125.00"], ["PAID"]),
        ("PART", ["105.00"], ["PART"]),
        ("DENIED", ["0.00"], ["DENIED"]),
        ("SILENT", [], []),
        ("WRONGINV", ["125.00"], ["WRONGINVX"]),
        ("SPLIT", ["62.50", "62.50"], ["SPLIT", "SPLIT"]),
    ],
)
def test_a_family_name_decides_what_is_paid(
    caller: Caller, scenario: str, paid: list[str], invoices: list[str]
) -> None:
    caller.submit(sim(scenario))
    caller.move(weeks=4)
    found = [claim for payment in payments(caller) for claim in claims(caller, payment)]
    assert [total(claim, "benefit") for claim in found] == [Decimal(amount) for amount in paid]
    assert [claim["request"]["identifier"]["value"] for claim in found] == invoices
    assert all(total(claim, "submitted") == Decimal("125.00") for claim in found)


def test_a_short_payment_says_on_which_line_why_and_who_is_liable(caller: Caller) -> None:
    caller.submit(sim("PART"))
    caller.move(weeks=3)
    claim = claims(caller, payments(caller)[0])[0]
    first, second = claim["item"]
    assert [part["category"]["coding"][0]["code"] for part in first["adjudication"]] == ["submitted", "benefit"]
    deduction = second["adjudication"][1]
    assert deduction["amount"]["value"] == Decimal("20.00")
    assert deduction["reason"]["coding"][0]["code"] == "ZSF01"
    assert deduction["extension"][0]["valueBoolean"] is True
    assert second["adjudication"][2]["amount"]["value"] == Decimal("35.00")


def test_the_second_of_two_payments_names_the_first(caller: Caller) -> None:
    caller.submit(sim("SPLIT"))
    caller.move(weeks=4)
    second = claims(caller, payments(caller)[1])[0]
    assert total(second, "previouslypaid") == Decimal("62.50")
    lines = [part["amount"]["value"] for item in second["item"] for part in item["adjudication"][-1:]]
    assert sum(lines) == Decimal("62.50")


def test_what_the_patient_has_paid_is_not_claimed_again(caller: Caller) -> None:
    caller.submit(bill(PatientPaidAmount="60.00", NetTotal="65.00"))
    caller.move(weeks=3)
    claim = claims(caller, payments(caller)[0])[0]
    assert (total(claim, "submitted"), total(claim, "benefit")) == (Decimal("65.00"), Decimal("65.00"))


def test_pages_hold_what_was_asked_for_and_all_entries_come_once(caller: Caller) -> None:
    for number in range(5):
        caller.submit(bill(InvoiceNo=f"P{number}"))
        caller.move(days=1)
    caller.move(weeks=3)
    seen = []
    for page in ("1", "2", "3", "4"):
        body = caller.ask(SUMMARIES, {"insurerIdentifier": "bup", "page": page, "count": "2"}).json()
        tags = {tag["code"]: tag["display"] for tag in body["meta"]["tag"]}
        assert (tags["page"], tags["maxCount"], body["total"]) == (page, "5", len(body["entry"]))
        seen += [entry["resource"]["id"] for entry in body["entry"]]
    assert len(seen) == len(set(seen)) == 5
    newest_first = [payment["id"] for payment in payments(caller, _sort="-createdOn")]
    assert newest_first == seen[::-1]


def test_since_leaves_out_older_payments_and_goes_back_90_days_at_most(caller: Caller) -> None:
    caller.submit(bill())
    caller.move(weeks=3)
    assert len(payments(caller, _since="2026-12-07T00:00:00Z")) == 1
    assert payments(caller, _since="2026-12-07T00:00:01Z") == []
    assert caller.ask(SUMMARIES, {"insurerIdentifier": "bup", "_since": "yesterday"}).status_code == 400
    long_ago = "2026-01-01T00:00:00Z"
    assert len(payments(caller, _since=long_ago)) == 1
    caller.move(days=90)
    assert (len(payments(caller)), payments(caller, _since=long_ago)) == (1, [])


def test_a_corrected_payment_is_told_again_with_its_reference_and_its_day(caller: Caller) -> None:
    caller.submit(bill())
    caller.move(weeks=6)
    (before,) = payments(caller)
    assert payments(caller, _since="2026-12-20T00:00:00Z") == []
    number = caller.bills()[0]["ch_claim_no"]
    caller.press(f"bills/{number}/correct", amount="100", reason="ZSF02").raise_for_status()
    (after,) = payments(caller, _since="2026-12-20T00:00:00Z")
    assert {**after, "paymentAmount": 0, "detail": 0} == {**before, "paymentAmount": 0, "detail": 0}
    assert after["paymentAmount"]["value"] == Decimal("100.00")
    (claim,) = claims(caller, after)
    assert (total(claim, "benefit"), total(claim, "previouslypaid")) == (Decimal("100.00"), Decimal(0))
    assert deductions(claim) == [(2, "ZSF02", Decimal("25.00"))]


@pytest.mark.parametrize(
    ("name", "fits", "misses"),
    [
        ("invoiceNumber", "PART", "CB99"),
        ("patientName", "sim-part", "Somebody"),
        ("membershipNumber", "ZZ00000001", "ZZ00000009"),
        ("provider", "TP000001", "TP000002"),
        ("dateCreated", "2026-12-07_2026-12-08", "2026-12-08_2026-12-09"),
        ("datePaid", "2026-12-08_2026-12-08", "2026-12-07_2026-12-07"),
        ("paymentAmount", "ge105.00", "lt105.00"),
        ("amountInvoiced", "eq125.00", "ge125.01"),
        ("hasShortFall", "true", "false"),
    ],
)
def test_filters_of_the_pro_tier(caller: Caller, name: str, fits: str, misses: str) -> None:
    caller.submit(sim("PART"))
    caller.move(weeks=3)
    assert len(payments(caller, **{name: fits})) == 1
    assert payments(caller, **{name: misses}) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("provider", "TP000050"),
        ("invoiceNumber", "1"),
        ("patientName", "Sample"),
        ("membershipNumber", "ZZ00000001"),
        ("paymentReference", "PAY900001"),
        ("dateCreated", "2026-12-07_2026-12-08"),
        ("datePaid", "2026-12-07_2026-12-08"),
        ("paymentAmount", "ge1.00"),
        ("amountInvoiced", "ge1.00"),
        ("hasShortFall", "true"),
    ],
)
def test_the_basic_tier_is_refused_a_filter_and_told_which(clinic: Caller, name: str, text: str) -> None:
    refused = clinic.ask(SUMMARIES, {"insurerIdentifier": "bup", name: text})
    issue = refused.json()["issue"][0]
    assert (refused.status_code, issue["code"], issue["expression"]) == (403, "forbidden", [name])


def test_the_basic_tier_has_paging_sorting_since_and_single_payments_but_no_detail(caller: Caller) -> None:
    caller.submit(bill())
    caller.move(weeks=3)
    (payment,) = payments(caller)
    subscribe(caller.running.house, "basic")
    form = {"page": "1", "count": "5", "_sort": "-createdOn", "_since": "2026-12-01T00:00:00Z"}
    assert payments(caller, **form) == [payment]
    refused = caller.ask(DETAILS, {"insurerIdentifier": "bup", "paymentReference": "PAY900001"})
    assert (refused.status_code, refused.json()["issue"][0]["expression"]) == (403, ["paymentReference"])
    assert read(caller.ask(f"/claims/paymentreconciliation/{payment['id']}").text) == payment


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("paymentAmount", "about 5"),
        ("paymentAmount", "le5.00"),
        ("datePaid", "8 Dec 2026"),
        ("hasShortFall", "maybe"),
        ("_sort", "amount"),
    ],
)
def test_a_filter_that_cannot_be_read_is_refused(caller: Caller, name: str, text: str) -> None:
    caller.submit(bill())
    caller.move(weeks=3)
    assert caller.ask(SUMMARIES, {"insurerIdentifier": "bup", name: text}).status_code == 400


def test_a_payment_is_seen_by_the_site_that_sent_the_bill_only(caller: Caller, clinic: Caller) -> None:
    caller.submit(bill())
    caller.move(weeks=3)
    paid = payments(caller)[0]
    assert payments(clinic) == []
    assert clinic.ask(f"/claims/paymentreconciliation/{paid['id']}").status_code == 404


def test_a_filter_for_amounts_finds_what_was_taken_back(caller: Caller) -> None:
    caller.submit(sim("CLAWBACK"))
    caller.move(weeks=8)
    assert [payment["paymentAmount"]["value"] for payment in payments(caller, paymentAmount="eq-125.00")] == [
        Decimal("-125.00")
    ]


def test_an_insurer_without_remittances_pays_without_a_word(caller: Caller) -> None:
    caller.submit(bill(Insurer="hhs", RegistrationNo="W123456789"))
    caller.move(weeks=3)
    assert caller.ask(SUMMARIES, {"insurerIdentifier": "hhs"}).json()["entry"] == []
    assert caller.ask(DETAILS, {"insurerIdentifier": "hhs", "paymentReference": "PAY900001"}).json()["entry"] == []
    assert caller.ask("/claims/paymentreconciliation/pr-000001").status_code == 404
    assert caller.payments()[0]["by_post"] is True
    assert caller.ask(SUMMARIES, {"insurerIdentifier": "xyz"}).status_code == 400
    assert caller.ask(SUMMARIES, {}).status_code == 400
    assert caller.ask(DETAILS, {"insurerIdentifier": "bup"}).status_code == 400
