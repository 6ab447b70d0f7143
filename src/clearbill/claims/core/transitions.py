"""Every transition of a claim: by the lifecycle table, conditional on the status it had, with its event.

A step that a person takes is in the audit trail too; what was reported to us is in the claim's timeline alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Q

from clearbill.bill.lifecycle import UNANSWERED, Event, Status, StepNotAllowed, step
from clearbill.claims.core.cross_checks import mapping_refusals
from clearbill.claims.models import Claim, ClaimEvent, Exchange, Outbox, Task, TaskKind
from clearbill.clearinghouse import port
from clearbill.db import held_rows, statements
from clearbill.people.actor import Actor
from clearbill.people.models import User

PRACTICE, HEALTHCODE, INSURER, CLEARBILL = "practice", "healthcode", "insurer", "clearbill"

_ACTIONS = {
    Event.SUBMIT: "submitted the claim",
    Event.RECEIPT: "was given a receipt for the claim",
    Event.REFUSED: "learned that Healthcode rejected the claim",
    Event.REPLY_LOST: "lost the reply for the claim",
    Event.NOT_FOUND: "learned that Healthcode does not know the claim",
    Event.CHECKING: "learned that Healthcode is checking the claim",
    Event.WAITING: "learned that the claim awaits collection",
    Event.COLLECTED: "learned that the insurer collected the claim",
    Event.CORRECT: "opened the claim for correction",
    Event.CANCELLED: "cancelled the claim",
    Event.PAID: "recorded the claim as paid",
    Event.PART_PAID: "recorded the claim as part paid",
    Event.DECLINED: "recorded the claim as declined",
    Event.TAKEN_BACK: "recorded that the insurer took money back",
    Event.UNALLOCATED: "took a payment off the claim",
    Event.FOUND: "found the claim at Healthcode after a restore",
}

# Old news of a sending, where the claim has already got further.
_STALE = {Event.RECEIPT, Event.REPLY_LOST}

# Healthcode has said where the bill is.
_ANSWERS = {Event.RECEIPT, Event.REFUSED, Event.CHECKING, Event.WAITING, Event.COLLECTED, Event.CANCELLED, Event.FOUND}

# The insurer has spoken of the bill: it had arrived.
_INSURERS = {Event.PAID, Event.PART_PAID, Event.DECLINED}

_INSURER = "The insurer"

DOUBT_KINDS = (TaskKind.REPLIES_LOST, TaskKind.UNSETTLED)

"""The kinds of work that an answer of Healthcode settles."""


class ConcurrentChange(Exception):
    """Somebody else moved this claim since it was read; nothing was changed."""

    def __init__(self) -> None:
        super().__init__("This claim has moved on meanwhile. Reload the page to see where it stands.")


def transition(
    claim: Claim,
    event: Event,
    *,
    by: User | None,
    now: datetime,
    source: str,
    note: str = "",
    problems: Iterable[Mapping[str, Any]] = (),
    exchange: Exchange | None = None,
    back_to: Status | None = None,
    **changes: Any,
) -> ClaimEvent:
    """Take one step with a claim and return its entry in the timeline; `changes` are written with it.

    `back_to` is where the claim stood before, for a step back.

    Call inside a transaction that holds the claim's invoice: raises RowNotHeld without. Raises StepNotAllowed where
    the table forbids the step, ConcurrentChange where the claim no longer stands where it was read.
    """
    held_rows.require([claim.invoice_id])
    before, after = _write_status(claim, event, back_to, {"status_source": source, **changes}, now)
    problems = list(problems)
    if event == Event.REFUSED:
        mapping_refusals.note_refusal(claim, problems, now=now)
    elif _is_accepted(before, after):
        mapping_refusals.note_acceptance([claim])
    if by is None and event in _ANSWERS:
        _close_doubt_tasks(claim, before, exchange, now, "Healthcode")
    if before == Status.UNKNOWN and event in _INSURERS:
        _close_doubt_tasks(claim, before, exchange, now, _INSURER)
        Outbox.objects.filter(claim=claim, state=Outbox.UNCERTAIN).update(state=Outbox.DONE, finished_at=now)
    if back_to == Status.UNKNOWN:
        _reopen_doubt(claim)
    if by is not None:
        changed = {"status": [before.value, after.value]} if after != before else {}
        Actor(claim.practice, by, now).audit(_ACTIONS[event], claim, changes=changed)
    return statements.insert(
        ClaimEvent(
            claim=claim,
            at=now,
            event=event.value,
            status_before=before.value,
            status_after=after.value,
            source=source,
            by=by,
            note=note[:500],
            problems=problems,
            exchange=exchange,
        )
    )


def status_before_answer(claim: Claim) -> Status:
    """Return where the claim stood when the insurer's word came; collected, where its timeline does not tell."""
    came = claim.events.filter(event__in=_INSURERS, status_before__in=UNANSWERED).order_by("pk").last()
    return Status(came.status_before) if came else Status.COLLECTED


class ReportedStep(NamedTuple):
    """One step of one claim among many: what happened, and what is said of it."""

    claim: Claim
    event: Event
    note: str


