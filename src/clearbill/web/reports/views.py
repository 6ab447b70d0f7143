"""The report pages: an index, each report, and the same figures as a file."""

from __future__ import annotations

from dataclasses import replace

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from clearbill.bill import dates
from clearbill.people.permissions import Permission
from clearbill.reports import tables
from clearbill.reports.catalogue import CATALOGUE, ReportType
from clearbill.reports.filters import ReportFilter
from clearbill.web.components.list_files import list_file, wants_file
from clearbill.web.reports import links
from clearbill.web.reports.forms import FilterForm
from clearbill.web.sign_in.access import PracticeRequest, has_permission, member_required, require_permission
from clearbill.workspace.team import practitioner_of


@member_required(Permission.SEE_MONEY)
def index(request: PracticeRequest) -> HttpResponse:
    """Which reports there are for this person."""
    kinds = [kind for kind in CATALOGUE if _may_open(request, kind)]
    return render(request, "reports/index.html", {"kinds": kinds})


@member_required(Permission.SEE_MONEY)
def report(request: PracticeRequest, name: str) -> HttpResponseBase:
    """One report under its filters, on the page or as a file."""
    kind, form = _asked(request, name)
    made = kind.make(_narrowed(request, kind, form)) if form.is_valid() else None
    if wants_file(request) and made and made.file:
        return list_file(request, kind.name, tables.written(made.file))
    return render(
        request,
        "reports/report.html",
        {
            "kind": kind,
            "form": form,
            "report": made,
            "plot_template": links.plot_template(made),
            "tables": links.linked_tables(made),
            "on": dates.today(),
        },
    )


def _asked(request: PracticeRequest, name: str) -> tuple[ReportType, FilterForm]:
    kind = next((one for one in CATALOGUE if one.name == name), None)
    if kind is None:
        raise Http404
    require_permission(request, kind.permission)
    if not _may_open(request, kind):
        require_permission(request, Permission.SEE_INCOME)
    form = FilterForm(
        request.GET, practice=request.practice, today=dates.today(), uses=kind.uses, recent=kind.is_recent
    )
    return kind, form


def _may_open(request: PracticeRequest, kind: ReportType) -> bool:
    if kind.is_of_practitioners and not has_permission(request, Permission.SEE_INCOME):
        return has_permission(request, kind.permission) and practitioner_of(request.membership) is not None
    return has_permission(request, kind.permission)


def _narrowed(request: PracticeRequest, kind: ReportType, form: FilterForm) -> ReportFilter:
    """Return what the report is narrowed to: as asked for, and to what the person may see of it."""
    narrowed = replace(form.narrowed(), tells_services=has_permission(request, Permission.SEE_CLINICAL))
    if not kind.is_of_practitioners or has_permission(request, Permission.SEE_INCOME):
        return narrowed
    own = practitioner_of(request.membership)
    return replace(narrowed, practitioner_id=own.pk if own else request.membership.pk)
