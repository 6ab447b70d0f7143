"""Test never reaches a live house, and live never sends a test bill."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clearbill.bill.bill import Sender
from clearbill.clearinghouse.healthcode import connect
from clearbill.clearinghouse.healthcode.connection import guard
from clearbill.clearinghouse.port import BillKey, NotSent
from tests.clearinghouse.answers import SOAP_PATH, response, result, soap
from tests.clearinghouse.examples import API_KEY, NOW, SECOND_KEY, a_bill, a_connection
from tests.fakes.raw_http_server import Answer, RawHttpServer, json_answer

LOOPBACK = "http://127.0.0.1:8010"
LIVE_HOUSES = [
    "https://www.services.healthcode.co.uk/HCWebServices/HCWebServices",
    "https://api.healthcode.co.uk/.well-known/discovery-document.json",
    "https://HEALTHCODE.co.uk",
    "https://healthcode.co.uk./x",
    "https://user:word@auth.healthcode.co.uk:8443/token",
    "https://notuat.healthcode.co.uk/",
]


@pytest.mark.parametrize("url", LIVE_HOUSES)
def test_a_test_connection_never_reaches_a_live_house_whatever_is_allowed(url: str) -> None:
    allowed = tuple(part.split("/")[2].split("@")[-1].split(":")[0].lower().rstrip(".") for part in LIVE_HOUSES)
    assert "live service" in guard(a_connection(LOOPBACK, allowed_test_hosts=allowed), url)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "https://www.uat.services.healthcode.co.uk/x",
        "http://127.0.0.1.example.com",
        "http://127.0.0.1@example.com",
        "http://localhost.example.com",
        "http://10.0.0.1",
        "http://169.254.169.254/",
        "http://2130706433",
        "http://0.0.0.0",
    ],
)
def test_a_test_connection_reaches_no_host_that_is_not_named(url: str) -> None:
    assert guard(a_connection(LOOPBACK), url)


@pytest.mark.parametrize("url", [LOOPBACK, "http://localhost:8010/x", "http://[::1]:8010", "http://127.9.9.9"])
def test_a_test_connection_reaches_this_machine(url: str) -> None:
    assert guard(a_connection(LOOPBACK), url) == ""


def test_a_test_connection_reaches_a_test_host_that_is_named() -> None:
    named = a_connection(LOOPBACK, allowed_test_hosts=("www.uat.services.healthcode.co.uk",))
    assert guard(named, "https://www.uat.services.healthcode.co.uk/HCWebServices") == ""


def test_a_live_connection_refuses_test_houses_and_open_lines() -> None:
    live = a_connection(LOOPBACK, environment="live", live_contract_accepted=True)
    assert "test service" in guard(live, "https://www.uat.services.healthcode.co.uk/x")
    assert "https" in guard(live, "http://www.services.healthcode.co.uk/x")
    assert guard(live, "https://www.services.healthcode.co.uk/x") == ""


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example",
        "https://healthcode.co.uk.evil.example",
        "https://nothealthcode.co.uk",
        "https://www.services.healthcode.co.uk@evil.example/x",
        "https://evil.example#.healthcode.co.uk",
        "https://evil.example\\.healthcode.co.uk",
        "https://10.0.0.5",
        "https://192.168.1.1",
        "https://169.254.169.254/latest/meta-data",
        "https://[fd00::1]/",
        "https://127.0.0.1",
        "https://localhost",
        "https://[::1]",
        "https://2130706433",
        "http://127.0.0.1:8010",
        "http://localhost:8010",
        "ftp://www.services.healthcode.co.uk",
    ],
)
def test_a_live_connection_reaches_healthcode_alone(url: str) -> None:
    live = a_connection(LOOPBACK, environment="live", live_contract_accepted=True, allowed_test_hosts=("evil.example",))
    assert guard(live, url)


@pytest.mark.parametrize("url", LIVE_HOUSES)
def test_a_live_connection_reaches_every_live_house(url: str) -> None:
    assert guard(a_connection(LOOPBACK, environment="live", live_contract_accepted=True), url) == ""


def test_an_assumed_contract_sends_nothing_over_a_live_connection(server: RawHttpServer) -> None:
    house = connect(a_connection(server.address, environment="live"))
    document = house.prepare(a_bill(), reference="r1", at=NOW)
    with pytest.raises(NotSent, match="assumed contract"):
        house.submit(document, reference="r1", at=NOW)
    with pytest.raises(NotSent, match="assumed contract"):
        house.status_of(BillKey(invoice_number="CB1"), at=NOW)
    with pytest.raises(NotSent, match="assumed contract"):
        house.remittances(insurer_id="bup")
    assert not house.try_connection().ok
    assert server.requests == []


def test_live_never_sends_a_test_bill_and_test_never_a_live_one(server: RawHttpServer) -> None:
    test = connect(a_connection(server.address))
    live = connect(a_connection(server.address, environment="live", live_contract_accepted=True))
    for sender, receiver in ((test, live), (live, test)):
        document = sender.prepare(a_bill(), reference="r1", at=NOW)
        with pytest.raises(NotSent, match="marked"):
            receiver.submit(document, reference="r1", at=NOW)
    marked = test.prepare(replace(a_bill(), sender=Sender(message_status="Live")), reference="r1", at=NOW)
    with pytest.raises(NotSent, match="marked"):
        test.submit(marked, reference="r1", at=NOW)
    assert server.requests == []


def test_an_accepted_contract_is_marked_live_and_never_goes_to_this_machine(server: RawHttpServer) -> None:
    live = connect(a_connection(server.address, environment="live", live_contract_accepted=True))
    document = live.prepare(a_bill(invoice_number="CB10042"), reference="r1", at=NOW)
    assert b'Status="Live"' in document
    with pytest.raises(NotSent, match="nothing else"):
        live.submit(document, reference="r1", at=NOW)
    with pytest.raises(NotSent, match="nothing else"):
        live.remittances(insurer_id="bup")
    assert server.requests == []


@pytest.mark.parametrize("target", ["https://api.healthcode.co.uk/x", "http://example.com/x"])
def test_a_house_cannot_send_a_test_connection_elsewhere(server: RawHttpServer, target: str) -> None:
    house = connect(a_connection(server.address))
    server.on("/.well-known/discovery-document.json", Answer(status=302, headers={"Location": target}))
    server.on("/.well-known/openid-configuration", json_answer({"token_endpoint": f"{server.address}/token"}))
    with pytest.raises(NotSent, match="test connection"):
        house.remittances(insurer_id="bup")
    server.on("/.well-known/discovery-document.json", json_answer({"search_remittance_summary_endpoint": target}))
    server.on("/token", json_answer({"access_token": "t", "expires_in": 60}))
    with pytest.raises(NotSent, match="test connection"):
        house.remittances(insurer_id="bup")


def test_a_proxy_in_the_environment_carries_no_test_message(
    server: RawHttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    server.on(SOAP_PATH, soap(response(payload=result("Collected"))))
    assert connect(a_connection(server.address)).status_of(BillKey(invoice_number="CB1"), at=NOW)


def test_a_proxy_in_the_environment_is_asked_for_the_way_to_the_live_house(
    server: RawHttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "NO_PROXY", "no_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", server.address)
    given = {"environment": "live", "live_contract_accepted": True}
    live = connect(a_connection("https://www.services.healthcode.co.uk", **given))
    with pytest.raises(NotSent):
        live.status_of(BillKey(invoice_number="CB1"), at=NOW)
    assert server.requests[0].head.startswith(b"CONNECT www.services.healthcode.co.uk:443 ")


def test_a_connection_shows_no_secret() -> None:
    shown = repr(a_connection(LOOPBACK, rest_api_key=SECOND_KEY))
    assert API_KEY not in shown
    assert SECOND_KEY not in shown
    assert "HC0TEST" in shown
