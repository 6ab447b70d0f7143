from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from clearbill.bill.lifecycle import Status
from clearbill.claims.core import amendments, services, validation
from clearbill.claims.models import Outbox
from clearbill.people.encryption import encrypt
from clearbill.worker import loop
from clearbill.workspace.models import HealthcodeConnection
from healthcode_sandbox import server
from tests import migrated, patience
from tests.claims.desk import events, status
from tests.journeys.conftest import Journey, point_at


def nobody() -> str:
    """An address at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_a_claim_goes_all_the_way_to_collected_by_insurer(journey: Journey) -> None:
    client = journey.client_like(journey.member("bup"))
    claim = journey.submitted(client=client, treated_on=journey.yesterday, issued_on=journey.today)
    journey.work()
    assert status(claim) == Status.SUBMITTED
    assert claim.clearing_bill_number
    journey.pass_time(hours=2)
    journey.work()
    assert status(claim) == Status.AWAITING_COLLECTION
    journey.pass_time(days=1)
    journey.work()
    assert status(claim) == Status.COLLECTED
    assert claim.next_check_at is None
    assert events(claim)[:3] == ["created", "submit", "receipt"]
    assert events(claim)[-1] == "collected"
    assert len(journey.bills()) == 1


def test_a_wrong_membership_number_is_rejected_mended_and_collected(journey: Journey) -> None:
    member = journey.member("bup")
    client = journey.client_like(member, membership_number="ZZ99999999")
    claim = journey.submitted(client=client, treated_on=journey.yesterday, issued_on=journey.today)
    journey.work()
    assert status(claim) == Status.REJECTED
    problems = claim.events.get(event="refused").problems
    assert "cover.registration_number" in {problem["path"] for problem in problems}
    services.reopen(journey.actor(), claim=claim)
    bill = validation.stored_bill(claim)
    fixed = replace(bill, cover=replace(bill.cover, registration_number=member["MembershipID"]))
    amendments.amend(journey.actor(), claim=claim, bill=fixed)
    claim = journey.submit(claim)
    journey.work()
    journey.pass_time(days=2)
    journey.work()
    assert status(claim) == Status.COLLECTED
    assert len(journey.bills()) == 1


@pytest.mark.parametrize("family_name", ["SIM-TIMEOUT-STORED", "SIM-TIMEOUT-LOST", "SIM-502"])
def test_a_lost_reply_never_makes_two_bills(journey: Journey, family_name: str) -> None:
    claim = journey.scenario(family_name)
    journey.work()
    assert status(claim) == Status.UNKNOWN
    for _ in range(4):
        journey.wait(minutes=6)
        journey.work()
        assert len(journey.bills()) <= 1
    assert status(claim) in {Status.SUBMITTED, Status.UNKNOWN, Status.AWAITING_COLLECTION}
    assert Outbox.objects.filter(claim=claim).count() == 1


def test_a_reply_lost_after_storing_is_found_by_its_reference(journey: Journey) -> None:
    claim = journey.scenario("SIM-TIMEOUT-STORED")
    journey.work()
    journey.wait(minutes=2)
    journey.work()
    assert status(claim) == Status.SUBMITTED
    assert claim.clearing_bill_number
    assert Outbox.objects.get(claim=claim).attempts == 1


def test_a_bill_dropped_before_storing_is_sent_again_once_the_house_says_it_has_none(journey: Journey) -> None:
    journey.control("switch", kind="drop_before", scope="next", target="submit")
    claim = journey.scenario("SIM-PAID")
    journey.work()
    assert status(claim) == Status.UNKNOWN
    journey.wait(minutes=2)
    journey.work()
    assert status(claim) == Status.SUBMITTED
    assert Outbox.objects.get(claim=claim).attempts == 2
    assert len(journey.bills()) == 1


def test_a_bill_that_fails_later_is_rejected(journey: Journey) -> None:
    claim = journey.scenario("SIM-LATEFAIL")
    journey.work()
    journey.pass_time(hours=2)
    journey.work()
    assert status(claim) == Status.REJECTED


def test_a_house_that_is_down_keeps_the_claim_waiting_and_takes_it_later(
    journey: Journey, sandbox: server.Running, settings: Settings
) -> None:
    point_at(settings, nobody())
    claim = journey.scenario("SIM-PAID")
    journey.work()
    assert status(claim) == Status.SUBMITTED
    assert claim.waiting_reason
    assert HealthcodeConnection.objects.get().not_answering_since is not None
    point_at(settings, sandbox.address)
    journey.houses.close()
    journey.wait(minutes=1)
    journey.work()
    assert status(claim) == Status.SUBMITTED
    assert claim.clearing_bill_number
    assert len(journey.bills()) == 1
    assert HealthcodeConnection.objects.get().not_answering_since is None


def test_a_wrong_api_key_is_named_and_the_claim_goes_once_it_is_mended(journey: Journey) -> None:
    HealthcodeConnection.objects.update(api_key_encrypted=encrypt("wrong"))
    claim = journey.scenario("SIM-PAID")
    journey.work()
    assert status(claim) == Status.SUBMITTED
    assert "API key" in HealthcodeConnection.objects.get().refusal
    assert journey.bills() == []
    journey.wait(seconds=1)
    fixed = {
        "api_key_encrypted": encrypt("stand-in-secret"),
        "refusal": "",
        "tried_at": journey.now,
        "paused_until": None,
    }
    HealthcodeConnection.objects.update(**fixed)
    journey.wait(seconds=1)
    journey.work()
    claim.refresh_from_db()
    assert claim.clearing_bill_number


def test_the_messages_that_are_kept_hold_no_api_key(journey: Journey) -> None:
    claim = journey.scenario("SIM-PAID")
    journey.work()
    kept = claim.exchanges.get()
    assert b"SIM-PAID" in bytes(kept.sent)
    assert b"stand-in-secret" not in bytes(kept.sent)
    assert claim.clearing_bill_number.encode() in bytes(kept.received)


def test_the_workers_loop_sends_and_stops_when_told(transactional_db: None, journey: Journey) -> None:
    journey.now = timezone.now()
    claim = journey.scenario("SIM-PAID")
    loop.run(threading.Event(), once=True)
    claim.refresh_from_db()
    assert claim.clearing_bill_number
    stopped = threading.Event()
    stopped.set()
    loop.run(stopped)


def test_the_worker_outlives_any_fault(journey: Journey, settings: Settings) -> None:
    journey.scenario("SIM-PAID")
    settings.TAKEN_TOO_LONG_SECONDS = "not a number"
    assert loop.Worker(house_of=journey.house_of).work()


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_the_worker_process_ends_cleanly(tmp_path: Path, end: signal.Signals) -> None:
    environment = {**os.environ, "CLEARBILL_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "clearbill.config.settings"}
    command = [sys.executable, "-m", "django"]
    migrated.put_into(tmp_path)
    process = subprocess.Popen([*command, "worker"], env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert "worker started" in process.stderr.readline()
    process.send_signal(end)
    assert process.wait(timeout=patience.SECONDS) == 0
