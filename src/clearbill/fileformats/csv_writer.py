"""Csv writer."""

from __future__ import annotations

import re

_DANGEROUS = tuple("=+-@\t\r\n＝＋－＠")

_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


def escape_formula(text: str) -> str:
    """Return the cell for a CSV file that we write: what a spreadsheet would take for a formula gets a ' before it.

    A plain number such as -12.50 stays as it is.
    """
    if text.lstrip(" \u00a0\ufeff\u200b").startswith(_DANGEROUS) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


_READ_AS_FORMULA = ("=", "+", "-", "@")


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_READ_AS_FORMULA) else cell


class _Echo:
    """What is written to it is what `writerow` returns."""

    def write(self, text: str) -> str:
        return text
