"""Trying a connection names the credential that the house did not take."""

from __future__ import annotations

import pytest

from clearbill.clearinghouse.healthcode import Clock, connect
from clearbill.clearinghouse.port import ConnectionTest
from tests.clearinghouse.answers import SOAP_PATH, give_addresses, response, result, soap
from tests.clearinghouse.examples import a_connection
from tests.fakes.raw_http_server import Answer, RawHttpServer, json_answer

ONLY_BILLS = {"api_key_id": "", "rest_api_key": ""}


def try_at(server: RawHttpServer, **changes: str) -> ConnectionTest:
    return connect(a_connection(server.address, **changes), clock=Clock(sleep=lambda seconds: None)).try_connection()


def steps(trial: ConnectionTest) -> list[tuple[str, bool]]:
    return [(step.credential, step.ok) for step in trial.steps]


def refusal(text: str) -> Answer:
    return soap(response("Failed", errors=f'<Errors><Error Level="Request"><Text>{text}</Text></Error></Errors>'))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Access denied", [("site_id", False)]),
        ("user name not valid for the site", [("site_id", True), ("user_id", False)]),
        ("Invalid Username/Password", [("site_id", True), ("api_key", False)]),
    ],
)
def test_the_refused_credential_is_named(server: RawHttpServer, text: str, expected: list[tuple[str, bool]]) -> None:
    server.on(SOAP_PATH, refusal(text))
    assert steps(try_at(server, **ONLY_BILLS)) == expected


def test_a_house_that_does_not_know_the_bill_knows_us(server: RawHttpServer) -> None:
    server.on(SOAP_PATH, soap(response(payload=result("NotFound"))))
    trial = try_at(server, **ONLY_BILLS)
    assert trial.ok
    assert steps(trial) == [("site_id", True), ("user_id", True), ("api_key", True)]


def test_the_second_pair_is_tried_too_and_named(server: RawHttpServer) -> None:
    server.on(SOAP_PATH, soap(response(payload=result("NotFound"))))
    give_addresses(server)
    server.on("/codes/service-type/ISC", json_answer({"resourceType": "ValueSet"}))
    assert try_at(server).ok
    server.on("/token", json_answer({"error": "invalid_client"}, status=401))
    assert steps(try_at(server))[-1] == ("api_key_id", False)


@pytest.mark.parametrize("says", [Answer(status=404), Answer(status=502), Answer(body=b"<html/>"), Answer(status=403)])
def test_an_address_where_nobody_answers_is_named(server: RawHttpServer, says: Answer) -> None:
    server.on(SOAP_PATH, says)
    assert steps(try_at(server, **ONLY_BILLS)) == [("address", False)]


def test_what_is_not_entered_is_asked_for_and_nothing_is_sent(server: RawHttpServer) -> None:
    trial = try_at(server, site_id=" ", api_key="", **ONLY_BILLS)
    assert steps(trial) == [("site_id", False), ("api_key", False)]
    assert server.requests == []


def test_a_second_pair_without_an_address_says_that_the_address_is_wrong(server: RawHttpServer) -> None:
    server.on(SOAP_PATH, soap(response(payload=result("NotFound"))))
    assert steps(try_at(server, discovery_url=""))[-1] == ("address", False)


@pytest.mark.parametrize("answer", [Answer(status=500), Answer(body=b"<not xml"), Answer(status=503)])
def test_a_house_that_cannot_be_asked_is_told_of_without_a_bill_that_there_is_not(
    server: RawHttpServer, answer: Answer
) -> None:
    server.on(SOAP_PATH, answer)
    (step,) = try_at(server, **ONLY_BILLS).steps
    assert not step.ok
    assert "the bill" not in step.sentence.lower()
    assert "The credentials could not be tried." in step.sentence


def test_a_house_that_is_not_there_is_told_of_without_a_bill_too() -> None:
    away = connect(a_connection("http://127.0.0.1:9", **ONLY_BILLS), clock=Clock(sleep=lambda seconds: None))
    (step,) = away.try_connection().steps
    assert step.sentence == "Healthcode is not answering. The credentials could not be tried."
