from __future__ import annotations

import pytest
from django.test import Client as Browser

from clearbill.people.models import AuditEntry, Membership, Role
from tests import builders

pytestmark = pytest.mark.django_db
WRONG = "E-mail or password is wrong."


def sign_in(browser: Browser, email: str, password: str = builders.PASSWORD, **more: str):
    return browser.post("/sign-in", {"username": email, "password": password, **more})


def test_the_right_password_leads_to_today_and_is_written_in_the_trail():
    member = builders.member(builders.practice(), email="rosa@example.org")
    answer = sign_in(Browser(), " Rosa@Example.org ")
    assert answer.status_code == 302
    assert answer["Location"] == "/today"
    assert AuditEntry.objects.get(practice=member.practice).action == "signed in"


def test_a_wrong_password_and_an_unknown_person_get_the_same_sentence_and_keep_the_e_mail():
    builders.member(builders.practice(), email="rosa@example.org")
    answers = [sign_in(Browser(), "rosa@example.org", "wrong"), sign_in(Browser(), "nobody@example.org", "wrong")]
    pages = [answer.content.decode() for answer in answers]
    assert all(WRONG in page for page in pages)
    assert 'value="rosa@example.org"' in pages[0]
    assert 'value="wrong"' not in pages[0]


def test_after_five_wrong_passwords_even_the_right_one_has_to_wait():
    builders.member(builders.practice(), email="rosa@example.org")
    browser = Browser()
    answers = [sign_in(browser, spelling, "wrong") for spelling in ["rosa@example.org", "ROSA@example.org"] * 3]
    assert answers[-1].status_code == 429
    late = sign_in(browser, "rosa@example.org")
    assert late.status_code == 429
    assert "There were too many wrong tries. Try again after" in late.content.decode()


def test_somebody_who_belongs_to_no_practice_any_more_is_told_so():
    member = builders.member(builders.practice(), email="rosa@example.org")
    Membership.objects.filter(pk=member.pk).update(is_active=False)
    answer = sign_in(Browser(), "rosa@example.org")
    assert answer.status_code == 200
    assert "no longer belong to a practice" in answer.content.decode()


def test_after_a_time_out_the_sign_in_leads_back_to_the_page():
    member = builders.member(builders.practice(), email="rosa@example.org")
    browser = Browser()
    away = browser.get("/settings/users")
    assert away["Location"] == "/sign-in?next=/settings/users"
    assert 'name="next" value="/settings/users"' in browser.get(away["Location"]).content.decode()
    assert sign_in(browser, member.user.email, next="/settings/users")["Location"] == "/settings/users"


@pytest.mark.parametrize("elsewhere", ["https://example.com/", "//example.com/", "javascript:alert(1)"])
def test_the_sign_in_never_leads_to_another_site(elsewhere):
    builders.member(builders.practice(), email="rosa@example.org")
    assert sign_in(Browser(), "rosa@example.org", next=elsewhere)["Location"] == "/today"


def test_signing_out_ends_the_session_and_is_written_in_the_trail():
    member = builders.member(builders.practice())
    browser = builders.signed_in(member)
    assert browser.get("/sign-out").status_code == 405
    assert browser.post("/sign-out")["Location"] == "/sign-in"
    assert browser.get("/settings/users").status_code == 302
    assert AuditEntry.objects.get(practice=member.practice).action == "signed out"


def test_a_person_of_two_practices_changes_between_them():
    first, second = builders.practice("Alder Rooms"), builders.practice("Beech Rooms")
    member = builders.member(first)
    Membership.objects.create(practice=second, user=member.user, role=Role.ACCOUNTANT)
    browser = builders.signed_in(member)
    assert "How Alder Rooms works" in browser.get("/settings/").content.decode()
    assert browser.post("/practice", {"practice": str(second.pk)})["Location"] == "/today"
    page = browser.get("/settings/").content.decode()
    assert "How Beech Rooms works" in page


@pytest.mark.parametrize("wanted", ["", "no-id", "00000000-0000-4000-8000-000000000000"])
def test_a_practice_one_is_not_in_cannot_be_chosen(wanted):
    browser = builders.signed_in(builders.member(builders.practice("Alder Rooms")))
    assert browser.post("/practice", {"practice": wanted}).status_code == 404
    assert "How Alder Rooms works" in browser.get("/settings/").content.decode()


def test_a_stranger_cannot_choose_a_real_practice_of_others():
    theirs = builders.practice("Beech Rooms")
    browser = builders.signed_in(builders.member(builders.practice("Alder Rooms")))
    assert browser.post("/practice", {"practice": str(theirs.pk)}).status_code == 404
