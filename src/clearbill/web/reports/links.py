"""Where a report leads: the address of the list behind a figure, and the template of its plot."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from clearbill.reports import plots
from clearbill.reports.tables import FilteredList, ListName, Report

# The name of the list's address, and what is asked of it besides its filters.
_LISTS: dict[ListName, tuple[str, dict[str, str]]] = {
    ListName.INVOICES: ("invoices", {}),
    ListName.REJECTED_CLAIMS: ("claims", {"tab": "rejected"}),
    ListName.PAYMENTS: ("money", {}),
    ListName.SHORTFALLS: ("shortfalls", {}),
    ListName.UNBILLED_VISITS: ("invoices-unbilled", {}),
}

_PLOTS = {
    plots.Bars.kind: "reports/_bars.html",
    plots.Columns.kind: "reports/_columns.html",
    plots.Ranges.kind: "reports/_ranges.html",
}


def address(source: FilteredList | None) -> str:
    """Return the address of the list under its filters, "" where there is no list."""
    if source is None:
        return ""
    name, asked = _LISTS[source.name]
    query = urlencode({**asked, **source.filters})
    return f"{reverse(name)}?{query}" if query else reverse(name)


def plot_template(report: Report | None) -> str:
    """Return the template that draws the report's plot, "" where it has none."""
    return _PLOTS[report.plot.kind] if report and report.plot else ""


def linked_tables(report: Report | None) -> list[dict[str, Any]]:
    """Return the report's tables as the page shows them: rows and tables with the address of the list behind them."""
    return [
        {
            "caption": table.caption,
            "columns": table.columns,
            "rows": [{"cells": row["cells"], "link": address(row["source"])} for row in table.shown()],
            "total": table.shown_total(),
            "link": address(table.source),
        }
        for table in (report.tables if report else ())
    ]
