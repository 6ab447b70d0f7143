"""Send a leased job once: commit, send, record the outcome; recover jobs whose worker died.

A row is taken by a conditional UPDATE, so two workers never take the same one. Nothing is sent inside a transaction,
and nothing is sent again before Healthcode was asked whether it has the bill.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from django.conf import settings
from django.db import transaction

from clearbill.bill.lifecycle import Event
from clearbill.claims import models
from clearbill.claims.core import transitions
from clearbill.claims.core.problems import problem_count
from clearbill.claims.models import Claim, Outbox, TaskKind
from clearbill.claims.queue import backoff, circuit_breaker, lease, metrics
from clearbill.claims.queue.rejections import explain_messages, is_only_duplicate
from clearbill.clearinghouse.port import BillRejected, ClearingError, CredentialsRefused, NotSent, Receipt
from clearbill.db import statements
from clearbill.invoicing import ledger
from clearbill.people.encryption import DecryptionFailed
from clearbill.workspace import connection
from clearbill.workspace.connection import ClientFactory
from clearbill.workspace.models import HealthcodeConnection

DUPLICATE = "Healthcode said “Duplicate Invoice” to a repeated sending."

ASKS = "Clearbill asks Healthcode about it before anything else; it is not sent twice."

INTERRUPTED = "The sending was interrupted."

TOO_SLOW = "This computer was too busy to send the bill in time."

MAX_LOST_REPLIES = 3

"""After so many lost replies for one bill a person is told, while Clearbill goes on by itself."""

OUTCOMES: tuple[tuple[type, str], ...] = ((Receipt, "receipt"), (BillRejected, "refused"), (NotSent, "not sent"))

LOST = "reply lost"

"""What every other outcome is called."""

logger = logging.getLogger(__name__)


def send_one(
    *, now: datetime, house_of: ClientFactory = connection.client_of, seconds: Callable[[], float] = time.monotonic
) -> bool:
    """Send the bill whose turn it is, if any is ready. Returns whether there was one."""
    return send_batch(now=lambda: now, house_of=house_of, seconds=seconds, at_most=1) == 1


def send_batch(
    *,
    now: Callable[[], datetime],
    house_of: ClientFactory,
    seconds: Callable[[], float],
    at_most: int,
    go_on: Callable[[], bool] = lambda: True,
) -> int:
    """Send the bills whose turn it is, one after the other, and return how many that were; `seconds` runs steadily.

    The next one is taken in the transaction that records what came of the one before, while all goes well and
    `go_on()` says so. Raises nothing of the clearing house's: every outcome, foreseen or not, is recorded on the row
    and its claim.
    """

    def take(*, between: bool) -> _Leased | None:
        began, at = seconds(), now()
        taken = lease.lease_next(at, between=between)
        return None if taken is None else _Leased(*taken, at, began)

    count, held = 0, take(between=False)
    while held is not None:
        count += 1
        outcome = _attempt(held, house_of, seconds)
        spent_seconds = seconds() - held.began
        _log_outcome(held.row, outcome, spent_seconds)
        all_is_well = isinstance(outcome, Receipt | BillRejected) and circuit_breaker.is_closed(held.connection)
        take_next = partial(take, between=True) if all_is_well and count < at_most and go_on() else _take_none
        held = _record(held.row, held.connection, outcome, held.at + timedelta(seconds=spent_seconds), take_next)
    return count


class _Leased(NamedTuple):
    """A bill that is ours to send, since when (UTC) and at which reading of the steady clock."""

    row: Outbox
    connection: HealthcodeConnection
    at: datetime
    began: float


Take = Callable[[], _Leased | None]


def _attempt(held: _Leased, house_of: ClientFactory, seconds: Callable[[], float]) -> Receipt | Exception:
    row, connection, at, began = held
    try:
        house = house_of(connection)
        if seconds() - began > max_start_delay_seconds():
            raise NotSent(TOO_SLOW)
        return house.submit(bytes(row.document), reference=row.reference, at=at)
    except DecryptionFailed as unreadable:
        return CredentialsRefused(str(unreadable))
    except Exception as failure:
        return failure


def _take_none() -> None:
    return None


def recover_stalled(*, now: datetime) -> int:
    """Let Healthcode be asked about each row taken too long ago: its worker died or hangs. Returns how many."""
    count = 0
    for row in lease.stalled_rows(now, after_seconds=settings.TAKEN_TOO_LONG_SECONDS).select_related("claim__practice"):
        with transaction.atomic():
            ledger.hold_invoices([row.claim.invoice_id])
            if _complete(row, Outbox.UNCERTAIN, last_error=INTERRUPTED, may_have_arrived=True):
                _mark_uncertain(row, f"{INTERRUPTED} {ASKS}", now)
                count += 1
    return count


def max_start_delay_seconds() -> float:
    """Return how long after a row was taken its sending may still begin: well before it counts as left behind."""
    return settings.TAKEN_TOO_LONG_SECONDS / 2


def first_check_at(now: datetime) -> datetime:
    """Return when to ask first about a claim whose reply was lost."""
    return now + timedelta(seconds=min(settings.STATUS_PAUSES_SECONDS[0], 60.0))


def _record(
    row: Outbox, connection: HealthcodeConnection, outcome: Receipt | Exception, at: datetime, take_next: Take
) -> _Leased | None:
    try:
        return _apply_outcome(row, connection, outcome, at, take_next)
    except transitions.ConcurrentChange:
        # Somebody moved the claim while its bill was on its way: once more, from where it stands now.
        row.claim.refresh_from_db()
        return _apply_outcome(row, connection, outcome, at, take_next)


def _apply_outcome(
    row: Outbox, connection: HealthcodeConnection, outcome: Receipt | Exception, at: datetime, take_next: Take
) -> _Leased | None:
    with transaction.atomic():
        ledger.hold_invoices([row.claim.invoice_id])
        if isinstance(outcome, Receipt | BillRejected):
            circuit_breaker.record_success(connection)
        elif isinstance(outcome, Exception) and circuit_breaker.counts_as_failure(outcome):
            circuit_breaker.record_failure(connection, outcome, now=at)
        if isinstance(outcome, Receipt):
            _apply_receipt(row, outcome, at)
        elif isinstance(outcome, BillRejected):
            _apply_rejection(row, outcome, at)
        elif isinstance(outcome, NotSent):
            _schedule_retry(row, outcome, at)
        else:
            _apply_lost_reply(row, outcome, at)
        return take_next()


def _log_outcome(row: Outbox, outcome: Receipt | Exception, spent_seconds: float) -> None:
    """Say in log and figures what came of a sending: our reference, and nothing of the patient."""
    named = next((name for kind, name in OUTCOMES if isinstance(outcome, kind)), LOST)
    metrics.record_sending(named, spent_seconds)
    logger.info(
        "sent %s, attempt %d: %s (%s) in %.2f s",
        row.reference,
        row.attempts,
        named,
        type(outcome).__name__,
        spent_seconds,
        extra={"reference": row.reference},
    )


def _complete(row: Outbox, state: str, **changes: object) -> bool:
    """Write the row's outcome if this worker still holds it."""
    held = {"id": row.pk, "state": Outbox.SENDING, "lease": row.lease}
    return statements.update(Outbox, held, state=state, lease=None, **changes) == 1


