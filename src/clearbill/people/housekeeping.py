"""What is kept about sign-ins is removed once nobody needs it."""

from __future__ import annotations

from datetime import datetime, timedelta

from axes.models import AccessAttempt, AccessLog
from django.contrib.sessions.models import Session

from clearbill.people import account_mail

ATTEMPTS_KEPT_FOR = timedelta(days=1)

"""Far longer than a pause after wrong passwords lasts."""

SIGN_INS_KEPT_FOR = timedelta(days=30)

"""With network address and browser; that somebody signed in stays in the audit trail."""


def clear(*, now: datetime) -> None:
    """Remove ended sessions, failed attempts of yesterday, sign-ins of last month, and who asked for a new password."""
    Session.objects.filter(expire_date__lt=now).delete()
    AccessAttempt.objects.filter(attempt_time__lt=now - ATTEMPTS_KEPT_FOR).delete()
    AccessLog.objects.filter(attempt_time__lt=now - SIGN_INS_KEPT_FOR).delete()
    account_mail.clear(now=now)
