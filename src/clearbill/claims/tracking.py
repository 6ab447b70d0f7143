"""The worker's step for asking: where does a bill stand, and what does that change.

The same answer twice changes nothing, answers may come in any order, and what the table of steps does not foresee
becomes work for a person.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from clearbill.bill.lifecycle import OPEN, Event, Status
from clearbill.claims import houses, moves
from clearbill.claims.explaining import explained
from clearbill.claims.models import Claim, Exchange, Outbox
from clearbill.claims.services import HouseOf
from clearbill.claims.telling import counted
from clearbill.clearing.port import BillKey, ClearingError, CredentialsRefused, HouseStatus, NotSent, StatusReport
from clearbill.practice import connection as connections
from clearbill.practice.models import HealthcodeConnection
from clearbill.practice.secrets import SecretUnreadable

EVENTS = {
    HouseStatus.UNPROCESSED: Event.CHECKING,
    HouseStatus.IN_PROCESS: Event.CHECKING,
    HouseStatus.VALIDATED: Event.CHECKING,
    HouseStatus.AWAITING_CORRECTION: Event.REFUSED,
    HouseStatus.AWAITING_COLLECTION: Event.WAITING,
    HouseStatus.COLLECTED: Event.COLLECTED,
    HouseStatus.CANCELLED: Event.CANCELLED,
}
NOTES = {
    HouseStatus.UNPROCESSED: "Healthcode has the bill.",
    HouseStatus.IN_PROCESS: "Healthcode is checking the bill.",
    HouseStatus.VALIDATED: "The bill passed Healthcode’s checks.",
    HouseStatus.AWAITING_COLLECTION: "The bill passed Healthcode’s checks and waits for the insurer.",
    HouseStatus.COLLECTED: "The insurer has the bill.",
    HouseStatus.CANCELLED: "Healthcode says that the bill was cancelled.",
}
logger = logging.getLogger(__name__)


def check_next(*, now: datetime, house_of: HouseOf = connections.house_of) -> bool:
    """Ask about the claim that is due longest, and return whether there was one. Raises nothing of the house’s."""
    claim = _take(now)
    if claim is None:
        return False
    row = claim.outbox.filter(state=Outbox.UNCERTAIN).first()
    stored = connections.of(claim.practice)
    try:
        if stored is None:
            raise SecretUnreadable
        report = house_of(stored).status_of(_key(claim, row), at=now)
    except Exception as failure:
        logger.info("asked about %s: %s", claim.reference, type(failure).__name__)
        _not_told(claim, stored, failure, now)
        return True
    logger.info("asked about %s: %s", claim.reference, report.status.value)
    with transaction.atomic():
        houses.answered(stored)
        claim.refresh_from_db()
        _told(claim, row, report, now)
    return True


def pause_seconds(claim: Claim) -> float:
    """Return how long to wait before asking again: longer each time nothing has changed."""
    pauses = settings.STATUS_PAUSES_SECONDS
    return pauses[min(claim.check_count, len(pauses) - 1)]


def settle_seconds() -> float:
    """Return how long after a sending “not found” is not yet believed: the bill may still be on its way."""
    return 2 * settings.HEALTHCODE_REPLY_SECONDS


def _take(now: datetime) -> Claim | None:
    on_its_way = Outbox.objects.filter(claim=OuterRef("pk"), state__in=[Outbox.READY, Outbox.SENDING])
    due = Claim.objects.filter(
        ~Exists(on_its_way), status__in=[status.value for status in OPEN], next_check_at__lte=now
    ).order_by("next_check_at")
    for claim in due.select_related("practice", "invoice")[:10]:
        held_until = now + timedelta(seconds=max(pause_seconds(claim), settle_seconds()))
        if Claim.objects.filter(pk=claim.pk, next_check_at=claim.next_check_at).update(next_check_at=held_until) == 1:
            return claim
    return None


def _key(claim: Claim, row: Outbox | None) -> BillKey:
    """An uncertain sending is asked for by its own reference: the number may belong to an earlier version."""
    if row is not None:
        return BillKey(reference=row.reference)
    return BillKey(clearing_bill_number=claim.clearing_bill_number, reference=claim.reference)


def _not_told(claim: Claim, stored: HealthcodeConnection | None, failure: Exception, now: datetime) -> None:
    if stored is not None and isinstance(failure, CredentialsRefused):
        houses.refused(stored, sentence=failure.sentence)
    elif stored is not None and isinstance(failure, ClearingError) and not _is_told_to_wait(failure):
        houses.not_answering(stored, now=now)
    wait_seconds = getattr(failure, "retry_after_seconds", None) or pause_seconds(claim)
    _ask_again(claim, now, wait_seconds)


def _is_told_to_wait(failure: ClearingError) -> bool:
    return isinstance(failure, NotSent) and bool(failure.retry_after_seconds)


def _told(claim: Claim, row: Outbox | None, report: StatusReport, now: datetime) -> None:
    if report.status == HouseStatus.NOT_FOUND:
        _not_found(claim, row, report, now)
    elif report.status == HouseStatus.UNSPECIFIED:
        _ask_again(claim, now, pause_seconds(claim))
    elif report.status == HouseStatus.NOT_REQUIRED:
        moves.work(
            claim,
            kind="not required",
            sentence="Healthcode says that this bill need not go through it. Ask Healthcode how the insurer is billed.",
        )
        _close_row(row, Outbox.DONE, now)
        _ask_again(claim, now, pause_seconds(claim))
    else:
        _known(claim, row, report, now)


def _known(claim: Claim, row: Outbox | None, report: StatusReport, now: datetime) -> None:
    event = EVENTS[report.status]
    _close_row(row, Outbox.REFUSED if event == Event.REFUSED else Outbox.DONE, now)
    was_unknown = claim.status == Status.UNKNOWN
    if not was_unknown and report.status.value == claim.house_status:
        _ask_again(claim, now, pause_seconds(claim))
        return
    note = NOTES.get(report.status, "")
    if was_unknown:
        note = f"The bill had arrived. {note}".strip()
    problems = explained(claim, report.messages) if event == Event.REFUSED else []
    if problems:
        note = f"{counted(problems)}."
    moves.learn(
        claim,
        Event.RECEIPT if was_unknown and event == Event.CHECKING else event,
        now=now,
        source=moves.HEALTHCODE,
        note=note,
        problems=problems,
        exchange=_keep(claim, report),
        clearing_bill_number=report.clearing_bill_number or claim.clearing_bill_number,
        house_status=report.status.value,
        waiting_reason="",
        check_count=0,
    )
    claim.check_count = 0
    _ask_again(claim, now, pause_seconds(claim))


def _not_found(claim: Claim, row: Outbox | None, report: StatusReport, now: datetime) -> None:
    if row is None:
        moves.work(
            claim,
            kind="not found",
            sentence="Healthcode took this bill and now says that it does not know it. Look it up in VEDA, then ask "
            "Healthcode; it is not sent again by itself.",
        )
        _ask_again(claim, now, settings.STATUS_PAUSES_SECONDS[-1])
        return
    sent_at = row.taken_at or now
    if now - sent_at < timedelta(seconds=settle_seconds()):
        _ask_again(claim, now, settle_seconds() - (now - sent_at).total_seconds())
        return
    again = Outbox.objects.filter(pk=row.pk, state=Outbox.UNCERTAIN).update(state=Outbox.READY, ready_at=now)
    if again == 1:
        moves.learn(
            claim,
            Event.NOT_FOUND,
            now=now,
            source=moves.HEALTHCODE,
            note="Healthcode does not have the bill. The same bill is sent again under the same reference.",
            exchange=_keep(claim, report),
            waiting_reason="",
            last_checked_at=now,
        )


def _keep(claim: Claim, report: StatusReport) -> Exchange | None:
    return moves.keep(claim, report.exchange, reference=claim.reference)


def _close_row(row: Outbox | None, state: str, now: datetime) -> None:
    if row is not None:
        Outbox.objects.filter(pk=row.pk, state=Outbox.UNCERTAIN).update(state=state, finished_at=now)


def _ask_again(claim: Claim, now: datetime, wait_seconds: float) -> None:
    """Note that we asked; ask again later while the claim is open."""
    is_open = Status(claim.status) in OPEN
    Claim.objects.filter(pk=claim.pk).update(
        last_checked_at=now,
        next_check_at=now + timedelta(seconds=wait_seconds) if is_open else None,
        check_count=claim.check_count + 1,
    )
