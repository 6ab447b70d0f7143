"""The web service: logins, malformed messages, duplicates, repeats, status questions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from lxml import etree

from healthcode_sandbox.server import start
from tests.sandbox.caller import SOAP_PATH, Answer, Caller, bill, document


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"site": "HC0NONE"}, "Access denied"),
        ({"site": "HC0NOSU"}, "Access denied"),
        ({"user": "nobody"}, "user name not valid for the site"),
        ({"user": "clinic-user"}, "user name not valid for the site"),
        ({"password": "wrong"}, "Invalid Username/Password"),
    ],
)
def test_a_wrong_login_is_named_and_nothing_is_stored(caller: Caller, changes: dict[str, str], text: str) -> None:
    for name, value in changes.items():
        setattr(caller, name, value)
    for answer in (caller.submit(bill()), caller.status(invoice_no="CB10042")):
        assert (answer.outcome, answer.texts) == ("Failed", [text])
        assert answer.document.find(".//BillResult") is None
    assert caller.bills() == []


@pytest.mark.parametrize(
    "payload",
    [
        document(bill(Status="Live")),
        document(bill(Status="Prod")),
        document(bill()) * 2,
        "<Other/>",
        "<PMIClaimMsg Status='Test'/>",
        "",
        "<PMIClaimMsg",
    ],
)
def test_what_is_no_single_test_bill_is_an_invalid_request(caller: Caller, payload: str) -> None:
    answer = Answer.read(caller.post(caller.wrapped("submitBill", payload)).content)
    assert answer.outcome == "Failed"
    assert answer.texts[0] == "Invalid Request Format/Processing Error"
    assert len(answer.texts) == 2
    assert caller.bills() == []


def test_a_live_bill_is_refused_with_a_clear_text(caller: Caller) -> None:
    assert 'refuses Status="Live"' in caller.submit(bill(Status="Live")).texts[1]


def test_a_reference_beyond_25_characters_is_an_invalid_request(caller: Caller) -> None:
    assert caller.submit(bill(), reference="x" * 26).outcome == "Failed"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not xml",
        b"<a/>",
        b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body/></e:Envelope>',
        b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        b'<w:requestRegistration xmlns:w="http://webservices/"/></e:Body></e:Envelope>',
    ],
)
def test_a_broken_envelope_gets_a_fault_that_blames_the_caller(caller: Caller, body: bytes) -> None:
    reply = caller.post(body)
    assert reply.status_code == 500
    assert etree.fromstring(reply.content).findtext(".//faultcode") == "soapenv:Client"


BOMB = '<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY c "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
READER = '<!DOCTYPE b [<!ENTITY a SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize("doctype", [BOMB, READER])
def test_entities_are_refused_outside_and_inside(caller: Caller, doctype: str) -> None:
    whole = caller.wrapped("submitBill", document(bill()))
    outside = caller.post(doctype.replace(" b ", " Envelope ").encode() + whole)
    assert (outside.status_code, b"Fault" in outside.content) == (500, True)
    inside = Answer.read(
        caller.post(whole.replace(b"<![CDATA[<", f"<![CDATA[{doctype}<".encode().replace(b" b ", b" x "))).content
    )
    assert inside.texts == ["Invalid Request Format/Processing Error", "A document with a DOCTYPE is not taken."]
    assert caller.bills() == []


def test_a_message_beyond_five_megabytes_is_not_read(caller: Caller) -> None:
    assert caller.post(b" " * 5_000_001).status_code == 413


def test_the_same_invoice_number_of_a_payee_is_a_duplicate(caller: Caller) -> None:
    first = caller.submit(bill())
    second = caller.submit(bill())
    assert second.texts == ["Problem with InvoiceNo: Duplicate Invoice"]
    assert second.ch_claim_no != first.ch_claim_no
    assert caller.status(invoice_no="CB10042").ch_claim_no == first.ch_claim_no
    assert caller.submit(bill(PayeeNo="TP000002")).outcome == "Accepted"


def test_of_many_equal_bills_at_once_one_is_accepted(caller: Caller) -> None:
    with ThreadPoolExecutor(8) as crowd:
        answers = list(crowd.map(lambda _: caller.submit(bill()), range(8)))
    assert sorted(answer.outcome for answer in answers) == ["Accepted"] + ["Refused"] * 7


def test_of_many_equal_references_at_once_all_get_the_same_answer(caller: Caller) -> None:
    with ThreadPoolExecutor(8) as crowd:
        answers = list(crowd.map(lambda _: caller.submit(bill(), reference="same"), range(8)))
    assert len({answer.raw for answer in answers}) == 1
    assert len(caller.bills()) == 1


def test_a_cancelled_bill_gives_its_number_free(caller: Caller) -> None:
    first = caller.submit(bill())
    caller.press(f"bills/{first.ch_claim_no}/cancel")
    assert caller.submit(bill()).outcome == "Accepted"


def test_a_corrected_bill_keeps_its_clearing_number(caller: Caller) -> None:
    first = caller.submit(bill(Setting="X"))
    second = caller.submit(bill())
    assert (second.outcome, second.ch_claim_no) == ("Accepted", first.ch_claim_no)
    assert len(caller.bills()) == 1


def test_a_repeated_reference_gets_the_first_answer_unchanged(caller: Caller) -> None:
    first = caller.submit(bill(), reference="same")
    caller.move(hours=2)
    again = caller.submit(bill(InvoiceNo="OTHER"), reference="same")
    assert again.raw == first.raw
    assert len(caller.bills()) == 1


def test_a_status_is_found_by_each_key_and_the_most_precise_wins(caller: Caller) -> None:
    first = caller.submit(bill(), reference="first")
    other = caller.submit(bill(InvoiceNo="CB2"), reference="second")
    assert caller.status(ch_claim_no=first.ch_claim_no, invoice_no="CB2").ch_claim_no == first.ch_claim_no
    assert caller.status(reference="second", invoice_no="CB10042").ch_claim_no == other.ch_claim_no
    assert caller.status(invoice_no="CB2").ch_claim_no == other.ch_claim_no


def test_an_unknown_bill_is_not_found_and_so_is_one_of_another_site(caller: Caller, clinic: Caller) -> None:
    sent = caller.submit(bill())
    unknown = caller.status(reference="never")
    assert (unknown.outcome, unknown.status) == ("Accepted", "NotFound")
    assert clinic.status(ch_claim_no=sent.ch_claim_no).status == "NotFound"


def test_a_bill_that_awaits_correction_repeats_its_errors(caller: Caller) -> None:
    refused = caller.submit(bill(Setting="X"))
    assert caller.status(ch_claim_no=refused.ch_claim_no).texts == refused.texts


def test_the_ledger_outlives_a_restart_and_holds_no_credentials(caller: Caller, tmp_path: Path) -> None:
    sent = caller.submit(bill())
    caller.move(days=3)
    before = caller.running.house.clock.now()
    caller.running.stop()
    kept = b"".join(part.read_bytes() for part in (tmp_path / "sandbox").iterdir())
    assert b"CB10042" in kept
    assert b"stand-in-secret" not in kept
    assert b"stand-in-user" not in kept
    with start(data_folder=tmp_path) as again:
        assert again.house.clock.now() >= before
        assert Caller(again).status(ch_claim_no=sent.ch_claim_no).status == "Collected"


def test_the_wsdl_names_both_operations(caller: Caller) -> None:
    described = etree.fromstring(caller.http.get(f"{SOAP_PATH}?wsdl").content)
    names = {found.get("name") for found in described.iterfind(".//{*}portType/{*}operation")}
    assert names == {"submitBill", "billStatus"}
