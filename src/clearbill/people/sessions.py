"""The browsers in which people are signed in: locked without use, over after twelve hours, ended by the person."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum, auto

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet

from clearbill.people.models import User, UserSession
from clearbill.people.services import audit_sign_in

LONGEST = timedelta(hours=12)

EXACT_TO = timedelta(minutes=1)
"""Use is written down once a minute at most."""


class State(Enum):
    """What a session is good for at a moment."""

    OPEN = auto()
    LOCKED = auto()
    OVER = auto()


def state(row: UserSession, *, idle_minutes: int, now: datetime) -> State:
    """Return whether the session goes on, waits for the password, or is over."""
    if now - row.began_at >= LONGEST:
        return State.OVER
    is_idle = now - row.last_used_at >= timedelta(minutes=idle_minutes) + EXACT_TO
    return State.LOCKED if row.is_locked or is_idle else State.OPEN


def of_session(user: User, *, key: str, address: str | None, browser: str, now: datetime) -> UserSession:
    """Return the row of a session, made where there is none yet: the person has just signed in."""
    if row := UserSession.objects.filter(session_key=key).first():
        return row
    given = {"user": user, "address": address, "browser": browser[:200], "began_at": now, "last_used_at": now}
    return UserSession.objects.get_or_create(session_key=key, defaults=given)[0]


def used(row: UserSession, *, address: str | None, now: datetime) -> None:
    """Write down that the session is used."""
    if now - row.last_used_at >= EXACT_TO:
        UserSession.objects.filter(pk=row.pk).update(last_used_at=now, address=address)


def unlock(row: UserSession, *, now: datetime) -> None:
    """Let a locked session go on: the person has shown who they are."""
    UserSession.objects.filter(pk=row.pk).update(last_used_at=now, is_locked=False)


def lock(user: User, *, key: str) -> None:
    """Lock a session of the person at once."""
    UserSession.objects.filter(user=user, session_key=key).update(is_locked=True)


def of_person(user: User, *, now: datetime) -> QuerySet[UserSession]:
    """Return the person's sessions that are not over, the last used first."""
    there = Session.objects.filter(expire_date__gt=now).values("session_key")
    rows = UserSession.objects.filter(user=user, session_key__in=there, began_at__gt=now - LONGEST)
    return rows.order_by("-last_used_at")


def end(user: User, *, rows: QuerySet[UserSession], now: datetime) -> int:
    """End these sessions of the person, and return how many there were."""
    with transaction.atomic():
        keys = list(rows.filter(user=user).values_list("session_key", flat=True))
        Session.objects.filter(session_key__in=keys).delete()
        UserSession.objects.filter(user=user, session_key__in=keys).delete()
        if keys:
            audit_sign_in(by=user, now=now, action="ended other sessions")
    return len(keys)


def clear() -> None:
    """Forget the sessions that are no longer there."""
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
