"""How long to wait after a failure, and when a wait is over: every curve, limit and guard of what talks to Healthcode.

A time that lies further ahead than any wait of its kind was written by a clock that went wrong: it holds nothing up.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from django.db.models import Q

BASE_BACKOFF_SECONDS = 5.0

MAX_CONNECTION_PAUSE_SECONDS = 300.0

"""Of a connection that fails several times in a row."""

MAX_BILL_DELAY_SECONDS = 900.0

"""Of one bill that could not be sent, or whose replies go on being lost."""

MAX_DELAY_IN_DOUBT_SECONDS = 900.0

"""Between two questions about a claim of which it is not known whether it arrived."""

CREDENTIALS_PAUSE_SECONDS = 300.0

"""After credentials were refused: nothing but other ones helps."""

REMITTANCE_RETRY = timedelta(minutes=15)

"""After an insurer could not be asked what it has paid."""

MAX_RETRY_AFTER_SECONDS = 3600.0

"""A house that asks for a longer wait is tried after this one all the same."""

MAX_PAUSE = timedelta(hours=2)

"""No pause of a connection, of a bill, of a lease or of the asking after a restore is longer."""

MAX_STATUS_WAIT = timedelta(days=2)

"""No claim waits longer to be asked about."""

MAX_REMITTANCE_WAIT = timedelta(days=8)

"""No insurer waits longer to be asked what it has paid."""


def backoff_seconds(repeats: int, *, longest_seconds: float = MAX_CONNECTION_PAUSE_SECONDS) -> float | None:
    """Return a pause that doubles with each repeat, with a fifth of chance in it; None where `repeats` is below 0."""
    if repeats < 0:
        return None
    return float(min(BASE_BACKOFF_SECONDS * 2 ** min(repeats, 12), longest_seconds) * random.uniform(0.8, 1.2))


def retry_after_seconds(failure: Exception) -> float | None:
    """Return how many seconds the clearing house asks us to wait, at most an hour; None where it does not ask."""
    seconds = getattr(failure, "retry_after_seconds", None)
    return None if seconds is None else min(max(float(seconds), 1.0), MAX_RETRY_AFTER_SECONDS)


def is_implausible(column: str, now: datetime, max_wait: timedelta) -> Q:
    """Return the condition that the time in `column` lies further ahead than any wait: a clock went wrong."""
    return Q(**{f"{column}__gt": now + max_wait})


def is_due(column: str, now: datetime, max_wait: timedelta) -> Q:
    """Return the condition that the time in `column` has come, or can never have been meant."""
    return Q(**{f"{column}__lte": now}) | is_implausible(column, now, max_wait)


def is_waiting(column: str, now: datetime, max_wait: timedelta) -> Q:
    """Return the condition that there is a time in `column`, and it is still to come."""
    return Q(**{f"{column}__gt": now, f"{column}__lte": now + max_wait})


def is_due_sql(column: str) -> str:
    """Return `is_due` for a statement of one's own, with the parameters `now` and, for the longest wait, `farthest`."""
    return f"({column} <= %(now)s OR {column} > %(farthest)s)"
