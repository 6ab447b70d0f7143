from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core import mail
from django.test import Client as Browser

from clearbill.people import account_mail
from clearbill.people.models import AuditEntry
from tests import builders
from tests.web.sign_in.second_factor.factors import code_of, first_step, member_with_app, set_up_app

pytestmark = pytest.mark.django_db
EMAIL = "rosa@example.org"


@pytest.fixture(autouse=True)
def _at_one_moment():
    with time_machine.travel(builders.NOW, tick=False):
        yield


def test_the_page_shows_the_key_as_a_picture_and_as_text():
    browser = builders.signed_in(builders.member(builders.practice()))
    page = browser.get("/account/second-factor/app").content.decode()
    assert 'src="data:image/svg+xml;base64,' in page
    assert "Set up an authenticator app" in page


def test_a_wrong_first_code_sets_nothing_up_and_says_so_at_its_field():
    browser = builders.signed_in(builders.member(builders.practice()))
    browser.get("/account/second-factor/app")
    page = browser.post("/account/second-factor/app", {"code": "000000"}).content.decode()
    assert 'class="why" id="id_code-why"' in page
    assert "This code is not right" in page
    assert not Authenticator.objects.exists()


def test_an_app_is_set_up_with_ten_recovery_codes_that_are_shown_once():
    member = builders.member(builders.practice(), email=EMAIL)
    browser = builders.signed_in(member)
    _, codes = set_up_app(browser)
    assert len(codes) == len(set(codes)) == 10
    again = browser.get("/account/second-factor/codes").content.decode()
    assert not [code for code in codes if code in again]
    assert "not shown again" in " ".join(again.split())
    assert [entry.action for entry in AuditEntry.objects.all()] == ["added an authenticator app"]


def test_the_recovery_codes_can_be_saved_as_a_file():
    browser = builders.signed_in(builders.member(builders.practice()))
    page = browser.get("/account/second-factor/app").content.decode()
    secret = page.partition('class="mono">')[2].partition("<")[0]
    shown = browser.post("/account/second-factor/app", {"code": code_of(secret)}, follow=True).content.decode()
    code = shown.partition("<li>")[2].partition("<")[0]
    assert f"%0A{code}%0A" in shown
    assert 'download="clearbill-recovery-codes.txt"' in shown


def test_neither_the_key_nor_the_codes_are_stored_as_they_are():
    member, secret, codes = member_with_app(email=EMAIL)
    stored = str([one.data for one in Authenticator.objects.filter(user=member.user)])
    assert secret not in stored
    assert not [code for code in codes if code in stored]


def test_with_an_app_the_password_alone_does_not_sign_in():
    member_with_app(email=EMAIL)
    browser = Browser()
    answer = first_step(browser, EMAIL)
    assert answer["Location"] == "/sign-in/second-step"
    assert browser.get("/today")["Location"].startswith("/sign-in")
    assert "Second step" in browser.get("/sign-in/second-step").content.decode()


def test_the_code_of_the_app_signs_in_and_leads_where_the_person_was_going():
    member, secret, _ = member_with_app(email=EMAIL)
    browser = Browser()
    first_step(browser, EMAIL, next="/settings/users")
    with time_machine.travel(builders.NOW + timedelta(minutes=2), tick=False):
        answer = browser.post("/sign-in/second-step", {"code": code_of(secret)})
    assert answer["Location"] == "/settings/users"
    assert browser.get("/settings/users").status_code == 200
    assert [entry.action for entry in AuditEntry.objects.filter(practice=member.practice, action="signed in")]


def test_a_wrong_code_is_refused_at_its_field():
    member_with_app(email=EMAIL)
    browser = Browser()
    first_step(browser, EMAIL)
    page = browser.post("/sign-in/second-step", {"code": "000000"}).content.decode()
    assert 'class="why" id="id_code-why"' in page
    assert browser.get("/today").status_code == 302


def test_a_code_signs_in_once():
    _, secret, _ = member_with_app(email=EMAIL)
    later = builders.NOW + timedelta(minutes=2)
    answers = []
    with time_machine.travel(later, tick=False):
        for _ in range(2):
            browser = Browser()
            first_step(browser, EMAIL)
            answers.append(browser.post("/sign-in/second-step", {"code": code_of(secret)}).status_code)
    assert answers == [302, 200]


