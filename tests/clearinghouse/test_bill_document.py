"""The bill as a document: everything it holds goes out and can be read again."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from clearbill.bill.bill import Bill, ClaimForm, Cover, Diagnosis, Episode, Line, Patient, Providers, Sender, Totals
from clearbill.clearinghouse.healthcode import assumed_2026_11
from clearbill.clearinghouse.healthcode.client import CONTRACTS, contract_named
from clearbill.clearinghouse.healthcode.contract import Login
from clearbill.clearinghouse.healthcode.xml import Malformed
from clearbill.clearinghouse.port import BillKey
from tests.clearinghouse.bill_reader import read_bill
from tests.clearinghouse.examples import a_bill

AT = datetime(2026, 7, 1, 12, 30, 15, tzinfo=UTC)
LOGIN = Login(site_id="HC0TEST", user_id="stand-in-user", api_key="stand-in-secret")


def write(bill: Bill) -> bytes:
    return assumed_2026_11.write_bill(bill, reference="ref-1", at=AT, site_id="HC0TEST", message_status="Test")


def read_back(bill: Bill) -> Bill:
    return read_bill(write(bill))


def as_sent(bill: Bill) -> Bill:
    sender = Sender(site_id="HC0TEST", requestor_trans_id="ref-1", message_status="Test")
    return replace(bill, sender=sender)


texts = (
    st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=40)
    .map(str.strip)
    .map(lambda text: text.replace("\ufffe", "").replace("\uffff", "").strip())
)
words = texts.filter(bool)
days = st.none() | st.dates(min_value=date(1, 1, 1))
amounts = st.none() | st.decimals("-99999999.99", "99999999.99", places=2)
_KINDS = {"str": texts, "date | None": days, "Decimal | None": amounts, "bool | None": st.none() | st.booleans()}


def records(kind: type, **own: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Any record of that kind, each field filled after its type."""
    simple = {f.name: _KINDS[str(f.type)] for f in fields(kind) if str(f.type) in _KINDS}
    return st.builds(kind, **{**simple, **own})


diagnoses = records(Diagnosis, code=words, scheme=st.sampled_from(["ICD10", "ICD9"]), is_primary=st.booleans())
lines = records(
    Line,
    line_no=st.none() | st.integers(1, 999),
    units=st.none() | st.integers(1, 99),
    procedure_code=words,
    extra_procedure_codes=st.lists(words, max_size=2).map(tuple),
)
bills = records(
    Bill,
    patient=records(Patient, patient_country=st.just("")),
    cover=records(Cover),
    claim_form=records(ClaimForm),
    providers=records(Providers),
    episode=records(Episode),
    diagnoses=st.lists(diagnoses, max_size=2).map(tuple),
    lines=st.lists(lines, max_size=2).map(tuple),
    totals=records(Totals),
)


@given(bills)
def test_every_bill_can_be_read_again_as_it_was_written(bill: Bill) -> None:
    assert read_back(bill) == as_sent(bill)


@given(bills)
def test_every_bill_survives_the_envelope_and_the_same_bill_gives_the_same_bytes(bill: Bill) -> None:
    document = write(bill)
    assert document == write(bill)
    request = assumed_2026_11.submit_request(document, login=LOGIN, reference="ref-1", at=AT)
    inner = etree.fromstring(etree.fromstring(request.body).findtext(".//arg0") or "")
    (carried,) = inner.findall("PayLoad/*")
    assert read_bill(etree.tostring(carried)) == as_sent(bill)


@pytest.mark.parametrize(
    "name",
    [
        "O’Neill-Sóbrán",
        "D'Arcy",
        "😀 Smiley",
        "שרה כהן",
        "\u202eמבחן\u202c",
        "<b>&amp;",
        "]]>",
        "a\u00a0b",
        "李\n小龍",
        '"quoted"',
    ],
)
def test_names_of_every_kind_arrive_as_typed(name: str) -> None:
    assert read_back(a_bill(name)).patient.patient_last_name == name


def test_what_xml_cannot_carry_is_left_out_and_nothing_breaks() -> None:
    assert read_back(a_bill("Sam\x00ple\x0b\ud800\uffff")).patient.patient_last_name == "Sample"


def test_a_value_not_given_is_left_out_and_never_sent_empty() -> None:
    root = etree.fromstring(write(Bill(insurer_id="bup")))
    assert [element.tag for element in root.iter() if not len(element) and not element.text] == []
    assert root.find("Claim/Patient") is None


