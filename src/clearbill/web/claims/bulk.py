"""Ticked claims, or all that are ready, in one action: checked first, then queued by the worker as a page follows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from clearbill.bill import dates
from clearbill.bill.lifecycle import Status
from clearbill.claims.bulk import queries as bulk_queries
from clearbill.claims.bulk import services, unclaimed
from clearbill.claims.models import BulkSubmission, Claim
from clearbill.claims.queue import connection_status
from clearbill.db.ids import parse_id
from clearbill.people.permissions import Permission
from clearbill.web.claims.worklist import PER_PAGE, filters_of, page_no_of
from clearbill.web.components.refusals import refusal_shown
from clearbill.web.sign_in.access import PracticeRequest, actor_of, get_own_or_404, member_required
from clearbill.web.sign_in.form_recovery import previous_page

SILENT_SECONDS = 20

"""A batch of which nothing was taken for so long waits for a worker."""


@require_POST
@member_required(Permission.SUBMIT_CLAIMS)
def submit_ticked(request: PracticeRequest) -> HttpResponse:
    """First say which of the ticked claims would go and why others would not; start once confirmed."""
    given = request.POST.getlist("claim")[: bulk_queries.MOST_CHECKED]
    ids = [one for one in map(parse_id, given) if one]
    claims = bulk_queries.ticked_claims(request.practice, ids)
    chosen = list(claims)
    if not chosen:
        already = "The ticked claims were submitted or cancelled before. Nothing is sent twice."
        messages.warning(request, already if ids else "Tick at least one claim that is Created.")
        return redirect(previous_page(request) or "claims")
    if request.POST.get("confirmed") == "yes":
        return _start_ticked(request, claims, len(chosen))
    checked = services.recheck(chosen, now=timezone.now())
    context = {
        "is_ticked": True,
        "ticked": [row.pk for row in chosen],
        **_preview_context(request),
        **bulk_queries.preview_ticked(request.practice, claims, checked),
    }
    return render(request, "claims/bulk/ready.html", context)


@require_POST
@member_required(Permission.SUBMIT_CLAIMS)
def submit_ready(request: PracticeRequest) -> HttpResponse:
    """First say which of the claims that the filters show would go and why others would not; start once confirmed."""
    filters = filters_of(request.POST, may_search=True)
    if request.POST.get("confirmed") == "yes":
        row = _start(request, bulk_queries.ready_to_go(request.practice, filters))
        return redirect("claims") if row is None else redirect("claims-batch", row.pk)
    services.recheck_stale(bulk_queries.created_claims(request.practice, filters), now=timezone.now())
    context = {
        "ticked": [one for one in map(parse_id, request.POST.getlist("claim")[:PER_PAGE]) if one],
        **_preview_context(request),
        **bulk_queries.preview(request.practice, filters),
    }
    return render(request, "claims/bulk/ready.html", context)


@member_required(Permission.SUBMIT_CLAIMS)
def latest(request: PracticeRequest) -> HttpResponse:
    """Lead to the bulk submission that this person started last."""
    row = BulkSubmission.objects.filter(practice=request.practice, by=request.user).first()
    return redirect("claims") if row is None else redirect("claims-batch", row.pk)


@member_required(Permission.SUBMIT_CLAIMS)
def batch(request: PracticeRequest, batch_id: UUID) -> HttpResponse:
    """How far the batch is. The page follows by itself; without scripts it is loaded again by hand."""
    row = get_own_or_404(BulkSubmission.objects.select_related("by", "stopped_by"), request.practice, batch_id)
    now = timezone.now()
    progress = bulk_queries.progress(row, now=now)
    is_running = row.state == BulkSubmission.RUNNING
    has_rejected = any(status == Status.REJECTED for status, _ in progress.statuses)
    context = {
        "batch": row,
        "is_running": is_running,
        "progress": progress,
        "reasons": [] if is_running else bulk_queries.refusal_reasons(row),
        "rejected": bulk_queries.rejected_claims(row) if has_rejected else [],
        "minutes_left": None if progress.seconds_left is None else round(progress.seconds_left / 60),
        "is_silent": is_running and (now - (row.served_at or row.started_at)).total_seconds() > SILENT_SECONDS,
        **connection_status.connection_status(request.practice),
    }
    return render(request, "claims/bulk/_batch.html" if request.htmx else "claims/bulk/batch.html", context)


@require_POST
@member_required(Permission.SUBMIT_CLAIMS)
def stop(request: PracticeRequest, batch_id: UUID) -> HttpResponse:
    row = get_own_or_404(BulkSubmission.objects.all(), request.practice, batch_id)
    services.stop(actor_of(request), batch=row)
    return redirect("claims-batch", row.pk)


def _preview_context(request: PracticeRequest) -> dict[str, Any]:
    """Return what leads back to the list as it was, what is under way, and how the connection is."""
    return {
        "filters": filters_of(request.POST, may_search=True),
        "page_no": page_no_of(request.POST),
        "running": services.running_submissions(request.practice),
        "unclaimed": unclaimed.summed(unclaimed.unclaimed(request.practice, on=dates.today())),
        **connection_status.connection_status(request.practice),
    }


def _start_ticked(request: PracticeRequest, claims: QuerySet[Claim], asked: int) -> HttpResponse:
    row = _start(request, claims)
    if row is None:
        return redirect("claims")
    if left := bulk_queries.left_out_count(claims, row):
        messages.warning(request, f"{left} of {asked} were not submitted and stay as they were.")
    return redirect("claims-batch", row.pk)


def _start(request: PracticeRequest, claims: QuerySet[Claim]) -> BulkSubmission | None:
    """Start the submission of those that are ready; None where it is refused, which the next page says."""
    with refusal_shown(request) as outcome:
        row = services.start(actor_of(request), claims=claims)
    return None if outcome.is_refused else row
