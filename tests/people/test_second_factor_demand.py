"""Of whom a practice demands a second factor, by when, and what happens after that day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine

from clearbill.people import services
from clearbill.people.models import AuditEntry, Practice, Role, SecondFactorFor
from clearbill.people.sign_in import second_factor_demand
from tests import builders
from tests.web.sign_in.second_factor.factors import set_up_app

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 10)
LAST_DAY = date(2026, 11, 17)
MANAGERS = {Role.OWNER, Role.ADMINISTRATOR}
SET_UP = "/account/second-factor"


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(
    ("demanded", "roles"),
    [
        (SecondFactorFor.NOBODY, set()),
        (SecondFactorFor.MANAGERS, MANAGERS),
        (SecondFactorFor.EVERYBODY, set(Role)),
    ],
)
def test_it_is_demanded_of_those_whom_the_practice_names(demanded, roles, role):
    member = builders.member(builders.practice(second_factor_for=demanded), role)
    assert second_factor_demand.due_on(member, today=TODAY) == (LAST_DAY if role in roles else None)


def test_the_week_begins_when_it_is_first_asked_for():
    member = builders.member(builders.practice(second_factor_for=SecondFactorFor.EVERYBODY))
    assert second_factor_demand.due_on(member, today=TODAY) == LAST_DAY
    assert second_factor_demand.due_on(member, today=TODAY + timedelta(days=30)) == LAST_DAY


def test_a_new_practice_demands_it_of_owners_and_administrators():
    given = {"full_name": "Rosa Example", "email": "rosa@example.org", "password": builders.PASSWORD}
    owner = services.set_up(code=services.set_up_code(), practice_name="New", now=builders.NOW, **given)
    assert second_factor_demand.is_demanded_of(owner)
    assert not second_factor_demand.is_demanded_of(builders.member(owner.practice, Role.RECEPTIONIST))


@pytest.fixture
def member():
    return builders.member(builders.practice(second_factor_for=SecondFactorFor.MANAGERS))


def at(day: date):
    return time_machine.travel(builders.NOW + (day - TODAY), tick=False)


def test_until_the_last_day_every_page_says_the_day_and_opens(member):
    with at(TODAY):
        browser = builders.signed_in(member)
        assert "You can work without it until 17 Nov 2026" in " ".join(browser.get("/today").content.decode().split())
    with at(LAST_DAY):
        assert builders.signed_in(member).get("/today").status_code == 200


def test_after_it_every_page_leads_to_where_it_is_set_up_and_those_of_the_sign_in_stay_open(member):
    second_factor_demand.due_on(member, today=TODAY)
    with at(LAST_DAY + timedelta(days=1)):
        browser = builders.signed_in(member)
        assert browser.get("/today")["Location"] == SET_UP
        assert browser.get("/clients/", headers={"HX-Request": "true"})["HX-Redirect"] == SET_UP
        assert browser.get(SET_UP).status_code == 200
        assert browser.get("/account/password").status_code == 200
        set_up_app(browser)
        assert browser.get("/today").status_code == 200
        assert browser.post("/sign-out")["Location"] == "/sign-in"


def test_a_form_that_is_sent_after_it_is_not_saved_and_not_lost(member):
    second_factor_demand.due_on(member, today=TODAY)
    with at(LAST_DAY + timedelta(days=1)):
        sent = {"name": "Beech Rooms", **builders.shown_to(member)}
        answer = builders.signed_in(member).post("/settings/practice", sent)
    assert answer.status_code == 403
    assert "Set up a second factor first" in answer.content.decode()
    assert 'name="name" value="Beech Rooms"' in answer.content.decode()
    assert Practice.objects.get().name == member.practice.name


def test_somebody_whose_second_factor_was_taken_away_has_a_week_again(member):
    from clearbill.people.sign_in import second_factor

    second_factor_demand.due_on(member, today=TODAY - timedelta(days=100))
    second_factor.reset_by_operator(member.user, now=builders.NOW)
    member.user.refresh_from_db()
    assert second_factor_demand.due_on(member, today=TODAY) == LAST_DAY


def test_an_administrator_changes_of_whom_it_is_demanded_and_the_trail_says_so():
    member = builders.member(builders.practice(idle_minutes=15), Role.ADMINISTRATOR)
    browser = builders.signed_in(member)
    page = browser.get("/settings/sign-in").content.decode()
    version = page.partition('name="version" value="')[2].partition('"')[0]
    given = {"second_factor_for": "everybody", "idle_minutes": "15", "version": version, **builders.shown_to(member)}
    assert browser.post("/settings/sign-in", given).status_code == 302
    assert Practice.objects.get().second_factor_for == SecondFactorFor.EVERYBODY
    entry = AuditEntry.objects.get()
    assert entry.action == "changed the rules of the sign-in"
    assert entry.changes == {"second_factor_for": ["nobody", "everybody"]}
    trail = browser.get("/settings/audit").content.decode()
    assert "Second factor demanded of" in trail