def test_a_code_is_good_for_half_a_minute_more_and_not_longer():
    _, secret, _ = member_with_app(email=EMAIL)
    shown_at = builders.NOW + timedelta(minutes=2)
    for after, is_good in ((timedelta(seconds=75), False), (timedelta(seconds=40), True)):
        browser = Browser()
        with time_machine.travel(shown_at + after, tick=False):
            first_step(browser, EMAIL)
            answer = browser.post("/sign-in/second-step", {"code": code_of(secret, shown_at)})
        assert (answer.status_code == 302) == is_good, after


def test_a_recovery_code_signs_in_once():
    _, _, codes = member_with_app(email=EMAIL)
    answers = []
    for _ in range(2):
        browser = Browser()
        first_step(browser, EMAIL)
        answers.append(browser.post("/sign-in/second-step", {"code": codes[3]}).status_code)
    assert answers == [302, 200]


def test_what_was_typed_before_the_sign_in_is_given_back_after_the_second_step():
    member, _, codes = member_with_app(email=EMAIL)
    browser = Browser()
    sent = {**builders.shown_to(member), "first_name": "Testa", "last_name": "Sample"}
    page = browser.post("/clients/new", sent).content.decode()
    typed = page.partition('name="typed"')[2].partition('value="')[2].partition('"')[0]
    assert first_step(browser, EMAIL, typed=typed)["Location"] == "/sign-in/second-step"
    again = browser.post("/sign-in/second-step", {"code": codes[0]}).content.decode()
    assert "You are signed in again" in again
    assert 'name="last_name" value="Sample"' in again


def test_a_device_that_is_remembered_is_not_asked_again_for_thirty_days():
    _, _, codes = member_with_app(email=EMAIL)
    browser = Browser()
    first_step(browser, EMAIL)
    browser.post("/sign-in/second-step", {"code": codes[0], "remember": "on"})
    cookie = browser.cookies[settings.MFA_TRUST_COOKIE_NAME]
    assert cookie["httponly"]
    browser.post("/sign-out")
    for after, to in ((timedelta(days=29), "/today"), (timedelta(days=31), "/sign-in/second-step")):
        with time_machine.travel(builders.NOW + after, tick=False):
            assert first_step(browser, EMAIL)["Location"] == to
            browser.post("/sign-out")


def test_a_device_that_was_not_told_to_is_not_remembered():
    _, _, codes = member_with_app(email=EMAIL)
    browser = Browser()
    first_step(browser, EMAIL)
    browser.post("/sign-in/second-step", {"code": codes[0]})
    browser.post("/sign-out")
    assert first_step(browser, EMAIL)["Location"] == "/sign-in/second-step"


def test_a_removed_app_is_asked_for_no_longer_and_takes_its_codes_with_it():
    member, _, _ = member_with_app(email=EMAIL)
    browser = builders.signed_in(member)
    assert browser.post("/account/second-factor/app/remove")["Location"] == "/account/second-factor"
    assert not Authenticator.objects.exists()
    assert first_step(Browser(), EMAIL)["Location"] == "/today"


def test_new_recovery_codes_end_the_old_ones():
    member, _, old = member_with_app(email=EMAIL)
    page = builders.signed_in(member).post("/account/second-factor/codes/new", follow=True).content.decode()
    assert page.count("<li>") >= 10
    browser = Browser()
    first_step(browser, EMAIL)
    assert browser.post("/sign-in/second-step", {"code": old[0]}).status_code == 200


def test_each_change_is_told_by_e_mail_without_any_secret():
    member, secret, codes = member_with_app(email=EMAIL)
    browser = builders.signed_in(member)
    browser.post("/account/second-factor/codes/new")
    browser.post("/account/second-factor/app/remove")
    while account_mail.send_next(now=builders.NOW, link=lambda user: ""):
        pass
    texts = [one.body for one in mail.outbox]
    assert [next(word for word in ("was added", "were made", "was removed") if word in text) for text in texts] == [
        "was added",
        "were made",
        "was removed",
    ]
    assert all(one.to == [EMAIL] for one in mail.outbox)
    assert not [word for word in (secret, *codes) if word in "".join(texts)]


def test_the_second_step_without_a_first_one_leads_to_the_sign_in():
    assert Browser().get("/sign-in/second-step")["Location"] == "/sign-in"
    assert Browser().post("/sign-in/second-step", {"code": "123456"})["Location"] == "/sign-in"


@pytest.mark.parametrize("address", ["/accounts/login/", "/accounts/signup/", "/accounts/2fa/", "/accounts/email/"])
def test_no_page_of_the_library_is_reachable(address):
    assert Browser().get(address).status_code == 404
