"""The clock moves bills; SIM- names and switches make the house misbehave."""

from __future__ import annotations

import time

import httpx
import pytest
from lxml import etree

from tests.sandbox.caller import Caller, bill, document, sim


def test_the_clock_takes_a_bill_to_collection(caller: Caller) -> None:
    number = caller.submit(bill()).ch_claim_no
    seen = [caller.status(ch_claim_no=number).status]
    for by in ({"minutes": 1}, {"minutes": 4}, {"minutes": 55}, {"to": "22:00"}):
        caller.move(**by)
        seen.append(caller.status(ch_claim_no=number).status)
    assert seen == ["Unprocessed", "In-process", "Validated", "AwaitingCollection", "Collected"]
    collected = caller.status(ch_claim_no=number).document
    assert collected.findtext(".//StatusDate") == "20261123220000"


def test_the_clock_only_moves_on(caller: Caller) -> None:
    before = caller.http.get("/sandbox/clock").json()["now"]
    for by in ({"hours": "-1"}, {"days": "soon"}, {"weeks": "nan"}, {"days": "99999"}):
        reply = caller.press("clock", **by)
        assert reply.status_code == 400
        assert reply.json()["error"].startswith("The clock")
    assert caller.http.get("/sandbox/clock").json()["now"][:16] == before[:16]


@pytest.mark.parametrize(
    ("scenario", "status"),
    [
        ("UNPROCESSED", "Unprocessed"),
        ("NOTCOLLECTED", "AwaitingCollection"),
        ("LATEFAIL", "AwaitingCorrection"),
        ("PAID", "Collected"),
    ],
)
def test_a_family_name_decides_where_a_bill_stays(caller: Caller, scenario: str, status: str) -> None:
    answer = caller.submit(sim(scenario, RegistrationNo="AB12345678"))
    assert answer.outcome == "Accepted"
    caller.move(weeks=5)
    later = caller.status(ch_claim_no=answer.ch_claim_no)
    assert later.status == status
    assert bool(later.texts) == (status == "AwaitingCorrection")


def test_a_bill_that_failed_late_may_be_sent_again(caller: Caller) -> None:
    first = caller.submit(sim("LATEFAIL"))
    caller.move(hours=1)
    again = caller.submit(bill(InvoiceNo="LATEFAIL"))
    assert (again.outcome, again.ch_claim_no) == ("Accepted", first.ch_claim_no)


def test_a_connection_dropped_after_storing_leaves_a_bill_and_one_before_does_not(caller: Caller) -> None:
    for scenario, status in (("TIMEOUT-STORED", "Unprocessed"), ("TIMEOUT-LOST", "NotFound")):
        with pytest.raises(httpx.RemoteProtocolError):
            caller.submit(sim(scenario), reference=scenario)
        assert caller.status(reference=scenario).status == status
    assert len(caller.bills()) == 1


def test_a_bad_gateway_stores_nothing(caller: Caller) -> None:
    reply = caller.post(caller.wrapped("submitBill", document(sim("502"))))
    assert reply.status_code == 502
    assert caller.bills() == []


def test_a_slow_answer_is_slow(caller: Caller) -> None:
    began = time.monotonic()
    assert caller.submit(sim("SLOW")).outcome == "Accepted"
    assert time.monotonic() - began >= 0.3


@pytest.mark.parametrize(
    ("kind", "code", "stored"),
    [("bad_gateway", 502, 0), ("too_many", 429, 0), ("down", 503, 0), ("slow", 200, 1), ("broken_answer", 200, 1)],
)
def test_a_switch_for_the_next_bill_acts_once(caller: Caller, kind: str, code: int, stored: int) -> None:
    caller.press("switch", kind=kind)
    assert caller.status(invoice_no="CB10042").status == "NotFound"
    reply = caller.post(caller.wrapped("submitBill", document(bill())))
    assert (reply.status_code, len(caller.bills())) == (code, stored)
    assert ("Retry-After" in reply.headers) == (kind == "too_many")
    if kind == "broken_answer":
        with pytest.raises(etree.XMLSyntaxError):
            etree.fromstring(reply.content)
    assert caller.submit(bill(InvoiceNo="CB2")).outcome == "Accepted"


@pytest.mark.parametrize(("kind", "stored"), [("drop_before", 0), ("drop_after", 1)])
def test_a_switch_for_all_bills_drops_each_until_it_is_off(caller: Caller, kind: str, stored: int) -> None:
    caller.press("switch", kind=kind, scope="all")
    for _ in range(2):
        with pytest.raises(httpx.RemoteProtocolError):
            caller.submit(bill(), reference="one")
    assert len(caller.bills()) == stored
    caller.press("switch", kind="off")
    assert caller.submit(bill(), reference="one").outcome == "Accepted"


def test_every_credential_can_be_refused(caller: Caller) -> None:
    caller.sign_in()
    caller.press("switch", kind="refuse_credentials", scope="all", target="every")
    assert caller.submit(bill()).texts == ["Invalid Username/Password"]
    assert caller.http.post("/token", data={"grant_type": "client_credentials"}, auth=caller.key).status_code == 401
    assert caller.ask("/ref/practitioner").status_code == 401
    assert caller.http.get("/").status_code == 200


def test_connections_are_kept(caller: Caller) -> None:
    caller.http.get("/sandbox/clock")
    pool = caller.http._transport._pool  # type: ignore[attr-defined]
    for _ in range(20):
        caller.http.get("/sandbox/clock").raise_for_status()
    assert len(pool.connections) == 1
