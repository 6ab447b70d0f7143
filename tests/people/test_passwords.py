from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from clearbill.cli.password_link import password_link
from clearbill.people import account_mail
from clearbill.people.models import AccountMail, AuditEntry
from tests import builders

pytestmark = pytest.mark.django_db
NEW = "seven green violins"


def send_all(now: datetime = builders.NOW) -> None:
    """What the worker does with the e-mails that wait."""
    while account_mail.send_next(now=now, link=password_link):
        pass


def sent_link() -> str:
    send_all()
    return str(re.search(rf"{settings.ADDRESS}(/password/\S+)", mail.outbox[0].body)[1])


def ask(email: str = "rosa@example.org", *, at: datetime, of: str = "192.0.2.1") -> None:
    account_mail.ask_for_link(email=email, asked_from=of, now=at)


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
    link = sent_link()
    page = browser.get(link, follow=True)
    form_address = page.redirect_chain[-1][0]
    assert browser.post(form_address, {"password": NEW})["Location"] == "/sign-in"
    member.user.refresh_from_db()
    assert member.user.check_password(NEW)
    actions = set(AuditEntry.objects.values_list("action", "by__email"))
    assert actions == {("sent a link to a new password", None), ("set a new password by e-mail", "rosa@example.org")}
    assert "This link is no longer good" in Browser().get(link).content.decode()


def test_a_weak_new_password_is_refused_and_the_link_stays_good():
    builders.member(builders.practice(), email="rosa@example.org")
    browser = Browser()
    browser.post("/password/forgotten", {"email": "rosa@example.org"})
    link = sent_link()
    form_address = browser.get(link, follow=True).redirect_chain[-1][0]
    assert "too short" in browser.post(form_address, {"password": "short"}).content.decode()
    assert browser.post(form_address, {"password": NEW}).status_code == 302


def test_an_unknown_address_gets_the_same_answer_and_no_e_mail():
    answer = Browser().post("/password/forgotten", {"email": "nobody@example.org"})
    assert answer["Location"] == "/password/sent"
    send_all()
    assert mail.outbox == []


def test_after_asking_for_a_link_a_page_says_where_to_look_whoever_asked(settings):
    settings.EMAIL_GOES_OUT = True
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


def test_nothing_is_looked_up_or_sent_while_the_person_waits():
    """The request does the same for whoever has the address, so that its time does not tell."""
    builders.member(builders.practice(), email="rosa@example.org")
    builders.user("away@example.org")
    asked = []
    for email in ("rosa@example.org", "away@example.org", "nobody@example.org"):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            Browser().post("/password/forgotten", {"email": email})
        asked.append([re.sub(r"'[^']*'", "", one["sql"]) for one in queries])
    assert asked[0] == asked[1] == asked[2]
    assert not [sql for sql in asked[0] if "people_user" in sql]
    assert mail.outbox == []


@pytest.mark.parametrize("host", ["testserver:6666", "localhost:1", "127.0.0.1:6666"])
def test_the_link_does_not_lead_where_the_request_says(host):
    builders.member(builders.practice(), email="rosa@example.org")
    Browser().post("/password/forgotten", {"email": "rosa@example.org"}, headers={"host": host})
    send_all()
    assert f"{settings.ADDRESS}/password/" in mail.outbox[0].body
    assert host not in mail.outbox[0].body


def test_one_address_is_sent_three_links_an_hour():
    builders.member(builders.practice(), email="rosa@example.org")
    for minute in range(6):
        ask(at=builders.NOW + timedelta(minutes=minute), of=f"192.0.2.{minute}")
    send_all()
    assert len(mail.outbox) == account_mail.MOST_TO_ONE_ADDRESS
    ask(at=builders.NOW + timedelta(minutes=61))
    send_all()
    assert len(mail.outbox) == account_mail.MOST_TO_ONE_ADDRESS + 1


def test_those_that_were_asked_for_at_the_same_moment_are_counted_too():
    builders.member(builders.practice(), email="rosa@example.org")
    rows = [AccountMail(kind=AccountMail.LINK, email="rosa@example.org", asked_at=builders.NOW) for _ in range(6)]
    AccountMail.objects.bulk_create(rows)
    send_all()
    assert len(mail.outbox) == account_mail.MOST_TO_ONE_ADDRESS


def test_one_machine_asks_for_so_many_links_an_hour():
    for number in range(30):
        ask(f"person{number}@example.org", at=builders.NOW)
    assert AccountMail.objects.count() == account_mail.MOST_FROM_ONE_MACHINE
    ask("person0@example.org", at=builders.NOW, of="192.0.2.2")
    assert AccountMail.objects.count() == account_mail.MOST_FROM_ONE_MACHINE + 1


def test_a_link_is_good_for_a_day():
    user = builders.member(builders.practice(), email="rosa@example.org").user
    with time_machine.travel(builders.NOW):
        link = password_link(user)
    for after, is_good in ((timedelta(hours=23), True), (timedelta(hours=25), False)):
        with time_machine.travel(builders.NOW + after):
            page = Browser().get(link.removeprefix(settings.ADDRESS), follow=True).content.decode()
        assert ("This link is no longer good" not in page) == is_good


@pytest.mark.parametrize("way", ["account", "link"])
def test_a_changed_password_is_told_by_e_mail(way):
    member = builders.member(builders.practice(), email="rosa@example.org")
    if way == "account":
        builders.signed_in(member).post("/account/password", {"present": builders.PASSWORD, "password": NEW})
    else:
        browser = Browser()
        page = browser.get(password_link(member.user).removeprefix(settings.ADDRESS), follow=True)
        browser.post(page.redirect_chain[-1][0], {"password": NEW})
    send_all()
    assert [(one.to, one.subject) for one in mail.outbox] == [
        (["rosa@example.org"], "Your password for Clearbill was changed")
    ]
    assert NEW not in mail.outbox[0].body


def test_an_e_mail_that_cannot_be_sent_holds_up_no_other(settings, caplog):
    builders.member(builders.practice(), email="rosa@example.org")
    ask(at=builders.NOW)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    send_all()
    assert "could not be sent" in caplog.text
    assert "rosa" not in caplog.text


def test_who_asked_is_forgotten_after_a_day():
    ask(at=builders.NOW)
    account_mail.clear(now=builders.NOW + timedelta(hours=23))
    assert AccountMail.objects.exists()
    account_mail.clear(now=builders.NOW + timedelta(hours=25))
    assert not AccountMail.objects.exists()


def test_without_an_e_mail_server_the_page_says_where_the_link_is():
    page = Browser().post("/password/forgotten", {"email": "rosa@example.org"}, follow=True).content.decode()
    assert "This installation sends no e-mail." in page


def test_a_message_stands_in_no_cookie():
    browser = builders.signed_in(builders.member(builders.practice()))
    answer = browser.post("/account/password", {"present": builders.PASSWORD, "password": NEW})
    assert "messages" not in answer.cookies
    assert "Your password is changed" in browser.get("/today").content.decode()
    assert {name for name in browser.cookies if "message" in name} == set()
