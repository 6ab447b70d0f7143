"""Why nothing is sent to Healthcode just now, since when, what waits, when it is tried next: in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from django.db.models import Count, Min, Q
from django.utils import timezone

from clearbill.bill.dates import show_clock
from clearbill.bill.text import plural
from clearbill.claims.core import restore_hold
from clearbill.claims.models import Outbox
from clearbill.people.models import Practice
from clearbill.workspace import connection
from clearbill.workspace.models import HealthcodeConnection

LATE = timedelta(minutes=2)

"""A try that is due for longer was not made: most likely no worker runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingPause:
    """What a page says: `kind` is refused, silent or waiting; `next_try` is a sentence, "" where nothing is due."""

    kind: Literal["refused", "silent", "waiting"]
    title: str
    reason: str = ""
    queue: str
    next_try: str = ""


def sending_pause(connection: HealthcodeConnection | None, *, now: datetime) -> SendingPause | None:
    """Return why the connection is not in use just now; None where it is, or where there is none."""
    if connection is None:
        return None
    waits = connection.paused_until is not None and connection.paused_until > now
    if not (connection.refusal or connection.not_answering_since or waits):
        return None
    found = _queue(connection)
    told = {"queue": _waiting(found["unsent"], found["unsure"]), "next_try": _next_try(connection, found, now)}
    if connection.refusal:
        title = "Healthcode does not take the practice’s credentials"
        return SendingPause(kind="refused", title=title, reason=connection.refusal, **told)
    if connection.not_answering_since:
        since = show_clock(connection.not_answering_since, now)
        return SendingPause(kind="silent", title=f"Healthcode has not answered since {since}", **told)
    until = show_clock(connection.paused_until or now, now)
    return SendingPause(kind="waiting", title=f"Healthcode asked us to wait until {until}", **told)


def _queue(connection: HealthcodeConnection) -> dict[str, Any]:
    """Count what waits to be sent or asked about, in one query."""
    rows = Outbox.objects.filter(practice=connection.practice_id)
    unsent, unsure = Q(state="ready"), Q(state="uncertain")
    return dict(
        rows.filter(unsent | unsure).aggregate(
            unsent=Count("pk", filter=unsent),
            unsure=Count("pk", filter=unsure),
            sent_next_at=Min("ready_at", filter=unsent),
            asked_next_at=Min("claim__next_check_at", filter=unsure),
        )
    )


def _waiting(unsent: int, unsure: int) -> str:
    if not unsent and not unsure:
        return "No claim waits for it."
    count = unsent or unsure
    told = f"{count} {plural(count, 'claim waits', 'claims wait')}"
    if not unsent:
        told = f"{told} to be asked about"
    elif unsure:
        told = f"{told} to be sent and {unsure} to be asked about"
    return f"{told}; nothing is lost."


def _next_try(connection: HealthcodeConnection, found: dict[str, Any], now: datetime) -> str:
    first_due_at = min((at for at in (found["sent_next_at"], found["asked_next_at"]) if at), default=None)
    if first_due_at is None:
        return ""
    at = max(first_due_at, connection.paused_until or first_due_at)
    if at > now:
        return f"Next try at {show_clock(at, now)}."
    if now - at > LATE:
        return (
            f"The next try was due at {show_clock(at, now)}. If this stays, ask whoever looks after this installation "
            "whether the worker runs."
        )
    return "Clearbill tries again now."


def connection_status(practice: Practice) -> dict[str, Any]:
    """Return the connection as it stands, why nothing goes over it just now, and what a restore leaves open."""
    stored = connection.stored_connection(practice)
    restoring = restore_hold.check_progress(practice)
    return {"connection": stored, "pause": sending_pause(stored, now=timezone.now()), "restoring": restoring}
