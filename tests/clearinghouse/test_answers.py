"""The answers of the bill service are read tolerantly, and never guessed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearbill.clearinghouse.healthcode.assumed_2026_11 import read_answer
from clearbill.clearinghouse.healthcode.assumed_2026_11.values import read_stamp
from clearbill.clearinghouse.healthcode.contract import Answer, Fault
from clearbill.clearinghouse.healthcode.xml import Malformed
from clearbill.clearinghouse.port import ClearingStatus
from tests.clearinghouse.answers import fault, response, result, soap

ERRORS = (
    '<Errors><Error Level="Bill"><Field>RegistrationNo</Field><Message>No matching membership details can be found'
    "</Message><Suggestion>Amend Value</Suggestion><Text>Problem with RegistrationNo: No matching membership details "
    'can be found</Text></Error><Error Level="Line" LineNo="2"><Field>FDOS</Field><Message>May not be after Today'
    "</Message></Error></Errors>"
)


def answer(inner: str) -> Answer:
    read = read_answer(soap(inner).body)
    assert isinstance(read, Answer)
    return read


@pytest.mark.parametrize(
    "spelling", ["AwaitingCollection", "Awaiting collection", "AWAITING-COLLECTION", " awaiting_collection"]
)
def test_the_spelling_of_a_status_does_not_matter(spelling: str) -> None:
    assert answer(response(payload=result(spelling))).status is ClearingStatus.AWAITING_COLLECTION


@pytest.mark.parametrize("status", list(ClearingStatus))
def test_every_status_is_known(status: ClearingStatus) -> None:
    assert answer(response(payload=result(status.value.replace(" ", "").replace("-", "")))).status is status


def test_a_status_nobody_knows_is_unspecified() -> None:
    assert answer(response(payload=result("Teleported"))).status is ClearingStatus.UNSPECIFIED


def test_all_messages_are_read_with_their_place() -> None:
    read = answer(response("Refused", payload=result("AwaitingCorrection", more=ERRORS)))
    first, second = read.messages
    assert (first.level, first.field) == ("bill", "RegistrationNo")
    assert (second.level, second.line_no, second.text) == ("line", 2, "Problem with FDOS: May not be after Today")


def test_new_elements_another_order_and_other_namespaces_do_not_matter() -> None:
    inner = (
        '<x:HCWSResponse xmlns:x="urn:new"><x:New a="1"><x:Deep/></x:New><x:PayLoad><x:BillResult>'
        "<x:More/><x:BillStatus>Collected</x:BillStatus><x:StatusDate>20261110220500</x:StatusDate>"
        "<x:CHClaimNo> 9 </x:CHClaimNo></x:BillResult></x:PayLoad><x:Outcome>ACCEPTED</x:Outcome></x:HCWSResponse>"
    )
    read = answer('<?xml version="1.0" encoding="ISO-8859-1"?>' + inner)
    assert (read.outcome, read.status, read.clearing_bill_number) == ("accepted", ClearingStatus.COLLECTED, "9")
    assert read.status_at == datetime(2026, 11, 10, 22, 5, tzinfo=UTC)


def test_uk_summer_time_is_told_apart() -> None:
    read = answer(response(payload=result(more="<StatusDate>20260701120000</StatusDate>")))
    assert read.status_at == datetime(2026, 7, 1, 11, 0, tzinfo=UTC)


def test_escaped_text_and_plain_elements_read_like_cdata() -> None:
    inner = response(payload=result())
    escaped = f"<e><return>{inner.replace('&', '&amp;').replace('<', '&lt;')}</return></e>".encode()
    plain = f"<e><return>{inner}</return></e>".encode()
    assert read_answer(escaped) == read_answer(plain) == read_answer(soap(inner).body)


@pytest.mark.parametrize("text", ["yesterday", "20269999000000", "", "1"])
def test_a_senseless_status_time_is_no_time(text: str) -> None:
    assert answer(response(payload=result(more=f"<StatusDate>{text}</StatusDate>"))).status_at is None


def test_an_answer_without_outcome_is_taken_for_what_leaves_no_doubt() -> None:
    assert answer(response("", payload=result("Validated"))).outcome == "accepted"
    assert answer(response("", payload=result("Validated", more=ERRORS))).outcome == "refused"
    assert answer(response("", errors='<Error Level="Request">Access denied</Error>')).outcome == "failed"


def test_a_fault_says_whose_it_is() -> None:
    ours, theirs = read_answer(fault("Client", "Bad").body), read_answer(fault("Server", "Down").body)
    assert ours == Fault(ours=True, text="Bad")
    assert isinstance(theirs, Fault)
    assert not theirs.ours


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_bytes_are_taken_for_an_answer(noise: bytes) -> None:
    with pytest.raises(Malformed):
        read_answer(noise)


@given(st.integers(0, 500))
def test_an_answer_cut_anywhere_is_unreadable(place: int) -> None:
    body = soap(response(payload=result())).body
    if place < len(body) - 1:
        with pytest.raises(Malformed):
            read_answer(body[:place])


def test_a_document_beyond_five_megabytes_is_refused() -> None:
    with pytest.raises(Malformed, match="5 MB"):
        read_answer(b"<a>" + b" " * (5 * 1024 * 1024) + b"</a>")


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "1999-12-31T23:59:59Z", "00010101000000", "99999999999999"])
def test_a_date_that_means_that_there_is_none_is_none(text: str) -> None:
    assert read_stamp(text) is None
