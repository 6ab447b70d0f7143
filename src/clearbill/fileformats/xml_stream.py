"""XML read as it streams, in bounded memory: no tree is built, no entity resolved, and a document type is refused.

A format gives a `Records` that says what an element means; `XmlStream` feeds it.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping

from lxml import etree

from clearbill.fileformats.duplicates import MOST_ROWS
from clearbill.fileformats.rows import UnreadableFile
from clearbill.fileformats.uploaded_file import Source

_LONGEST_FIELD = 4000

# lxml bounds the depth of trees, but none is built here.
_DEEPEST = 100

_MOST_ELEMENTS = 100 * MOST_ROWS

_ENCODINGS = {"utf-8", "utf-16", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252"}

_DECLARED = re.compile(r"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")

_DOCTYPE = "The file carries a document type (DOCTYPE), in which entities hide. Such a file is not read."

_ENTITY = "The file uses an entity that is not part of XML. It was read up to there and no further."

_ABSURD = "The XML is nested deeper or has more elements than a file of payments can. It was read up to there."

_BROKEN = "The XML breaks off or is damaged at line {}. The rows before were read, nothing after them."


class _OutOfBounds(Exception):
    """The document is nested deeper, or has more elements, than any file of payments."""


class Records:
    """What one format makes of the elements; `texts` of finished records wait in `finished` until they are taken.

    A format says in `begin` and `end` what an element means by its path of names without namespaces, the root first.
    """

    def __init__(self) -> None:
        self.root: str | None = None
        self.finished: deque[dict[str, str]] = deque()
        self._path: list[str] = []
        self._elements = 0
        self._text: list[str] = []
        self._length = 0

    def begin(self, path: list[str], attributes: Mapping[str, str]) -> None:
        """An element begins; `path` ends with its name."""

    def finish(self, path: list[str], text: str) -> None:
        """An element ends; `text` stood in it after the last element inside it."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        """Called by the parser for a document type."""
        raise UnreadableFile(_DOCTYPE)

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Called by the parser where an element begins."""
        name = tag.rpartition("}")[2]
        self.root = self.root or name
        self._path.append(name)
        self._elements += 1
        if len(self._path) > _DEEPEST or self._elements > _MOST_ELEMENTS:
            raise _OutOfBounds
        self.begin(self._path, attributes)
        self._text.clear()
        self._length = 0

    def data(self, text: str) -> None:
        """Called by the parser for each part of a text."""
        if self._length <= _LONGEST_FIELD:
            self._text.append(text)
            self._length += len(text)

    def end(self, _tag: str) -> None:
        """Called by the parser where an element ends."""
        self.finish(self._path, "".join(self._text).strip())
        self._text.clear()
        self._path.pop()

    def close(self) -> None:
        """Nothing is built, so there is nothing to return."""


class XmlStream:
    """The finished records of a file, and after them in `fault` what broke it off, "" for nothing.

    Opening it reads up to the root, so that the format can be told. Raises UnreadableFile for a document type, a
    strange encoding, and what is not XML.
    """

    def __init__(self, source: Source, records: Records) -> None:
        self.encoding = _encoding(source)
        self.fault: str | None = None
        self._records = records
        self._pieces = source.pieces()
        self._parser = etree.XMLParser(
            target=records,  # type: ignore[arg-type]  # the stubs know no target without comments
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
        )
        while records.root is None and self.fault is None:
            self._feed()
        if records.root is None:
            raise UnreadableFile("The file is not well-formed XML.")

    def __iter__(self) -> Iterator[dict[str, str]]:
        while True:
            while self._records.finished:
                yield self._records.finished.popleft()
            if self.fault is not None:
                return
            self._feed()

    def _feed(self) -> None:
        """Give the parser one piece, or its end. Raises UnreadableFile for a DOCTYPE."""
        try:
            piece = next(self._pieces, None)
            if piece is None:
                self._parser.close()
                self.fault = ""
            else:
                self._parser.feed(piece)
        except _OutOfBounds:
            self.fault = _ABSURD
        except etree.XMLSyntaxError as exc:
            undeclared = getattr(exc, "code", 0) == etree.ErrorTypes.ERR_UNDECLARED_ENTITY
            self.fault = _ENTITY if undeclared else _BROKEN.format(exc.lineno or 1)


def _encoding(source: Source) -> str:
    if source.head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "UTF-16"
    declared = _DECLARED.match(source.opening)
    name = declared[1].lower() if declared else "utf-8"
    if name not in _ENCODINGS:
        raise UnreadableFile("The XML is written in an encoding that is not taken. Ask for UTF-8.")
    return name.upper()
