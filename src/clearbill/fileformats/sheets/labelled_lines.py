"""A statement as blocks of labelled lines, one block for each line of the account, as Santander writes its text file:

Date: 27/11/2026
Description: FASTER PAYMENTS RECEIPT
Amount: 185.00
Balance: 1,277.50
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from clearbill.fileformats.sheets.sheet import Sheet
from clearbill.fileformats.uploaded_file import Source

_LABELS = ("Date", "Description", "Amount", "Balance")

_OF_ALL = "Account"

# Above the first block the file says of which days it is; the labels stand as if they were said there.
_HEADER_ROW = 1

_LONGEST_LINE = 65_536

_LABELLED = re.compile(r"\s*(Date|Description|Amount|Balance|Account)\s*:\s*(.*)", re.DOTALL)


def labelled_sheets(source: Source) -> list[Sheet]:
    """Return the blocks as one sheet under a row of the labels; the number of a block is that of its first line."""
    return [Sheet("", lambda: _rows(source))]


def _rows(source: Source) -> Iterator[tuple[int, list[str]]]:
    yield _HEADER_ROW, [*_LABELS, "Account number"]
    account = ""
    block: dict[str, str] = {}
    first_line = 0
    for line_no, label, value in _labelled(source):
        if label == _OF_ALL:
            account = value
            continue
        if label == _LABELS[0]:
            if block:
                yield first_line, _cells(block, account)
            block, first_line = {}, max(line_no, _HEADER_ROW + 1)
        block[label] = value
    if block:
        yield first_line, _cells(block, account)


def _cells(block: Mapping[str, str], account: str) -> list[str]:
    return [*(block.get(label, "") for label in _LABELS), account]


def _labelled(source: Source) -> Iterator[tuple[int, str, str]]:
    with source.text() as text:
        line_no = 0
        while line := text.readline(_LONGEST_LINE):
            line_no += 1
            if found := _LABELLED.match(line):
                yield line_no, found[1], " ".join(found[2].split())
