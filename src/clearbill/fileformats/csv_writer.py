"""Tables that Clearbill writes, and the CSV file of one: no cell of any acts as a formula in a spreadsheet.

`workbook_writer.py` beside it writes the same tables as workbooks. A list that Clearbill wrote can be brought again, so
the sign that keeps a formula from acting is taken off here too.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

_DANGEROUS = tuple("=+-@\t\r\n＝＋－＠")
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)

Cell = str | Decimal | int | date | datetime | dict[str, Any] | list[Any] | None
"""What may stand in a table: a day is a date, pounds are a Decimal with two places, True and False are yes and no."""


@dataclass(frozen=True, slots=True)
class WrittenTable:
    """A table to be written: its headings, and its rows, which are read once."""

    headings: Sequence[str]
    rows: Iterable[Iterable[Cell]]


class _Echo:
    """What is written to it is what `writerow` returns."""

    def write(self, text: str) -> str:
        return text


def csv_lines(header: Iterable[str], rows: Iterable[Iterable[Cell]]) -> Iterator[str]:
    """Yield a CSV file line by line: the header with the mark of UTF-8 in front, then the rows.

    Lines end with CR LF. A cell that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    writer = csv.writer(_Echo(), lineterminator="\r\n")
    yield "\ufeff" + writer.writerow([escape_formula(cell) for cell in header])
    for row in rows:
        yield writer.writerow([escape_formula(cell_text(cell)) for cell in row])


def cell_text(cell: Cell) -> str:
    """Return a cell as text: a day as 2026-12-31, a moment in UTC, pounds as 12.50, nothing as ""."""
    match cell:
        case None:
            return ""
        case bool():
            return "yes" if cell else "no"
        case datetime():
            return cell.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        case date():
            return cell.isoformat()
        case dict() | list():
            return json.dumps(cell, ensure_ascii=False) if cell else ""
        case _:
            return str(cell)


def escape_formula(text: str) -> str:
    """Return the cell as it may stand in a file. A plain number such as -12.50 stays as it is."""
    if text.lstrip(" \u00a0\ufeff\u200b").startswith(_DANGEROUS) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def unescape_formula(text: str) -> str:
    """Return the cell without the apostrophe that `escape_formula`, or a spreadsheet, put in front of a formula."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_DANGEROUS) else text
