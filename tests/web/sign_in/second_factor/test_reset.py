"""Whoever lost phone and codes: an owner or administrator takes the second factor away, never above their own role."""

from __future__ import annotations

from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client as Browser

from clearbill.people import account_mail
from clearbill.people.models import AuditEntry, Membership, Role
from tests import builders
from tests.web.sign_in.second_factor.factors import first_step, set_up_app

pytestmark = pytest.mark.django_db


def with_app(member: Membership) -> Membership:
    set_up_app(builders.signed_in(member))
    AuditEntry.objects.all()._raw_delete("default")
    return member


def take_away(by: Membership, member: Membership):
    return builders.signed_in(by).post(f"/settings/users/{member.pk}/second-factor/reset", follow=True)


def test_an_administrator_takes_it_away_and_the_person_is_told():
    practice = builders.practice()
    by, lost = (
        builders.member(practice, Role.ADMINISTRATOR),
        builders.member(practice, Role.RECEPTIONIST, "sam@x.example"),
    )
    with_app(lost)
    page = take_away(by, lost).content.decode()
    assert "signs in with the password alone" in page
    assert not Authenticator.objects.exists()
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.by, entry.subject_id) == ("took away the second factor", by.user, str(lost.user_id))
    while account_mail.send_next(now=builders.NOW, link=lambda user: ""):
        pass
    assert "Your second factor was taken away" in mail.outbox[-1].body
    assert first_step(Browser(), "sam@x.example")["Location"] == "/today"


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.PRACTITIONER, Role.ACCOUNTANT])
def test_other_roles_cannot(role):
    practice = builders.practice()
    lost = with_app(builders.member(practice, Role.RECEPTIONIST))
    assert take_away(builders.member(practice, role), lost).status_code == 403
    assert Authenticator.objects.exists()


def test_an_administrator_cannot_for_an_owner():
    practice = builders.practice()
    lost = with_app(builders.member(practice, Role.OWNER))
    page = take_away(builders.member(practice, Role.ADMINISTRATOR), lost).content.decode()
    assert "Only an owner can do this for an owner." in page
    assert Authenticator.objects.exists()
    assert not AuditEntry.objects.exists()


def test_nobody_does_it_for_a_person_of_another_practice_too():
    practice = builders.practice()
    lost = with_app(builders.member(practice, Role.RECEPTIONIST))
    Membership.objects.create(practice=builders.practice("Beech Rooms"), user=lost.user, role=Role.OWNER)
    page = take_away(builders.member(practice, Role.OWNER), lost).content.decode()
    assert "works in another practice too" in page
    assert Authenticator.objects.exists()


def test_nobody_does_it_for_themselves_or_for_strangers():
    owner = with_app(builders.member(builders.practice()))
    assert "on the page of your sign-in" in take_away(owner, owner).content.decode()
    stranger = builders.member(builders.practice("Beech Rooms"))
    assert take_away(stranger, owner).status_code == 404
    assert Authenticator.objects.exists()


def test_the_page_of_a_user_offers_it_only_where_there_is_one():
    practice = builders.practice()
    by, lost = builders.member(practice), builders.member(practice, Role.RECEPTIONIST)
    offer = "Take the second factor away"
    assert offer not in builders.signed_in(by).get(f"/settings/users/{lost.pk}").content.decode()
    with_app(lost)
    assert offer in builders.signed_in(by).get(f"/settings/users/{lost.pk}").content.decode()


def test_a_command_does_it_for_an_only_owner():
    owner = with_app(builders.member(builders.practice(), email="rosa@example.org"))
    said = StringIO()
    call_command("reset_second_factor", " Rosa@example.org", stdout=said)
    assert "is taken away" in said.getvalue()
    assert not Authenticator.objects.exists()
    entry = AuditEntry.objects.get(practice=owner.practice)
    assert (entry.action, entry.by) == ("took away the second factor", None)


@pytest.mark.parametrize(
    ("email", "why"), [("nobody@example.org", "Nobody here"), ("sam@example.org", "has no second")]
)
def test_the_command_says_where_there_is_nothing_to_do(email, why):
    builders.member(builders.practice(), email="sam@example.org")
    with pytest.raises(CommandError, match=why):
        call_command("reset_second_factor", email)
