"""A form sent after the session has ended: nothing typed is lost, nothing secret is kept."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client as Browser

from clearbill.clients.models import Client
from clearbill.people.models import Membership, Role
from clearbill.web.sign_in import form_recovery
from tests import builders

pytestmark = pytest.mark.django_db
FORM = {"first_name": "Testa", "last_name": "O’Sample", "notes": "One line\r\nand <b>another</b>", "action": "save"}


@pytest.fixture
def member():
    return builders.member(builders.practice(), email="rosa@example.org")


def _value(page: str, name: str) -> str:
    found = re.search(f'name="{name}" value="([^"]*)"', page)
    assert found, page
    return found[1]


def _signed_in_with(browser: Browser, late, **more: str):
    fields = {"username": "rosa@example.org", "password": builders.PASSWORD, **more}
    return browser.post("/sign-in", {**fields, "typed": _value(late.content.decode(), "typed")})


def test_what_was_typed_after_the_session_ended_is_sent_once_more_after_the_sign_in(member):
    browser = Browser()
    late = browser.post("/clients/new", FORM | builders.shown_to(member))
    assert late.status_code == 401
    assert "What you typed is kept" in late.content.decode()
    assert "O’Sample" not in late.content.decode()
    back = _signed_in_with(browser, late)
    page = back.content.decode()
    assert "You are signed in again" in page
    assert "Nothing you typed is lost." in page
    assert 'action="/clients/new"' in page
    assert _value(page, "last_name") == "O’Sample"
    assert "One line\r\nand &lt;b&gt;another&lt;/b&gt;" in page
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))
    browser.post("/clients/new", {name: html.unescape(value) for name, value in hidden.items()})
    assert Client.objects.get().last_name == "O’Sample"
    assert Client.objects.get().notes == "One line\nand <b>another</b>"


def test_a_wrong_password_and_a_pause_keep_what_was_typed(member):
    browser = Browser()
    late = browser.post("/clients/new", FORM | builders.shown_to(member))
    for _ in range(6):
        wrong = _signed_in_with(browser, late, password="wrong")
        assert _value(wrong.content.decode(), "typed") == _value(late.content.decode(), "typed")
    assert wrong.status_code == 429


def test_several_values_of_one_field_keep_their_order(member):
    browser = Browser()
    late = browser.post(
        "/clients/new", {**FORM, **builders.shown_to(member), "diagnosis": ["ICD10:M54.5", "ICD10:M75.0"]}
    )
    page = _signed_in_with(browser, late).content.decode()
    assert re.findall(r'name="diagnosis" value="([^"]*)"', page) == ["ICD10:M54.5", "ICD10:M75.0"]


def test_the_csrf_token_and_secrets_are_never_kept(rf):
    fields = {"csrfmiddlewaretoken": "x", "password": "y", "rest_api_key": "z", "site_id": "HC0TEST"}
    found = form_recovery.unseal(form_recovery.seal(rf.post("/somewhere?page=2", fields)))
    assert found == form_recovery.KeptForm("/somewhere?page=2", (("site_id", "HC0TEST"),))


@pytest.mark.parametrize("path", ["/account/password", "/settings/integrations/healthcode/connect"])
def test_forms_with_passwords_and_keys_are_not_kept_and_say_so(path, member):
    page = Browser().post(path, {"site_id": "HC0TEST", "present": "secret"}).content.decode()
    assert 'name="typed"' not in page
    assert "it could not be kept" in page


def test_more_than_fits_is_not_kept_and_says_so(member):
    page = Browser().post("/clients/new", {"notes": "x" * 250_000}).content.decode()
    assert 'name="typed"' not in page
    assert "it could not be kept" in page


@pytest.mark.parametrize("sealed", ["", "nonsense", "gAAAAAB" + "x" * 90, "é"])
def test_a_forged_seal_leads_to_today_as_any_sign_in_does(sealed, member):
    fields = {"username": "rosa@example.org", "password": builders.PASSWORD, "typed": sealed}
    assert Browser().post("/sign-in", fields)["Location"] == "/today"


def test_a_seal_never_leads_to_another_place(rf):
    request = rf.post("/x", {"name": "value"})
    request.path = request.path_info = "//elsewhere.example/x"
    assert form_recovery.unseal(form_recovery.seal(request)) is None


def test_a_piece_of_a_page_is_answered_with_a_note_and_the_page_stays(member):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/clients/new"}
    answer = Browser().post("/clients/cover-hints", FORM, headers=headers)
    assert answer["HX-Retarget"] == "#signed-out"
    assert "/sign-in?next=/clients/new" in answer.content.decode()


def test_a_piece_that_is_only_read_leads_to_the_sign_in(member):
    assert Browser().get("/clients/", headers={"HX-Request": "true"})["HX-Redirect"] == "/sign-in"


def test_a_page_from_before_the_last_sign_in_keeps_what_was_typed(member):
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    answer = browser.post("/clients/new", FORM | builders.shown_to(member), headers={"Origin": "http://testserver"})
    assert answer.status_code == 200
    assert _value(answer.content.decode(), "last_name") == "O’Sample"
    assert not Client.objects.exists()


@pytest.mark.parametrize("origin", ["http://elsewhere.example", "null", ""])
def test_a_form_from_elsewhere_is_refused_and_kept_nowhere(origin, member):
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    answer = browser.post("/clients/new", FORM, headers={"Origin": origin} if origin else {})
    assert answer.status_code == 403
    assert "O’Sample" not in answer.content.decode()


def test_a_stale_sign_in_page_goes_on_where_somebody_is_signed_in_already(member):
    browser = Browser(enforce_csrf_checks=True)
    late = Browser().post("/clients/new", FORM | builders.shown_to(member))
    fields = {"username": "rosa@example.org", "typed": _value(late.content.decode(), "typed")}
    stale = browser.post("/sign-in", fields, headers={"Origin": "http://testserver"})
    assert stale.status_code == 403
    assert "open for too long" in stale.content.decode()
    browser.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    page = browser.post("/sign-in", fields, headers={"Origin": "http://testserver"}).content.decode()
    assert _value(page, "last_name") == "O’Sample"


@pytest.mark.parametrize("shown_to", [True, False])
def test_what_somebody_else_typed_or_nobody_knows_who_is_given_back_to_nobody(shown_to, member):
    other = builders.member(member.practice)
    browser = Browser()
    late = browser.post("/clients/new", FORM | (builders.shown_to(other) if shown_to else {}))
    page = _signed_in_with(browser, late).content.decode()
    assert "shown to nobody else" in page
    assert "O’Sample" not in page


def test_what_was_typed_goes_to_the_practice_that_it_was_typed_in(member):
    other = builders.practice("Another Practice")
    Membership.objects.create(practice=other, user=member.user, role=Role.OWNER)
    browser = Browser()
    late = browser.post("/clients/new", FORM | builders.shown_to(member))
    page = _signed_in_with(browser, late).content.decode()
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))
    browser.post("/clients/new", {name: html.unescape(value) for name, value in hidden.items()})
    assert Client.objects.get().practice == member.practice