def _apply_receipt(row: Outbox, receipt: Receipt, at: datetime) -> None:
    exchange = transitions.store_exchange(row.claim, receipt.exchange, row=row, outcome="receipt")
    if not _complete(row, Outbox.DONE, finished_at=at, last_error=""):
        return
    number = receipt.clearing_bill_number or row.claim.clearing_bill_number
    transitions.apply_report(
        row.claim,
        Event.RECEIPT,
        now=at,
        source=transitions.HEALTHCODE,
        note=f"Healthcode has the bill{f' under its number {number}' if number else ''}.",
        exchange=exchange,
        clearing_bill_number=number,
        house_status=receipt.status.value,
        waiting_reason="",
        last_checked_at=at,
        next_check_at=at + timedelta(seconds=settings.STATUS_PAUSES_SECONDS[0]),
        check_count=0,
    )


def _apply_rejection(row: Outbox, refusal: BillRejected, at: datetime) -> None:
    exchange = transitions.store_exchange(row.claim, refusal.exchange, row=row, outcome="refused")
    if row.may_have_arrived and is_only_duplicate(refusal.messages):
        # The earlier attempt may have arrived after all: ask, before anybody is told that it failed.
        if _complete(row, Outbox.UNCERTAIN, last_error=DUPLICATE):
            _mark_uncertain(row, f"{DUPLICATE} Clearbill asks whether it has this bill.", at, exchange=exchange)
        return
    if not _complete(row, Outbox.REFUSED, finished_at=at, last_error=""):
        return
    problems = explain_messages(row.claim, refusal.messages, sentence=refusal.sentence)
    transitions.apply_report(
        row.claim,
        Event.REFUSED,
        now=at,
        source=transitions.HEALTHCODE,
        note=f"{problem_count(problems)}.",
        problems=problems,
        exchange=exchange,
        clearing_bill_number=refusal.clearing_bill_number or row.claim.clearing_bill_number,
        house_status="Awaiting correction",
        waiting_reason="",
        last_checked_at=at,
        next_check_at=None,
    )


