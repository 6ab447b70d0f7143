"""The worker's steps for sending: take one row, commit, send it once, record what came of it.

A row is taken by a conditional UPDATE, so two workers never take the same one. Nothing is sent inside a transaction,
and nothing is sent again before Healthcode was asked whether it has the bill.
"""

from __future__ import annotations

import logging
import random
import time
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from clearbill.bill.lifecycle import Event
from clearbill.claims import houses, moves
from clearbill.claims.explaining import explained, is_duplicate
from clearbill.claims.models import Claim, Outbox
from clearbill.claims.services import HouseOf
from clearbill.claims.telling import counted
from clearbill.clearing.port import ClearingError, ClearingHouse, CredentialsRefused, NotSent, Receipt, Refused
from clearbill.practice import connection as connections
from clearbill.practice.models import HealthcodeConnection
from clearbill.practice.secrets import SecretUnreadable

FIRST_PAUSE_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 900.0
CREDENTIALS_PAUSE_SECONDS = 300.0
DUPLICATE = "Healthcode said “Duplicate Invoice” to a repeated sending."
LOST = "Healthcode’s reply was lost. Clearbill asks whether the bill arrived; it is not sent twice."
DISCONNECTED = "Healthcode is no longer connected. Connect it again under Workspace Settings."
logger = logging.getLogger(__name__)


def send_next(*, now: datetime, house_of: HouseOf = connections.house_of) -> bool:
    """Send the bill that has waited longest, if any is ready. Returns whether there was one. Raises nothing of the
    clearing house's: every outcome, foreseen or not, is recorded on the row and its claim."""
    row = _take(now)
    if row is None:
        return False
    began = time.monotonic()
    claim = row.claim
    stored = connections.of(claim.practice)
    outcome: Receipt | Exception
    try:
        house = _house(stored, house_of)
        outcome = house.submit(bytes(row.document), reference=row.reference, at=now)
    except Exception as failure:
        outcome = failure
    at = now + timedelta(seconds=time.monotonic() - began)
    logger.info("sent %s, attempt %d: %s", row.reference, row.attempts, type(outcome).__name__)
    _record(row, stored, outcome, at)
    return True


def recover_taken(*, now: datetime) -> int:
    """Let Healthcode be asked about each row taken too long ago: its worker died or hangs. Returns how many."""
    too_old = now - timedelta(seconds=settings.TAKEN_TOO_LONG_SECONDS)
    count = 0
    for row in Outbox.objects.select_related("claim__practice").filter(state=Outbox.SENDING, taken_at__lt=too_old):
        with transaction.atomic():
            if _finish(row, Outbox.UNCERTAIN, last_error="The sending was interrupted."):
                _lost(row, "The sending was interrupted. " + LOST, now)
                count += 1
    return count


def soon(now: datetime) -> datetime:
    """Return when to ask first about a claim whose reply was lost."""
    return now + timedelta(seconds=min(settings.STATUS_PAUSES_SECONDS[0], 60.0))


def _take(now: datetime) -> Outbox | None:
    reconnected = HealthcodeConnection.objects.filter(
        practice=OuterRef("claim__practice"), refusal="", tried_at__gt=OuterRef("taken_at")
    )
    ready = Outbox.objects.filter(state=Outbox.READY).filter(Q(ready_at__lte=now) | Exists(reconnected))
    for pk in ready.values_list("pk", flat=True)[:10]:
        lease = uuid.uuid4()
        taken = Outbox.objects.filter(pk=pk, state=Outbox.READY).update(
            state=Outbox.SENDING, lease=lease, taken_at=now, attempts=F("attempts") + 1
        )
        if taken == 1:
            return Outbox.objects.select_related("claim__practice").get(pk=pk)
    return None


def _house(stored: HealthcodeConnection | None, house_of: HouseOf) -> ClearingHouse:
    """Return the house to send to. Raises CredentialsRefused where there is none to be had: nothing went out."""
    if stored is None:
        raise CredentialsRefused(DISCONNECTED)
    try:
        return house_of(stored)
    except SecretUnreadable as unreadable:
        raise CredentialsRefused(str(unreadable)) from None


def _record(row: Outbox, stored: HealthcodeConnection | None, outcome: Receipt | Exception, at: datetime) -> None:
    with transaction.atomic():
        row.claim.refresh_from_db()
        if stored is not None:
            _note_health(stored, outcome, at)
        if isinstance(outcome, Receipt):
            _receipt(row, outcome, at)
        elif isinstance(outcome, Refused):
            _refused(row, outcome, at)
        elif isinstance(outcome, NotSent):
            _not_sent(row, outcome, at)
        else:
            _uncertain(row, outcome, at)


