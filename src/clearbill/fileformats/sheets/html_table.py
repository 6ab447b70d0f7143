"""The table of a web page: some banks give one when a workbook is asked for, and call it .xls."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree, html

from clearbill.fileformats.rows import UnreadableFile
from clearbill.fileformats.sheets.sheet import Sheet
from clearbill.fileformats.uploaded_file import Source

LARGEST_BYTES = 10 * 1024 * 1024

NO_TABLE = "This is a web page. Perhaps the download had expired; fetch the file again."

_TOO_LARGE = "This is a web page of more than 10 MB. Ask for the same as CSV."

_MOST_COLUMNS = 50


def html_sheets(source: Source) -> list[Sheet]:
    """Return all rows of all tables of a web page as one sheet. Raises UnreadableFile for a page without any."""
    if source.size > LARGEST_BYTES:
        raise UnreadableFile(_TOO_LARGE)
    with source.text() as text:
        content = re.sub(r"^\s*<\?xml[^>]*>", "", text.read().replace("\x00", ""))
    try:
        page = html.document_fromstring(content)
    except (etree.ParserError, ValueError):
        raise UnreadableFile(NO_TABLE) from None
    rows = [cells for row in page.iter("tr") if row.find(".//tr") is None and any(cells := _cells(row))]
    if not rows:
        raise UnreadableFile(NO_TABLE)
    width = max(map(len, rows))

    def numbered() -> Iterator[tuple[int, list[str]]]:
        for row_no, cells in enumerate(rows, 1):
            yield row_no, cells + [""] * (width - len(cells))

    return [Sheet("", numbered)]


def _cells(row: html.HtmlElement) -> list[str]:
    """Return the texts of a row; a cell that spans several columns is followed by empty ones."""
    cells: list[str] = []
    for cell in row.iterchildren("td", "th"):
        spanned = cell.get("colspan", "1")
        columns = int(spanned) if re.fullmatch(r"\d{1,2}", spanned, re.ASCII) else 1
        cells += [" ".join(cell.text_content().split()), *[""] * (min(columns, _MOST_COLUMNS) - 1)]
    return cells
