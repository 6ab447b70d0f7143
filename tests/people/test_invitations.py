from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client as Browser
from django.utils import timezone

from clearbill.people.models import AuditEntry, Invitation, Membership, Role
from clearbill.workspace.models import Practitioner
from tests import builders

pytestmark = pytest.mark.django_db
FORM = {"full_name": "Ida Example", "email": "Ida@example.org", "role": Role.RECEPTIONIST}
ACCEPT = {"full_name": "Ida Example", "password": "seven green violins"}


def invite(browser: Browser, **changes: str) -> str:
    """Invite and return the path of the link, read from the page that shows it once."""
    answer = browser.post("/settings/users/invite", {**FORM, **changes}, follow=True)
    return re.search(r'value="http://localhost:8000(/invitations/[^"]+)"', answer.content.decode())[1]


@pytest.fixture
def owner():
    return builders.member(builders.practice("Alder Rooms"))


def test_an_invited_person_sets_a_password_and_is_in(owner):
    link = invite(builders.signed_in(owner))
    assert link in mail.outbox[0].body
    assert mail.outbox[0].to == ["ida@example.org"]
    browser = Browser()
    assert "Join Alder Rooms" in browser.get(link).content.decode()
    assert browser.post(link, ACCEPT)["Location"] == "/today"
    member = Membership.objects.get(user__email="ida@example.org")
    assert (member.practice, member.role) == (owner.practice, Role.RECEPTIONIST)
    assert browser.get("/settings/users").status_code == 200
    assert [entry.action for entry in AuditEntry.objects.order_by("at")] == ["invited", "accepted the invitation"]


def test_who_was_invited_as_a_practitioner_can_be_booked_at_once_and_is_not_ready_without_a_number(owner):
    link = invite(builders.signed_in(owner), role=Role.PRACTITIONER)
    Browser().post(link, ACCEPT)
    page = builders.signed_in(owner).get("/calendar/new").content.decode()
    assert re.search(r"<option[^>]*>\s*Ida Example\s*</option>", page)
    assert [(one.name, one.is_active) for one in Practitioner.objects.all()] == [("Ida Example", True)]
    assert "Ida Example" in builders.signed_in(owner).get("/settings/readiness").content.decode()


def test_the_link_is_shown_once_and_its_secret_is_stored_nowhere(owner):
    browser = builders.signed_in(owner)
    link = invite(browser)
    assert link not in browser.get("/settings/users").content.decode()
    secret = link.rsplit("/", 1)[1]
    assert secret not in str(Invitation.objects.values().get())
    assert secret not in str(list(AuditEntry.objects.values()))


def test_an_invitation_is_good_for_14_days(owner):
    link = invite(builders.signed_in(owner))
    with time_machine.travel(timezone.now() + timedelta(days=13, hours=23)):
        assert Browser().get(link).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(days=14, minutes=1)):
        for answer in (Browser().get(link), Browser().post(link, ACCEPT)):
            assert answer.status_code == 404
            assert "no longer good" in answer.content.decode()
    assert not Membership.objects.filter(user__email="ida@example.org").exists()


def test_an_invitation_can_be_accepted_once(owner):
    link = invite(builders.signed_in(owner))
    Browser().post(link, ACCEPT)
    assert Browser().get(link).status_code == 404


def test_sending_again_makes_the_old_link_useless(owner):
    browser = builders.signed_in(owner)
    old = invite(browser)
    invitation = Invitation.objects.get()
    answer = browser.post(f"/settings/users/invitations/{invitation.pk}/resend", follow=True)
    new = re.search(r'value="http://localhost:8000(/invitations/[^"]+)"', answer.content.decode())[1]
    assert len(mail.outbox) == 2
    assert Browser().get(old).status_code == 404
    assert Browser().get(new).status_code == 200


