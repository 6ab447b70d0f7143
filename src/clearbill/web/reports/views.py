"""The report pages: an index, each report, and the same figures as a file."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from clearbill.bill import dates
from clearbill.reports import tables
from clearbill.reports.catalogue import CATALOGUE, ReportType
from clearbill.web.components.list_files import list_file, wants_file
from clearbill.web.reports import links
from clearbill.web.reports.forms import FilterForm
from clearbill.web.sign_in.access import PracticeRequest, has_permission, member_required, require_permission


@member_required()
def index(request: PracticeRequest) -> HttpResponse:
    """Which reports there are for this person."""
    kinds = [kind for kind in CATALOGUE if has_permission(request, kind.permission)]
    return render(request, "reports/index.html", {"kinds": kinds})


@member_required()
def report(request: PracticeRequest, name: str) -> HttpResponseBase:
    """One report under its filters, on the page or as a file."""
    kind, form = _asked(request, name)
    made = kind.make(form.narrowed()) if form.is_valid() else None
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
    form = FilterForm(
        request.GET, practice=request.practice, today=dates.today(), uses=kind.uses, recent=kind.is_recent
    )
    return kind, form
