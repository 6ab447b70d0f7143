"""The report pages: an index, each report, and the same figures as a CSV file."""

from __future__ import annotations

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render

from clearbill.bill import dates
from clearbill.reports import tables
from clearbill.reports.catalogue import CATALOGUE, ReportType
from clearbill.web.components.downloads import download
from clearbill.web.reports import links
from clearbill.web.reports.forms import FilterForm
from clearbill.web.sign_in.access import PracticeRequest, has_permission, member_required, require_permission


@member_required()
def index(request: PracticeRequest) -> HttpResponse:
    """Which reports there are for this person."""
    kinds = [kind for kind in CATALOGUE if has_permission(request, kind.permission)]
    return render(request, "reports/index.html", {"kinds": kinds})


@member_required()
def report(request: PracticeRequest, name: str) -> HttpResponse:
    """One report under its filters."""
    kind, form = _asked(request, name)
    made = kind.make(form.narrowed()) if form.is_valid() else None
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


@member_required()
def file(request: PracticeRequest, name: str) -> StreamingHttpResponse:
    """The report's figures as a CSV file, under the same filters."""
    kind, form = _asked(request, name)
    made = kind.make(form.narrowed()) if form.is_valid() else None
    if made is None or made.file is None:
        raise Http404
    return download(tables.to_csv(made.file), f"{kind.name}-{dates.today()}.csv")


def _asked(request: PracticeRequest, name: str) -> tuple[ReportType, FilterForm]:
    kind = next((one for one in CATALOGUE if one.name == name), None)
    if kind is None:
        raise Http404
    require_permission(request, kind.permission)
    form = FilterForm(
        request.GET, practice=request.practice, today=dates.today(), uses=kind.uses, recent=kind.is_recent
    )
    return kind, form
