"""Bulk submission: started by a person, queued slice by slice by the worker, stopped by a person.

Each claim is submitted in a transaction of its own, by the same service and with the same checks as a single one, and
its entry is written with it: nothing is queued twice, whoever is killed or takes over.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import F, Q, QuerySet

from clearbill.bill import Problem, dates
from clearbill.bill.lifecycle import Status
from clearbill.bill.problem import Refused
from clearbill.claims.core import services, validation
from clearbill.claims.core.submission import enqueue
from clearbill.claims.core.transitions import ConcurrentChange
from clearbill.claims.models import BulkSubmission, BulkSubmissionEntry, Claim
from clearbill.claims.queue import backoff
from clearbill.people.actor import Actor
from clearbill.people.models import Practice
from clearbill.workspace import connection
from clearbill.workspace.connection import ClientFactory

SLICE = 25

CANDIDATES = 5

NOTHING_READY = "None of these claims is ready to be submitted."

UNFORESEEN = "Something unforeseen happened with this claim. Open it and submit it by itself."

UNFINISHED = (BulkSubmissionEntry.WAITING, BulkSubmissionEntry.TAKEN)

logger = logging.getLogger(__name__)


def ready_claims(claims: QuerySet[Claim]) -> QuerySet[Claim]:
    """Return those of the claims that wait as Created with nothing to fix, and that no running submission holds."""
    created = claims.filter(status=Status.CREATED.value, is_current=True, is_restored=False)
    return not_held(created.filter(blocking_count=0, is_stale=False))


def not_held(claims: QuerySet[Claim]) -> QuerySet[Claim]:
    """Return those of the claims that do not wait in a running submission."""
    held = BulkSubmissionEntry.objects.filter(batch__state=BulkSubmission.RUNNING, state__in=UNFINISHED)
    return claims.exclude(pk__in=held.order_by().values("claim_id"))


def recheck(claims: Iterable[Claim], *, now: datetime) -> list[tuple[Claim, list[Problem]]]:
    """Check each of the claims as of today and return it with its problems, blocking ones first.

    How many there are is stored where that has changed since the claim was checked last, so that what is ready follows.
    """
    checked = [(claim, validation.problems_today(claim, on=dates.uk_day(now))) for claim in claims]
    for claim, found in checked:
        held, was_stale = claim.blocking_count, claim.is_stale
        validation.count(claim, found)
        if was_stale or held != claim.blocking_count:
            # A count that somebody has stored meanwhile is newer than ours.
            unchanged = Claim.objects.filter(pk=claim.pk, status=Status.CREATED.value, blocking_count=held)
            unchanged.update(**{name: getattr(claim, name) for name in validation.COUNTS})
    return checked


def recheck_stale(claims: QuerySet[Claim], *, now: datetime) -> None:
    """Check again those of the claims that wait as Created and are stale, so that what is ready follows."""
    stale = claims.filter(status=Status.CREATED.value, is_stale=True)
    recheck(list(stale.select_related("practice", "practitioner", "payee")), now=now)


def start(actor: Actor, *, claims: QuerySet[Claim]) -> BulkSubmission:
    """Begin to submit those of the claims that are ready, those with the least time left first.

    A claim that waits in a running submission is left to it. Where that leaves none, the running one is returned, so
    a second click starts no second one. Raises Refused where Healthcode is not connected and where no claim is ready.
    """
    if connection.stored_connection(actor.practice) is None:
        raise services.NotConnected(services.NOT_CONNECTED)
    own = claims.filter(practice=actor.practice)
    recheck_stale(own, now=actor.now)
    with transaction.atomic():
        # Whoever starts one at the same moment waits here, and then finds the claims held.
        Practice.objects.select_for_update(no_key=True).get(pk=actor.practice.pk)
        soonest = ready_claims(own).order_by(F("bill_by_on").asc(nulls_last=True), "created_at", "pk")
        chosen = list(soonest.values_list("pk", "net_total"))
        if not chosen and (running := _holding(own)) is not None:
            return running
        return _make(actor, chosen)


def running_submissions(practice: Practice) -> list[BulkSubmission]:
    """Return the bulk submissions of the practice that are under way, the latest first."""
    return list(BulkSubmission.objects.filter(practice=practice, state=BulkSubmission.RUNNING))


def stop(actor: Actor, *, batch: BulkSubmission) -> None:
    """Queue no further claim of the batch. One that is no longer running stays as it is."""
    with transaction.atomic():
        if _stop(batch, actor.now, stopped_by=actor.person):
            actor.audit("stopped submitting claims", batch)


def submit_next_slice(*, now: datetime, house_of: ClientFactory = connection.client_of) -> bool:
    """Submit the next few claims of the batch that has waited longest, and return whether there were any."""
    running = BulkSubmission.objects.filter(state=BulkSubmission.RUNNING).select_related("practice", "by")
    for batch in running.order_by(F("served_at").asc(nulls_first=True), "pk")[:CANDIDATES]:
        entries = _take(batch, now)
        for entry in entries:
            if not _submit(entry, batch, now, house_of):
                break
        if not _unfinished(batch).exists():
            _end(batch, BulkSubmission.FINISHED, now)
        if entries:
            return True
    return False


def _holding(claims: QuerySet[Claim]) -> BulkSubmission | None:
    """Return the latest running submission in which one of the claims waits."""
    entries = BulkSubmissionEntry.objects.filter(
        batch__state=BulkSubmission.RUNNING, state__in=UNFINISHED, claim__in=claims.order_by().values("pk")
    )
    return BulkSubmission.objects.filter(pk__in=entries.order_by().values("batch_id")).first()


def _make(actor: Actor, chosen: list[tuple[uuid.UUID, Decimal]]) -> BulkSubmission:
    if not chosen:
        raise Refused(NOTHING_READY)
    total = sum((net for _, net in chosen), Decimal(0))
    batch = BulkSubmission.objects.create(
        practice=actor.practice, by=actor.person, total=len(chosen), net_total=total, started_at=actor.now
    )
    BulkSubmissionEntry.objects.bulk_create(
        [BulkSubmissionEntry(batch=batch, claim_id=pk) for pk, _ in chosen], batch_size=500
    )
    actor.audit("started a bulk submission", batch, changes={"claims": len(chosen), "total": total})
    return batch


def _take(batch: BulkSubmission, now: datetime) -> list[BulkSubmissionEntry]:
    """Take the next slice under a lease of its own. What a worker took too long ago is taken over."""
    left_behind = Q(taken_at__lt=now - timedelta(seconds=settings.TAKEN_TOO_LONG_SECONDS))
    free = Q(state=BulkSubmissionEntry.WAITING) | Q(
        left_behind | backoff.is_implausible("taken_at", now, backoff.MAX_PAUSE), state=BulkSubmissionEntry.TAKEN
    )
    next_ones = list(batch.entries.filter(free).order_by("pk").values_list("pk", flat=True)[:SLICE])
    if not next_ones:
        return []
    lease = uuid.uuid4()
    with transaction.atomic():
        won = BulkSubmissionEntry.objects.filter(free, pk__in=next_ones)
        won.update(state=BulkSubmissionEntry.TAKEN, lease=lease, taken_at=now)
        BulkSubmission.objects.filter(pk=batch.pk).update(served_at=now)
    return list(BulkSubmissionEntry.objects.filter(pk__in=next_ones, lease=lease).order_by("pk"))


def _submit(entry: BulkSubmissionEntry, batch: BulkSubmission, now: datetime, house_of: ClientFactory) -> bool:
    """Submit one claim. False where the rest of the slice is not to be submitted by us: stopped, or taken over."""
    try:
        submission = services.prepare(claim_id=entry.claim_id, practice=batch.practice, now=now, house_of=house_of)
        with transaction.atomic():
            if not _write(entry, BulkSubmissionEntry.QUEUED):
                return False
            enqueue(Actor(batch.practice, batch.by, now), submission)
    except services.NotConnected as refusal:
        _stop(batch, now, stopped_because=str(refusal)[:300])
        return False
    except Refused as refusal:
        problems = [problem.as_dict() for problem in refusal.problems]
        _write(entry, BulkSubmissionEntry.REFUSED, sentence=str(refusal)[:500], problems=problems)
    except ConcurrentChange as moved:
        _write(entry, BulkSubmissionEntry.REFUSED, sentence=str(moved))
    except DatabaseError:
        # Not the claim's fault: the slice is taken again when its lease is over.
        raise
    except Exception:
        logger.exception("a claim of a batch could not be submitted")
        _write(entry, BulkSubmissionEntry.REFUSED, sentence=UNFORESEEN)
    return True


def _write(entry: BulkSubmissionEntry, state: str, **changes: object) -> bool:
    """Write the entry's outcome if this worker still holds it: not stopped, and not taken over."""
    held = BulkSubmissionEntry.objects.filter(pk=entry.pk, state=BulkSubmissionEntry.TAKEN, lease=entry.lease)
    return held.update(state=state, lease=None, **changes) == 1


def _unfinished(batch: BulkSubmission) -> QuerySet[BulkSubmissionEntry]:
    return batch.entries.filter(state__in=UNFINISHED)


def _stop(batch: BulkSubmission, now: datetime, **changes: object) -> bool:
    with transaction.atomic():
        is_stopped = _end(batch, BulkSubmission.STOPPED, now, **changes)
        if is_stopped:
            _unfinished(batch).update(state=BulkSubmissionEntry.LEFT, lease=None)
    return is_stopped


def _end(batch: BulkSubmission, state: str, now: datetime, **changes: object) -> bool:
    running = BulkSubmission.objects.filter(pk=batch.pk, state=BulkSubmission.RUNNING)
    return running.update(state=state, ended_at=now, **changes) == 1
