"""Payments from the clearing house's remittance file (assumption A37), line by line as it streams.

The names of elements are inferred; namespaces and unknown elements are passed over. The head of a payment must stand
before its lines. A document type is refused before anything in it is read, so no entity is ever declared.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from datetime import date

from lxml import etree

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
from clearbill.fileformats.rows import Answers, Reading, RemittanceRow, RowFault, UnreadableFile
from clearbill.fileformats.uploaded_file import Source

_LONGEST_FIELD = 4000

# lxml bounds the depth of trees, but none is built here.
_DEEPEST = 100

_MOST_ELEMENTS = 40 * MOST_ROWS

_PLACE = "place of the payment in the file"

_ENCODINGS = {"utf-8", "utf-16", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252"}

_DECLARED = re.compile(r"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")

_DOCTYPE = "The file carries a document type (DOCTYPE), in which entities hide. Such a file is not read."

_ENTITY = "The file uses an entity that is not part of XML. It was read up to there and no further."

_ABSURD = "The XML is nested deeper or has more elements than a remittance can. It was read up to there."

_BROKEN = "The XML breaks off or is damaged at line {}. The rows before were read, nothing after them."


class _OutOfBounds(Exception):
    """The document is nested deeper, or has more elements, than any remittance."""


class _Target:
    """Takes what the parser finds, keeps one line at a time and puts each finished one into `lines`."""

    def __init__(self) -> None:
        self.root: str | None = None
        self.is_test = False
        self.lines: deque[dict[str, str]] = deque()
        self._path: list[str] = []
        self._elements = 0
        self._head: dict[str, str] = {}
        self._payment: dict[str, str] = {}
        self._line: dict[str, str] = {}
        self._text: list[str] = []
        self._length = 0
        self._payments = 0

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise UnreadableFile(_DOCTYPE)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition("}")[2]
        if self.root is None:
            self.root = name
            self.is_test = attributes.get("Status", "").lower() == "test"
        self._path.append(name)
        self._elements += 1
        if len(self._path) > _DEEPEST or self._elements > _MOST_ELEMENTS:
            raise _OutOfBounds
        if self._path[1:] == [PAYMENT]:
            self._payment = {}
            self._payments += 1
        elif self._path[1:] == [PAYMENT, LINE]:
            self._line = {}
        self._text.clear()
        self._length = 0

    def data(self, text: str) -> None:
        if self._length <= _LONGEST_FIELD:
            self._text.append(text)
            self._length += len(text)

    def end(self, _tag: str) -> None:
        path, depth = self._path, len(self._path)
        name = path[-1]
        if depth == 4 and path[2] == LINE and path[1] == PAYMENT:
            self._keep(self._line, OF_LINE.get(name))
        elif depth == 5 and path[3] == PATIENT and path[2] == LINE and path[1] == PAYMENT:
            self._keep(self._line, OF_NAME.get(name))
        elif depth == 3 and path[1] == PAYMENT:
            if name == LINE:
                self._finish_line()
            self._keep(self._payment, OF_PAYMENT.get(name))
        elif depth == 2:
            self._keep(self._head, OF_HEAD.get(name))
        path.pop()

    def _keep(self, fields: dict[str, str], ours: str | None) -> None:
        if ours is not None:
            fields.setdefault(ours, "".join(self._text).strip())

    def _finish_line(self) -> None:
        names = (self._line.pop("family", ""), self._line.pop("given", ""))
        self._line["patient_name"] = ", ".join(name for name in names if name)
        self.lines.append(self._head | self._payment | self._line | {_PLACE: str(self._payments)})

    def close(self) -> None:
        """Nothing is built, so there is nothing to return."""


def begins_as_xml(opening: str) -> bool:
    """Return whether a file with this opening is XML."""
    return opening.startswith("<")


def read_paid_xml(source: Source, today: date, _answers: Answers) -> Reading[RemittanceRow]:
    """Return the reading of a remittance file; nothing in it is asked. Raises UnreadableFile for any other document."""
    encoding = _encoding(source)
    target = _Target()
    parser = etree.XMLParser(
        target=target,  # type: ignore[arg-type]  # the stubs know no target without comments
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    pieces = source.pieces()
    fault = None
    while target.root is None and fault is None:
        fault = _feed(parser, next(pieces, None))
    if target.root is None:
        raise UnreadableFile("The file is not well-formed XML.")
    if target.root != ROOT:
        raise UnreadableFile(f"This is XML, but no remittance: its outermost element is not {ROOT}.")
    rows = _rows(_Feed(parser, target, pieces, fault), RemittanceLines(DayReader(today)))
    return Reading(encoding=encoding, is_test=target.is_test, _rows=rows)


def _encoding(source: Source) -> str:
    if source.head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "UTF-16"
    declared = _DECLARED.match(source.opening)
    name = declared[1].lower() if declared else "utf-8"
    if name not in _ENCODINGS:
        raise UnreadableFile("The XML is written in an encoding that is not taken. Ask for UTF-8.")
    return name.upper()


def _feed(parser: etree.XMLParser, piece: bytes | None) -> str | None:
    """Give the parser one piece, or its end; return the sentence on what is wrong.

    Raises UnreadableFile for a DOCTYPE.
    """
    try:
        if piece is None:
            parser.close()
            return ""
        parser.feed(piece)
    except _OutOfBounds:
        return _ABSURD
    except etree.XMLSyntaxError as exc:
        undeclared = getattr(exc, "code", 0) == etree.ErrorTypes.ERR_UNDECLARED_ENTITY
        return _ENTITY if undeclared else _BROKEN.format(exc.lineno or 1)
    return None


class _Feed:
    """The finished lines of the file, and after them in `fault` what broke it off, "" for nothing."""

    def __init__(self, parser: etree.XMLParser, target: _Target, pieces: Iterator[bytes], fault: str | None) -> None:
        self._parser, self._target, self._pieces = parser, target, pieces
        self.fault = fault

    def __iter__(self) -> Iterator[dict[str, str]]:
        while True:
            while self._target.lines:
                yield self._target.lines.popleft()
            if self.fault is not None:
                return
            self.fault = _feed(self._parser, next(self._pieces, None))


def _rows(feed: _Feed, lines: RemittanceLines) -> Iterator[RemittanceRow | RowFault]:
    row_no = 0
    for row_no, texts in enumerate(feed, 1):
        if row_no > MOST_ROWS:
            yield RowFault(row_no, "", TOO_MANY)
            return
        texts["issued_on"] = _issued_day(texts.get("issued_on", ""))
        # What a person types is one payment: a second one that says nothing of itself cannot be asked for.
        found = lines.row(row_no, texts, may_ask=texts.pop(_PLACE) == "1")
        if isinstance(found, RemittanceRow):
            yield found
        else:
            yield from found
    if feed.fault:
        yield RowFault(row_no + 1, "", feed.fault)
    elif not row_no:
        yield RowFault(0, "", "The file holds no lines of a payment.")


def _issued_day(text: str) -> str:
    """Return the UK day of the moment of issue, 14 digits; "" for anything else, since it only informs."""
    return text[:8] if re.fullmatch(r"20\d{12}", text, re.ASCII) and looks_like_a_day(_hyphened(text)) else ""


def _hyphened(text: str) -> str:
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}"
