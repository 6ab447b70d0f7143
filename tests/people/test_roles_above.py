"""Nobody invites, changes or renames somebody whose role is above their own, on any page."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import product

import pytest
from django.core import mail
from django.test import Client as Browser

from clearbill.people import invitations
from clearbill.people.models import Invitation, Membership, Role
from tests import builders

pytestmark = pytest.mark.django_db
RANKS = {Role.OWNER: 2, Role.ADMINISTRATOR: 1}
PAIRS = list(product(Role, Role))
LINK = "/invitations/"


def may(by: str, role: str) -> bool:
    return by in RANKS and RANKS.get(Role(role), 0) <= RANKS[Role(by)]


@pytest.fixture
def owner():
    return builders.member(builders.practice("Alder Rooms"), email="owner@example.org")


def invitation(owner: Membership, role: str) -> Invitation:
    return Invitation.objects.create(
        practice=owner.practice,
        email="ida@example.org",
        full_name="Ida Example",
        role=role,
        secret_digest=invitations.digest("known"),
        invited_by=owner.user,
        expires_at=builders.NOW + timedelta(days=9000),
    )


def change(browser: Browser, member: Membership, **changes: str) -> str:
    sent = {"full_name": "Rosa Example", "role": member.role, "name": "Rosa Example"}
    sent |= {"is_active": "on"} if member.is_active else {}
    answer = browser.post(f"/settings/users/{member.pk}", {**sent, **changes}, follow=True)
    member.refresh_from_db()
    member.user.refresh_from_db()
    return str(answer.content.decode())


@pytest.mark.parametrize(("by", "role"), PAIRS)
def test_inviting(owner, by, role):
    browser = builders.signed_in(builders.member(owner.practice, by))
    given = {"full_name": "Ida Example", "email": "ida@example.org", "role": role}
    page = browser.post("/settings/users/invite", given, follow=True).content.decode()
    assert Invitation.objects.exists() == may(by, role)
    assert (LINK in page) == may(by, role)
    assert len(mail.outbox) == may(by, role)


@pytest.mark.parametrize(("by", "role"), PAIRS)
def test_sending_again_and_seeing_the_link(owner, by, role):
    row = invitation(owner, role)
    browser = builders.signed_in(builders.member(owner.practice, by))
    assert (f"{row.pk}/resend" in browser.get("/settings/users").content.decode()) == may(by, role)
    page = browser.post(f"/settings/users/invitations/{row.pk}/resend", follow=True).content.decode()
    assert (LINK in page) == may(by, role)
    assert len(mail.outbox) == may(by, role)
    # The link that the person was sent is good as long as nobody replaced it.
    assert Browser().get("/invitations/known").status_code == (404 if may(by, role) else 200)


@pytest.mark.parametrize(("by", "role"), PAIRS)
def test_withdrawing(owner, by, role):
    row = invitation(owner, role)
    browser = builders.signed_in(builders.member(owner.practice, by))
    assert (f"{row.pk}/withdraw" in browser.get("/settings/users").content.decode()) == may(by, role)
    browser.post(f"/settings/users/invitations/{row.pk}/withdraw")
    row.refresh_from_db()
    assert (row.withdrawn_at is not None) == may(by, role)


@pytest.mark.parametrize(("by", "role", "to"), [(by, *pair) for by, pair in product(Role, PAIRS) if pair[0] != pair[1]])
def test_changing_a_role(owner, by, role, to):
    member = builders.member(owner.practice, role)
    change(builders.signed_in(builders.member(owner.practice, by)), member, role=to)
    assert (member.role == to) == (may(by, role) and may(by, to))


@pytest.mark.parametrize(("by", "to"), PAIRS)
def test_changing_ones_own_role(owner, by, to):
    member = builders.member(owner.practice, by)
    change(builders.signed_in(member), member, role=to)
    assert member.role == (to if may(by, to) else by)


@pytest.mark.parametrize(("by", "role"), PAIRS)
def test_deactivating_and_making_active_again(owner, by, role):
    browser = builders.signed_in(builders.member(owner.practice, by))
    for is_active in (True, False):
        member = builders.member(owner.practice, role)
        Membership.objects.filter(pk=member.pk).update(is_active=is_active)
        member.refresh_from_db()
        sent = {"is_active": ""} if is_active else {"is_active": "on"}
        change(browser, member, **sent)
        assert member.is_active == (is_active is not may(by, role))


@pytest.mark.parametrize(("by", "role"), PAIRS)
def test_renaming(owner, by, role):
    member = builders.member(owner.practice, role)
    change(builders.signed_in(builders.member(owner.practice, by)), member, full_name="Mallory")
    assert member.user.full_name == ("Mallory" if may(by, role) else "Rosa Example")


def test_an_administrator_is_told_why_the_name_of_an_owner_cannot_be_changed(owner):
    browser = builders.signed_in(builders.member(owner.practice, Role.ADMINISTRATOR))
    page = browser.get(f"/settings/users/{owner.pk}").content.decode()
    assert "Only an owner can change the name of an owner." in page


@pytest.mark.parametrize("role", list(Role))
def test_a_link_is_not_shown_to_who_is_no_owner_any_more_nor_in_another_practice(owner, role):
    browser = builders.signed_in(owner)
    given = {"full_name": "Ida Example", "email": "ida@example.org", "role": Role.OWNER}
    browser.post("/settings/users/invite", given)
    Membership.objects.filter(pk=owner.pk).update(role=role)
    assert (LINK in browser.get("/settings/users").content.decode()) == (role == Role.OWNER)
    other = Membership.objects.create(practice=builders.practice("Beech"), user=owner.user, role=Role.OWNER)
    browser.post("/settings/users/invite", {**given, "email": f"{role}@example.org"})
    browser.post("/practice", {"practice": str(other.practice_id)})
    assert LINK not in browser.get("/settings/users").content.decode()


def test_a_link_does_not_tell_whether_the_address_has_a_sign_in_elsewhere(owner):
    row = invitation(owner, Role.RECEPTIONIST)
    pages = []
    for is_known in (False, True):
        if is_known:
            builders.member(builders.practice("Beech Rooms"), email=row.email)
        looked = Browser().get("/invitations/known")
        refused = Browser().post("/invitations/known", {"full_name": "Ida", "password": "short"})
        pages.append([_without_token(answer.content.decode()) for answer in (looked, refused)])
    assert pages[0] == pages[1]


def _without_token(page: str) -> str:
    return re.sub(r"[A-Za-z0-9]{64}", "", page)