def _schedule_retry(row: Outbox, failure: NotSent, at: datetime) -> None:
    """Healthcode has nothing: the same job waits and is sent again. Others whose time has come go before it."""
    transitions.store_exchange(row.claim, failure.exchange, row=row, outcome="not sent")
    next_at = at + timedelta(seconds=_retry_delay_seconds(row.attempts, failure))
    if _complete(row, Outbox.READY, ready_at=next_at, last_error=failure.sentence[:300]):
        Claim.objects.filter(pk=row.claim.pk).update(waiting_reason=failure.sentence[:300])


def _apply_lost_reply(row: Outbox, failure: Exception, at: datetime) -> None:
    exchange = transitions.store_exchange(row.claim, getattr(failure, "exchange", None), row=row, outcome=LOST)
    sentence = failure.sentence if isinstance(failure, ClearingError) else "Something unforeseen happened."
    kind = sentence if isinstance(failure, ClearingError) else type(failure).__name__
    if _complete(row, Outbox.UNCERTAIN, last_error=kind[:300], may_have_arrived=True):
        _mark_uncertain(row, f"{sentence} {ASKS}", at, exchange=exchange)


def _mark_uncertain(row: Outbox, note: str, at: datetime, *, exchange: models.Exchange | None = None) -> None:
    transitions.apply_report(
        row.claim,
        Event.REPLY_LOST,
        now=at,
        source=transitions.CLEARBILL,
        note=note,
        exchange=exchange,
        waiting_reason=note[:300],
        next_check_at=first_check_at(at),
        check_count=0,
    )
    if row.attempts >= MAX_LOST_REPLIES:
        transitions.open_task(
            row.claim,
            kind=TaskKind.REPLIES_LOST,
            sentence=f"Healthcode’s reply to this bill was lost {MAX_LOST_REPLIES} times. Look for invoice "
            f"{row.claim.number} in VEDA and say what you found. Until then Clearbill goes on asking; it sends the "
            "bill again only after Healthcode said that it does not have it.",
        )


def _retry_delay_seconds(attempts: int, failure: NotSent) -> float:
    asked_seconds = backoff.retry_after_seconds(failure)
    if asked_seconds is not None:
        return asked_seconds
    if isinstance(failure, CredentialsRefused):
        return backoff.CREDENTIALS_PAUSE_SECONDS
    return backoff.backoff_seconds(attempts - 1, longest_seconds=backoff.MAX_BILL_DELAY_SECONDS) or 0.0
