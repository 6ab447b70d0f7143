"""The second factor of a sign-in: an authenticator app or a passkey, with recovery codes for who lost it.

django-allauth keeps and checks them (its table is `Authenticator`); here is what it means for people and practices.
"""

from __future__ import annotations

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db import transaction

from clearbill.bill.problem import Refused
from clearbill.people import account_mail
from clearbill.people.actor import Actor
from clearbill.people.models import Membership, User
from clearbill.people.permissions import may_manage
from clearbill.people.services import audit_sign_in

APP, PASSKEY, CODES = Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN, Authenticator.Type.RECOVERY_CODES

FACTORS = (APP, PASSKEY)

"""Recovery codes stand in for one of these and are none by themselves."""

_ADDED = {
    APP: ("added an authenticator app", "An authenticator app was added to your sign-in to Clearbill."),
    PASSKEY: ("added a passkey", "A passkey was added to your sign-in to Clearbill."),
}

_REMOVED = {
    APP: ("removed the authenticator app", "The authenticator app was removed from your sign-in to Clearbill."),
    PASSKEY: ("removed a passkey", "A passkey was removed from your sign-in to Clearbill."),
}

_NEW_CODES = ("made new recovery codes", "New recovery codes were made for your sign-in to Clearbill.")


def has_one(user: User) -> bool:
    """Return whether the person is asked for a second factor when they sign in."""
    return Authenticator.objects.filter(user=user, type__in=FACTORS).exists()


def was_added(user: User, *, kind: str, now: datetime) -> None:
    """Write into the trail, and tell the person, that a factor was added. Recovery codes come with the first one."""
    _tell(user, *_ADDED[kind], now=now)


def was_removed(user: User, *, kind: str, now: datetime) -> None:
    """Write into the trail, and tell the person, that a factor was removed. Recovery codes go with the last of them."""
    _tell(user, *_REMOVED[kind], now=now)


def codes_were_made(user: User, *, now: datetime) -> None:
    """Write into the trail, and tell the person, that there are new recovery codes."""
    _tell(user, *_NEW_CODES, now=now)


def why_not_reset(membership: Membership, by: Membership) -> str:
    """Return why `by` may not take the person's second factor away, "" where nothing speaks against it.

    It is one for all practices a person works in, so nobody takes it away from inside one of several.
    """
    if membership.user_id == by.user_id:
        return "You change your own second factor on the page of your sign-in."
    if not may_manage(by.role, membership.role):
        return "Only an owner can do this for an owner."
    if Membership.objects.filter(user=membership.user_id, is_active=True).exclude(pk=membership.pk).exists():
        return "This person works in another practice too: whoever looks after this installation can do it."
    return ""


def reset(*, by: Membership, membership: Membership, now: datetime) -> None:
    """Take away the second factor of somebody who lost it. Raises Refused for whose it is not to take away."""
    if why_not := why_not_reset(membership, by):
        raise Refused(why_not)
    with transaction.atomic():
        _take_away(membership.user, now=now)
        actor = Actor(membership.practice, by.user, now)
        actor.audit("took away the second factor", membership.user, label=str(membership.user))


def reset_by_operator(user: User, *, now: datetime) -> None:
    """Take away the second factor of anybody, an only owner too: for whoever can run commands on the machine."""
    with transaction.atomic():
        _take_away(user, now=now)
        for membership in Membership.objects.filter(user=user, is_active=True).select_related("practice"):
            actor = Actor(membership.practice, None, now)
            actor.audit("took away the second factor", user, label=str(user))


def _take_away(user: User, *, now: datetime) -> None:
    Authenticator.objects.filter(user=user).delete()
    User.objects.filter(pk=user.pk).update(second_factor_due_on=None)
    about = "Your second factor was taken away, so that your password alone signs you in. Set up a new one soon."
    account_mail.tell_of_factor(user, about=about, now=now)


def _tell(user: User, action: str, about: str, *, now: datetime) -> None:
    with transaction.atomic():
        audit_sign_in(by=user, now=now, action=action)
        account_mail.tell_of_factor(user, about=about, now=now)
