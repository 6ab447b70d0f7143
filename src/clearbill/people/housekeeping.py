"""What is kept about sign-ins is removed once nobody needs it."""

from __future__ import annotations

from datetime import datetime

from django.contrib.sessions.models import Session

from clearbill.people import account_mail, sessions, sign_in_limits


def clear(*, now: datetime) -> None:
    """Remove ended sessions, failed attempts of yesterday, and who asked for a new password."""
    Session.objects.filter(expire_date__lt=now).delete()
    sessions.clear()
    sign_in_limits.clear(now=now)
    account_mail.clear(now=now)
