"""The first set-up, sign-ins, passwords, and the members of a practice."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction

from clearbill.bill.problem import Refused
from clearbill.config.environment import made_once
from clearbill.people import account_mail
from clearbill.people.actor import Actor
from clearbill.people.models import Membership, Practice, Role, User, UserSession
from clearbill.people.permissions import may_manage

_CODE_FILE = "set-up-code"

WRONG_CODE = "This is not the set-up code. It stands in the terminal in which Clearbill was started."

_CODE_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"


def is_set_up() -> bool:
    """Return whether anybody can sign in yet."""
    return User.objects.exists()


def set_up_code() -> str:
    """Return the code that proves access to the machine, made on first use and kept in the data folder.

    Without it, whoever finds a fresh installation first could make themselves its owner.
    """
    return made_once(settings.DATA_FOLDER / _CODE_FILE, _new_code)


def is_set_up_code(typed: str) -> bool:
    """Return whether this is the set-up code, however its blanks, hyphens and letters' case were typed."""
    bare = "".join(sign for sign in typed.lower() if sign.isalnum())
    return secrets.compare_digest(bare.encode(), set_up_code().replace("-", "").encode())


def _new_code() -> str:
    return "-".join("".join(secrets.choice(_CODE_SIGNS) for _ in range(4)) for _ in range(4))


def set_up(*, code: str, practice_name: str, full_name: str, email: str, password: str, now: datetime) -> Membership:
    """Make the first practice and its owner. Raises Refused for a wrong code or where somebody was quicker."""
    if not is_set_up_code(code):
        raise Refused(WRONG_CODE, field="code")
    with transaction.atomic():
        if is_set_up():
            raise Refused("Clearbill is set up already. Sign in instead.")
        practice = Practice.objects.create(name=practice_name)
        owner = User.objects.create_user(email, password, full_name=full_name)
        membership = Membership.objects.create(practice=practice, user=owner, role=Role.OWNER)
        Actor(practice, owner, now).audit("set up the practice", practice)
    (settings.DATA_FOLDER / _CODE_FILE).unlink(missing_ok=True)
    return membership


def add_practice(*, practice_name: str, owner_email: str, owner_name: str, now: datetime) -> Membership:
    """Make another practice and its owner, who cannot sign in before they chose a password where they are new here.

    Raises Refused where the owner is new here and has no name.
    """
    email = owner_email.strip().lower()
    with transaction.atomic():
        owner = User.objects.filter(email=email).first()
        if owner is None and not owner_name:
            raise Refused("Nobody here has this e-mail address. Say who they are with --owner-name.")
        owner = owner or User.objects.create_user(email, None, full_name=owner_name)
        practice = Practice.objects.create(name=practice_name)
        membership = Membership.objects.create(practice=practice, user=owner, role=Role.OWNER)
        Actor(practice, None, now).audit("added the practice", practice)
    return membership


def audit_sign_in(*, by: User, now: datetime, action: str) -> None:
    """Write into the trail of each of the person's practices what they did with their sign-in (`action`)."""
    with transaction.atomic():
        for membership in Membership.objects.filter(user=by, is_active=True).select_related("practice"):
            Actor(membership.practice, by, now).audit(action, by, label=str(by))


def change_password(*, by: User, now: datetime, password: str, action: str = "changed the password") -> None:
    """Give the person a new password. The trail and an e-mail say that it changed, never what it is."""
    with transaction.atomic():
        by.set_password(password)
        by.save(update_fields=["password"])
        # Sessions of before are good no longer; the one of this browser is written down anew.
        UserSession.objects.filter(user=by).delete()
        account_mail.tell_of_change(by, now=now)
        audit_sign_in(by=by, now=now, action=action)


def end_all_sessions() -> None:
    """Sign everybody of this installation out.

    For a restore: who has left since the backup must not come in by a session from before.
    """
    Session.objects.all().delete()


def why_not_renamed(membership: Membership, by: Membership) -> str:
    """Return why `by` may not change the person's name from this practice, "" where nothing speaks against it.

    The name is one for all practices a person works in, so only they themselves change it once there are several.
    """
    user = membership.user
    if user == by.user:
        return ""
    if not may_manage(by.role, membership.role):
        return "Only an owner can change the name of an owner."
    if Membership.objects.filter(user=user).exclude(practice=membership.practice_id).exists():
        return "This person works in another practice too, so only they can change their name."
    return ""


def change_member(
    *,
    practice: Practice,
    by: Membership,
    now: datetime,
    membership: Membership,
    full_name: str,
    role: str,
    is_active: bool,
) -> Membership:
    """Change a person's name, role and place in the practice.

    Raises Refused where the practice would be left without an owner, for a name that is not theirs to change, and
    where the person has, or would get, a role above one's own.
    """
    with transaction.atomic():
        membership = (
            Membership.objects.select_for_update().select_related("user").get(pk=membership.pk, practice=practice)
        )
        _check_owners(practice, by=by, membership=membership, role=role, is_active=is_active)
        before = _told(membership)
        if full_name != membership.user.full_name:
            if why_not := why_not_renamed(membership, by):
                raise Refused(why_not, field="full_name")
            membership.user.full_name = full_name
            membership.user.save(update_fields=["full_name"])
        membership.role, membership.is_active = role, is_active
        membership.save(update_fields=["role", "is_active"])
        after = _told(membership)
        changes = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
        if changes:
            Actor(practice, by.user, now).audit(
                "changed the user", membership, label=str(membership.user), changes=changes
            )
    return membership


def _told(membership: Membership) -> dict[str, object]:
    return {"name": membership.user.full_name, "role": membership.get_role_display(), "active": membership.is_active}


def _check_owners(practice: Practice, *, by: Membership, membership: Membership, role: str, is_active: bool) -> None:
    was_owner = membership.role == Role.OWNER
    if role == membership.role and is_active == membership.is_active:
        return
    if not (may_manage(by.role, role) and may_manage(by.role, membership.role)):
        sentence = (
            "Only an owner changes an owner’s place." if was_owner else "Only an owner can make somebody an owner."
        )
        raise Refused(sentence, field="role")
    stays_owner = role == Role.OWNER and is_active
    others = Membership.objects.filter(practice=practice, role=Role.OWNER, is_active=True).exclude(pk=membership.pk)
    if was_owner and membership.is_active and not stays_owner and not others.exists():
        raise Refused(
            "This is the only owner of the practice. Make somebody else an owner first.",
            field="role" if role != Role.OWNER else "is_active",
        )
