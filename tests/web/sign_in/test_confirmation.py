"""Before a sensitive act the password is asked for, where it was not entered within the last quarter of an hour."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from clearbill.exports.models import Export
from clearbill.people.models import Invitation, Membership
from tests import builders

pytestmark = pytest.mark.django_db
LATER = builders.NOW + timedelta(minutes=16)
ASKED = "Enter your password to go on"


@pytest.fixture
def member() -> Membership:
    return builders.member(builders.practice())


@pytest.fixture
def browser(member):
    with time_machine.travel(builders.NOW, tick=False):
        signed_in = builders.signed_in(member)
    with time_machine.travel(LATER, tick=False):
        yield signed_in


@pytest.mark.parametrize(
    "address",
    [
        "/account/second-factor/app",
        "/account/second-factor/passkeys/new",
        "/account/second-factor/codes/new",
        "/settings/integrations/healthcode/connect",
    ],
)
def test_these_pages_ask_before_they_open(browser, address):
    page = browser.get(address)
    assert ASKED in page.content.decode()
    answer = browser.post("/account/confirm", {"present": builders.PASSWORD, "next": address})
    assert answer["Location"] == address
    assert ASKED not in browser.get(address).content.decode()


def test_within_a_quarter_of_an_hour_nothing_is_asked(member):
    with time_machine.travel(builders.NOW, tick=False):
        browser = builders.signed_in(member)
    with time_machine.travel(builders.NOW + timedelta(minutes=14), tick=False):
        assert ASKED not in browser.get("/account/second-factor/app").content.decode()


def test_a_wrong_password_is_refused_at_its_field_and_keeps_what_was_typed(browser):
    page = browser.post("/account/confirm", {"present": "wrong", "next": "/today", "typed": "sealed"}).content.decode()
    assert "This is not your present password." in page
    assert 'name="typed" value="sealed"' in page
    assert 'name="next" value="/today"' in page
    assert ASKED in browser.get("/account/second-factor/app").content.decode()


def test_a_form_that_was_sent_is_kept_and_sent_again(browser, member):
    invited = {
        "full_name": "Sam Example",
        "email": "sam@example.org",
        "role": "receptionist",
        **builders.shown_to(member),
    }
    page = browser.post("/settings/users/invite", invited)
    assert page.status_code == 401
    assert not Invitation.objects.exists()
    typed = page.content.decode().partition('name="typed" value="')[2].partition('"')[0]
    again = browser.post("/account/confirm", {"present": builders.PASSWORD, "typed": typed}).content.decode()
    assert 'action="/settings/users/invite"' in again
    assert 'name="email" value="sam@example.org"' in again
    browser.post("/settings/users/invite", invited)
    assert Invitation.objects.get().email == "sam@example.org"


@pytest.mark.parametrize("address", ["/settings/practice", "/settings/exports/new"])
def test_bank_details_and_exports_ask_too(browser, member, address):
    assert browser.post(address, builders.shown_to(member)).status_code == 401
    assert not Export.objects.exists()


def test_the_role_of_a_user_is_not_changed_without_it(browser, member):
    other = builders.member(member.practice, "receptionist")
    given = {"full_name": "Rosa Example", "role": "owner", "is_active": "on", **builders.shown_to(member)}
    assert browser.post(f"/settings/users/{other.pk}", given).status_code == 401
    other.refresh_from_db()
    assert other.role == "receptionist"


def test_it_never_leads_to_another_site(browser):
    given = {"present": builders.PASSWORD, "next": "https://example.com/"}
    assert browser.post("/account/confirm", given)["Location"] == "/today"