def apply_reports(steps: Sequence[ReportedStep], *, now: datetime, source: str, **changes: Any) -> None:
    """Take many steps that were reported to us, at once; `changes` are written with each.

    Call and raises as `transition`; after an error nothing may be kept.
    """
    held_rows.require({claim.invoice_id for claim, _, _ in steps})
    updates, events, accepted = [], [], []
    for claim, event, note in steps:
        if claim.status == Status.UNKNOWN:
            # Somebody may be looking for this bill: that ends too.
            transition(claim, event, by=None, now=now, source=source, note=note, **changes)
            continue
        before = Status(claim.status)
        after = step(before, event)
        found = {"id": claim.pk, "status": before.value, "version": claim.version}
        claim.status, claim.status_at = after.value, now if after != before else claim.status_at
        accepted += [claim] if _is_accepted(before, after) else []
        written = {"status": after.value, "status_at": claim.status_at, "status_source": source, **changes}
        updates.append((found, written))
        events.append(
            {
                "claim": claim.pk,
                "at": now,
                "event": event.value,
                "status_before": before.value,
                "status_after": after.value,
                "source": source,
                "by": None,
                "note": note[:500],
                "problems": [],
                "exchange": None,
            }
        )
    if statements.update_many(Claim, updates) != len(updates):
        raise ConcurrentChange
    statements.insert_many(ClaimEvent, events)
    mapping_refusals.note_acceptance(accepted)


def _is_accepted(before: Status, after: Status) -> bool:
    """Return whether this step is the first to say that the bill was accepted."""
    return after in mapping_refusals.ACCEPTED and before not in mapping_refusals.ACCEPTED


def _write_status(
    claim: Claim, event: Event, back_to: Status | None, values: dict[str, Any], now: datetime
) -> tuple[Status, Status]:
    before = Status(claim.status)
    after = step(before, event, back_to=back_to)
    values["status"] = after.value
    if after != before:
        values["status_at"] = now
    if statements.update(Claim, {"id": claim.pk, "status": before.value, "version": claim.version}, **values) != 1:
        raise ConcurrentChange
    for name, value in values.items():
        setattr(claim, name, value)
    return before, after


def _close_doubt_tasks(claim: Claim, before: Status, exchange: Exchange | None, now: datetime, who: str) -> None:
    """Where there was a doubt, or more than one sending: nobody has to look for the bill any more."""
    if before == Status.UNKNOWN or (exchange is not None and exchange.attempt > 1):
        doubts = Task.objects.filter(claim=claim, kind__in=DOUBT_KINDS, settled_at=None)
        doubts.update(settled_at=now, settlement=f"{who} answered: the claim is “{claim.status}”.")


def _reopen_doubt(claim: Claim) -> None:
    """What the insurer's answer had settled is open again: nobody knows whether the bill has arrived."""
    latest = Outbox.objects.filter(claim=claim, reference=claim.reference, state=Outbox.DONE)
    latest.update(state=Outbox.UNCERTAIN, finished_at=None)
    settled = Task.objects.filter(claim=claim, kind__in=DOUBT_KINDS, settlement__startswith=f"{_INSURER} answered")
    settled.update(settled_at=None, settlement="")


def apply_report(
    claim: Claim,
    event: Event,
    *,
    now: datetime,
    source: str,
    note: str = "",
    problems: Iterable[Mapping[str, Any]] = (),
    exchange: Exchange | None = None,
    **changes: Any,
) -> None:
    """Take a step that was reported to us. One that the table forbids moves nothing and becomes work for a person."""
    try:
        transition(
            claim, event, by=None, now=now, source=source, note=note, problems=problems, exchange=exchange, **changes
        )
    except StepNotAllowed:
        if event not in _STALE:
            open_task(
                claim, kind=event.value, sentence=f"Healthcode reports “{event}”, but this claim is “{claim.status}”."
            )


def open_task(claim: Claim, *, kind: str, sentence: str) -> None:
    """Put a work item on the claim, unless it waits already, or was settled for the bill that was sent last."""
    same = claim.work_items.filter(kind=kind[:30], sentence=sentence[:500])
    if not same.filter(Q(settled_at=None) | Q(reference=claim.reference)).exists():
        Task.objects.create(
            practice_id=claim.practice_id,
            claim=claim,
            kind=kind[:30],
            sentence=sentence[:500],
            reference=claim.reference,
        )


def log_event(
    claim: Claim, *, by: User | None, now: datetime, event: str, note: str, problems: Iterable[Mapping[str, Any]] = ()
) -> ClaimEvent:
    """Add an entry to the timeline that moves nothing, such as “created” or “changed”."""
    return statements.insert(
        ClaimEvent(
            claim=claim,
            at=now,
            event=event,
            status_before=claim.status,
            status_after=claim.status,
            source=PRACTICE if by else CLEARBILL,
            by=by,
            note=note[:500],
            problems=list(problems),
        )
    )


def store_exchange(
    claim: Claim, exchange: port.Exchange | None, *, row: Outbox | None = None, outcome: str = ""
) -> Exchange | None:
    """Store the bytes sent and received, where there were any; `row` is the outbox row that they belong to."""
    if exchange is None:
        return None
    return statements.insert(
        Exchange(
            claim=claim,
            operation=exchange.operation[:30],
            reference=row.reference if row else claim.reference,
            attempt=row.attempts if row else 0,
            outcome=outcome[:20],
            sent=exchange.sent,
            received=exchange.received,
            http_status=exchange.http_status,
            started_at=exchange.started_at,
            seconds=exchange.seconds,
        )
    )
