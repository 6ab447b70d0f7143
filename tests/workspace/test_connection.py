"""Connecting to Healthcode, tried for real against the sandbox over HTTP."""

from __future__ import annotations

import re
import socket

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from clearbill.people.encryption import decrypt
from clearbill.people.models import AuditEntry, Role
from clearbill.workspace import connection
from clearbill.workspace.models import HealthcodeConnection
from healthcode_sandbox import server
from tests import builders

pytestmark = pytest.mark.django_db
CONNECT = "/settings/integrations/healthcode/connect"
GOOD = {
    "site_id": "HC0TEST",
    "user_id": "stand-in-user",
    "api_key": "stand-in-secret",
    "api_key_id": "",
    "rest_api_key": "",
}
REST = {"api_key_id": "stand-in-key", "rest_api_key": "stand-in-secret"}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    with server.start(data_folder=tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture
def house(sandbox, settings):
    """Point the installation at the running sandbox."""
    settings.HEALTHCODE_SOAP_ENDPOINT = f"{sandbox.address}/HCWebServices/HCWebServices"
    settings.HEALTHCODE_DISCOVERY_URL = f"{sandbox.address}/.well-known/discovery-document.json"
    settings.HEALTHCODE_SIGN_IN_URL = f"{sandbox.address}/.well-known/openid-configuration"
    return sandbox


@pytest.fixture
def nobody_answers(settings):
    """Point the installation at a port on which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.HEALTHCODE_SOAP_ENDPOINT = f"http://127.0.0.1:{free.getsockname()[1]}/HCWebServices/HCWebServices"


@pytest.fixture
def owner():
    return builders.member(builders.practice())


def wrong_field(page: str) -> str:
    """Return the ids of the fields that are marked wrong."""
    return " ".join(re.findall(r'id="id_(\w+)-why"', page))


def stored(owner) -> HealthcodeConnection:
    return HealthcodeConnection.objects.get(practice=owner.practice)


def test_the_right_credentials_lead_to_the_confirmation_with_time_person_and_further_steps(house, owner):
    browser = builders.signed_in(owner)
    assert "Not connected" in browser.get("/settings/integrations").content.decode()
    answer = browser.post(CONNECT, {**GOOD, "site_id": " hc0test "}, follow=True)
    page = answer.content.decode()
    assert "Healthcode is connected" in page
    assert re.search(r"Connected on \d+ \w{3} \d{4} at \d\d:\d\d by Rosa Example", page)
    assert "HC0TEST" in page
    assert "assumed-2026-11" in page
    assert "Further steps" in page
    assert "since" in browser.get("/settings/integrations").content.decode()


def test_both_pairs_of_credentials_are_kept_encrypted_and_shown_to_nobody(house, owner):
    browser = builders.signed_in(owner)
    assert browser.post(CONNECT, {**GOOD, **REST}).status_code == 302
    row = stored(owner)
    assert decrypt(row.api_key_encrypted) == "stand-in-secret"
    assert decrypt(row.rest_api_key_encrypted) == "stand-in-secret"
    assert "stand-in-secret" not in str(HealthcodeConnection.objects.values())
    assert "stand-in-secret" not in str(list(AuditEntry.objects.values()))
    assert "stand-in-secret" not in browser.get("/settings/integrations/healthcode").content.decode()
    assert 'value="stand-in-secret"' not in browser.get(CONNECT).content.decode()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"site_id": "HC0NONE"}, "site_id"),
        ({"user_id": "nobody"}, "user_id"),
        ({"api_key": "wrong-key"}, "api_key"),
        ({**REST, "rest_api_key": "wrong-rest-key"}, "api_key_id"),
        ({**REST, "api_key_id": "wrong-key-id"}, "api_key_id"),
    ],
)
def test_the_credential_that_was_refused_is_named_at_its_field_and_everything_typed_stays(house, owner, wrong, field):
    form = {**GOOD, **wrong}
    page = builders.signed_in(owner).post(CONNECT, form).content.decode()
    assert wrong_field(page) == field
    for name, value in form.items():
        assert not value or f'name="{name}" value="{value}"' in page
    assert not HealthcodeConnection.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_house_that_does_not_answer_is_said_so_and_nothing_is_saved(nobody_answers, owner):
    page = builders.signed_in(owner).post(CONNECT, GOOD).content.decode()
    assert "Nothing was saved" in page
    assert wrong_field(page) == ""
    assert 'value="stand-in-user"' in page
    assert not HealthcodeConnection.objects.exists()


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ({"site_id": ""}, "site_id"),
        ({"site_id": "HC12"}, "site_id"),
        ({"user_id": " "}, "user_id"),
        ({"api_key": ""}, "api_key"),
        ({"api_key_id": "stand-in-key"}, "rest_api_key"),
        ({"rest_api_key": "stand-in-secret"}, "api_key_id"),
        ({"api_key": "x" * 201}, "api_key"),
    ],
)
def test_what_cannot_be_right_is_told_without_asking_healthcode(nobody_answers, owner, bad, field):
    page = builders.signed_in(owner).post(CONNECT, {**GOOD, **bad}).content.decode()
    assert wrong_field(page) == field


def test_an_unusual_site_id_is_tried_with_advice(house, owner):
    page = builders.signed_in(owner).post(CONNECT, {**GOOD, "site_id": "XX12345"}).content.decode()
    assert "Site IDs usually start with HC" in page
    assert wrong_field(page) == "site_id"


def test_testing_again_keeps_what_came_of_it(house, owner):
    browser = builders.signed_in(owner)
    browser.post(CONNECT, GOOD)
    connected_at = stored(owner).connected_at
    page = browser.post("/settings/integrations/healthcode/test", follow=True).content.decode()
    assert "The API key fits the User ID." in page
    assert stored(owner).tried_at > connected_at
    HealthcodeConnection.objects.update(user_id="gone-user")
    page = browser.post("/settings/integrations/healthcode/test", follow=True).content.decode()
    assert "Healthcode refuses the credentials" in page
    assert stored(owner).refusal
    assert "Refused" in browser.get("/settings/integrations").content.decode()
    assert [entry.action for entry in AuditEntry.objects.order_by("at")][-1] == "tested the connection"


def test_a_connection_that_stops_answering_is_not_called_refused(house, owner, settings):
    browser = builders.signed_in(owner)
    browser.post(CONNECT, GOOD)
    settings.HEALTHCODE_SOAP_ENDPOINT = "http://127.0.0.1:9/HCWebServices/HCWebServices"
    page = browser.post("/settings/integrations/healthcode/test", follow=True).content.decode()
    assert "Healthcode is not answering" in page
    assert stored(owner).refusal == ""
    assert stored(owner).not_answering_since
    assert "Not answering" in browser.get("/settings/integrations").content.decode()


def test_keys_are_replaced_only_when_the_new_ones_are_taken(house, owner):
    browser = builders.signed_in(owner)
    browser.post(CONNECT, GOOD)
    assert wrong_field(browser.post(CONNECT, {**GOOD, "api_key": "wrong"}).content.decode()) == "api_key"
    assert decrypt(stored(owner).api_key_encrypted) == "stand-in-secret"
    other = {**GOOD, "site_id": "HC0CLIN", "user_id": "clinic-user", "api_key": "clinic-secret"}
    assert browser.post(CONNECT, other).status_code == 302
    assert stored(owner).site_id == "HC0CLIN"
    entry = AuditEntry.objects.get(action="replaced the keys of Healthcode")
    assert entry.changes["site ID"] == ["HC0TEST", "HC0CLIN"]


def test_an_empty_key_keeps_the_stored_one_so_that_a_second_pair_can_be_added(house, owner):
    browser = builders.signed_in(owner)
    browser.post(CONNECT, GOOD)
    assert browser.post(CONNECT, {**GOOD, **REST, "api_key": ""}).status_code == 302
    assert browser.post(CONNECT, {**GOOD, **REST, "api_key": "", "rest_api_key": ""}).status_code == 302
    assert decrypt(stored(owner).rest_api_key_encrypted) == "stand-in-secret"
    page = browser.post(CONNECT, {**GOOD, "user_id": "somebody-else", "api_key": ""}).content.decode()
    assert wrong_field(page) == "api_key"


def test_a_key_that_this_installation_cannot_read_any_more_has_to_be_entered_again(house, owner):
    browser = builders.signed_in(owner)
    browser.post(CONNECT, GOOD)
    HealthcodeConnection.objects.update(api_key_encrypted="sealed-by-another-installation")
    page = browser.post("/settings/integrations/healthcode/test", follow=True).content.decode()
    assert "Enter it again." in page
    page = browser.post(CONNECT, {**GOOD, "api_key": ""}).content.decode()
    assert wrong_field(page) == "api_key"


def test_disconnecting_deletes_the_keys_after_asking(house, owner):
    browser = builders.signed_in(owner)
    browser.post(CONNECT, GOOD)
    assert "cannot be brought back" in browser.get("/settings/integrations/healthcode/disconnect").content.decode()
    assert stored(owner)
    page = browser.post("/settings/integrations/healthcode/disconnect", follow=True).content.decode()
    assert "Not connected" in page
    assert not HealthcodeConnection.objects.exists()
    assert AuditEntry.objects.filter(action="disconnected from Healthcode").exists()
    for address in ("/settings/integrations/healthcode", "/settings/integrations/healthcode/disconnect"):
        assert browser.get(address)["Location"] == "/settings/integrations"
    assert browser.post("/settings/integrations/healthcode/test")["Location"] == "/settings/integrations"


def test_each_practice_has_its_own_connection(house, owner):
    builders.signed_in(owner).post(CONNECT, GOOD)
    other = builders.member(builders.practice("Beech Rooms"))
    assert connection.stored_connection(other.practice) is None
    assert "Not connected" in builders.signed_in(other).get("/settings/integrations").content.decode()


def test_a_receptionist_sees_the_state_but_cannot_change_it(house, owner):
    builders.signed_in(owner).post(CONNECT, GOOD)
    colleague = builders.signed_in(builders.member(owner.practice, Role.RECEPTIONIST))
    page = colleague.get("/settings/integrations/healthcode").content.decode()
    assert "Healthcode is connected" in page
    assert "Disconnect" not in page
    assert colleague.post("/settings/integrations/healthcode/disconnect").status_code == 403


def test_the_further_steps_count_what_is_there(house, owner):
    practice = owner.practice
    browser = builders.signed_in(owner)
    browser.post(CONNECT, GOOD)
    assert browser.get("/settings/integrations/healthcode").content.decode().count("(done)") == 0
    builders.practitioner(practice)
    builders.practitioner(practice, number="", name="Max Therapist")
    builders.service(practice)
    builders.service(practice, name="Hydrotherapy", isc="")
    client = builders.client(practice)
    builders.client(practice, insurer="")
    builders.invoice(practice, client=client)
    page = browser.get("/settings/integrations/healthcode").content.decode()
    for address, words in (
        ("/settings/users", "Users"),
        ("/settings/services", "Services"),
        ("/clients/", "Clients"),
        ("/claims/", "Claims"),
    ):
        assert f'href="{address}">{words}</a></li>' in page
    assert "2 of 3 practitioners with a Healthcode ID; missing: Max Therapist." in page
    assert "1 of 2 services with an ISC; missing: Hydrotherapy." in page
    assert "1 of 2 clients with UK Private Health Insurance." in page
    assert "1 invoice to insurers not yet submitted." in page


def test_the_further_steps_ask_the_database_the_same_for_2_as_for_20(house, owner):
    browser = builders.signed_in(owner)
    # What is said of the connection is shown once, and taken out of the session with that.
    browser.post(CONNECT, GOOD, follow=True)

    def queries_with(count: int) -> int:
        for _ in range(count):
            builders.practitioner(owner.practice)
            builders.service(owner.practice)
            builders.invoice(owner.practice)
        with CaptureQueriesContext(database) as asked:
            browser.get("/settings/integrations/healthcode")
        return len(asked)

    assert queries_with(2) == queries_with(18)


def test_a_test_connection_reaches_the_hosts_of_the_settings_and_no_others(owner, settings):
    browser = builders.signed_in(owner)
    settings.HEALTHCODE_SOAP_ENDPOINT = "http://house.invalid/HCWebServices/HCWebServices"
    assert "reaches only this machine and the test hosts" in browser.post(CONNECT, GOOD).text
    settings.HEALTHCODE_TEST_HOSTS = ["house.invalid"]
    page = browser.post(CONNECT, GOOD).text
    assert "reaches only this machine" not in page
    assert "not answering" in page
