"""Lists as files: the list of a page, as it is filtered, as CSV or as an Excel workbook."""

from __future__ import annotations

from django.http import HttpRequest, StreamingHttpResponse

from clearbill.bill import dates
from clearbill.fileformats import WrittenTable, csv_lines
from clearbill.fileformats.workbook_writer import workbook_pieces
from clearbill.web.components.downloads import download

CSV, XLSX = "csv", "xlsx"

FORMS = {CSV: "CSV", XLSX: "Excel"}
"""What the menu “Export” offers, by the value of the field `file`."""

_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def wants_file(request: HttpRequest) -> bool:
    """Return whether the list is asked for as a file; a search with names comes by POST, and so does its file."""
    return _form_of(request) in FORMS


def list_file(request: HttpRequest, name: str, table: WrittenTable) -> StreamingHttpResponse:
    """Return the table as the file that is asked for."""
    if _form_of(request) == XLSX:
        return download(workbook_pieces(table), f"{name}-{dates.today()}.xlsx", _EXCEL)
    return download(csv_lines(table.headings, table.rows), f"{name}-{dates.today()}.csv")


def _form_of(request: HttpRequest) -> str:
    return request.POST.get("file") or request.GET.get("file") or ""
