"""A session is locked when nobody uses it, over after twelve hours, and ended by the person; what was typed is kept."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client as Browser

from clearbill.clients.models import Client
from clearbill.people import sessions
from clearbill.people.models import AuditEntry, Membership, Practice, UserSession
from tests import builders
from tests.builders import NOW
from tests.web.sign_in.second_factor.factors import first_step, set_up_app

pytestmark = pytest.mark.django_db
EMAIL = "rosa@example.org"
MINUTE = timedelta(minutes=1)
CLIENT = {"first_name": "Testa", "last_name": "Sample"}


def at(moment: datetime):
    return time_machine.travel(moment, tick=False)


@pytest.fixture
def member() -> Membership:
    return builders.member(builders.practice(idle_minutes=15), email=EMAIL)


@pytest.fixture
def browser(member) -> Browser:
    """Signed in, and used at NOW."""
    with at(NOW):
        signed_in = Browser()
        first_step(signed_in, EMAIL)
        assert signed_in.get("/today").status_code == 200
    return signed_in


def sign_in(browser: Browser, **more: str):
    return first_step(browser, EMAIL, **more)


def test_used_now_and_then_it_stays_open(browser):
    for minutes in range(14, 60, 14):
        with at(NOW + minutes * MINUTE):
            assert browser.get("/today").status_code == 200


def test_after_fifteen_minutes_without_use_it_is_locked_and_the_password_opens_it(browser):
    with at(NOW + 16 * MINUTE):
        assert browser.get("/settings/users")["Location"] == "/sign-in?next=/settings/users"
        page = browser.get("/sign-in?next=/settings/users").content.decode()
        assert "<h1>Locked</h1>" in page
        assert f'value="{EMAIL}"' in page
        assert sign_in(browser, next="/settings/users")["Location"] == "/settings/users"
        assert browser.get("/settings/users").status_code == 200


def test_a_wrong_password_does_not_open_it(browser):
    with at(NOW + 16 * MINUTE):
        assert browser.post("/sign-in", {"username": EMAIL, "password": "wrong"}).status_code == 200
        assert browser.get("/today").status_code == 302


def test_a_locked_session_asks_for_no_second_factor_but_never_opens_for_another_person(member, browser):
    with at(NOW):
        set_up_app(browser)
    other = builders.member(member.practice, email="sam@example.org")
    with at(NOW + 16 * MINUTE):
        first_step(browser, "sam@example.org")
        assert browser.session["_auth_user_id"] == str(other.user_id)
        first_step(Browser(), EMAIL)
    with at(NOW):
        locked = builders.signed_in(member)
        locked.get("/today")
    with at(NOW + 16 * MINUTE):
        assert sign_in(locked)["Location"] == "/today"
        assert locked.get("/today").status_code == 200


def test_a_page_that_asks_by_itself_is_no_use(browser):
    for minutes in range(1, 16):
        with at(NOW + minutes * MINUTE):
            browser.get("/today", headers={"X-By-Itself": "yes"})
    with at(NOW + 16 * MINUTE):
        assert browser.get("/today").status_code == 302


def test_a_form_sent_to_a_locked_session_is_kept_and_given_back(browser, member):
    with at(NOW + 16 * MINUTE):
        answer = browser.post("/clients/new", {**CLIENT, **builders.shown_to(member)})
        assert answer.status_code == 401
        page = answer.content.decode()
        assert "<h1>Locked</h1>" in page
        typed = " ".join(page.split()).partition('name="typed" value="')[2].partition('"')[0]
        again = sign_in(browser, typed=typed).content.decode()
    assert 'name="last_name" value="Sample"' in again
    assert not Client.objects.exists()


def test_the_practice_chooses_the_time(browser, member):
    Practice.objects.update(idle_minutes=5)
    with at(NOW + 6 * MINUTE):
        assert browser.get("/today").status_code == 302


def test_after_twelve_hours_it_is_over_however_much_it_was_used(browser):
    for quarters in range(1, 48):
        with at(NOW + quarters * 15 * MINUTE - MINUTE):
            assert browser.get("/today").status_code == 200
    with at(NOW + sessions.LONGEST):
        assert browser.get("/today").status_code == 302
        assert "<h1>Sign in</h1>" in browser.get("/sign-in").content.decode()


def test_a_person_sees_where_they_are_signed_in(member):
    for name, minutes in (("Mozilla/5.0 (Windows) Firefox/140", 0), ("Mozilla/5.0 (Linux) Firefox/140", 3)):
        with at(NOW + minutes * MINUTE):
            browser = Browser(headers={"User-Agent": name})
            sign_in(browser)
    builders.member(member.practice, email="sam@example.org")
    first_step(Browser(headers={"User-Agent": "Mozilla/5.0 (iPad) Safari"}), "sam@example.org")
    with at(NOW + 4 * MINUTE):
        page = browser.get("/account/sessions").content.decode()
    assert "Firefox on Windows" in page
    assert "Firefox on Linux" in page
    assert "127.0.0.1" in page
    assert "an iPad" not in page
    assert page.count("This one") == 1


def test_a_person_ends_one_session_or_all_others(member):
    with at(NOW):
        here, *others = [builders.signed_in(member) for _ in range(4)]
        for browser in (here, *others):
            browser.get("/today")
        first = UserSession.objects.get(session_key=others[0].session.session_key)
        here.post(f"/account/sessions/{first.pk}/end")
        assert [one.get("/today").status_code for one in (here, *others)] == [200, 302, 200, 200]
        here.post("/account/sessions/end-others")
        assert [one.get("/today").status_code for one in (here, *others)] == [200, 302, 302, 302]
    assert {entry.action for entry in AuditEntry.objects.all()} == {"ended other sessions"}


def test_after_a_new_password_only_this_session_is_listed(member):
    here, elsewhere = builders.signed_in(member), builders.signed_in(member)
    new = {"present": builders.PASSWORD, "password": "seven green violins"}
    assert here.post("/account/password", new)["Location"] == "/today"
    assert elsewhere.get("/today").status_code == 302
    page = here.get("/account/sessions").content.decode()
    assert page.count("This one") == 1
    assert UserSession.objects.count() == 1


def test_nobody_ends_a_session_of_somebody_else(member):
    with at(NOW):
        theirs, mine = builders.signed_in(member), builders.signed_in(builders.member(member.practice))
        theirs.get("/today")
        mine.get("/today")
        row = UserSession.objects.get(user=member.user)
        mine.post(f"/account/sessions/{row.pk}/end")
        assert theirs.get("/today").status_code == 200


def test_the_session_one_works_in_ends_by_signing_out_only(member):
    browser = builders.signed_in(member)
    browser.get("/today")
    assert browser.post(f"/account/sessions/{UserSession.objects.get().pk}/end")["Location"] == "/account/sessions"
    assert browser.get("/today").status_code == 200


def test_sessions_that_are_gone_are_forgotten(browser):
    sessions.clear()
    assert UserSession.objects.count() == 1
    Session.objects.all().delete()
    sessions.clear()
    assert not UserSession.objects.exists()


def test_a_page_that_nobody_touched_locks_the_session_at_once(browser):
    with at(NOW + MINUTE):
        assert browser.post("/account/lock").status_code == 204
        assert browser.get("/today").status_code == 302
        assert browser.post("/sign-in", {"username": EMAIL, "password": "wrong"}).status_code == 200
        assert browser.get("/today").status_code == 302
        assert sign_in(browser)["Location"] == "/today"
        assert browser.get("/today").status_code == 200
