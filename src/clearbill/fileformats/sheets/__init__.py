"""Tables that come as something else than lines parted by commas: workbooks, web pages, blocks of labelled lines."""

from __future__ import annotations

from clearbill.fileformats.marks import begins_as_html, begins_as_labelled_lines, begins_as_workbook
from clearbill.fileformats.sheets.html_table import html_sheets
from clearbill.fileformats.sheets.labelled_lines import labelled_sheets
from clearbill.fileformats.sheets.sheet import Sheet
from clearbill.fileformats.sheets.workbook import workbook_sheets
from clearbill.fileformats.uploaded_file import Source

_READERS = (
    (begins_as_workbook, workbook_sheets),
    (begins_as_html, html_sheets),
    (begins_as_labelled_lines, labelled_sheets),
)


def sheets_of(source: Source) -> list[Sheet]:
    """Return the sheets of a file whose cells are known; [] for one whose lines are parted. Raises UnreadableFile."""
    for begins, sheets in _READERS:
        if begins(source.opening):
            return sheets(source)
    return []
