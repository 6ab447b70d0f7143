"""What is sent in the place of a passkey's answer is refused in words; the whole way is in tests/browser."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from tests import builders
from tests.web.sign_in.second_factor.factors import first_step, member_with_app

pytestmark = pytest.mark.django_db
NONSENSE = ["", "no json", "{}", "[]", "null", "7", '"x"', '{"response": []}', '{"response": {"userHandle": 7}}']


@pytest.mark.parametrize("credential", NONSENSE)
def test_nonsense_signs_nobody_in(credential):
    builders.member(builders.practice())
    browser = Browser()
    browser.get("/sign-in/passkey/options")
    answer = browser.post("/sign-in/passkey", {"credential": credential})
    assert answer["Location"] == "/sign-in"
    assert "This passkey is not known here." in browser.get("/sign-in").content.decode()


@pytest.mark.parametrize("credential", NONSENSE)
def test_nonsense_is_no_second_step_and_no_new_passkey(credential):
    member_with_app(email="rosa@example.org")
    browser = Browser()
    first_step(browser, "rosa@example.org")
    assert browser.post("/sign-in/second-step", {"credential": credential}).status_code == 200
    assert browser.get("/today").status_code == 302
    member = builders.signed_in(builders.member(builders.practice()))
    member.get("/account/second-factor/passkeys/new")
    assert member.post("/account/second-factor/passkeys/new", {"credential": credential}).status_code == 200
