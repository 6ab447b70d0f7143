"""Workspace Settings > Records > Exports: all of the practice as one file."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from clearbill.bill import dates
from clearbill.exports import jobs
from clearbill.exports.models import Export
from clearbill.people.permissions import Permission
from clearbill.web.components.refusals import refusal_shown
from clearbill.web.sign_in.access import PracticeRequest, actor_of, get_own_or_404, member_required
from clearbill.web.sign_in.confirmation import confirmed_to_change

PER_PAGE = 20

SILENT_SECONDS = 60


@require_safe
@member_required(Permission.EXPORT)
def export_list(request: PracticeRequest) -> HttpResponse:
    """The exports so far, the one under way, and the button that asks for one. The page follows by itself."""
    rows = _rows().filter(practice=request.practice)
    under_way = next((one for one in rows[:1] if one.is_under_way), None)
    if request.htmx and under_way is None:
        return HttpResponse(headers={"HX-Refresh": "true"})
    waited = (timezone.now() - under_way.asked_at).total_seconds() if under_way else 0
    context = {
        "under_way": under_way,
        "so_far": jobs.bytes_so_far(under_way) if under_way else 0,
        "is_silent": under_way is not None and under_way.taken_at is None and waited > SILENT_SECONDS,
        "page": Paginator(rows.filter(made_at__isnull=False) | rows.exclude(failure=""), PER_PAGE).get_page(
            request.GET.get("page")
        ),
    }
    template = "workspace/exports/_under_way.html" if request.htmx else "workspace/exports/list.html"
    return render(request, template, context)


@require_POST
@member_required(Permission.EXPORT)
@confirmed_to_change
def ask(request: PracticeRequest) -> HttpResponse:
    with refusal_shown(request):
        jobs.ask(actor_of(request))
    return redirect("exports")


@require_POST
@member_required(Permission.EXPORT)
@confirmed_to_change
def download(request: PracticeRequest, export_id: UUID) -> HttpResponseBase:
    row = get_own_or_404(_rows(), request.practice, export_id)
    with refusal_shown(request):
        content = jobs.take(actor_of(request), row).open("rb")
        name = f"clearbill-export-{dates.uk_day(row.asked_at)}.zip"
        return FileResponse(content, as_attachment=True, filename=name, content_type="application/zip")
    return redirect("exports")


@require_POST
@member_required(Permission.EXPORT)
def remove(request: PracticeRequest, export_id: UUID) -> HttpResponse:
    jobs.remove(actor_of(request), get_own_or_404(_rows(), request.practice, export_id))
    messages.success(request, "The file is deleted.")
    return redirect("exports")


def _rows() -> QuerySet[Export]:
    return Export.objects.select_related("by", "practice")
