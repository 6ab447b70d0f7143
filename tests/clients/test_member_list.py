"""Ask the insurer's member list: over real HTTP to the stand-in house, and at the port."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from clearbill.clearinghouse.port import MemberAnswer
from clearbill.clients import member_check
from clearbill.clients.models import Client
from clearbill.people.encryption import encrypt
from clearbill.people.models import AuditEntry, Membership
from clearbill.workspace.models import HealthcodeConnection
from healthcode_sandbox import server
from tests import builders
from tests.fakes.clearing_house import MemoryHouse

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 10)


@pytest.fixture
def house(tmp_path: Path, settings: Any) -> Iterator[server.Running]:
    with server.start(data_folder=tmp_path) as running:
        settings.HEALTHCODE_SOAP_ENDPOINT = f"{running.address}/HCWebServices/HCWebServices"
        settings.HEALTHCODE_DISCOVERY_URL = f"{running.address}/.well-known/discovery-document.json"
        yield running


def connect(member: Membership, *, rest_api_key: str = "stand-in-secret") -> None:
    HealthcodeConnection.objects.create(
        practice=member.practice,
        environment="test",
        site_id="HC0TEST",
        user_id="stand-in-user",
        api_key_encrypted=encrypt("stand-in-secret"),
        api_key_id="stand-in-key",
        rest_api_key_encrypted=encrypt(rest_api_key),
        connected_at=builders.NOW,
        connected_by=member.user,
        tried_at=builders.NOW,
    )


def test_a_known_member_is_a_match_and_the_details_can_be_used(house: server.Running) -> None:
    member = builders.member(builders.practice())
    connect(member)
    client = builders.client(member.practice)
    browser = builders.signed_in(member)
    assert "Ask the insurer’s member list" in browser.get(f"/clients/{client.pk}").content.decode()
    page = browser.post(f"/clients/{client.pk}/member").content.decode()
    assert "knows this member" in page
    assert "Use these details" in page
    used = {"membership_number": "ZZ00000001", "group_number": "ZG0001", "scheme": "Invented", "valid_to": "2099-03-31"}
    browser.post(f"/clients/{client.pk}/member/use", used)
    cover = Client.objects.get(pk=client.pk).cover
    assert (cover.group_number, cover.scheme, cover.valid_to) == ("ZG0001", "Invented", date(2099, 3, 31))
    assert AuditEntry.objects.filter(action="took details from the member list").count() == 1


def test_an_unknown_member_is_no_match(house: server.Running) -> None:
    member = builders.member(builders.practice())
    connect(member)
    client = builders.client(member.practice, last_name="Nobody", membership_number="ZZ99999999")
    page = builders.signed_in(member).post(f"/clients/{client.pk}/member").content.decode()
    assert "found no member" in page


def test_refused_keys_are_said_in_a_sentence(house: server.Running) -> None:
    member = builders.member(builders.practice())
    connect(member, rest_api_key="wrong")
    client = builders.client(member.practice)
    answer = builders.signed_in(member).post(f"/clients/{client.pk}/member")
    assert answer.status_code == 200
    assert "Use these details" not in answer.content.decode()


def test_a_house_that_does_not_answer_is_no_error_page() -> None:
    member = builders.member(builders.practice())
    client = builders.client(member.practice)
    away = MemoryHouse()
    away.be_unreachable()
    found = member_check.ask_member_list(
        practice=member.practice, client=client, cover=client.cover, on=TODAY, house=away
    )
    assert found.outcome == "failed"
    assert found.sentence


def test_an_answer_that_takes_its_time_says_when_to_ask_again() -> None:
    practice = builders.practice()
    client = builders.client(practice)
    slow = MemoryHouse()
    waiting = MemberAnswer(
        outcome="processing", membership_number="ZZ00000001", last_name="Sample", retry_after_seconds=30
    )
    slow.add_member("bup", waiting)
    found = member_check.ask_member_list(practice=practice, client=client, cover=client.cover, on=TODAY, house=slow)
    assert found.outcome == "processing"
    assert "30 seconds" in found.sentence


def test_without_the_second_pair_of_keys_there_is_no_button_and_no_question() -> None:
    member = builders.member(builders.practice())
    client = builders.client(member.practice)
    browser = builders.signed_in(member)
    assert "member list" not in browser.get(f"/clients/{client.pk}").content.decode()
    assert "needs the API Key Id" in browser.post(f"/clients/{client.pk}/member").content.decode()


def test_an_insurer_without_an_identifier_is_said_so() -> None:
    practice = builders.practice()
    client = builders.client(practice, insurer="alliance-health-corporate", membership_number="123456")
    found = member_check.ask_member_list(
        practice=practice, client=client, cover=client.cover, on=TODAY, house=MemoryHouse()
    )
    assert "identifier" in found.sentence
