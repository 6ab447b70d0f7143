from __future__ import annotations

import pytest
from django.test import Client as Browser

from clearbill.people import services
from clearbill.people.models import AuditEntry, Membership, Practice, Role
from tests import builders

pytestmark = pytest.mark.django_db
FORM = {
    "practice_name": "Zoë’s Rooms",
    "full_name": "Rosa O’Example",
    "email": "Rosa@Example.org",
    "password": "seven green violins",
}


@pytest.fixture(autouse=True)
def _fresh_installation(settings, tmp_path):
    settings.DATA_FOLDER = tmp_path


def test_with_nobody_there_the_sign_in_leads_to_the_set_up():
    assert Browser().get("/sign-in")["Location"] == "/set-up"


def test_the_set_up_makes_the_practice_and_its_owner_and_signs_in():
    browser = Browser()
    answer = browser.post("/set-up", {**FORM, "code": f" {services.set_up_code().upper()} "})
    assert answer["Location"] == "/settings/"
    member = Membership.objects.get()
    assert (member.practice.name, member.role, member.user.email) == ("Zoë’s Rooms", Role.OWNER, "rosa@example.org")
    assert browser.get("/settings/").status_code == 200
    assert AuditEntry.objects.get().action == "set up the practice"


def test_a_wrong_code_is_told_at_its_field_and_nothing_typed_is_lost():
    page = Browser().post("/set-up", {**FORM, "code": "abcd-abcd"}).content.decode()
    assert "This is not the set-up code." in page
    assert 'value="Rosa O’Example"' in page
    assert not Practice.objects.exists()


def test_a_weak_password_is_refused_with_a_reason():
    form = {**FORM, "password": "password12", "code": services.set_up_code()}
    assert "too common" in Browser().post("/set-up", form).content.decode()
    assert not Practice.objects.exists()


def test_once_somebody_can_sign_in_the_set_up_is_closed_even_with_the_code():
    builders.member(builders.practice())
    code = services.set_up_code()
    assert Browser().get("/set-up")["Location"] == "/sign-in"
    assert Browser().post("/set-up", {**FORM, "code": code})["Location"] == "/sign-in"
    assert Practice.objects.count() == 1


def test_the_code_stays_the_same_until_it_is_used_and_is_readable_by_its_owner_only(settings):
    assert services.set_up_code() == services.set_up_code()
    assert (settings.DATA_FOLDER / "set-up-code").stat().st_mode & 0o077 == 0
