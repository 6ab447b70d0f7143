"""The REST services against a real server that is slow to know us, moves, pages and misbehaves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clearbill.clearinghouse.healthcode import HealthcodeClient, connect
from clearbill.clearinghouse.port import BillRejected, CredentialsRefused, NotSent
from tests.clearinghouse.answers import SOAP_PATH, response, result, soap
from tests.clearinghouse.examples import COVERAGE, ENQUIRY, HeldClock, a_connection
from tests.fakes.raw_http_server import Answer, RawHttpServer, Request, json_answer


def payments(*references: str, page: int = 0, all_entries: int = 0) -> Answer:
    tags = [{"code": "page", "display": str(page)}, {"code": "count", "display": "2"}]
    tags.append({"code": "maxCount", "display": str(all_entries)})
    entries = [
        {"resource": {"resourceType": "PaymentReconciliation", "paymentIdentifier": {"value": one}}}
        for one in references
    ]
    document: dict[str, Any] = {"resourceType": "Bundle", "entry": entries}
    return json_answer({**document, "meta": {"tag": tags}} if page else document)


def ask_payments(house: HealthcodeClient) -> list[str]:
    return [summary.payment_reference for summary in house.remittances(insurer_id="bup")]


def test_a_question_carries_token_site_and_version(server: RawHttpServer, house: HealthcodeClient) -> None:
    server.on("/payments", payments("PAY1", page=1, all_entries=1))
    assert ask_payments(house) == ["PAY1"]
    (asked,) = server.requests_to("/payments")
    assert asked.headers["Authorization"] == "Bearer token-1"
    assert (asked.headers["SU-SiteId"], asked.headers["HC-API-Version"]) == ("HC0TEST", "1")


def test_token_and_addresses_are_kept_until_shortly_before_they_end(
    server: RawHttpServer, house: HealthcodeClient, held: HeldClock
) -> None:
    server.on("/payments", payments("PAY1", page=1, all_entries=1))
    for move, tokens in ((0, 1), (3500, 1), (45, 2)):
        held.move(move)
        ask_payments(house)
        assert len(server.requests_to("/token")) == tokens
    assert len(server.requests_to("/.well-known/discovery-document.json")) == 1
    held.move(60)
    ask_payments(house)
    assert len(server.requests_to("/.well-known/discovery-document.json")) == 2


def test_a_token_that_no_longer_holds_is_renewed_once(server: RawHttpServer, house: HealthcodeClient) -> None:
    server.on("/payments", Answer(status=401), payments("PAY1", page=1, all_entries=1))
    assert ask_payments(house) == ["PAY1"]
    server.on("/payments", Answer(status=401))
    with pytest.raises(CredentialsRefused) as refusal:
        ask_payments(house)
    assert refusal.value.credential == "api_key_id"
    assert len(server.requests_to("/payments")) == 4


def test_a_refused_pair_of_credentials_is_named(server: RawHttpServer, house: HealthcodeClient) -> None:
    server.on("/token", json_answer({"error": "invalid_client"}, status=401))
    with pytest.raises(CredentialsRefused) as refusal:
        ask_payments(house)
    assert refusal.value.credential == "api_key_id"


def test_without_the_second_pair_the_answer_says_what_is_missing(server: RawHttpServer) -> None:
    house = connect(a_connection(server.address, api_key_id="", rest_api_key=""))
    with pytest.raises(CredentialsRefused, match="API Key Id"):
        house.find_member(ENQUIRY)
    assert server.requests == []


def test_a_service_that_moved_is_looked_up_again_once(server: RawHttpServer, house: HealthcodeClient) -> None:
    server.on("/members", Answer(status=404), json_answer(COVERAGE))
    assert house.find_member(ENQUIRY).outcome == "match"
    assert len(server.requests_to("/.well-known/discovery-document.json")) == 2
    server.on("/members", Answer(status=404))
    with pytest.raises(NotSent):
        house.find_member(ENQUIRY)


def test_a_list_of_addresses_that_moved_is_followed(server: RawHttpServer, house: HealthcodeClient) -> None:
    server.on("/.well-known/discovery-document.json", Answer(status=301, headers={"Location": "/moved"}))
    server.on("/moved", json_answer({"search_remittance_summary_endpoint": f"{server.address}/payments"}))
    server.on("/payments", payments("PAY1", page=1, all_entries=1))
    assert ask_payments(house) == ["PAY1"]


def test_a_circle_of_moves_ends(server: RawHttpServer, house: HealthcodeClient) -> None:
    server.on("/.well-known/discovery-document.json", Answer(status=302, headers={"Location": "#again"}))
    with pytest.raises(NotSent):
        ask_payments(house)


def test_credentials_do_not_follow_a_move_to_another_host(server: RawHttpServer, house: HealthcodeClient) -> None:
    elsewhere = server.address.replace("127.0.0.1", "localhost") + "/elsewhere"
    server.on(SOAP_PATH, soap(response(payload=result("NotFound"))))
    server.on("/codes/service-type/ISC", Answer(status=302, headers={"Location": elsewhere}))
    server.on("/elsewhere", json_answer({"resourceType": "ValueSet"}))
    assert house.try_connection().ok
    (asked,) = server.requests_to("/elsewhere")
    assert "Authorization" not in asked.headers


def test_every_page_is_read(server: RawHttpServer, house: HealthcodeClient) -> None:
    server.on(
        "/payments",
        payments("A1", "A2", page=1, all_entries=5),
        payments("A3", "A4", page=2, all_entries=5),
        payments("A5", page=3, all_entries=5),
    )
    assert ask_payments(house) == ["A1", "A2", "A3", "A4", "A5"]
    assert [asked.body.decode() for asked in server.requests_to("/payments")] == [
        f"insurerIdentifier=bup&_sort=createdOn&page={number}&count=100" for number in (1, 2, 3)
    ]


def test_a_house_that_does_not_page_is_not_asked_for_ever(server: RawHttpServer, house: HealthcodeClient) -> None:
    server.on("/payments", payments("A1", "A2"))
    assert ask_payments(house) == ["A1", "A2"]


WRONG_TYPES = [
    json_answer([1, 2]),
    json_answer("text"),
    json_answer({"resourceType": "ValueSets"}),
    Answer(body=b""),
    Answer(body=b"{"),
    Answer(body=b"<html/>"),
    Answer(body=b'{"resourceType": NaN}'),
    Answer(body=b"[" * 100_000),
    Answer(body=b"\xff\xfe\x00"),
    Answer(status=502),
    Answer(status=500, body=b"{}"),
    Answer(silent=True),
    Answer(body=b'{"resourceType": "ValueSet"}', cut=5),
    Answer(body=b" " * (6 * 1024 * 1024)),
]


@pytest.mark.parametrize("says", WRONG_TYPES, ids=range(len(WRONG_TYPES)))
def test_an_answer_that_cannot_be_used_means_ask_again_later(
    server: RawHttpServer, house: HealthcodeClient, says: Answer
) -> None:
    for path in ("/members", "/payments", "/claims"):
        server.on(path, says)
    for question in (
        lambda: house.find_member(ENQUIRY),
        lambda: house.remittances(insurer_id="bup"),
        lambda: house.remittance_claims(insurer_id="bup", payment_reference="PAY1"),
    ):
        with pytest.raises(NotSent):
            question()


@pytest.mark.parametrize(
    "path", ["/.well-known/discovery-document.json", "/.well-known/openid-configuration", "/token"]
)
@pytest.mark.parametrize(
    "says", [Answer(status=500), Answer(body=b"{"), json_answer({}), json_answer({"access_token": 1.5})]
)
def test_signing_in_that_does_not_work_means_ask_again_later(
    server: RawHttpServer, house: HealthcodeClient, path: str, says: Answer
) -> None:
    server.on(path, says)
    with pytest.raises(NotSent):
        house.find_member(replace(ENQUIRY, insurer_id="bup"))


def test_told_to_wait_gives_the_seconds(server: RawHttpServer, house: HealthcodeClient) -> None:
    for status in (429, 503):
        server.on("/members", Answer(status=status, headers={"Retry-After": "7"}))
        with pytest.raises(NotSent) as failure:
            house.find_member(ENQUIRY)
        assert failure.value.retry_after_seconds == 7
    assert len(server.requests_to("/members")) == 2


def test_a_site_that_may_not_is_named(server: RawHttpServer, house: HealthcodeClient) -> None:
    server.on("/members", Answer(status=403))
    with pytest.raises(CredentialsRefused) as refusal:
        house.find_member(ENQUIRY)
    assert refusal.value.credential == "site_id"


def test_a_bad_question_brings_the_house_s_words_as_messages_only(
    server: RawHttpServer, house: HealthcodeClient
) -> None:
    issue = {"severity": "error", "code": "value", "diagnostics": "Sample is bad", "expression": ["dateOfbirth"]}
    server.on("/members", json_answer({"resourceType": "OperationOutcome", "issue": [issue]}, status=400))
    with pytest.raises(BillRejected) as refusal:
        house.find_member(ENQUIRY)
    (message,) = refusal.value.messages
    assert (message.field, message.text) == ("dateOfbirth", "Sample is bad")
    assert "Sample" not in str(refusal.value)


def test_a_kind_of_resource_is_not_taken_for_a_field(server: RawHttpServer, house: HealthcodeClient) -> None:
    coding = {"code": "MSG_DATE_FORMAT", "display": "Date in a wrong format"}
    issue = {
        "severity": "fatal",
        "code": "value",
        "details": {"coding": [coding]},
        "diagnostics": "It must be yyyy-mm-dd",
        "location": ["Coverage"],
        "expression": [],
    }
    server.on("/members", json_answer({"resourceType": "OperationOutcome", "issue": [issue]}, status=400))
    with pytest.raises(BillRejected) as refusal:
        house.find_member(ENQUIRY)
    (message,) = refusal.value.messages
    assert (message.field, message.error, message.text) == ("", "Date in a wrong format", "It must be yyyy-mm-dd")


def test_the_token_pair_is_sent_as_basic_sign_in(server: RawHttpServer, house: HealthcodeClient) -> None:
    def token(asked: Request) -> Answer:
        assert asked.headers["Authorization"] == "Basic c3RhbmQtaW4ta2V5OnN0YW5kLWluLXNlY3JldA=="
        assert asked.body == b"grant_type=client_credentials"
        return json_answer({"access_token": "token-2", "expires_in": 60})

    server.on("/token", token)
    server.on("/members", json_answer(COVERAGE))
    assert house.find_member(ENQUIRY).outcome == "match"
