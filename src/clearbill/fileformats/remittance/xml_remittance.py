"""Payments from the clearing house's remittance file (assumption A37), line by line as it streams.

The names of elements are inferred; namespaces and unknown elements are passed over. The head of a payment must stand
before its lines. A document type is refused before anything in it is read, so no entity is ever declared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date

from clearbill.clearinghouse.healthcode.assumed_2026_11.remittance_file import (
    LINE,
    OF_HEAD,
    OF_LINE,
    OF_NAME,
    OF_PAYMENT,
    PATIENT,
    PAYMENT,
    ROOT,
)
from clearbill.fileformats.cells import DayReader, looks_like_a_day
from clearbill.fileformats.duplicates import MOST_ROWS, TOO_MANY
from clearbill.fileformats.remittance.line import RemittanceLines
from clearbill.fileformats.rows import Answers, LeftOut, Reading, RemittanceRow, RowFault, UnreadableFile
from clearbill.fileformats.uploaded_file import Source
from clearbill.fileformats.xml_stream import Records, XmlStream

_PLACE = "place of the payment in the file"


class _Lines(Records):
    """Keeps one line at a time, with what its payment and the whole file say of it."""

    def __init__(self) -> None:
        super().__init__()
        self.is_test = False
        self._head: dict[str, str] = {}
        self._payment: dict[str, str] = {}
        self._line: dict[str, str] = {}
        self._payments = 0

    def begin(self, path: list[str], attributes: Mapping[str, str]) -> None:
        if len(path) == 1:
            self.is_test = attributes.get("Status", "").lower() == "test"
        elif path[1:] == [PAYMENT]:
            self._payment = {}
            self._payments += 1
        elif path[1:] == [PAYMENT, LINE]:
            self._line = {}

    def finish(self, path: list[str], text: str) -> None:
        *above, name = path[1:] or [""]
        if above == [PAYMENT, LINE]:
            _keep(self._line, OF_LINE.get(name), text)
        elif above == [PAYMENT, LINE, PATIENT]:
            _keep(self._line, OF_NAME.get(name), text)
        elif above == [PAYMENT]:
            if name == LINE:
                self._finish_line()
            _keep(self._payment, OF_PAYMENT.get(name), text)
        elif not above:
            _keep(self._head, OF_HEAD.get(name), text)

    def _finish_line(self) -> None:
        names = (self._line.pop("family", ""), self._line.pop("given", ""))
        self._line["patient_name"] = ", ".join(name for name in names if name)
        self.finished.append(self._head | self._payment | self._line | {_PLACE: str(self._payments)})


def _keep(fields: dict[str, str], ours: str | None, text: str) -> None:
    if ours is not None:
        fields.setdefault(ours, text)


def read_paid_xml(source: Source, today: date, _answers: Answers) -> Reading[RemittanceRow]:
    """Return the reading of a remittance file; nothing in it is asked. Raises UnreadableFile for any other document."""
    lines = _Lines()
    stream = XmlStream(source, lines)
    if lines.root != ROOT:
        raise UnreadableFile(f"This is XML, but no remittance: its outermost element is not {ROOT}.")
    rows = _rows(stream, RemittanceLines(DayReader(today)))
    return Reading(encoding=stream.encoding, is_test=lines.is_test, _rows=rows)


def _rows(stream: XmlStream, lines: RemittanceLines) -> Iterator[RemittanceRow | RowFault | LeftOut]:
    row_no = 0
    for row_no, texts in enumerate(stream, 1):
        if row_no > MOST_ROWS:
            yield RowFault(row_no, "", TOO_MANY)
            return
        texts["issued_on"] = _issued_day(texts.get("issued_on", ""))
        # What a person types is one payment: a second one that says nothing of itself cannot be asked for.
        yield from lines.row(row_no, texts, may_ask=texts.pop(_PLACE) == "1")
    if stream.fault:
        yield RowFault(row_no + 1, "", stream.fault)
    elif not row_no:
        yield RowFault(0, "", "The file holds no lines of a payment.")


def _issued_day(text: str) -> str:
    """Return the UK day of the moment of issue, 14 digits; "" for anything else, since it only informs."""
    return text[:8] if re.fullmatch(r"20\d{12}", text, re.ASCII) and looks_like_a_day(_hyphened(text)) else ""


def _hyphened(text: str) -> str:
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}"