def _note_health(stored: HealthcodeConnection, outcome: Receipt | Exception, at: datetime) -> None:
    if isinstance(outcome, Receipt | Refused):
        houses.answered(stored)
    elif isinstance(outcome, CredentialsRefused):
        houses.refused(stored, sentence=outcome.sentence)
    elif isinstance(outcome, ClearingError) and not getattr(outcome, "retry_after_seconds", None):
        houses.not_answering(stored, now=at)


def _finish(row: Outbox, state: str, **changes: object) -> bool:
    """Write the row's outcome if this worker still holds it."""
    held = Outbox.objects.filter(pk=row.pk, state=Outbox.SENDING, lease=row.lease)
    return held.update(state=state, lease=None, **changes) == 1


def _receipt(row: Outbox, receipt: Receipt, at: datetime) -> None:
    exchange = moves.keep(row.claim, receipt.exchange, reference=row.reference)
    if not _finish(row, Outbox.DONE, finished_at=at, last_error=""):
        return
    number = receipt.clearing_bill_number or row.claim.clearing_bill_number
    moves.learn(
        row.claim,
        Event.RECEIPT,
        now=at,
        source=moves.HEALTHCODE,
        note=f"Healthcode has the bill{f' under its number {number}' if number else ''}.",
        exchange=exchange,
        clearing_bill_number=number,
        house_status=receipt.status.value,
        waiting_reason="",
        last_checked_at=at,
        next_check_at=at + timedelta(seconds=settings.STATUS_PAUSES_SECONDS[0]),
        check_count=0,
    )


def _refused(row: Outbox, refusal: Refused, at: datetime) -> None:
    if row.attempts > 1 and is_duplicate(refusal.messages) and row.last_error != DUPLICATE:
        # An earlier attempt may have arrived after all: ask, before anybody is told that it failed.
        exchange = moves.keep(row.claim, refusal.exchange, reference=row.reference)
        if _finish(row, Outbox.UNCERTAIN, last_error=DUPLICATE):
            _lost(row, f"{DUPLICATE} Clearbill asks whether it has this bill.", at, exchange=exchange)
        return
    exchange = moves.keep(row.claim, refusal.exchange, reference=row.reference)
    if not _finish(row, Outbox.REFUSED, finished_at=at, last_error=""):
        return
    problems = explained(row.claim, refusal.messages, sentence=refusal.sentence)
    moves.learn(
        row.claim,
        Event.REFUSED,
        now=at,
        source=moves.HEALTHCODE,
        note=f"{counted(problems)}.",
        problems=problems,
        exchange=exchange,
        clearing_bill_number=refusal.clearing_bill_number or row.claim.clearing_bill_number,
        house_status="Awaiting correction",
        waiting_reason="",
        last_checked_at=at,
        next_check_at=None,
    )


def _not_sent(row: Outbox, failure: NotSent, at: datetime) -> None:
    """The house has nothing: the same row waits and is sent again. The practice's other rows wait as long."""
    moves.keep(row.claim, failure.exchange, reference=row.reference)
    next_at = at + timedelta(seconds=_pause_seconds(row.attempts, failure))
    if not _finish(row, Outbox.READY, ready_at=next_at, last_error=failure.sentence[:300]):
        return
    # The others come first next time, so that one bill that never goes holds up none of them.
    waiting = Outbox.objects.filter(claim__practice=row.claim.practice, state=Outbox.READY, ready_at__lt=next_at)
    waiting.exclude(pk=row.pk).update(ready_at=next_at - timedelta(seconds=1))
    Claim.objects.filter(pk=row.claim.pk).update(waiting_reason=failure.sentence[:300])


def _uncertain(row: Outbox, failure: Exception, at: datetime) -> None:
    exchange = moves.keep(row.claim, getattr(failure, "exchange", None), reference=row.reference)
    kind = failure.sentence if isinstance(failure, ClearingError) else type(failure).__name__
    if _finish(row, Outbox.UNCERTAIN, last_error=kind[:300]):
        _lost(row, LOST, at, exchange=exchange)


def _lost(row: Outbox, note: str, at: datetime, *, exchange: moves.Exchange | None = None) -> None:
    moves.learn(
        row.claim,
        Event.REPLY_LOST,
        now=at,
        source=moves.CLEARBILL,
        note=note,
        exchange=exchange,
        waiting_reason=note[:300],
        next_check_at=soon(at),
        check_count=0,
    )


def _pause_seconds(attempts: int, failure: NotSent) -> float:
    if failure.retry_after_seconds is not None:
        return min(max(failure.retry_after_seconds, 1.0), 3600.0)
    if isinstance(failure, CredentialsRefused):
        return CREDENTIALS_PAUSE_SECONDS
    pause = min(FIRST_PAUSE_SECONDS * 2 ** min(attempts - 1, 10), LONGEST_PAUSE_SECONDS)
    return pause * random.uniform(0.8, 1.2)
