"""Which bill goes next, and the right to send it: taken by one worker, on any machine, by a conditional UPDATE."""

from __future__ import annotations

import os
import socket
import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from clearbill.claims import houses
from clearbill.claims.models import Claim, Outbox
from clearbill.practice.models import HealthcodeConnection

DISCONNECTED = "Healthcode is no longer connected. Connect it again under Workspace Settings."
CANDIDATES = 5
LONGEST_PAUSE_SECONDS = 900.0
_FARTHEST = timedelta(hours=2)
"""No pause is longer: a row that is to wait longer was written by a clock that went wrong, and is due."""


def next_row(now: datetime) -> tuple[Outbox, HealthcodeConnection] | None:
    """Take the bill whose turn it is and return it with its connection; None where nothing is due.

    The practice that has waited longest for its turn comes first, and of its bills the one that is ready longest.
    """
    for connection in _in_turn(now):
        if not houses.may_speak(connection, now):
            continue
        due = _time_has_come(now) | Q(taken_at__lt=connection.tried_at)
        ready = Outbox.objects.filter(due, practice=connection.practice_id, state=Outbox.READY)
        for pk in ready.order_by("ready_at", "pk").values_list("pk", flat=True)[:CANDIDATES]:
            if _taken(pk, connection, now):
                row = Outbox.objects.select_related("claim__practice").get(pk=pk)
                return row, connection
    return None


def is_overdue(now: datetime, *, after_seconds: float) -> QuerySet[Outbox]:
    """Return the rows that were taken so long ago that their worker must have died or hangs."""
    too_old = Q(taken_at__lt=now - timedelta(seconds=after_seconds))
    return Outbox.objects.filter(too_old | Q(taken_at__gt=now + _FARTHEST), state=Outbox.SENDING)


def tell_disconnected() -> int:
    """Say on each waiting claim of a practice without a connection why it waits. Returns how many were told."""
    connected = HealthcodeConnection.objects.filter(practice=OuterRef("practice"))
    waiting = Outbox.objects.filter(~Exists(connected), state=Outbox.READY)
    untold = Claim.objects.filter(pk__in=waiting.values("claim")).exclude(waiting_reason=DISCONNECTED)
    return untold.update(waiting_reason=DISCONNECTED)


def _in_turn(now: datetime) -> list[HealthcodeConnection]:
    # Rows that waited for other credentials go as soon as these were tried with success.
    reconnected = Q(taken_at__lt=OuterRef("tried_at"))
    due = Outbox.objects.filter(_time_has_come(now) | reconnected, practice=OuterRef("practice"), state=Outbox.READY)
    free = HealthcodeConnection.objects.filter(Q(paused_until=None) | Q(paused_until__lte=now))
    return list(free.filter(Exists(due)).order_by(F("served_at").asc(nulls_first=True), "pk")[:CANDIDATES])


def _time_has_come(now: datetime) -> Q:
    return Q(ready_at__lte=now) | Q(ready_at__gt=now + _FARTHEST)


def _taken(pk: int, connection: HealthcodeConnection, now: datetime) -> bool:
    with transaction.atomic():
        won = Outbox.objects.filter(pk=pk, state=Outbox.READY).update(
            state=Outbox.SENDING, lease=uuid.uuid4(), worker=_this_worker(), taken_at=now, attempts=F("attempts") + 1
        )
        if won:
            HealthcodeConnection.objects.filter(pk=connection.pk).update(served_at=now)
    return won == 1


def _this_worker() -> str:
    return f"{socket.gethostname()[:60]}:{os.getpid()}"
