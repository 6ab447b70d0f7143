"""Poll Healthcode for the status of submitted claims, and apply what it answers.

The same answer twice changes nothing, answers may come in any order, and what the table of steps does not foresee
becomes work for a person.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from clearbill.bill import dates
from clearbill.bill.lifecycle import ASKED_ABOUT, Event, Status
from clearbill.claims.core import transitions
from clearbill.claims.core.problems import problem_count
from clearbill.claims.models import Claim, Exchange, Outbox, TaskKind
from clearbill.claims.queue import backoff, circuit_breaker, metrics, sender
from clearbill.claims.queue.rejections import explain_messages
from clearbill.clearinghouse.port import BillKey, ClearingHouse, ClearingStatus, StatusReport
from clearbill.invoicing import ledger
from clearbill.workspace import connection
from clearbill.workspace.connection import ClientFactory
from clearbill.workspace.models import HealthcodeConnection

EVENT_BY_STATUS = {
    ClearingStatus.UNPROCESSED: Event.CHECKING,
    ClearingStatus.IN_PROCESS: Event.CHECKING,
    ClearingStatus.VALIDATED: Event.CHECKING,
    ClearingStatus.AWAITING_CORRECTION: Event.REFUSED,
    ClearingStatus.AWAITING_COLLECTION: Event.WAITING,
    ClearingStatus.COLLECTED: Event.COLLECTED,
    ClearingStatus.CANCELLED: Event.CANCELLED,
}

NOTE_BY_STATUS = {
    ClearingStatus.UNPROCESSED: "Healthcode has the bill.",
    ClearingStatus.IN_PROCESS: "Healthcode is checking the bill.",
    ClearingStatus.VALIDATED: "The bill passed Healthcode’s checks.",
    ClearingStatus.AWAITING_COLLECTION: "The bill passed Healthcode’s checks and waits for the insurer.",
    ClearingStatus.COLLECTED: "The insurer has the bill.",
    ClearingStatus.CANCELLED: "Healthcode says that the bill was cancelled.",
}

TASK_AFTER = timedelta(days=1)

UNSETTLED = (
    "For more than a day Healthcode has not said whether it has this bill. Look for invoice {number} in VEDA and say "
    "what you found."
)

CANDIDATES = 10

logger = logging.getLogger(__name__)


def poll_next(*, now: datetime, house_of: ClientFactory = connection.client_of) -> bool:
    """Ask about the claim that is due longest, and return whether there was one. Raises nothing of Healthcode’s."""
    claim = _lease_claim(now)
    if claim is None:
        return False
    stored = connection.stored_connection(claim.practice)
    if stored is None or not circuit_breaker.allow_request(stored, now):
        return True
    row = claim.outbox.filter(state=Outbox.UNCERTAIN).first()
    reference = claim.reference
    try:
        report = _query_status(house_of(stored), claim, row, now)
    except Exception as failure:
        _log_answer(claim, type(failure).__name__)
        _record_no_answer(claim, row, stored, failure, now)
        return True
    _log_answer(claim, report.status.value)
    with transaction.atomic():
        ledger.hold_invoices([claim.invoice_id])
        circuit_breaker.record_success(stored)
        claim.refresh_from_db()
        # An answer that comes after somebody has moved the claim on is about a bill that is no longer the one.
        if claim.reference == reference and Status(claim.status) in ASKED_ABOUT and not _is_being_sent(claim):
            apply_status(claim, row, report, now)
    return True


def _is_being_sent(claim: Claim) -> bool:
    """Another worker sends it again since we asked: what comes of that is the news."""
    return claim.outbox.filter(state__in=[Outbox.READY, Outbox.SENDING]).exists()


def _log_answer(claim: Claim, answer: str) -> None:
    metrics.record_poll(answer)
    logger.info("asked about %s: %s", claim.reference, answer, extra={"reference": claim.reference})


def poll_delay_seconds(claim: Claim) -> float:
    """Return how long to wait before asking again: longer each time nothing has changed, but never long in doubt."""
    pauses = settings.STATUS_PAUSES_SECONDS
    pause = pauses[min(claim.check_count, len(pauses) - 1)]
    return min(pause, backoff.MAX_DELAY_IN_DOUBT_SECONDS) if claim.status == Status.UNKNOWN else pause


def not_found_grace_seconds() -> float:
    """Return how long after a sending “not found” is not yet believed: the bill may still be on its way."""
    return 2 * settings.HEALTHCODE_REPLY_SECONDS


def _lease_claim(now: datetime) -> Claim | None:
    for due in _due_claims(now):
        held_until = now + timedelta(seconds=max(poll_delay_seconds(due), not_found_grace_seconds()))
        unchanged = Claim.objects.filter(pk=due.pk, next_check_at=due.next_check_at)
        if unchanged.update(next_check_at=held_until) == 1:
            return Claim.objects.select_related("practice", "invoice").get(pk=due.pk)
    return None


def _due_claims(now: datetime) -> QuerySet[Claim]:
    """Return the few claims that are due longest: no bill on its way, no connection paused."""
    on_its_way = Outbox.objects.filter(claim=OuterRef("pk"), state__in=[Outbox.READY, Outbox.SENDING])
    is_paused = backoff.is_waiting("paused_until", now, backoff.MAX_PAUSE)
    paused = HealthcodeConnection.objects.filter(is_paused, practice=OuterRef("practice"))
    # “Is not null” lets the index pass over claims that have ended.
    asked_about = Claim.objects.filter(status__in=sorted(ASKED_ABOUT), is_restored=False, next_check_at__isnull=False)
    is_due = backoff.is_due("next_check_at", now, backoff.MAX_STATUS_WAIT)
    due = asked_about.filter(is_due, ~Exists(on_its_way), ~Exists(paused)).order_by("next_check_at")
    return due.only("status", "next_check_at", "check_count")[:CANDIDATES]


def _query_status(house: ClearingHouse, claim: Claim, row: Outbox | None, now: datetime) -> StatusReport:
    """Return what Healthcode says of this very bill. One with another invoice number is another bill, as when a
    clearing house that lost its last days gives its own numbers again: ours it does not know.
    """
    report = _query_by_best_key(house, claim, row, now)
    theirs, ours = report.invoice_number.strip().upper(), str(claim.bill.get("invoice_number") or claim.number).upper()
    if not theirs or theirs == ours:
        return report
    # Of a sending in doubt it says nothing at all: only the clearing house's own “not found” lets a bill go out again.
    return replace(report, status=ClearingStatus.UNSPECIFIED if row is not None else ClearingStatus.NOT_FOUND)


def _query_by_best_key(house: ClearingHouse, claim: Claim, row: Outbox | None, now: datetime) -> StatusReport:
    """Ask by the most precise key. An uncertain sending is asked for by its own reference, because the number may
    belong to an earlier version; a bill that Healthcode called a duplicate must be there under its invoice number.
    """
    if row is None:
        number = "" if claim.clearing_bill_number or claim.reference else claim.number
        key = BillKey(clearing_bill_number=claim.clearing_bill_number, reference=claim.reference, invoice_number=number)
        report = house.status_of(key, at=now)
        if claim.clearing_bill_number and claim.reference and _is_stale(claim, report):
            # Under its number the clearing house may have kept an earlier version only: does it still know this one?
            return house.status_of(BillKey(reference=claim.reference), at=now)
        return report
    report = house.status_of(BillKey(reference=row.reference), at=now)
    if report.status == ClearingStatus.NOT_FOUND and row.last_error == sender.DUPLICATE:
        return house.status_of(BillKey(invoice_number=claim.number), at=now)
    return report


def _record_no_answer(
    claim: Claim, row: Outbox | None, stored: HealthcodeConnection, failure: Exception, now: datetime
) -> None:
    with transaction.atomic():
        transitions.store_exchange(claim, getattr(failure, "exchange", None), row=row, outcome="no answer")
        if circuit_breaker.counts_as_failure(failure):
            circuit_breaker.record_failure(stored, failure, now=now)
        _reschedule(claim, now, backoff.retry_after_seconds(failure) or poll_delay_seconds(claim))


def apply_status(claim: Claim, row: Outbox | None, report: StatusReport, now: datetime) -> None:
    """Apply what the clearing house said of the claim; `row` is its uncertain sending.

    Call inside a transaction that holds the claim's invoice.
    """
    if report.status == ClearingStatus.NOT_FOUND:
        _apply_not_found(claim, row, report, now)
    elif report.status == ClearingStatus.UNSPECIFIED:
        _store_once(claim, report)
        _reschedule(claim, now, poll_delay_seconds(claim))
    elif report.status == ClearingStatus.NOT_REQUIRED:
        transitions.open_task(
            claim,
            kind=TaskKind.NOT_REQUIRED,
            sentence="Healthcode says that this bill need not go through it. Ask Healthcode how the insurer is billed.",
        )
        _close_row(row, Outbox.DONE, now)
        _reschedule(claim, now, poll_delay_seconds(claim))
    else:
        _apply_known_status(claim, row, report, now)


def _apply_known_status(claim: Claim, row: Outbox | None, report: StatusReport, now: datetime) -> None:
    event = EVENT_BY_STATUS[report.status]
    _close_row(row, Outbox.REFUSED if event == Event.REFUSED else Outbox.DONE, now)
    was_unknown = claim.status == Status.UNKNOWN
    if not was_unknown and (report.status.value == claim.house_status or _is_stale(claim, report)):
        _reschedule(claim, now, poll_delay_seconds(claim))
        return
    note = NOTE_BY_STATUS.get(report.status, "")
    if was_unknown:
        note = f"The bill had arrived. {note}".strip()
    problems = explain_messages(claim, report.messages) if event == Event.REFUSED else []
    if problems:
        note = f"{problem_count(problems)}."
    transitions.apply_report(
        claim,
        Event.RECEIPT if was_unknown and event == Event.CHECKING else event,
        now=now,
        source=transitions.HEALTHCODE,
        note=note,
        problems=problems,
        exchange=_store(claim, report),
        clearing_bill_number=report.clearing_bill_number or claim.clearing_bill_number,
        house_status=report.status.value,
        house_status_at=report.status_at,
        waiting_reason="",
        check_count=0,
    )
    claim.check_count = 0
    _reschedule(claim, now, poll_delay_seconds(claim))


def _is_stale(claim: Claim, report: StatusReport) -> bool:
    """An answer may come late: by Healthcode's own time, or for want of a clear one by the course of every bill, it is
    older than what we were told already.
    """
    told_at, latest = claim.house_status_at, dates.latest_moment(report.status_at) if report.status_at else None
    if latest and told_at and latest < told_at:
        return True
    is_surely_newer = latest is not None and told_at is not None and latest == report.status_at
    goes_back = claim.status == Status.AWAITING_COLLECTION and EVENT_BY_STATUS.get(report.status) == Event.CHECKING
    return goes_back and not is_surely_newer


def _apply_not_found(claim: Claim, row: Outbox | None, report: StatusReport, now: datetime) -> None:
    if row is None:
        transitions.open_task(
            claim,
            kind=TaskKind.NOT_FOUND,
            sentence="Healthcode took this bill and now says that it does not know it. Look it up in VEDA, then ask "
            "Healthcode; it is not sent again by itself.",
        )
        _reschedule(claim, now, settings.STATUS_PAUSES_SECONDS[-1])
        return
    sent_at = row.taken_at or now
    if sent_at > now:
        # The clock was set back since: the time to settle starts again.
        Outbox.objects.filter(pk=row.pk, state=Outbox.UNCERTAIN, attempts=row.attempts).update(taken_at=now)
        sent_at = now
    if now - sent_at < timedelta(seconds=not_found_grace_seconds()):
        _store_once(claim, report)
        _reschedule(claim, now, not_found_grace_seconds() - (now - sent_at).total_seconds())
        return
    # A bill whose replies go on being lost is sent again at a slower and slower pace.
    repeats = row.attempts - sender.MAX_LOST_REPLIES
    pause = timedelta(seconds=backoff.backoff_seconds(repeats, longest_seconds=backoff.MAX_BILL_DELAY_SECONDS) or 0)
    # The answer holds for the sending that was asked about: a later one of another worker is another question.
    asked_about = Outbox.objects.filter(pk=row.pk, state=Outbox.UNCERTAIN, attempts=row.attempts)
    again = asked_about.update(state=Outbox.READY, ready_at=now + pause)
    if again == 1:
        transitions.apply_report(
            claim,
            Event.NOT_FOUND,
            now=now,
            source=transitions.HEALTHCODE,
            note="Healthcode does not have the bill. The same bill is sent again under the same reference.",
            exchange=_store(claim, report),
            waiting_reason="",
            last_checked_at=now,
        )


def _store(claim: Claim, report: StatusReport) -> Exchange | None:
    return transitions.store_exchange(claim, report.exchange, outcome=report.status.value)


def _store_once(claim: Claim, report: StatusReport) -> None:
    """Keep an answer that changes nothing the first time it is given, for whoever has to settle the claim."""
    if claim.exchanges.order_by("-pk").values_list("outcome", flat=True).first() != report.status.value:
        _store(claim, report)


def _close_row(row: Outbox | None, state: str, now: datetime) -> None:
    if row is not None:
        Outbox.objects.filter(pk=row.pk, state=Outbox.UNCERTAIN).update(state=state, finished_at=now)


def _reschedule(claim: Claim, now: datetime, wait_seconds: float) -> None:
    """Note that we asked, and ask again later while that makes sense. A doubt that lasts becomes work for a person."""
    is_asked_about = Status(claim.status) in ASKED_ABOUT
    if claim.status == Status.UNKNOWN and now - claim.status_at > TASK_AFTER:
        transitions.open_task(claim, kind=TaskKind.UNSETTLED, sentence=UNSETTLED.format(number=claim.number))
    Claim.objects.filter(pk=claim.pk).update(
        status_at=min(claim.status_at, now),  # else a doubt from a clock that was set back since lasts for ever
        last_checked_at=now,
        next_check_at=now + timedelta(seconds=wait_seconds) if is_asked_about else None,
        check_count=claim.check_count + 1,
    )
