"""Ask the insurer's member list: over real HTTP to the stand-in house, and at the port."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from clearbill.bill import dates
from clearbill.claims.core import services
from clearbill.clearinghouse.port import BillRejected, ClearingMessage, MemberAnswer, MemberEnquiry
from clearbill.clients import member_answers, member_check
from clearbill.clients.member_answers import MemberListAnswer
from clearbill.clients.member_check import MemberCheck
from clearbill.people.actor import Actor
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
    cover = client.policies.get()
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
        practice=member.practice, client=client, policy=client.policies.get(), on=TODAY, house=away
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
    found = member_check.ask_member_list(
        practice=practice, client=client, policy=client.policies.get(), on=TODAY, house=slow
    )
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
        practice=practice, client=client, policy=client.policies.get(), on=TODAY, house=MemoryHouse()
    )
    assert "identifier" in found.sentence


def refused(*messages: ClearingMessage) -> MemberCheck:
    practice = builders.practice()
    client = builders.client(practice)
    return member_check.ask_member_list(
        practice=practice, client=client, policy=client.policies.get(), on=TODAY, house=Unwilling(messages)
    )


class Unwilling(MemoryHouse):
    """Takes no question, for the reasons given."""

    def __init__(self, messages: Sequence[ClearingMessage]) -> None:
        super().__init__()
        self._messages = messages

    def find_member(self, enquiry: MemberEnquiry) -> MemberAnswer:
        raise BillRejected("Healthcode did not take the question as it was asked.", messages=self._messages)


def test_the_field_that_healthcode_missed_is_named(house: server.Running) -> None:
    member = builders.member(builders.practice())
    connect(member)
    client = builders.client(member.practice, sex="")
    page = builders.signed_in(member).post(f"/clients/{client.pk}/member").content.decode()
    assert "Healthcode needs the client’s sex for this question to BUPA." in page
    assert f"/clients/{client.pk}/edit#id_sex" in page


def test_an_insurer_that_answers_no_enquiries_is_said_to(house: server.Running) -> None:
    member = builders.member(builders.practice())
    connect(member)
    client = builders.client(member.practice, insurer="the-exeter", membership_number="1234567")
    page = builders.signed_in(member).post(f"/clients/{client.pk}/member").content.decode()
    assert "The Exeter answers no member enquiries" in page
    assert "did not take the question" not in page


def test_several_fields_are_named_together() -> None:
    found = refused(
        ClearingMessage(field="sex", item="sex", reason="missing", text="sex must be given."),
        ClearingMessage(field="dateOfbirth", item="birth_date", reason="missing", text="must be given."),
        ClearingMessage(field="postCode", item="postcode", reason="missing", text="must be given."),
    )
    assert "needs the client’s sex, date of birth and postcode for this question" in found.sentence
    assert found.fields == ("sex", "birth_date", "postcode")


def test_a_field_that_was_not_taken_is_named_with_healthcodes_words() -> None:
    found = refused(ClearingMessage(field="postCode", item="postcode", error="value", text="Not a postcode."))
    assert "did not take the postcode: “Not a postcode.”" in found.sentence


def test_words_without_a_field_are_shown_as_they_are() -> None:
    assert "“Quux”" in refused(ClearingMessage(text="Quux")).sentence
    assert refused().sentence == "Healthcode did not take the question as it was asked."


def test_the_answer_is_kept_with_its_day_and_shown_on_client_and_claim(house: server.Running) -> None:
    member = builders.member(builders.practice())
    connect(member)
    client = builders.client(member.practice)
    browser = builders.signed_in(member)
    browser.post(f"/clients/{client.pk}/member")
    kept = MemberListAnswer.objects.get()
    assert (kept.outcome, kept.by, kept.insurer_slug) == ("match", member.user, "bupa")
    asked = f"BUPA’s member list, {dates.show(dates.uk_day(kept.asked_at))}"
    assert asked in browser.get(f"/clients/{client.pk}").content.decode()
    invoice = builders.invoice(member.practice, client=client)
    claim = services.create(Actor(member.practice, member.user, builders.NOW), invoice=invoice)
    assert asked in browser.get(f"/claims/{claim.pk}").content.decode()
    assert AuditEntry.objects.filter(action="asked the insurer’s member list", subject_id=str(client.pk)).exists()


def test_an_answer_about_another_number_or_insurer_is_not_shown() -> None:
    member = builders.member(builders.practice())
    client = builders.client(member.practice)
    actor = Actor(member.practice, member.user, builders.NOW)
    found = MemberCheck(outcome="no_match", sentence="BUPA found no member.", is_asked=True)
    member_answers.keep(actor, client=client, policy=client.policies.get(), found=found)
    browser = builders.signed_in(member)
    assert "BUPA found no member." in browser.get(f"/clients/{client.pk}").content.decode()
    client.policies.update(membership_number="ZZ00000002")
    assert "BUPA found no member." not in browser.get(f"/clients/{client.pk}").content.decode()


def test_what_was_not_asked_is_not_kept() -> None:
    member = builders.member(builders.practice())
    client = builders.client(member.practice)
    builders.signed_in(member).post(f"/clients/{client.pk}/member")
    assert not MemberListAnswer.objects.exists()


def test_where_there_is_no_match_the_details_stand_beside_it(house: server.Running) -> None:
    member = builders.member(builders.practice())
    connect(member)
    client = builders.client(member.practice, last_name="Nobody", membership_number="ZZ99999999")
    page = builders.signed_in(member).post(f"/clients/{client.pk}/member").content.decode()
    for detail in ("What was asked with", "ZZ99999999", "Nobody", "12 Apr 1985", "ZZ1 1ZZ"):
        assert detail in page
