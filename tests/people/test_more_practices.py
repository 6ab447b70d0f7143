from __future__ import annotations

import io
import re

import pytest
from django.core.management import CommandError, call_command
from django.test import Client as Browser

from clearbill.people.models import AuditEntry, Membership, Practice, Role, User
from tests import builders

pytestmark = pytest.mark.django_db


def add(*words: str) -> str:
    out = io.StringIO()
    call_command("practice", *words, stdout=out)
    return out.getvalue()


def test_a_new_owner_chooses_a_password_by_the_printed_link_and_sees_the_new_practice_only():
    first = builders.practice()
    client = builders.client(first)
    said = add("Hillside Rooms", "--owner", "Sam@Example.org", "--owner-name", "Sam Hill")
    browser = Browser()
    form = browser.get(re.search(r"http://localhost:\d+(/password/\S+)", said)[1])["Location"]
    browser.post(form, {"password": "seven green violins"})
    user = User.objects.get(email="sam@example.org")
    assert user.check_password("seven green violins")
    browser.force_login(user)
    assert "Hillside Rooms" in browser.get("/today").content.decode()
    assert browser.get(f"/clients/{client.pk}").status_code == 404
    assert AuditEntry.objects.filter(practice__name="Hillside Rooms", action="added the practice").exists()


def test_behind_a_proxy_the_link_has_the_address_under_which_people_open_clearbill(settings):
    settings.ADDRESS = "https://desk.example.org"
    said = add("Hillside Rooms", "--owner", "sam@example.org", "--owner-name", "Sam Hill")
    assert re.search(r"https://desk\.example\.org/password/\S+", said)


def test_somebody_who_has_a_sign_in_becomes_the_owner_without_a_new_password():
    member = builders.member(builders.practice())
    said = add("Hillside Rooms", "--owner", member.user.email)
    assert "/password/" not in said
    assert Membership.objects.get(practice__name="Hillside Rooms", user=member.user).role == Role.OWNER


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["Hillside Rooms", "--owner", "sam"], "no e-mail address"),
        (["Hillside Rooms", "--owner", "sam@example.org"], "--owner-name"),
        ([" ", "--owner", "sam@example.org", "--owner-name", "Sam Hill"], "Give the practice a name"),
    ],
)
def test_what_cannot_be_added_is_refused_with_a_sentence_and_leaves_nothing(words, sentence):
    with pytest.raises(CommandError, match=sentence):
        add(*words)
    assert not Practice.objects.exists()
    assert not User.objects.exists()
