from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import Client as Browser

from clearbill.people.models import AuditEntry
from tests import builders

pytestmark = pytest.mark.django_db
NEW = "seven green violins"


def test_a_person_changes_their_password_and_stays_signed_in_here_but_nowhere_else():
    member = builders.member(builders.practice())
    here, elsewhere = builders.signed_in(member), builders.signed_in(member)
    answer = here.post("/account/password", {"present": builders.PASSWORD, "password": NEW})
    assert answer["Location"] == "/today"
    member.user.refresh_from_db()
    assert member.user.check_password(NEW)
    assert here.get("/settings/").status_code == 200
    assert elsewhere.get("/settings/").status_code == 302
    entry = AuditEntry.objects.get(practice=member.practice)
    assert entry.action == "changed the password"
    assert entry.changes == {}


def test_the_present_password_must_be_right():
    member = builders.member(builders.practice())
    page = builders.signed_in(member).post("/account/password", {"present": "wrong", "password": NEW}).content.decode()
    assert "This is not your present password." in page
    assert not AuditEntry.objects.exists()


def test_a_forgotten_password_is_set_anew_through_the_e_mail_once():
    member = builders.member(builders.practice(), email="rosa@example.org")
    browser = Browser()
    assert browser.post("/password/forgotten", {"email": "Rosa@example.org"})["Location"] == "/password/sent"
    link = re.search(r"http://testserver(/password/\S+)", mail.outbox[0].body)[1]
    page = browser.get(link, follow=True)
    form_address = page.redirect_chain[-1][0]
    assert browser.post(form_address, {"password": NEW})["Location"] == "/sign-in"
    member.user.refresh_from_db()
    assert member.user.check_password(NEW)
    assert AuditEntry.objects.get().action == "set a new password by e-mail"
    assert "This link is no longer good" in Browser().get(link).content.decode()


def test_a_weak_new_password_is_refused_and_the_link_stays_good():
    builders.member(builders.practice(), email="rosa@example.org")
    browser = Browser()
    browser.post("/password/forgotten", {"email": "rosa@example.org"})
    link = re.search(r"http://testserver(/password/\S+)", mail.outbox[0].body)[1]
    form_address = browser.get(link, follow=True).redirect_chain[-1][0]
    assert "too short" in browser.post(form_address, {"password": "short"}).content.decode()
    assert browser.post(form_address, {"password": NEW}).status_code == 302


def test_an_unknown_address_gets_the_same_answer_and_no_e_mail():
    answer = Browser().post("/password/forgotten", {"email": "nobody@example.org"})
    assert answer["Location"] == "/password/sent"
    assert mail.outbox == []


def test_after_asking_for_a_link_a_page_says_where_to_look_whoever_asked():
    builders.member(builders.practice(), email="rosa@example.org")
    pages = [
        Browser().post("/password/forgotten", {"email": email}, follow=True)
        for email in ("rosa@example.org", "nobody@example.org")
    ]
    assert [page.redirect_chain[-1][0] for page in pages] == ["/password/sent", "/password/sent"]
    assert [page.status_code for page in pages] == [200, 200]
    known, unknown = (re.sub(r"[A-Za-z0-9]{64}", "token", page.content.decode()) for page in pages)
    assert "Look into your e-mail" in known
    assert "rosa@example.org" not in known
    assert known == unknown, "the page must not tell who has an account here"


def test_a_broken_link_is_a_page_with_a_sentence():
    answer = Browser().get("/password/zz/zz-zz")
    assert answer.status_code == 200
    assert "This link is no longer good" in answer.content.decode()