def test_the_document_has_the_shape_of_the_reference() -> None:
    root = etree.fromstring(write(a_bill()))
    assert (root.tag, root.get("Status")) == ("PMIClaimMsg", "Test")
    head = {element.tag: element.text for element in root if not len(element)}
    assert head == {
        "MsgId": "ref-1",
        "MsgIssueDate": "20260701133015",
        "MsgSender": "HC0TEST",
        "MsgRecipient": "HEALTHCODE",
        "Insurer": "bup",
    }
    assert [part.tag for part in root.findall("Claim/*")] == ["Patient", "InvoiceDetail"]
    item = root.find("Claim/InvoiceDetail/ServiceItem")
    assert item is not None
    assert (item.get("LineNo"), item.findtext("NetTotal"), item.findtext("ProviderNo")) == ("1", "70.00", "TP000002")
    assert root.findtext("Claim/Patient/DateOfBirth") == "19850412"


def test_an_inpatient_bill_carries_its_stay() -> None:
    episode = Episode(
        episode_setting="I", admission_date=date(2026, 6, 1), discharge_date=date(2026, 6, 3), discharge_reason="5"
    )
    invoice = etree.fromstring(write(a_bill(episode=episode))).find("Claim/InvoiceDetail")
    assert invoice is not None
    stay = ["Setting", "AdmissionDate", "DischargeDate", "DischargeReason"]
    tags = [element.tag for element in invoice]
    assert tags[tags.index("Setting") : tags.index("Setting") + 4] == stay


def test_an_amount_with_parts_of_a_penny_is_never_rounded() -> None:
    totals = Totals(net_total=Decimal("70.005"))
    assert read_back(a_bill(totals=totals)).totals.net_total == Decimal("70.005")


@pytest.mark.parametrize("moment", [datetime(2026, 7, 1, 12, 30, 15)])  # noqa: DTZ001
def test_a_moment_without_time_zone_is_not_sent(moment: datetime) -> None:
    with pytest.raises(ValueError, match="time zone"):
        assumed_2026_11.write_bill(a_bill(), reference="r", at=moment, site_id="", message_status="Test")


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<PMIClaimMsg",
        b"<Other/>",
        b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><PMIClaimMsg>&e;</PMIClaimMsg>',
        b"<Claim><Patient><DateOfBirth>12/04/1985</DateOfBirth></Patient></Claim>",
    ],
)
def test_a_document_that_cannot_be_read_says_so_without_quoting_it(document: bytes) -> None:
    with pytest.raises(Malformed) as failure:
        assumed_2026_11.submit_request(document, login=LOGIN, reference="ref-1", at=AT)
    assert "1985" not in str(failure.value)


def test_a_question_for_a_bill_carries_every_key_we_have() -> None:
    key = BillKey(clearing_bill_number="9000000123", invoice_number="CB10042")
    request = assumed_2026_11.status_request(key, login=LOGIN, reference="ref-2", at=AT)
    inner = etree.fromstring(etree.fromstring(request.body).findtext(".//arg0") or "")
    asked = inner.find("PayLoad/BillRef")
    assert asked is not None
    assert {element.tag: element.text for element in asked} == {"CHClaimNo": "9000000123", "InvoiceNo": "CB10042"}
    assert inner.findtext("ServiceName") == "BillStatus"
    assert "Password" in request.body.decode()
    assert "Password" not in request.evidence.decode()


def test_the_contract_is_chosen_by_its_version() -> None:
    assert contract_named("assumed-2026-11") is CONTRACTS["assumed-2026-11"]
    with pytest.raises(ValueError, match="assumed-2026-11"):
        contract_named("real-2027-01")


@pytest.mark.parametrize(
    ("country", "address", "sent"),
    [
        ("AE", ["Villa 3", "Dubai", "", ""], ["Villa 3", "Dubai", "United Arab Emirates", ""]),
        ("AE", ["Villa 3", "Dubai, U.A.E.", "", ""], ["Villa 3", "Dubai, U.A.E.", "", ""]),
        ("HK", ["1", "2", "3", "Kowloon"], ["1", "2", "3", "Kowloon, Hong Kong"]),
        ("AE", ["1", "2", "3", "x" * 29], ["1", "2", f"3, {'x' * 29}", "United Arab Emirates"]),
        ("JE", ["1 Sea Road", "St Helier", "", ""], ["1 Sea Road", "St Helier", "Jersey", ""]),
        ("GB", ["1 Invented Street", "", "", ""], ["1 Invented Street", "", "", ""]),
        ("", ["1 Invented Street", "", "", ""], ["1 Invented Street", "", "", ""]),
    ],
)
def test_a_country_abroad_is_the_last_line_of_the_address(country: str, address: list[str], sent: list[str]) -> None:
    given = {f"patient_address_{place}": line for place, line in enumerate(address, 1)}
    bill = a_bill("Sample")
    patient = read_back(replace(bill, patient=replace(bill.patient, patient_country=country, **given))).patient
    assert [getattr(patient, f"patient_address_{place}") for place in range(1, 5)] == sent
