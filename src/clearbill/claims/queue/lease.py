"""Lease the next job: fair turns between practices, a conditional UPDATE, the database's clock."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from clearbill.claims.models import Claim, Outbox
from clearbill.claims.queue import backoff, circuit_breaker
from clearbill.db import statements
from clearbill.people.models import Practice
from clearbill.workspace.models import HealthcodeConnection

WAITS_FOR_CONNECTION = "Healthcode is no longer connected. Connect it again under Workspace Settings."

CANDIDATES = 5


def lease_next(now: datetime, *, between: bool = False) -> tuple[Outbox, HealthcodeConnection] | None:
    """Take the bill whose turn it is and return it with its connection; None where nothing is due.

    The practice that has waited longest for its turn comes first, and of its bills the one that is ready longest.
    `between`: this is a part of a transaction that writes other rows, so a connection that has to be tried first is
    left alone. No transaction then holds one connection while it waits for another.
    """
    moments = _moments(now)
    while in_turn := statements.select(_BILLS_IN_TURN, moments):
        is_lost = False
        for values in in_turn:
            connection = _HOUSE.row(values[: len(_HOUSE)])
            if circuit_breaker.is_closed(connection) or (
                not between and circuit_breaker.allow_request(connection, now)
            ):
                row = _outbox_row(values[len(_HOUSE) :])
                if _lease(row, connection, now, others_wait=len(in_turn) > 1):
                    return row, connection
                is_lost = True
        if not is_lost:
            break
    return None


def stalled_rows(now: datetime, *, after_seconds: float) -> QuerySet[Outbox]:
    """Return the rows that were taken so long ago that their worker must have died or hangs."""
    too_old = Q(taken_at__lt=now - timedelta(seconds=after_seconds))
    return Outbox.objects.filter(
        too_old | backoff.is_implausible("taken_at", now, backoff.MAX_PAUSE), state=Outbox.SENDING
    )


def mark_disconnected() -> int:
    """Say on each waiting claim of a practice without a connection why it waits. Returns how many were told."""
    connected = HealthcodeConnection.objects.filter(practice=OuterRef("pk"))
    waiting = Outbox.objects.filter(practice__in=Practice.objects.filter(~Exists(connected)), state=Outbox.READY)
    untold = Claim.objects.filter(pk__in=waiting.values("claim")).exclude(waiting_reason=WAITS_FOR_CONNECTION)
    return untold.update(waiting_reason=WAITS_FOR_CONNECTION)


def _lease(row: Outbox, connection: HealthcodeConnection, now: datetime, *, others_wait: bool) -> bool:
    """Take the row if it still is as it was read, and note the practice's turn where others wait for theirs."""
    seen = {"id": row.pk, "state": Outbox.READY, "attempts": row.attempts}
    row.state, row.lease, row.worker, row.taken_at = Outbox.SENDING, uuid.uuid4(), _this_worker(), now
    row.attempts += 1
    taking = {name: getattr(row, name) for name in ("state", "lease", "worker", "taken_at", "attempts")}
    with transaction.atomic(savepoint=False) if others_wait else nullcontext():
        won = statements.update(Outbox, seen, **taking)
        if won and others_wait:
            statements.update(HealthcodeConnection, {"id": connection.pk}, served_at=now)
    return won == 1


def _outbox_row(values: Sequence[Any]) -> Outbox:
    row = _BILL.row(values[: len(_BILL)])
    row.claim = _CLAIM.row(values[len(_BILL) :])
    return row


def _moments(now: datetime) -> dict[str, object]:
    farthest = now + backoff.MAX_PAUSE
    return {
        name: statements.to_database(Outbox, ready_at=at)["ready_at"]
        for name, at in (("now", now), ("farthest", farthest))
    }


def _this_worker() -> str:
    return f"{socket.gethostname()[:60]}:{os.getpid()}"


# The statements of each sending. They are asked for hundreds of times a second.
_HOUSE = statements.Columns(
    HealthcodeConnection,
    "id",
    "practice",
    "environment",
    "site_id",
    "user_id",
    "api_key_encrypted",
    "api_key_id",
    "rest_api_key_encrypted",
    "tried_at",
    "refusal",
    "failures",
    "paused_until",
    "not_answering_since",
    table="house",
)

_BILL = statements.Columns(
    Outbox,
    "id",
    "practice",
    "claim",
    "version",
    "reference",
    "document",
    "state",
    "taken_at",
    "lease",
    "attempts",
    "may_have_arrived",
    "last_error",
    table="bill",
)

_CLAIM = statements.Columns(
    Claim,
    "id",
    "practice",
    "invoice",
    "number",
    "insurer_slug",
    "status",
    "status_at",
    "version",
    "reference",
    "clearing_bill_number",
    table="claim",
)

# Bills that waited for other credentials go as soon as these were tried with success.
_IS_DUE = f"({backoff.is_due_sql('bill.ready_at')} OR bill.taken_at < house.tried_at)"

# Each practice whose turn it may be, with the bill that is next in its line. They are chosen first, a handful, and what
# is needed of them is read by key: else PostgreSQL may look through every bill ever sent. Only names of our own go into
# the text.
_BILLS_IN_TURN = f"""
    WITH turn AS MATERIALIZED (
        SELECT id, next_id FROM (
            SELECT house.id, house.served_at, (
                SELECT bill.id FROM claims_outbox bill
                WHERE bill.practice_id = house.practice_id AND bill.state = 'ready' AND {_IS_DUE}
                ORDER BY bill.ready_at, bill.id LIMIT 1) AS next_id
            FROM practice_healthcodeconnection house
            WHERE house.paused_until IS NULL OR {backoff.is_due_sql("house.paused_until")}) line
        WHERE next_id IS NOT NULL ORDER BY served_at ASC NULLS FIRST, id LIMIT {CANDIDATES})
    SELECT {_HOUSE}, {_BILL}, {_CLAIM} FROM turn
    JOIN practice_healthcodeconnection house ON house.id = turn.id
    JOIN claims_outbox bill ON bill.id = turn.next_id
    JOIN claims_claim claim ON claim.id = bill.claim_id
    ORDER BY house.served_at ASC NULLS FIRST, house.id"""  # nosec B608
