"""A payment as a practice gets it without asking the house: the older file, CSV, and a printed advice."""

from __future__ import annotations

import csv
import io

from lxml import etree, html

from tests.sandbox.caller import Caller, bill, sim

XML, CSV, ADVICE = "/payments/1/remittance.xml", "/payments/1/remittance.csv", "/payments/1/advice"
POSTED = {"Insurer": "hhs", "RegistrationNo": "W123456789"}


def lines(caller: Caller, path: str = XML) -> list[dict[str, str]]:
    root = etree.fromstring(caller.http.get(path).raise_for_status().content)
    return [{field.tag: field.text or "" for field in line} for line in root.iterfind("Payment/Line")]


def rows(caller: Caller, path: str = CSV) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(caller.http.get(path).raise_for_status().content.decode())))


def test_the_older_file_holds_one_payment_with_a_line_for_each_bill(caller: Caller) -> None:
    caller.submit(sim("PART"))
    caller.submit(sim("EXCHANGED"))
    caller.move(weeks=3)
    root = etree.fromstring(caller.http.get(XML).content)
    assert (root.tag, root.get("Status"), root.findtext("MsgId")) == ("RemittanceMsg", "Test", "R-20261207-000001")
    assert root.findtext("MsgIssueDate") == "20261207000000"
    assert root.findtext("Payment/PaymentReference") == "PAY900001"
    assert (root.findtext("Payment/ProcessDate"), root.findtext("Payment/PaymentDate")) == ("20261207", "20261208")
    first, second = lines(caller)
    assert first["CHClaimNo"] == "20263270000001"
    assert [first[name] for name in ("InvoiceNo", "InvoiceDate", "RegistrationNo")] == [
        "PART",
        "20261110",
        "ZZ00000001",
    ]
    amounts = [first[name] for name in ("ClaimAmt", "PaidAmt", "PrevPaidAmt", "ShortAmt")]
    assert amounts == ["125.00", "105.00", "0.00", "20.00"]
    assert [first["Cuid"], second["Cuid"]] == ["1", "2"]
    assert root.findall("Payment/Line/PatientName/FamilyName")[1].text == "Testa"


def test_the_files_are_named_after_the_provider_and_are_the_same_every_time(caller: Caller) -> None:
    caller.submit(bill())
    caller.move(weeks=3)
    for path, name in ((XML, "TP000001_R-20261207-000001.xml"), (CSV, "TP000001_R-20261207-000001.csv")):
        first = caller.http.get(path)
        assert f'filename="{name}"' in first.headers["Content-Disposition"]
        caller.move(days=1)
        assert caller.http.get(path).content == first.content


def test_a_clawback_is_below_zero_in_every_file(caller: Caller) -> None:
    caller.submit(sim("CLAWBACK"))
    caller.move(weeks=8)
    (line,) = lines(caller, "/payments/2/remittance.xml")
    assert [line[name] for name in ("PaidAmt", "PrevPaidAmt", "ShortAmt")] == ["-125.00", "125.00", "125.00"]
    (row,) = rows(caller, "/payments/2/remittance.csv")
    assert [row[name] for name in ("Paid", "Previously paid", "Shortfall", "Reason code")] == [
        "-125.00",
        "125.00",
        "125.00",
        "ZSF05",
    ]


def test_the_csv_has_a_row_for_each_bill_and_no_formula(caller: Caller) -> None:
    caller.submit(sim("SHORT-03", GivenName="Zoë, “Zo”"))
    caller.submit(bill(FamilyName="=1+1", InvoiceNo="CB7", Insurer="wpa", RegistrationNo="ZZ0000001"))
    caller.move(weeks=3)
    (row,) = rows(caller)
    assert row["Patient"] == "SIM-SHORT-03, Zoë, “Zo”"
    assert (row["Payment date"], row["Invoice number"], row["Paid"]) == ("08/12/2026", "SHORT-03", "105.00")
    assert row["Reason"] == "Fee above the agreed rate"
    (other,) = rows(caller, "/payments/2/remittance.csv")
    assert other["Patient"] == "'=1+1, Testa"


def test_what_comes_by_post_can_be_read_and_printed_and_is_no_file_of_the_house(caller: Caller) -> None:
    number = caller.submit(bill(**POSTED)).ch_claim_no
    caller.press(f"bills/{number}/pay-short", amount="100", reason="ZSF02").raise_for_status()
    advice = html.fromstring(caller.http.get(ADVICE).raise_for_status().text)
    text = " ".join(advice.find(".//article").text_content().split())
    for said in ("Healix Health Services", "PAY900001", "24 Nov 2026", "CB10042", "Sample, Testa", "£25.00", "£100.00"):
        assert said in text
    assert "Benefit limit reached (ZSF02), £25.00; the patient owes it" in text
    assert caller.http.get(XML).status_code == 404
    assert rows(caller)[0]["Paid"] == "100.00"
    assert ADVICE in caller.http.get(f"/bills/{number}").text


def test_an_insurer_with_remittances_sends_nothing_by_post(caller: Caller) -> None:
    number = caller.submit(bill()).ch_claim_no
    caller.press(f"bills/{number}/pay").raise_for_status()
    assert caller.http.get(ADVICE).status_code == 404
    assert ADVICE not in caller.http.get(f"/bills/{number}").text
    assert XML in caller.http.get(f"/bills/{number}").text


def test_a_payment_that_is_not_there_has_no_files(caller: Caller) -> None:
    for path in (XML, CSV, ADVICE, "/payments/99999999999999999999/remittance.xml"):
        assert caller.http.get(path).status_code == 404


def test_the_list_of_payments_has_newest_first_and_pages(caller: Caller) -> None:
    for place in range(27):
        number = caller.submit(bill(InvoiceNo=f"L{place}")).ch_claim_no
        caller.press(f"bills/{number}/pay").raise_for_status()
    first, second = (html.fromstring(caller.http.get(f"/payments?page={page}").text) for page in (1, 2))
    named = [row.find("td").text.strip() for page in (first, second) for row in page.iterfind(".//tbody/tr")]
    assert named == [f"PAY{900000 + number}" for number in range(27, 0, -1)]
