"""The rows as they are, read without Django's models: this is done after every step of every worker."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

ASKED_ABOUT = "('Submitted', 'Unknown (checking)', 'Awaiting collection')"
_CLAIMS = """SELECT c.id, c.number, c.status, c.version, c.next_check_at, c.is_current,
 (SELECT e.status_after FROM claims_claimevent e WHERE e.claim_id = c.id ORDER BY e.id DESC LIMIT 1)
 FROM claims_claim c ORDER BY c.number, c.created_at"""
_LATER = "CASE WHEN h.paused_until > {at} THEN h.paused_until ELSE {at} END"
_DUE = f"""SELECT
 (SELECT min({_LATER.format(at="o.ready_at")}) FROM claims_outbox o
  JOIN practice_healthcodeconnection h ON h.practice_id = o.practice_id WHERE o.state = 'ready'),
 (SELECT min(taken_at) FROM claims_outbox WHERE state = 'sending'),
 (SELECT min({_LATER.format(at="c.next_check_at")}) FROM claims_claim c
  JOIN practice_healthcodeconnection h ON h.practice_id = c.practice_id WHERE c.status IN {ASKED_ABOUT}
  AND NOT EXISTS (SELECT 1 FROM claims_outbox o WHERE o.claim_id = c.id AND o.state IN ('ready', 'sending')))"""


@dataclass(frozen=True, slots=True)
class ClaimNow:
    """A claim as it stands; `last_status` is what its last event says."""

    pk: str
    number: str
    status: str
    version: int
    next_check_at: datetime | None
    is_current: bool
    last_status: str | None


@dataclass(frozen=True, slots=True)
class RowNow:
    """A row of the outbox."""

    state: str
    version: int
    reference: str
    ready_at: datetime | None


def claims() -> list[ClaimNow]:
    """Return every claim."""
    return [
        ClaimNow(str(pk), number, status, version, _moment(next_check_at), bool(is_current), last)
        for pk, number, status, version, next_check_at, is_current, last in _rows(_CLAIMS)
    ]


def outbox() -> dict[str, list[RowNow]]:
    """Return every row of the outbox by its claim."""
    found: dict[str, list[RowNow]] = {}
    for claim, state, version, reference, ready_at in _rows(
        "SELECT claim_id, state, version, reference, ready_at FROM claims_outbox ORDER BY id"
    ):
        found.setdefault(str(claim), []).append(RowNow(state, version, reference, _moment(ready_at)))
    return found


def claims_with_work() -> set[str]:
    """Return the claims on which there is work for a person."""
    return {str(claim) for (claim,) in _rows("SELECT claim_id FROM claims_workitem WHERE settled_at IS NULL")}


def paused_until() -> datetime | None:
    """Return until when the connection that is paused longest is."""
    return _moment(_rows("SELECT max(paused_until) FROM practice_healthcodeconnection")[0][0])


def is_paused_for_nothing(now: datetime) -> bool:
    """Say whether a connection is paused over which the last call had an answer."""
    found = _rows("SELECT paused_until FROM practice_healthcodeconnection WHERE failures = 0 AND refusal = ''")
    return any(until is not None and until > now for (stored,) in found for until in [_moment(stored)])


def due_in(now: datetime) -> float:
    """Return in how many seconds the next thing is due by what the rows say: at most in an hour.

    A worker polls every second; the polls in which nothing can be due are left out here.
    """
    ready, taken, asked = map(_moment, _rows(_DUE)[0])
    if taken:
        taken += timedelta(seconds=settings.TAKEN_TOO_LONG_SECONDS)
    waits = [(at - now).total_seconds() for at in (ready, taken, asked) if at]
    return min(min(waits, default=3600.0), 3600.0) + 0.01


def _rows(sql: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def _moment(stored: Any) -> datetime | None:
    if stored is None:
        return None
    moment = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
