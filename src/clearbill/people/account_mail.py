"""E-mails about a sign-in: a link to a new password, and what was changed. The worker sends them.

Asking for a link only writes down the address that was typed. Whether anybody has it is looked up by the worker, so
that neither the answer nor its time tells.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.core.mail import send_mail

from clearbill.bill import dates
from clearbill.people.actor import Actor
from clearbill.people.models import AccountMail, Membership, User

LIMIT_TIME = timedelta(hours=1)

MOST_TO_ONE_ADDRESS = 3

"""How many links one e-mail address is sent in that time."""

MOST_FROM_ONE_MACHINE = 20

"""How many links one network address, which may be a whole practice, may ask for in that time."""

KEPT_FOR = timedelta(days=1)

Link = Callable[[User], str]

"""Makes the address of the page where a person sets a new password."""

_log = logging.getLogger("clearbill.people")


def ask_for_link(*, email: str, asked_from: str | None, now: datetime) -> None:
    """Keep that somebody asked for a link, unless too many were asked for. Nothing says which it was."""
    lately = AccountMail.objects.filter(kind=AccountMail.LINK, asked_at__gt=now - LIMIT_TIME)
    too_many = (
        lately.filter(email=email).count() >= MOST_TO_ONE_ADDRESS,
        asked_from is not None and lately.filter(asked_from=asked_from).count() >= MOST_FROM_ONE_MACHINE,
    )
    if not any(too_many):
        AccountMail.objects.create(kind=AccountMail.LINK, email=email, asked_from=asked_from, asked_at=now)


def tell_of_change(user: User, *, now: datetime) -> None:
    """Let the person be told that their password was changed; inside the transaction of the change."""
    AccountMail.objects.create(kind=AccountMail.CHANGED, email=user.email, asked_at=now)


def tell_of_factor(user: User, *, about: str, now: datetime) -> None:
    """Let the person be told what happened to their second factor: `about` is that sentence."""
    AccountMail.objects.create(kind=AccountMail.FACTOR, email=user.email, about=about, asked_at=now)


def send_next(*, now: datetime, link: Link) -> bool:
    """Send the next e-mail that waits and return whether there was one. One that cannot be sent is not tried again."""
    row = AccountMail.objects.filter(sent_at=None).order_by("pk").first()
    if row is None:
        return False
    if AccountMail.objects.filter(pk=row.pk, sent_at=None).update(sent_at=now) and not _is_one_too_many(row):
        user = User.objects.filter(email=row.email, is_active=True).first()
        if user is not None and user.has_usable_password():
            _send(row, user, link)
    return True


def clear(*, now: datetime) -> None:
    """Forget what is older than a day: who asked for a link is nobody's business for longer."""
    AccountMail.objects.filter(asked_at__lt=now - KEPT_FOR).delete()


def _is_one_too_many(row: AccountMail) -> bool:
    """Return whether the links that were asked for before this one, also at the same moment, are enough."""
    before = AccountMail.objects.filter(kind=AccountMail.LINK, email=row.email, pk__lt=row.pk)
    lately = before.filter(asked_at__gt=row.asked_at - LIMIT_TIME)
    return row.kind == AccountMail.LINK and lately.count() >= MOST_TO_ONE_ADDRESS


def _send(row: AccountMail, user: User, link: Link) -> None:
    subject, text = _words(row, user, link)
    if row.kind == AccountMail.LINK:
        _tell_trail(user, now=row.asked_at)
    try:
        send_mail(subject, text, None, [user.email])
    except OSError as error:  # smtplib's errors are OSErrors too
        _log.warning("An e-mail about a sign-in could not be sent (%s).", type(error).__name__)


def _tell_trail(user: User, *, now: datetime) -> None:
    for member in Membership.objects.filter(user=user, is_active=True).select_related("practice"):
        Actor(member.practice, None, now).audit("sent a link to a new password", user)


def _words(row: AccountMail, user: User, link: Link) -> tuple[str, str]:
    if row.kind == AccountMail.LINK:
        return _link_text(user, link)
    return _changed_text(user, row.asked_at) if row.kind == AccountMail.CHANGED else _factor_text(user, row)


def _link_text(user: User, link: Link) -> tuple[str, str]:
    return "A new password for Clearbill", (
        f"Hello {user.full_name},\n\nsomebody, probably you, asked for a new password for Clearbill. Open this link "
        f"within a day to set one:\n\n{link(user)}\n\n"
        "If it was not you, do nothing: your password stays as it is.\n"
    )


def _changed_text(user: User, at: datetime) -> tuple[str, str]:
    return "Your password for Clearbill was changed", (
        f"Hello {user.full_name},\n\nyour password for Clearbill was changed on {dates.show_moment(at)}.\n\n"
        "If it was you, there is nothing to do. If it was not, choose “Forgotten your password?” at the sign-in now, "
        "and tell an owner of your practice.\n"
    )


def _factor_text(user: User, row: AccountMail) -> tuple[str, str]:
    return "The second factor of your sign-in to Clearbill", (
        f"Hello {user.full_name},\n\n{row.about} This was on {dates.show_moment(row.asked_at)}.\n\n"
        "If it was you, or you asked for it, there is nothing to do. If not, change your password now, and tell an "
        "owner of your practice.\n"
    )
