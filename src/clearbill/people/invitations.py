"""Invitations to a practice: sent by e-mail and shown once as a link; good for 14 days."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import QuerySet

from clearbill.bill.problem import Refused
from clearbill.bill.text import one_line
from clearbill.people.actor import Actor
from clearbill.people.models import Invitation, Membership, Practice, User
from clearbill.people.permissions import may_manage


def open_ones(practice: Practice) -> list[Invitation]:
    """Return the invitations that were neither accepted nor withdrawn, also those past their time."""
    return list(
        Invitation.objects.filter(practice=practice, accepted_at=None, withdrawn_at=None).order_by("full_name", "email")
    )


def with_secret(secret: str, *, now: datetime) -> Invitation | None:
    """Return the invitation of this link while it can be accepted, else None."""
    return (
        Invitation.objects.filter(secret_digest=digest(secret), accepted_at=None, withdrawn_at=None, expires_at__gt=now)
        .select_related("practice", "invited_by")
        .first()
    )


def digest(secret: str) -> str:
    """Return what is kept of a link's secret, so that nobody can read the link out of the database."""
    return hashlib.sha256(secret.encode()).hexdigest()


GOOD_FOR = timedelta(days=14)

Link = Callable[[str], str]

"""Turns an invitation’s secret into the address to open."""

_log = logging.getLogger("clearbill.people")


@dataclass(frozen=True, slots=True)
class IssuedInvitation:
    """An invitation and its secret, which is known only now. `is_sent` is False where the e-mail could not go out."""

    invitation: Invitation
    secret: str
    is_sent: bool


def invite(
    *,
    practice: Practice,
    by: Membership,
    now: datetime,
    email: str,
    full_name: str,
    role: str,
    link: Link,
) -> IssuedInvitation:
    """Invite a person; `link` turns the secret into the address to open.

    Raises Refused for somebody who is here or invited already, and for a role above the inviter's own.
    """
    email = email.strip().lower()
    if not may_manage(by.role, role):
        raise Refused("Only an owner can make somebody an owner.", field="role")
    with transaction.atomic():
        _refuse_known(practice, email)
        secret = secrets.token_urlsafe(32)
        invitation = Invitation.objects.create(
            practice=practice,
            email=email,
            full_name=full_name,
            role=role,
            secret_digest=digest(secret),
            invited_by=by.user,
            expires_at=now + GOOD_FOR,
        )
        changes = {"e-mail": email, "role": invitation.get_role_display()}
        _write(invitation, by=by.user, now=now, action="invited", changes=changes)
    return IssuedInvitation(invitation, secret, _send(invitation, link(secret)))


def resend(
    *, practice: Practice, by: Membership, now: datetime, invitation: Invitation, link: Link
) -> IssuedInvitation:
    """Give an open invitation a new link and 14 more days; the old link no longer works.

    Raises Refused when it is closed, and where it is for a role above one's own.
    """
    _refuse_above(by, invitation)
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        changed = _open(practice, invitation).update(secret_digest=digest(secret), expires_at=now + GOOD_FOR)
        if not changed:
            raise Refused("This invitation was accepted or withdrawn in the meantime.")
        _write(invitation, by=by.user, now=now, action="sent the invitation again")
    return IssuedInvitation(invitation, secret, _send(invitation, link(secret)))


def withdraw(*, practice: Practice, by: Membership, now: datetime, invitation: Invitation) -> None:
    """Make the invitation's link useless.

    Raises Refused where it was accepted or withdrawn in the meantime, and where it is for a role above one's own.
    """
    _refuse_above(by, invitation)
    with transaction.atomic():
        if not _open(practice, invitation).update(withdrawn_at=now):
            raise Refused("This invitation was accepted or withdrawn in the meantime.")
        _write(invitation, by=by.user, now=now, action="withdrew the invitation")


def accept(*, secret: str, now: datetime, user: User | None, full_name: str = "", password: str = "") -> Membership:
    """Make the invited person a member: `user` where they had a sign-in already, else a new one is made.

    Raises Refused where the link is no longer good or belongs to another e-mail address.
    """
    with transaction.atomic():
        invitation = with_secret(secret, now=now)
        if invitation is None or not _open(invitation.practice, invitation).update(accepted_at=now):
            raise Refused("This invitation is no longer good. Ask the practice for a new one.")
        if user is None and User.objects.filter(email=invitation.email).exists():
            raise Refused("This did not work. If you have a sign-in here already, sign in to accept the invitation.")
        if user is not None and user.email != invitation.email:
            raise Refused("This invitation was sent to another e-mail address.")
        user = user or User.objects.create_user(invitation.email, password, full_name=full_name)
        membership, _ = Membership.objects.update_or_create(
            practice=invitation.practice, user=user, defaults={"role": invitation.role, "is_active": True}
        )
        _write(invitation, by=user, now=now, action="accepted the invitation")
    return membership


def _open(practice: Practice, invitation: Invitation) -> QuerySet[Invitation]:
    return Invitation.objects.filter(practice=practice, pk=invitation.pk, accepted_at=None, withdrawn_at=None)


def _refuse_above(by: Membership, invitation: Invitation) -> None:
    if not may_manage(by.role, invitation.role):
        raise Refused("Only an owner can send or withdraw the invitation of an owner.")


def _refuse_known(practice: Practice, email: str) -> None:
    known = Membership.objects.filter(practice=practice, user__email=email).first()
    if known and known.is_active:
        raise Refused("This person is a user of the practice already.", field="email")
    if known:
        raise Refused("This person was a user before. Open them in the list and make them active again.", field="email")
    if Invitation.objects.filter(practice=practice, email=email, accepted_at=None, withdrawn_at=None).exists():
        raise Refused(
            "This person is invited already. Send the invitation again from the list of users.", field="email"
        )


def _write(
    invitation: Invitation, *, by: User, now: datetime, action: str, changes: dict[str, str] | None = None
) -> None:
    Actor(invitation.practice, by, now).audit(action, invitation, label=invitation.full_name, changes=changes)


def _send(invitation: Invitation, address: str) -> bool:
    """Send the link. The invitation stays where the mail cannot go out: the link is shown as well."""
    text = (
        f"Hello {invitation.full_name},\n\n{invitation.invited_by.full_name} invites you to work in "
        f"{invitation.practice.name} with Clearbill, as {invitation.get_role_display()}.\n\n"
        f"Open this link within 14 days to accept:\n\n{address}\n\nIf you did not expect this, do nothing.\n"
    )
    try:
        # A name that was stored by an earlier version may have a line break, which no subject may.
        send_mail(f"Invitation to {one_line(invitation.practice.name)}", text, None, [invitation.email])
    except OSError as error:  # smtplib's errors are OSErrors too
        _log.warning("An invitation could not be sent by e-mail (%s).", type(error).__name__)
        return False
    return bool(settings.EMAIL_GOES_OUT)
