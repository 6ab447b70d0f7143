"""Every way a bill can fail on its way, against a real server that misbehaves: each ends in the right class."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from clearbill.bill.rejections import known_messages
from clearbill.clearinghouse.healthcode import Clock, HealthcodeClient, connect
from clearbill.clearinghouse.port import (
    BillKey,
    BillRejected,
    ClearingStatus,
    CredentialsRefused,
    NotSent,
    Receipt,
    ReplyLost,
    StatusReport,
)
from tests import patience
from tests.clearinghouse.answers import SOAP_PATH, fault, response, result, soap
from tests.clearinghouse.examples import API_KEY, NOW, a_bill, a_connection, reference
from tests.fakes.raw_http_server import Answer, RawHttpServer

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)


# Only where no answer is to come in time is there little of it.
HURRIED = {"connect_seconds": patience.pace(1), "reply_seconds": patience.pace(0.5)}


def house_at(address: str, **changes: Any) -> HealthcodeClient:
    return connect(a_connection(address, **changes), clock=Clock(sleep=lambda seconds: None))


@pytest.fixture
def house(server: RawHttpServer) -> Iterator[HealthcodeClient]:
    made = house_at(server.address)
    yield made
    made.close()


def submit(house: HealthcodeClient, given: str = "") -> Receipt:
    attempt = given or reference()
    return house.submit(
        house.prepare(a_bill(invoice_number="CB10042"), reference=attempt, at=NOW), reference=attempt, at=NOW
    )


def ask(house: HealthcodeClient) -> StatusReport:
    return house.status_of(BillKey(invoice_number="CB10042"), at=NOW)


LOST = {
    "no answer in time": Answer(wait_seconds=patience.pace(1.5)),
    "the connection is reset before the answer": Answer(silent=True),
    "the connection is reset in the middle of the answer": Answer(body=b"<soapenv:Envelope>" * 20, cut=40),
    "bad gateway": Answer(status=502, body=b"<html>Bad Gateway</html>"),
    "service unavailable without a time": Answer(status=503),
    "internal error without a fault": Answer(status=500, body=b"oops"),
    "a fault of the server": fault("Server", "Processing Error"),
    "an empty body": Answer(),
    "no XML": Answer(body=b"Accepted"),
    "truncated XML": Answer(body=soap(response(payload=result())).body[:180]),
    "a DOCTYPE around": Answer(body=BOMB.encode() + b"<a>&c;</a>"),
    "a DOCTYPE inside": soap(BOMB + response(payload=result())),
    "a redirect": Answer(status=302, headers={"Location": "/elsewhere"}),
    "a temporary redirect": Answer(status=307, headers={"Location": "/elsewhere"}),
    "too large": Answer(body=b"<a>" + b"x" * 300_000 + b"</a>"),
    "an envelope without an answer": soap(""),
    "an answer of another kind": soap("<Other/>"),
    "an outcome nobody knows": soap(response("Perhaps")),
    "accepted without a result": soap(response("Accepted")),
    "accepted and not found": soap(response(payload=result("NotFound"))),
    "an answer to another message": soap(response(payload=result(), reference="somebody-else")),
    "an answer about another invoice": soap(response(payload=result(invoice_number="CB10043"))),
    "accepted with an error status": soap(response(payload=result()), status=500),
    "a dripping answer": Answer(body=b" " * 200, drip_seconds=patience.pace(0.05)),
}
TOO_SLOW = {"no answer in time", "a dripping answer"}


def house_for(kind: str, address: str) -> HealthcodeClient:
    return house_at(address, largest_reply_bytes=100_000, **(HURRIED if kind in TOO_SLOW else {}))


@pytest.mark.parametrize("name", LOST)
def test_whatever_leaves_the_fate_of_a_bill_open_is_a_lost_reply(server: RawHttpServer, name: str) -> None:
    house = house_for(name, server.address)
    server.on(SOAP_PATH, LOST[name])
    with pytest.raises(ReplyLost) as lost:
        submit(house)
    assert len(server.requests) == 1, "a bill is sent once, never again by itself"
    assert lost.value.exchange is not None
    assert b"PMIClaimMsg" in lost.value.exchange.sent


REASONS = {
    "no answer in time": "No answer came within",
    "a dripping answer": "The whole answer did not come within",
    "the connection is reset before the answer": "The connection broke before an answer came.",
    "the connection is reset in the middle of the answer": "The answer broke off in the middle.",
    "too large": "The answer was larger than",
    "truncated XML": "(the document is not well-formed XML)",
    "a DOCTYPE inside": "(the document carries a DOCTYPE)",
    "an answer to another message": "(the answer belongs to another message)",
    "an answer about another invoice": "(the answer is about another invoice)",
}


@pytest.mark.parametrize("name", REASONS)
def test_a_lost_reply_says_in_plain_words_why(server: RawHttpServer, name: str) -> None:
    server.on(SOAP_PATH, LOST[name])
    with pytest.raises(ReplyLost) as lost:
        submit(house_for(name, server.address))
    assert REASONS[name] in lost.value.sentence


def test_what_arrived_of_a_broken_answer_is_kept(server: RawHttpServer, house: HealthcodeClient) -> None:
    server.on(SOAP_PATH, Answer(body=b"<html>Bad Gateway</html>", status=502))
    with pytest.raises(ReplyLost) as lost:
        submit(house)
    assert lost.value.exchange is not None
    assert (lost.value.exchange.http_status, lost.value.exchange.received) == (502, b"<html>Bad Gateway</html>")


def test_a_closed_door_means_not_sent() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(NotSent) as failure:
        submit(house_at(f"http://127.0.0.1:{port}"))
    assert not isinstance(failure.value, CredentialsRefused)
    assert "not answering" in failure.value.sentence


def test_a_name_that_does_not_exist_means_not_sent() -> None:
    with pytest.raises(NotSent):
        submit(house_at("http://house.invalid", allowed_test_hosts=("house.invalid",)))


def test_a_house_that_speaks_no_tls_means_not_sent(server: RawHttpServer) -> None:
    with pytest.raises(NotSent):
        submit(house_at(server.address.replace("http:", "https:")))
    assert server.requests == []


@pytest.mark.parametrize(
    "address", ["not an address", "", "ftp://127.0.0.1", "http://", "http://[", "http://127.0.0.1:x"]
)
def test_an_address_that_is_none_means_not_sent(address: str) -> None:
    with pytest.raises(NotSent):
        submit(house_at("http://127.0.0.1:1", soap_endpoint=address))


@pytest.mark.parametrize("status", [429, 503])
def test_told_to_wait_means_not_sent_until_then(server: RawHttpServer, house: HealthcodeClient, status: int) -> None:
    server.on(SOAP_PATH, Answer(status=status, headers={"Retry-After": "120"}))
    with pytest.raises(NotSent) as failure:
        submit(house)
    assert failure.value.retry_after_seconds == 120


def test_told_to_wait_until_a_moment_means_the_seconds_until_then(server: RawHttpServer) -> None:
    house = connect(a_connection(server.address), clock=Clock(now=lambda: NOW))
    moment = format_datetime(NOW + timedelta(minutes=5), usegmt=True)
    server.on(SOAP_PATH, Answer(status=429, headers={"Retry-After": moment}))
    with pytest.raises(NotSent) as failure:
        submit(house)
    assert failure.value.retry_after_seconds == 300


@pytest.mark.parametrize("text", ["soon", "", "-1", "9" * 40, "Thu, 99 Nov 2026 99:99:99 GMT"])
def test_a_senseless_waiting_time_is_no_waiting_time(server: RawHttpServer, house: HealthcodeClient, text: str) -> None:
    server.on(SOAP_PATH, Answer(status=429, headers={"Retry-After": text}))
    with pytest.raises(NotSent) as failure:
        submit(house)
    assert failure.value.retry_after_seconds is None


@pytest.mark.parametrize("status", [404, 405, 410])
def test_no_service_at_the_address_means_not_sent(server: RawHttpServer, house: HealthcodeClient, status: int) -> None:
    server.on(SOAP_PATH, Answer(status=status))
    with pytest.raises(NotSent) as failure:
        submit(house)
    assert "address" in failure.value.sentence


@pytest.mark.parametrize(
    ("text", "credential"),
    [
        ("Access denied", "site_id"),
        ("site id not recognised", "site_id"),
        ("User name not valid for the site", "user_id"),
        ("Invalid Username/Password", "api_key"),
        ("Healthcode API: Invalid User Name/Password", "api_key"),
    ],
)
def test_a_refused_credential_is_named(
    server: RawHttpServer, house: HealthcodeClient, text: str, credential: str
) -> None:
    errors = f'<Errors><Error Level="Request"><Text>{text}</Text></Error></Errors>'
    server.on(SOAP_PATH, soap(response("Failed", errors=errors)))
    for act in (submit, ask):
        with pytest.raises(CredentialsRefused) as refusal:
            act(house)
        assert refusal.value.credential == credential


def test_a_malformed_message_is_refused_as_the_software_s_fault(server: RawHttpServer, house: HealthcodeClient) -> None:
    for says in (
        fault("Client", "Invalid Request Format/Processing Error"),
        soap(
            response(
                "Failed",
                errors='<Errors><Error Level="Request">'
                "<Text>Invalid Request Format/Processing Error</Text></Error></Errors>",
            )
        ),
    ):
        server.on(SOAP_PATH, says)
        with pytest.raises(BillRejected) as refusal:
            submit(house)
        (message,) = refusal.value.messages
        assert (message.level, message.text) == ("request", "Invalid Request Format/Processing Error")


def test_a_closed_house_that_says_so_has_not_taken_the_bill(server: RawHttpServer, house: HealthcodeClient) -> None:
    errors = '<Errors><Error Level="Request"><Text>Service unavailable</Text></Error></Errors>'
    server.on(SOAP_PATH, soap(response("Failed", errors=errors)))
    with pytest.raises(NotSent) as failure:
        submit(house)
    assert not isinstance(failure.value, CredentialsRefused)


def test_a_taken_bill_gives_a_receipt_with_evidence_free_of_credentials(
    server: RawHttpServer, house: HealthcodeClient
) -> None:
    server.on(SOAP_PATH, soap(response(payload=result())))
    receipt = submit(house)
    assert (receipt.clearing_bill_number, receipt.status) == ("9000000123", ClearingStatus.UNPROCESSED)
    assert API_KEY.encode() in server.requests[0].body
    sent = receipt.exchange.sent
    assert b"HC0TEST" in sent
    assert b"PMIClaimMsg" in sent
    assert API_KEY.encode() not in sent
    assert b"stand-in-user" not in sent
    assert b"Password" not in sent
    assert receipt.exchange.received == soap(response(payload=result())).body


def test_a_bill_said_to_be_accepted_but_awaiting_correction_is_refused(
    server: RawHttpServer, house: HealthcodeClient
) -> None:
    server.on(SOAP_PATH, soap(response("Accepted", payload=result("AwaitingCorrection"))))
    with pytest.raises(BillRejected):
        submit(house)


def test_a_question_is_asked_again_until_it_is_answered(server: RawHttpServer, house: HealthcodeClient) -> None:
    server.on(SOAP_PATH, Answer(status=502), Answer(silent=True), soap(response(payload=result("Collected"))))
    assert ask(house).status is ClearingStatus.COLLECTED
    assert len(server.requests) == 3


def test_a_question_is_not_asked_for_ever(server: RawHttpServer, house: HealthcodeClient) -> None:
    server.on(SOAP_PATH, Answer(status=502))
    with pytest.raises(ReplyLost):
        ask(house)
    assert len(server.requests) == 3


@pytest.mark.parametrize("says", [soap("<Other/>"), fault("Client", "x"), soap(response("Failed")), Answer()])
def test_an_answer_to_a_question_that_says_nothing_leaves_the_bill_where_it_is(
    server: RawHttpServer, house: HealthcodeClient, says: Answer
) -> None:
    server.on(SOAP_PATH, says)
    with pytest.raises(ReplyLost):
        ask(house)


def test_a_document_that_is_no_bill_is_not_sent(server: RawHttpServer, house: HealthcodeClient) -> None:
    with pytest.raises(BillRejected):
        house.submit(b"<Other/>", reference=reference(), at=NOW)
    assert server.requests == []


@pytest.mark.parametrize("wrong", ["", "x" * 26])
def test_a_reference_has_at_most_25_characters(house: HealthcodeClient, wrong: str) -> None:
    with pytest.raises(ValueError, match="reference"):
        house.submit(house.prepare(a_bill(), reference="x", at=NOW), reference=wrong, at=NOW)


@pytest.mark.parametrize("text", next(one.texts for one in known_messages() if one.code == "HC-32"))
def test_an_outage_that_the_house_reports_is_never_a_refusal(
    server: RawHttpServer, house: HealthcodeClient, text: str
) -> None:
    server.on(SOAP_PATH, soap(response("Failed", errors=f'<Error Level="Request"><Text>{text}</Text></Error>')))
    with pytest.raises((NotSent, ReplyLost)) as failure:
        submit(house)
    is_behind = any(word in text.lower() for word in ("502", "503", "gateway", "endpoint"))
    assert isinstance(failure.value, ReplyLost) == is_behind, "what broke behind the front may have arrived"


DRIPS = {
    "a header that never ends": (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a"),
    "continue, and continue again": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
}


@pytest.mark.parametrize("name", DRIPS)
def test_an_answer_that_drips_before_it_begins_ends_in_time(name: str) -> None:
    beginning, drop = DRIPS[name]
    with socket.create_server(("127.0.0.1", 0)) as server:
        port, was_hung_up_on = server.getsockname()[1], threading.Event()

        def drip() -> None:
            taken, _ = server.accept()
            with taken:
                taken.recv(65536)
                taken.sendall(beginning)
                try:
                    # As good as for ever.
                    for _ in range(int(patience.SECONDS / 0.05)):
                        taken.sendall(drop)
                        time.sleep(0.05)
                except OSError:
                    was_hung_up_on.set()

        dripping = threading.Thread(target=drip, daemon=True)
        dripping.start()
        house = house_at(f"http://127.0.0.1:{port}", **HURRIED)
        with pytest.raises(ReplyLost):
            submit(house)
        house.close()
        dripping.join(timeout=patience.SECONDS)
        assert was_hung_up_on.is_set()


@pytest.mark.parametrize("text", ["Mon, 01 Jan 99999999999999999999 00:00:00 GMT", "soon", "-1"])
def test_a_wait_that_cannot_be_read_takes_nothing_away_from_a_receipt(server: RawHttpServer, text: str) -> None:
    says = soap(response(payload=result()))
    server.on(SOAP_PATH, replace(says, headers={**says.headers, "Retry-After": text}))
    assert submit(house_at(server.address)).clearing_bill_number == "9000000123"


def test_a_number_longer_than_any_is_no_number(server: RawHttpServer, house: HealthcodeClient) -> None:
    server.on(SOAP_PATH, soap(response(payload=result(number="9" * 51))))
    assert submit(house).clearing_bill_number == ""
