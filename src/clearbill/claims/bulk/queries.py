"""Reads of bulk submissions: what would be submitted, how far one has come, which claims were refused and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet, Sum

from clearbill.bill import Problem, dates
from clearbill.bill.lifecycle import Status
from clearbill.claims.bulk import services
from clearbill.claims.core import problems as core_problems
from clearbill.claims.core import queries, restore_hold, validation
from clearbill.claims.core.cross_checks import mapping_refusals
from clearbill.claims.core.queries import Filters
from clearbill.claims.core.services import REPLACED
from clearbill.claims.models import BulkSubmission, BulkSubmissionEntry, Claim, Outbox
from clearbill.people.models import Practice

MOST_CHECKED = 200

"""So many of the claims that are not ready are checked for the page that says why; the rest is counted."""

NOTHING_BLOCKS = "Nothing blocks it any more. Open it and submit it."

ALREADY_HELD = "It is being submitted already."

BY_ITSELF = "To submit one all the same, open it or tick it."

MOST_REJECTED_SHOWN = 20

UNSENT = (Outbox.READY, Outbox.SENDING)


@dataclass(slots=True)
class RefusalReason:
    """Why claims do not go: the fault in words, how to fix it, and the claims that have it."""

    message: str
    fix: str = ""
    claims: list[Claim] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkProgress:
    """How far a batch is. `sent` counts what left the queue; `seconds_left` is None while nothing can be said."""

    total: int
    queued: int
    refused: int
    sent: int
    statuses: list[tuple[str, int]]
    seconds_left: float | None

    @property
    def done(self) -> int:
        return self.queued + self.refused

    @property
    def left(self) -> int:
        return self.total - self.done

    @property
    def unsent(self) -> int:
        return self.queued - self.sent


def preview(practice: Practice, filters: Filters) -> dict[str, Any]:
    """Return how many of the claims that the filters show would go, their total, and why others would not."""
    created = created_claims(practice, filters)
    going = services.ready_claims(ready_to_go(practice, filters))
    ready = going.aggregate(count=Count("pk"), total=Sum("net_total"))
    refused = services.ready_claims(mapping_refusals.of_refused_pairs(created)).order_by("number")
    stuck = created.filter(blocking_count__gt=0).select_related("invoice__client").order_by("number")
    today = dates.today()
    checked = [
        (claim, core_problems.with_owner(validation.problems_today(claim, on=today))) for claim in stuck[:MOST_CHECKED]
    ]
    count, refused_count = stuck.count(), refused.count()
    reasons = [(claim, NOTHING_BLOCKS, found) for claim, found in checked]
    reasons += _why_refused(practice, refused.select_related("invoice__client")[:MOST_CHECKED])
    return {
        "ready_count": ready["count"],
        "total": ready["total"] or Decimal(0),
        "paid_already": _paid_already(going),
        "stuck_count": count + refused_count,
        "has_refused": refused_count > 0,
        "reasons": _by_reason(reasons),
        "unchecked_count": max(0, count - MOST_CHECKED) + max(0, refused_count - MOST_CHECKED),
    }


def preview_ticked(
    practice: Practice, claims: QuerySet[Claim], checked: list[tuple[Claim, list[Problem]]]
) -> dict[str, Any]:
    """Return which of the claims would go, each with the advice about it, their total, and why others would not.

    `checked` is what `recheck` has just returned for these claims.
    """
    ready_ids = set(services.ready_claims(claims).values_list("pk", flat=True))
    warnings = _warnings(practice)
    ready = [
        (claim, warnings(claim) + core_problems.group_equal(core_problems.with_owner(found)))
        for claim, found in checked
        if claim.pk in ready_ids
    ]
    stuck = [(claim, found) for claim, found in checked if claim.pk not in ready_ids]
    return {
        "ready": ready,
        "ready_count": len(ready),
        "total": sum((claim.net_total for claim, _ in ready), Decimal(0)),
        "stuck_count": len(stuck),
        "reasons": _by_reason(
            (claim, _why_not_ready(practice, claim), core_problems.with_owner(found)) for claim, found in stuck
        ),
        "unchecked_count": 0,
    }


def _paid_already(claims: QuerySet[Claim]) -> list[tuple[Claim, Decimal]]:
    """Return those of the claims on whose invoices something is paid already, each with how much, by number."""
    rows = claims.filter(invoice__paid_total__gt=0).select_related("invoice__client").order_by("number")
    return [(claim, claim.invoice.paid_total) for claim in rows[:MOST_CHECKED]]


def ticked_claims(practice: Practice, ids: list[UUID]) -> QuerySet[Claim]:
    """Return the claims with these ids that wait as Created, by number."""
    created = queries.claims_with_details(practice).filter(pk__in=ids, status=Status.CREATED.value)
    return created.order_by("number")


def left_out_count(claims: QuerySet[Claim], batch: BulkSubmission) -> int:
    """Return how many of the claims neither belong to the batch nor wait in another that is running."""
    return services.not_held(claims.exclude(pk__in=batch.entries.order_by().values("claim_id"))).count()


def created_claims(practice: Practice, filters: Filters) -> QuerySet[Claim]:
    """Return the claims that the filters show and that wait as Created."""
    return queries.worklist(practice, filters).filter(status=Status.CREATED.value)


def ready_to_go(practice: Practice, filters: Filters) -> QuerySet[Claim]:
    """Return what “all that are ready” means: not those of a practitioner whom their insurer refused."""
    return mapping_refusals.without_refused_pairs(created_claims(practice, filters))


def progress(batch: BulkSubmission, *, now: datetime) -> BulkProgress:
    """Return how far the batch is, from what its entries and their claims say."""
    states = dict(batch.entries.order_by().values_list("state").annotate(n=Count("pk")))
    queued, refused = states.get(BulkSubmissionEntry.QUEUED, 0), states.get(BulkSubmissionEntry.REFUSED, 0)
    claims = Claim.objects.filter(batch_entries__batch=batch, batch_entries__state=BulkSubmissionEntry.QUEUED)
    unsent = Outbox.objects.filter(practice=batch.practice_id, state__in=UNSENT, claim__in=claims.values("pk"))
    return BulkProgress(
        total=batch.total,
        queued=queued,
        refused=refused,
        sent=max(0, queued - unsent.count()),
        statuses=sorted(claims.order_by().values_list("status").annotate(n=Count("pk"))),
        seconds_left=_seconds_left(batch, queued + refused, now),
    )


def refusal_reasons(batch: BulkSubmission) -> list[RefusalReason]:
    """Return why claims of the batch were not submitted, the most frequent reason first."""
    entries = batch.entries.filter(state=BulkSubmissionEntry.REFUSED).select_related("claim__invoice__client")
    return _by_reason((entry.claim, entry.sentence, core_problems.with_owner(entry.problems)) for entry in entries)


def rejected_claims(batch: BulkSubmission) -> list[Claim]:
    """Return the first of the claims of the batch that Healthcode or the insurer has rejected, by number."""
    claims = Claim.objects.filter(
        batch_entries__batch=batch, batch_entries__state=BulkSubmissionEntry.QUEUED, status=Status.REJECTED.value
    )
    return list(claims.select_related("invoice__client").order_by("number")[:MOST_REJECTED_SHOWN])


def _warnings(practice: Practice) -> Callable[[Claim], list[dict[str, Any]]]:
    """Return what is said first of a claim: that its practitioner was refused for its insurer, or nothing."""
    refused = mapping_refusals.refused_pairs(practice)

    def of(claim: Claim) -> list[dict[str, Any]]:
        row = refused.get((claim.practitioner_id, claim.insurer_slug))
        return [{"message": mapping_refusals.warning(row, claim.practitioner.name)}] if row else []

    return of


def _why_refused(practice: Practice, claims: Iterable[Claim]) -> list[tuple[Claim, str, list[dict[str, Any]]]]:
    warnings = _warnings(practice)
    return [(claim, f"{warnings(claim)[0]['message']} {BY_ITSELF}", []) for claim in claims]


def _why_not_ready(practice: Practice, claim: Claim) -> str:
    """Say why a claim is not ready of which nothing in its bill is to be fixed."""
    if not claim.is_current:
        return REPLACED
    return restore_hold.hold_reason(practice) if claim.is_restored else ALREADY_HELD


def _by_reason(found: Iterable[tuple[Claim, str, list[dict[str, Any]]]]) -> list[RefusalReason]:
    """Group claims by what blocks them; one without a blocking problem goes under its sentence."""
    reasons: dict[str, RefusalReason] = {}
    for claim, sentence, problems in found:
        blocking = [problem for problem in core_problems.group_equal(problems) if problem["severity"] == "blocks"]
        for problem in blocking or [{"message": sentence, "fix": ""}]:
            reason = reasons.setdefault(problem["message"], RefusalReason(problem["message"], problem["fix"]))
            reason.claims.append(claim)
    return sorted(reasons.values(), key=lambda reason: -len(reason.claims))


def _seconds_left(batch: BulkSubmission, done: int, now: datetime) -> float | None:
    spent_seconds = (now - batch.started_at).total_seconds()
    if batch.state != BulkSubmission.RUNNING or not done or spent_seconds <= 0:
        return None
    return spent_seconds / done * (batch.total - done)
