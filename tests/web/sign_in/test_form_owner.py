"""A form belongs to the person and the practice that it was shown to: no other gets it."""

from __future__ import annotations

import html
import json
import re
from datetime import timedelta

import pytest
from django.test import Client as Browser

from clearbill.clients.models import Client
from clearbill.people.models import Membership, Role
from tests import builders

pytestmark = pytest.mark.django_db
FORM = {"first_name": "Testa", "last_name": "O’Sample", "action": "save"}


@pytest.fixture
def here() -> Membership:
    """A member of two practices, at work in the first."""
    return builders.member(builders.practice("Ash Clinic"), email="rosa@example.org")


@pytest.fixture
def there(here: Membership) -> Membership:
    return Membership.objects.create(practice=builders.practice("Beech Rooms"), user=here.user, role=Role.OWNER)


def hidden(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in found}


def test_a_form_of_another_practice_is_written_in_neither_and_says_so(here: Membership, there: Membership) -> None:
    browser = builders.signed_in(here)
    answer = browser.post("/clients/new", FORM | builders.shown_to(there))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "This page was opened in Beech Rooms, and you work in Ash Clinic now. Nothing was saved." in page
    assert not Client.objects.exists()


def test_it_is_sent_in_its_own_practice_with_one_press(here: Membership, there: Membership) -> None:
    browser = builders.signed_in(here)
    page = browser.post("/clients/new", FORM | builders.shown_to(there)).content.decode()
    assert 'action="/clients/new"' in page
    saved = browser.post("/clients/new", hidden(page[page.index('action="/clients/new"') :].partition("</form>")[0]))
    made = Client.objects.get()
    assert (made.practice, made.last_name) == (there.practice, "O’Sample")
    assert saved.status_code == 302
    assert "Beech Rooms - Clearbill</title>" in browser.get("/clients/").content.decode()


def test_what_was_typed_while_somebody_else_was_signed_in_is_not_shown(here: Membership) -> None:
    other = builders.member(here.practice)
    answer = builders.signed_in(here).post("/clients/new", FORM | builders.shown_to(other))
    assert answer.status_code == 409
    assert "somebody else was signed in" in answer.content.decode()
    assert "O’Sample" not in answer.content.decode()
    assert not Client.objects.exists()


def test_a_form_of_a_practice_that_one_has_left_goes_nowhere(here: Membership, there: Membership) -> None:
    there.is_active = False
    there.save()
    browser = builders.signed_in(here)
    page = browser.post("/clients/new", FORM | builders.shown_to(there)).content.decode()
    assert "no longer a member" in page
    assert "O’Sample" not in page
    again = browser.post("/clients/new", FORM | builders.shown_to(there) | {"work_in": str(there.practice_id)})
    assert again.status_code == 409
    assert not Client.objects.exists()


def test_pieces_of_a_page_are_refused_with_a_note(here: Membership, there: Membership) -> None:
    headers = {"HX-Request": "true", "X-Shown-To": builders.shown_to(there)["shown_to"]}
    answer = builders.signed_in(here).post("/clients/", {"q": "x"}, headers=headers)
    assert (answer.status_code, answer["HX-Retarget"]) == (409, "#signed-out")
    assert "Beech Rooms" in answer.content.decode()


def test_a_drag_on_the_calendar_of_another_practice_is_refused_in_words(here: Membership, there: Membership) -> None:
    visit = builders.appointment(here.practice)
    start = (visit.starts_at + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    answer = builders.signed_in(here).post(
        f"/calendar/{visit.pk}/move",
        {"start": start, "end": start},
        headers={"X-Shown-To": f"{here.user_id}.{there.practice_id}"},
    )
    assert answer.status_code == 409
    assert json.loads(answer.content)["sentence"].startswith("This page was opened in Beech Rooms")


def test_the_last_practice_is_the_one_of_the_next_sign_in(here: Membership, there: Membership) -> None:
    browser = builders.signed_in(here)
    browser.post("/practice", builders.shown_to(here) | {"practice": str(there.practice_id)})
    fresh = Browser()
    fresh.post("/sign-in", {"username": "rosa@example.org", "password": builders.PASSWORD})
    assert "Today - Beech Rooms - Clearbill</title>" in fresh.get("/today").content.decode()


def test_the_practice_is_changed_from_a_page_of_any_practice(here: Membership, there: Membership) -> None:
    browser = builders.signed_in(here)
    answer = browser.post("/practice", builders.shown_to(there) | {"practice": str(there.practice_id)})
    assert answer.status_code == 302
    assert browser.post("/practice", {"practice": str(builders.practice("No member").pk)}).status_code == 404


def test_who_has_left_the_only_practice_is_told_so_at_once(here: Membership) -> None:
    browser = builders.signed_in(here)
    here.is_active = False
    here.save()
    for answer in (browser.get("/today"), browser.post("/clients/new", FORM)):
        assert answer.status_code == 403
        assert "You are in no practice here" in answer.content.decode()
    assert not Client.objects.exists()


@pytest.mark.parametrize("text", ["", "x", "x.y", "1.2", "é.é"])
def test_what_is_no_owner_says_nothing(text: str, here: Membership) -> None:
    assert builders.signed_in(here).post("/clients/new", FORM | {"shown_to": text}).status_code == 302
