"""Workbooks (XLSX) that Clearbill writes: the tables of `csv_writer.py`, with numbers as numbers and days as days.

Text is always text, never a formula, and carries the same apostrophe as in the CSV file, so that a workbook which is
saved as CSV is as harmless.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import IO, Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from clearbill.fileformats.csv_writer import Cell, WrittenTable, cell_text, escape_formula

ROWS_OF_A_SHEET = 1_048_575
"""What a sheet holds below its headings; more go on in another sheet."""

LONGEST_TEXT = 32_767
"""Characters of one cell; a longer text ends with a mark that it goes on."""

_PIECE = 65_536

_DAY, _MOMENT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"


def workbook_pieces(table: WrittenTable) -> Iterator[bytes]:
    """Yield the bytes of a workbook with this table. It is made on disk: memory does not grow with the rows."""
    with tempfile.TemporaryFile() as file:
        _write(file, table)
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece


def _write(file: IO[bytes], table: WrittenTable) -> None:
    with Workbook(file, {"constant_memory": True}) as book:
        formats = _Formats(book)
        sheet, place = _new_sheet(book, table, formats), 0
        for cells in table.rows:
            if place == ROWS_OF_A_SHEET:
                sheet, place = _new_sheet(book, table, formats), 0
            place += 1
            for column, cell in enumerate(cells):
                _put(sheet, place, column, cell, formats)


class _Formats:
    """The formats of a workbook, each made once."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[str, Format] = {}
        self.bold: Format = book.add_format({"bold": True})

    def __getitem__(self, number_format: str) -> Format:
        if number_format not in self._made:
            self._made[number_format] = self._book.add_format({"num_format": number_format})
        return self._made[number_format]


def _new_sheet(book: Workbook, table: WrittenTable, formats: _Formats) -> Worksheet:
    sheet: Worksheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    for column, heading in enumerate(table.headings):
        sheet.set_column(column, column, min(max(len(heading) + 2, 12), 40))
        sheet.write_string(0, column, _text(heading), formats.bold)
    return sheet


def _put(sheet: Worksheet, row: int, column: int, cell: Cell, formats: _Formats) -> None:
    match cell:
        case None | "":
            return
        case datetime():
            sheet.write_datetime(row, column, cell.astimezone(UTC).replace(tzinfo=None), formats[_MOMENT])
        case date():
            sheet.write_datetime(row, column, cell, formats[_DAY])
        case Decimal():
            sheet.write_number(row, column, cell, formats[_number_format(cell)])
        case int() if not isinstance(cell, bool):
            sheet.write_number(row, column, cell, formats["0"])
        case _:
            sheet.write_string(row, column, _text(cell))


def _text(cell: Any) -> str:
    text = escape_formula(cell_text(cell))
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"


def _number_format(number: Decimal) -> str:
    places = -int(number.as_tuple().exponent)
    return "0." + "0" * places if places > 0 else "0"
