"""Create Claims for invoices that have none: the list, what would be made, and what came of each as a page follows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from clearbill.bill import dates
from clearbill.claims.bulk import creation, creation_queries, unclaimed
from clearbill.claims.bulk.unclaimed import Unclaimed
from clearbill.claims.models import BulkCreation
from clearbill.db.ids import parse_id
from clearbill.exports.lists import LISTS
from clearbill.invoicing.models import Invoice
from clearbill.people.permissions import Permission
from clearbill.web.components.list_files import list_file, wants_file
from clearbill.web.components.refusals import refusal_shown
from clearbill.web.sign_in.access import PracticeRequest, actor_of, get_own_or_404, member_required

PER_PAGE = 50

AGES = {"over": "Past the limit", "soon": "Two weeks left"}

SILENT_SECONDS = 20

"""A creation of which nothing was made for so long waits for a worker."""


@member_required(Permission.SEE_CLINICAL)
def to_create(request: PracticeRequest) -> HttpResponseBase:
    """List the invoices to insurers that have no claim, those with the least time left first.

    `made` in the address names invoices that were just made: they come first, and are ticked.
    """
    rows = unclaimed.unclaimed(request.practice, on=dates.today())
    age = request.GET.get("age", "")
    shown = [one for one in rows if _is_of(one, age)]
    made = set(_ids(request.GET.get("made", "").split(",")))
    if wants_file(request):
        found = Invoice.objects.filter(practice=request.practice, pk__in=[one.invoice_id for one in shown])
        table = LISTS["invoices"].table(found.order_by("issued_on", "number"))
        return list_file(request, "invoices-without-a-claim", table)
    shown.sort(key=lambda one: one.invoice_id not in made)
    page = Paginator(shown, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": unclaimed.with_invoices(request.practice, list(page.object_list)),
        "sum": unclaimed.summed(rows),
        "shown_sum": unclaimed.summed(shown),
        "age": age if age in AGES else "",
        "ages": AGES,
        "made": made,
        "running": creation.running_creations(request.practice),
    }
    return render(request, "claims/creation/to_create.html", context)


@require_POST
@member_required(Permission.SUBMIT_CLAIMS)
def check(request: PracticeRequest) -> HttpResponse:
    """First say which claims would be made and what is missing on each; start once confirmed."""
    is_all = request.POST.get("all") == "yes"
    ids = None if is_all else _ids(request.POST.getlist("invoice")[: creation_queries.MOST_CHECKED])
    if request.POST.get("confirmed") == "yes":
        with refusal_shown(request) as outcome:
            row = creation.start(actor_of(request), invoice_ids=ids)
        return redirect("claims-to-create") if outcome.is_refused else redirect("claims-creation", row.pk)
    rows = unclaimed.unclaimed(request.practice, on=dates.today())
    chosen = rows if ids is None else [one for one in rows if one.invoice_id in set(ids)]
    context = {
        "is_all": is_all,
        "preview": creation_queries.preview(actor_of(request), chosen),
        "running": creation.running_creations(request.practice),
    }
    return render(request, "claims/creation/check.html", context)


@member_required(Permission.SUBMIT_CLAIMS)
def progress(request: PracticeRequest, creation_id: UUID) -> HttpResponse:
    """How far the creation is, with what came of each invoice. The page follows by itself."""
    row = get_own_or_404(BulkCreation.objects.select_related("by"), request.practice, creation_id)
    is_running = row.state == BulkCreation.RUNNING
    page = Paginator(creation_queries.results(row), PER_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "creation": row,
        "is_running": is_running,
        "progress": creation_queries.progress(row),
        "page": page,
        "is_silent": is_running
        and (timezone.now() - (row.served_at or row.started_at)).total_seconds() > SILENT_SECONDS,
    }
    template = "claims/creation/_progress.html" if request.htmx else "claims/creation/progress.html"
    return render(request, template, context)


@require_POST
@member_required(Permission.SUBMIT_CLAIMS)
def stop(request: PracticeRequest, creation_id: UUID) -> HttpResponse:
    row = get_own_or_404(BulkCreation.objects.all(), request.practice, creation_id)
    creation.stop(actor_of(request), creation=row)
    return redirect("claims-creation", row.pk)


def _is_of(row: Unclaimed, age: str) -> bool:
    return {"over": row.is_over, "soon": row.is_soon}.get(age, True)


def _ids(texts: list[str]) -> list[UUID]:
    return [one for one in map(parse_id, texts) if one]
