"""Which bill goes next, and the right to send it: taken by one worker, on any machine, by a conditional UPDATE."""

from __future__ import annotations

import os
import socket
import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from clearbill import rows
from clearbill.claims import houses
from clearbill.claims.models import Claim, Outbox
from clearbill.people.models import Practice
from clearbill.practice.models import HealthcodeConnection

DISCONNECTED = "Healthcode is no longer connected. Connect it again under Workspace Settings."
CANDIDATES = 5
LONGEST_PAUSE_SECONDS = 900.0


def next_row(now: datetime) -> tuple[Outbox, HealthcodeConnection] | None:
    """Take the bill whose turn it is and return it with its connection; None where nothing is due.

    The practice that has waited longest for its turn comes first, and of its bills the one that is ready longest.
    """
    in_turn = _in_turn(now)
    for connection in in_turn:
        if not houses.may_speak(connection, now):
            continue
        for pk, attempts in _due(connection, now):
            if _taken(pk, attempts, connection, now, others_wait=len(in_turn) > 1):
                return _read(pk), connection
    return None


def is_overdue(now: datetime, *, after_seconds: float) -> QuerySet[Outbox]:
    """Return the rows that were taken so long ago that their worker must have died or hangs."""
    too_old = Q(taken_at__lt=now - timedelta(seconds=after_seconds))
    return Outbox.objects.filter(too_old | Q(taken_at__gt=now + houses.FARTHEST), state=Outbox.SENDING)


def tell_disconnected() -> int:
    """Say on each waiting claim of a practice without a connection why it waits. Returns how many were told."""
    connected = HealthcodeConnection.objects.filter(practice=OuterRef("practice"))
    waiting = Outbox.objects.filter(~Exists(connected), state=Outbox.READY)
    untold = Claim.objects.filter(pk__in=waiting.values("claim")).exclude(waiting_reason=DISCONNECTED)
    return untold.update(waiting_reason=DISCONNECTED)


def _in_turn(now: datetime) -> list[HealthcodeConnection]:
    return [_HOUSE.row(values) for values in rows.select(_HOUSES_IN_TURN, _moments(now))]


def _due(connection: HealthcodeConnection, now: datetime) -> list[tuple[int, int]]:
    """Return the id and the attempts so far of the bills that are next in line."""
    found = rows.select(_BILLS_IN_LINE, {**_moments(now), **rows.stored(HealthcodeConnection, id=connection.pk)})
    return [(pk, attempts) for pk, attempts in found]


def _taken(pk: int, attempts: int, connection: HealthcodeConnection, now: datetime, *, others_wait: bool) -> bool:
    seen = {"id": pk, "state": Outbox.READY, "attempts": attempts}
    taking = {"state": Outbox.SENDING, "lease": uuid.uuid4(), "worker": _this_worker(), "taken_at": now}
    with transaction.atomic():
        won = rows.update(Outbox, seen, **taking, attempts=attempts + 1)
        if won and others_wait:
            rows.update(HealthcodeConnection, {"id": connection.pk}, served_at=now)
    return won == 1


def _read(pk: int) -> Outbox:
    values = rows.select(_BILL_WITH_CLAIM, {"id": pk})[0]
    row, values = _BILL.row(values[: len(_BILL)]), values[len(_BILL) :]
    row.claim, values = _CLAIM.row(values[: len(_CLAIM)]), values[len(_CLAIM) :]
    row.claim.practice = _PRACTICE.row(values)
    return row


def _moments(now: datetime) -> dict[str, object]:
    farthest = now + houses.FARTHEST
    return {name: rows.stored(Outbox, ready_at=at)["ready_at"] for name, at in (("now", now), ("farthest", farthest))}


def _this_worker() -> str:
    return f"{socket.gethostname()[:60]}:{os.getpid()}"


# The statements of each sending. They are asked for hundreds of times a second.
_HOUSE = rows.Columns(HealthcodeConnection, table="house")
_BILL = rows.Columns(
    Outbox, "id", "practice", "claim", "version", "reference", "document", "state", "taken_at", "lease", "attempts",
    "may_have_arrived", "last_error", table="bill",
)  # fmt: skip
_CLAIM = rows.Columns(
    Claim, "id", "practice", "invoice", "number", "insurer_slug", "status", "status_at", "version", "reference",
    "clearing_bill_number", table="claim",
)  # fmt: skip
_PRACTICE = rows.Columns(Practice, "id", "name", table="practice")
# Bills that waited for other credentials go as soon as these were tried with success.
_IS_DUE = "(bill.ready_at <= %(now)s OR bill.ready_at > %(farthest)s OR bill.taken_at < house.tried_at)"
_HOUSES_IN_TURN = f"""
    SELECT {_HOUSE} FROM practice_healthcodeconnection house
    WHERE (house.paused_until IS NULL OR house.paused_until <= %(now)s OR house.paused_until > %(farthest)s)
    AND EXISTS (
        SELECT 1 FROM claims_outbox bill
        WHERE bill.practice_id = house.practice_id AND bill.state = 'ready' AND {_IS_DUE})
    ORDER BY house.served_at ASC NULLS FIRST, house.id LIMIT {CANDIDATES}"""
_BILLS_IN_LINE = f"""
    SELECT bill.id, bill.attempts FROM practice_healthcodeconnection house
    JOIN claims_outbox bill ON bill.practice_id = house.practice_id
    WHERE house.id = %(id)s AND bill.state = 'ready' AND {_IS_DUE}
    ORDER BY bill.ready_at, bill.id LIMIT {CANDIDATES}"""
_BILL_WITH_CLAIM = f"""
    SELECT {_BILL}, {_CLAIM}, {_PRACTICE} FROM claims_outbox bill
    JOIN claims_claim claim ON claim.id = bill.claim_id
    JOIN people_practice practice ON practice.id = claim.practice_id
    WHERE bill.id = %(id)s"""
