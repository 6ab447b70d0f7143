"""All claims that are ready, in one action: said first, then queued by the worker while a page shows how far it is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from clearbill.claims.bulk import queries as bulk_queries
from clearbill.claims.bulk import services
from clearbill.claims.models import BulkSubmission
from clearbill.claims.queue import connection_status
from clearbill.people.permissions import Permission
from clearbill.web.claims.worklist import PER_PAGE, filters_of, page_no_of, uuid_of
from clearbill.web.components.refusals import refusal_shown
from clearbill.web.sign_in.access import PracticeRequest, get_own_or_404, member_required

SILENT_SECONDS = 20

"""A batch of which nothing was taken for so long waits for a worker."""


@require_POST
@member_required(Permission.SUBMIT_CLAIMS)
def submit_ready(request: PracticeRequest) -> HttpResponse:
    """First say which of the claims that the filters show would go and why others would not; start once confirmed."""
    filters = filters_of(request.POST, may_search=True)
    if request.POST.get("confirmed") == "yes":
        return _start(request, bulk_queries.created_claims(request.practice, filters))
    context = {
        "filters": filters,
        "page_no": page_no_of(request.POST),
        "ticked": [one for one in map(uuid_of, request.POST.getlist("claim")[:PER_PAGE]) if one],
        "batch": services.running_of(request.practice),
        **bulk_queries.preview(request.practice, filters),
        **connection_status.connection_status(request.practice),
    }
    return render(request, "claims/bulk/ready.html", context)


@member_required(Permission.SUBMIT_CLAIMS)
def batch(request: PracticeRequest, batch_id: UUID) -> HttpResponse:
    """How far the batch is. The page follows by itself; without scripts it is loaded again by hand."""
    row = get_own_or_404(BulkSubmission.objects.select_related("by", "stopped_by"), request.practice, batch_id)
    now = timezone.now()
    progress = bulk_queries.progress(row, now=now)
    is_running = row.state == BulkSubmission.RUNNING
    context = {
        "batch": row,
        "is_running": is_running,
        "progress": progress,
        "reasons": [] if is_running else bulk_queries.refusal_reasons(row),
        "minutes_left": None if progress.seconds_left is None else round(progress.seconds_left / 60),
        "is_silent": is_running and (now - (row.served_at or row.started_at)).total_seconds() > SILENT_SECONDS,
        **connection_status.connection_status(request.practice),
    }
    return render(request, "claims/bulk/_batch.html" if request.htmx else "claims/bulk/batch.html", context)


@require_POST
@member_required(Permission.SUBMIT_CLAIMS)
def stop(request: PracticeRequest, batch_id: UUID) -> HttpResponse:
    row = get_own_or_404(BulkSubmission.objects.all(), request.practice, batch_id)
    services.stop(practice=request.practice, by=request.user, now=timezone.now(), batch=row)
    return redirect("claims-batch", row.pk)


def _start(request: PracticeRequest, claims: Any) -> HttpResponse:
    with refusal_shown(request) as outcome:
        row = services.start(practice=request.practice, by=request.user, now=timezone.now(), claims=claims)
    if outcome.is_refused:
        return redirect("claims")
    return redirect("claims-batch", row.pk)
