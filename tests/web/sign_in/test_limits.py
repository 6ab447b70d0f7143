"""The limits of guessing at the pages: the sign-in, the second step, and wherever the present password is asked for."""

from __future__ import annotations

import re

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from clearbill.people.models import FailedAttempt
from tests import builders
from tests.web.sign_in.second_factor.factors import first_step, member_with_app

pytestmark = pytest.mark.django_db
EMAIL = "rosa@example.org"
WAIT = "There were too many wrong tries. Try again after"


def wrong(browser: Browser, times: int = 1, email: str = EMAIL, **more: str):
    return [browser.post("/sign-in", {"username": email, "password": "wrong", **more}) for _ in range(times)][-1]


def test_the_own_browser_signs_in_while_strangers_are_made_to_wait():
    builders.member(builders.practice(), email=EMAIL)
    own = Browser()
    assert first_step(own, EMAIL).status_code == 302
    own.post("/sign-out")
    stranger = Browser()
    assert wrong(stranger, 6).status_code == 429
    assert first_step(stranger, EMAIL).status_code == 429
    assert first_step(own, EMAIL).status_code == 302


def test_the_cookie_of_an_own_browser_says_nothing_of_the_person():
    member = builders.member(builders.practice(), email=EMAIL)
    browser = Browser()
    first_step(browser, EMAIL)
    cookie = browser.cookies[settings.OWN_BROWSER_COOKIE_NAME]
    assert cookie["httponly"]
    assert EMAIL not in cookie.value
    assert str(member.user_id) not in cookie.value


def test_a_forged_cookie_is_no_own_browser():
    builders.member(builders.practice(), email=EMAIL)
    browser = Browser()
    browser.cookies[settings.OWN_BROWSER_COOKIE_NAME] = "eyJkZXZpY2UiOiJ4In0:forged:signature"
    assert wrong(browser).status_code == 200
    assert FailedAttempt.objects.get().device == ""


def test_who_has_to_wait_keeps_what_was_typed_before():
    browser = Browser()
    page = wrong(browser, 6, typed="sealed", next="/settings/users").content.decode()
    assert WAIT in page
    assert 'name="typed" value="sealed"' in " ".join(page.split())
    assert f'value="{EMAIL}"' in page
    assert 'name="next" value="/settings/users"' in page


def test_the_same_is_asked_of_the_database_for_whoever_has_the_address():
    builders.member(builders.practice(), email=EMAIL)
    asked = []
    for email in (EMAIL, "nobody@example.org"):
        with CaptureQueriesContext(connection) as queries:
            wrong(Browser(), email=email)
        asked.append([re.sub(r"'[^']*'|\d+", "", one["sql"]) for one in queries])
    assert asked[0] == asked[1]


def test_codes_of_the_second_step_cannot_be_guessed():
    with time_machine.travel(builders.NOW, tick=False):
        _, _, codes = member_with_app(email=EMAIL)
        browser = Browser()
        first_step(browser, EMAIL)
        pages = [browser.post("/sign-in/second-step", {"code": f"00000{n}"}).content.decode() for n in range(6)]
        assert "This code is not right" in pages[4]
        assert WAIT in pages[5]
        assert WAIT in browser.post("/sign-in/second-step", {"code": codes[0]}).content.decode()
    assert {one.kind for one in FailedAttempt.objects.all()} == {FailedAttempt.SECOND_FACTOR}


@pytest.mark.parametrize("address", ["/account/password", "/account/confirm"])
def test_the_present_password_cannot_be_guessed(address):
    browser = builders.signed_in(builders.member(builders.practice(), email=EMAIL))
    new = {"password": "seven green violins"}
    pages = [browser.post(address, {"present": "wrong", **new}).content.decode() for _ in range(6)]
    assert "This is not your present password." in pages[4]
    assert WAIT in pages[5]
    assert WAIT in browser.post(address, {"present": builders.PASSWORD, **new}).content.decode()
