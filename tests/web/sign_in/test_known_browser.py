"""The browser that somebody has signed in with is known to the server, and nothing else is told by its cookie."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.test import Client as Browser

from clearbill.server import known_browser
from tests import builders

pytestmark = pytest.mark.django_db
NAME = settings.KNOWN_BROWSER_COOKIE_NAME


def signed_in() -> Browser:
    member, browser = builders.member(builders.practice()), Browser()
    sent = {"username": member.user.email, "password": builders.PASSWORD}
    assert browser.post("/sign-in", sent).status_code == 302
    return browser


def test_the_cookie_comes_with_the_sign_in_and_outlives_it():
    browser = signed_in()
    cookie = browser.cookies[NAME]
    assert known_browser.is_known(f"a=b; {NAME}={cookie.value}")
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert cookie.value.startswith("known:")
    browser.post("/sign-out")
    assert browser.cookies[NAME].value == cookie.value


@pytest.mark.parametrize("path", ["/sign-in", "/set-up", "/password/forgotten", "/today", "/nothing"])
def test_nobody_else_has_it(path):
    browser = Browser()
    browser.get(path)
    browser.post(path, {"username": "a@example.org", "password": "wrong"})
    assert NAME not in browser.cookies


@pytest.mark.parametrize("value", ["", "known", "known:x:y", "x" * 10_000, '"', "known:1:\xe9"])
def test_what_we_did_not_sign_is_unknown(value):
    assert not known_browser.is_known(f"{NAME}={value}")


def test_it_is_good_for_a_time_and_given_again():
    with time_machine.travel(builders.NOW):
        value = signed_in().cookies[NAME].value
    with time_machine.travel(builders.NOW + timedelta(seconds=known_browser.GOOD_FOR_SECONDS + 60)):
        assert not known_browser.is_known(f"{NAME}={value}")
        assert known_browser.is_known(f"{NAME}={signed_in().cookies[NAME].value}")
