"""The practice's bank account: insurers' payments as they arrive, and what the bank has not seen."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from healthcode_sandbox.server import start
from tests.sandbox.caller import Caller, bill, sim

FILES = ("statement.csv", "statement-two-columns.csv", "statement-sgml.ofx", "statement-xml.ofx")


def content(caller: Caller, name: str, site: str = "HC0TEST") -> bytes:
    return caller.http.get(f"/bank/{site}/{name}").raise_for_status().content


def signed(caller: Caller, site: str = "HC0TEST") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content(caller, "statement.csv", site).decode())))


def insurers(caller: Caller, site: str = "HC0TEST") -> list[tuple[str, str, str]]:
    return [
        (row["Date"], row["Description"], row["Amount"]) for row in signed(caller, site) if "PAY" in row["Description"]
    ]


@pytest.fixture
def paid(caller: Caller) -> Caller:
    """A caller with a payment of a Tuesday, and one taken back on a Thursday."""
    caller.submit(sim("CLAWBACK"))
    caller.submit(sim("DENIED", PayeeNo="TP000002"))
    caller.move(weeks=8)
    return caller


def test_payments_arrive_as_credits_and_clawbacks_as_debits_a_working_day_or_two_later(paid: Caller) -> None:
    assert [(payment["paid_on"], payment["amount"]) for payment in paid.payments()] == [
        ("2026-12-08", "125.00"),
        ("2026-12-08", "0.00"),
        ("2027-01-07", "-125.00"),
    ]
    assert insurers(paid) == [("10/12/2026", "Bupa PAY900001", "125.00"), ("11/01/2027", "Bupa PAY900003", "-125.00")]


def test_nothing_arrives_on_a_weekend(caller: Caller) -> None:
    for day in range(14):
        number = caller.submit(bill(InvoiceNo=f"W{day}")).ch_claim_no
        caller.press(f"bills/{number}/pay").raise_for_status()
        caller.move(days=1)
    caller.move(weeks=1)
    days = [datetime.strptime(day, "%d/%m/%Y").date() for day, _, _ in insurers(caller)]  # noqa: DTZ007
    paid_on = [date.fromisoformat(payment["paid_on"]) for payment in caller.payments()]
    assert len(days) == 14
    assert {day.weekday() for day in days} <= {0, 1, 2, 3, 4}
    assert all(1 <= (arrived - left).days <= 4 for left, arrived in zip(paid_on, sorted(days), strict=True))


def test_the_account_has_a_life_beside_insurers_and_every_balance_follows(paid: Caller) -> None:
    rows = signed(paid)
    assert {"Invented Lettings RENT", "Account charges"} <= {row["Description"] for row in rows}
    assert any(row["Description"].startswith("Card takings") for row in rows)
    balance = Decimal("4000.00")
    for row in rows:
        balance += Decimal(row["Amount"])
        assert Decimal(row["Balance"]) == balance


def test_all_four_files_tell_the_same(paid: Caller) -> None:
    amounts = [row["Amount"] for row in signed(paid)]
    split = csv.DictReader(io.StringIO(content(paid, "statement-two-columns.csv").decode()), delimiter=";")
    assert [row["Paid in"] or f"-{row['Paid out']}" for row in split] == amounts
    xml = etree.fromstring(content(paid, "statement-xml.ofx"))
    assert [found.text for found in xml.iter("TRNAMT")] == amounts
    assert re.findall(r"<TRNAMT>(\S+)\r\n", content(paid, "statement-sgml.ofx").decode("cp1252")) == amounts
    assert (xml.findtext(".//CURDEF"), xml.findtext(".//BALAMT")) == ("GBP", signed(paid)[-1]["Balance"])


def test_ofx_has_the_heads_of_its_two_kinds_and_numbers_that_are_never_given_twice(paid: Caller) -> None:
    sgml = content(paid, "statement-sgml.ofx").decode("cp1252")
    assert sgml.startswith("OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\n")
    assert "</TRNAMT>" not in sgml
    assert b'<?OFX OFXHEADER="200" VERSION="211"' in content(paid, "statement-xml.ofx")
    numbers = re.findall(r"<FITID>(\S+)", sgml)
    assert len(numbers) == len(set(numbers)) == len(signed(paid))
    paid.move(weeks=2)
    assert re.findall(r"<FITID>(\S+)", content(paid, "statement-sgml.ofx").decode("cp1252"))[: len(numbers)] == numbers


def test_the_same_ledger_gives_the_same_statement_after_a_restart(tmp_path: Path) -> None:
    with start(data_folder=tmp_path, clock_start=datetime(2026, 11, 23, 12, 0, tzinfo=UTC)) as first:
        caller = Caller(first)
        caller.submit(sim("SPLIT"))
        caller.move(weeks=5)
        before = [content(caller, name) for name in FILES]
    with start(data_folder=tmp_path) as second:
        assert [content(Caller(second), name) for name in FILES] == before


def test_the_bank_may_not_have_seen_a_payment_until_it_is_let_arrive(paid: Caller) -> None:
    before = content(paid, "statement.csv")
    paid.press("payments/1/keep-back").raise_for_status()
    assert [row[1] for row in insurers(paid)] == ["Bupa PAY900003"]
    assert "the bank has not seen it" in paid.http.get("/bank").text
    assert len(paid.payments()) == 3
    second = paid.press("payments/3/keep-back")
    assert (second.status_code, second.json()["error"].count("one payment")) == (409, 1)
    paid.press("bank/let-arrive").raise_for_status()
    assert insurers(paid)[-1] == ("18/01/2027", "Bupa PAY900001", "125.00")
    assert content(paid, "statement.csv") != before
    assert paid.press("bank/let-arrive").status_code == 409


def test_a_payment_on_its_way_can_be_kept_back_and_still_come_on_its_day(caller: Caller) -> None:
    number = caller.submit(bill()).ch_claim_no
    caller.press(f"bills/{number}/pay").raise_for_status()
    assert "On their way" in caller.http.get("/bank").text
    caller.press("payments/1/keep-back").raise_for_status()
    caller.press("bank/let-arrive").raise_for_status()
    caller.move(weeks=1)
    assert insurers(caller) == [("26/11/2026", "Bupa PAY900001", "125.00")]


def test_a_payment_of_nothing_and_one_that_is_not_there_cannot_be_kept_back(paid: Caller) -> None:
    assert paid.press("payments/2/keep-back").status_code == 409
    assert paid.press("payments/77/keep-back").status_code == 404


def test_each_site_has_an_account_of_its_own(paid: Caller) -> None:
    assert insurers(paid, "HC0CLIN") == []
    assert len(insurers(paid)) == 2
    for path in ("/bank/NOSUCH", "/bank/NOSUCH/statement.csv", "/bank/HC0TEST/statement.pdf"):
        assert paid.http.get(path).status_code == 404


def test_an_empty_account_has_its_usual_lines_only(caller: Caller) -> None:
    assert insurers(caller) == []
    assert signed(caller)[0]["Date"] == "02/11/2026"


def test_forgetting_everything_lets_the_bank_forget_too(paid: Caller) -> None:
    paid.press("payments/1/keep-back").raise_for_status()
    paid.press("reset", sure="yes").raise_for_status()
    assert insurers(paid) == []
    assert "Kept back" not in paid.http.get("/bank").text
