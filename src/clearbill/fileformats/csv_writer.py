"""CSV files that Clearbill writes: every one of them, so that no cell of any acts as a formula in a spreadsheet.

A list that Clearbill wrote can be brought again, so the sign that keeps a formula from acting is taken off here too.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator

_DANGEROUS = tuple("=+-@\t\r\n＝＋－＠")
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


class _Echo:
    """What is written to it is what `writerow` returns."""

    def write(self, text: str) -> str:
        return text


def csv_lines(header: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Yield a CSV file line by line: the header with the mark of UTF-8 in front, then the rows.

    Lines end with CR LF. A cell that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    writer = csv.writer(_Echo(), lineterminator="\r\n")
    yield "\ufeff" + writer.writerow([escape_formula(cell) for cell in header])
    for row in rows:
        yield writer.writerow([escape_formula(cell) for cell in row])


def escape_formula(text: str) -> str:
    """Return the cell as it may stand in a CSV file. A plain number such as -12.50 stays as it is."""
    if text.lstrip(" \u00a0\ufeff\u200b").startswith(_DANGEROUS) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def unescape_formula(text: str) -> str:
    """Return the cell without the apostrophe that `escape_formula`, or a spreadsheet, put in front of a formula."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_DANGEROUS) else text