def test_a_withdrawn_invitation_is_useless_and_gone_from_the_list(owner):
    browser = builders.signed_in(owner)
    link = invite(browser)
    invitation = Invitation.objects.get()
    browser.post(f"/settings/users/invitations/{invitation.pk}/withdraw")
    assert Browser().get(link).status_code == 404
    again = browser.post(f"/settings/users/invitations/{invitation.pk}/withdraw", follow=True)
    assert "withdrawn in the meantime" in again.content.decode()
    assert "ida@example.org" not in browser.get("/settings/users").content.decode()


def test_somebody_with_a_sign_in_of_another_practice_signs_in_and_joins(owner):
    elsewhere = builders.member(builders.practice("Beech Rooms"), email="ida@example.org")
    link = invite(builders.signed_in(owner))
    assert f"/sign-in?next={link}" in Browser().get(link).content.decode()
    assert Browser().post(link, ACCEPT).status_code == 200
    assert not Membership.objects.filter(practice=owner.practice, user=elsewhere.user).exists()
    browser = builders.signed_in(elsewhere)
    assert browser.post(link)["Location"] == "/today"
    assert Membership.objects.get(practice=owner.practice, user=elsewhere.user).role == Role.RECEPTIONIST
    assert "How Alder Rooms works" in browser.get("/settings/").content.decode()


def test_somebody_without_a_practice_may_sign_in_to_accept_an_invitation(owner):
    left = builders.member(builders.practice("Beech Rooms"), email="ida@example.org")
    Membership.objects.filter(pk=left.pk).update(is_active=False)
    link = invite(builders.signed_in(owner))
    browser = Browser()
    form = {"username": "ida@example.org", "password": builders.PASSWORD, "next": link}
    assert browser.post("/sign-in", form)["Location"] == link
    assert browser.post(link)["Location"] == "/today"


def test_an_invitation_is_not_for_somebody_else_who_is_signed_in(owner):
    link = invite(builders.signed_in(owner))
    other = builders.signed_in(builders.member(builders.practice("Beech Rooms"), email="max@example.org"))
    assert "You are signed in as max@example.org" in other.post(link).content.decode()
    assert not Membership.objects.filter(practice=owner.practice, user__email="max@example.org").exists()
    assert other.post("/sign-out", {"next": link})["Location"] == link


@pytest.mark.parametrize("email", ["ida@example.org", "IDA@example.org"])
def test_who_is_invited_or_here_already_is_not_invited_again(owner, email):
    browser = builders.signed_in(owner)
    link = invite(browser)
    page = browser.post("/settings/users/invite", {**FORM, "email": email}).content.decode()
    assert "is invited already" in page
    assert 'value="Ida Example"' in page
    Browser().post(link, ACCEPT)
    page = browser.post("/settings/users/invite", {**FORM, "email": email}).content.decode()
    assert "is a user of the practice already" in page


def test_only_an_owner_invites_an_owner(owner):
    administrator = builders.signed_in(builders.member(owner.practice, Role.ADMINISTRATOR))
    page = administrator.post("/settings/users/invite", {**FORM, "role": Role.OWNER}).content.decode()
    assert "Only an owner can make somebody an owner." in page
    assert not Invitation.objects.exists()


def test_an_e_mail_that_cannot_be_sent_leaves_the_link_to_pass_on(owner, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    answer = builders.signed_in(owner).post("/settings/users/invite", FORM, follow=True)
    assert "No e-mail was sent" in answer.content.decode()
    assert Invitation.objects.count() == 1


@pytest.mark.parametrize("bad", [{"email": "ida"}, {"full_name": ""}, {"role": "king"}])
def test_bad_input_keeps_what_was_typed(owner, bad):
    page = builders.signed_in(owner).post("/settings/users/invite", {**FORM, **bad}).content.decode()
    assert "to fix" in page
    assert not Invitation.objects.exists()


def test_a_stranger_does_not_find_the_invitation(owner):
    invite(builders.signed_in(owner))
    stranger = builders.signed_in(builders.member(builders.practice("Beech Rooms")))
    for act in ("resend", "withdraw"):
        assert stranger.post(f"/settings/users/invitations/{Invitation.objects.get().pk}/{act}").status_code == 404
    assert Invitation.objects.get().withdrawn_at is None
