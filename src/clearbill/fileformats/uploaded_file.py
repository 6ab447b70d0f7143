"""The bytes of a file: how many, what they are, and in which encoding; never more than a piece of them in memory."""

from __future__ import annotations

import codecs
import io
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from typing import IO, Any

from clearbill.fileformats.rows import UnreadableFile

LARGEST_BYTES = 50 * 1024 * 1024

_PIECE = 64 * 1024

_HEAD = 4096

_CODECS = {"UTF-8": "utf-8", "UTF-8 with BOM": "utf-8-sig", "UTF-16": "utf-16", "Windows-1252": "cp1252"}

_WORKBOOK = "This is an Excel workbook. Open it and save the sheet as CSV (UTF-8)."

_PACKED = "This is a packed file ({}). Unpack it and choose the file inside."

_FOREIGN = (
    (b"\x1f\x8b", _PACKED.format("gzip")),
    (b"BZh", _PACKED.format("bzip2")),
    (b"\xfd7zXZ\x00", _PACKED.format("xz")),
    (b"7z\xbc\xaf\x27\x1c", _PACKED.format("7-Zip")),
    (b"Rar!", _PACKED.format("RAR")),
    (b"\x28\xb5\x2f\xfd", _PACKED.format("Zstandard")),
    (b"%PDF", "This is a PDF. Ask for the same payment as CSV or XML."),
    (b"\xd0\xcf\x11\xe0", _WORKBOOK),
    (b"\x89PNG", "This is a picture, not a file of payments."),
    (b"\xff\xd8\xff", "This is a picture, not a file of payments."),
    (b"\xff\xfe\x00\x00", "The file is written in UTF-32. Save it again as CSV (UTF-8)."),
    (b"\x00\x00\xfe\xff", "The file is written in UTF-32. Save it again as CSV (UTF-8)."),
)

_UNMARKED = "The file looks like UTF-16 without the mark that says so. Save it again as CSV (UTF-8)."


class _Raw(io.RawIOBase):
    """The caller's stream from its start, with a place of its own; closing this leaves the caller's stream open."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._at = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._stream.seek(self._at)
        piece = self._stream.read(len(buffer))
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


class Source:
    """One file that a person brought. Raises UnreadableFile for one that is empty, too large or of a foreign kind."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = _seekable(stream)
        size = self._stream.seek(0, io.SEEK_END)
        if size is None:  # Some wrappers of files return nothing.
            size = self._stream.tell()
        self.size = size
        if size > LARGEST_BYTES:
            raise UnreadableFile("The file is larger than 50 MB. Split it and bring the parts one after another.")
        self._stream.seek(0)
        self.head = self._stream.read(_HEAD)
        if not self.head.strip():
            raise UnreadableFile("The file is empty.")
        _refuse_foreign(self.head)

    @cached_property
    def opening(self) -> str:
        """The first 4,096 bytes as text, without a mark or blanks before them, to recognise the file by."""
        return self.head.decode(_marked(self.head) or "cp1252", "replace").lstrip("\ufeff\x00 \t\r\n")

    @cached_property
    def encoding(self) -> str:
        """The encoding of the whole file: by its mark, else UTF-8 where every byte fits, else Windows-1252."""
        for mark, name in ((codecs.BOM_UTF8, "UTF-8 with BOM"), (codecs.BOM_UTF16_LE, "UTF-16")):
            if self.head.startswith(mark):
                return name
        if self.head.startswith(codecs.BOM_UTF16_BE):
            return "UTF-16"
        if self.head.count(0) * 5 > len(self.head):
            raise UnreadableFile(_UNMARKED)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            for piece in self.pieces():
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "Windows-1252"
        return "UTF-8"

    def pieces(self) -> Iterator[bytes]:
        """Yield the file from its start, 64 KB at a time."""
        with _Raw(self._stream) as raw:
            while piece := raw.read(_PIECE):
                yield piece

    def text(self) -> io.TextIOWrapper:
        """Return the file from its start as text; what cannot be decoded is U+FFFD."""
        buffered = io.BufferedReader(_Raw(self._stream), _PIECE)
        return io.TextIOWrapper(buffered, encoding=_CODECS[self.encoding], errors="replace")


def _seekable(stream: IO[bytes]) -> IO[bytes]:
    """Return the stream, or a copy of it on disk where it can be read only once."""
    with suppress(AttributeError):
        if stream.seekable():
            return stream
    copy = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the reading and is gone with it
    size = 0
    while size <= LARGEST_BYTES and (piece := stream.read(_PIECE)):
        copy.write(piece)
        size += len(piece)
    return copy


def _marked(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-8" if head.startswith(codecs.BOM_UTF8) else ""


def _refuse_foreign(head: bytes) -> None:
    """Raise UnreadableFile for archives, workbooks, PDF and web pages, by their first bytes; nothing is unpacked."""
    if head.startswith(b"PK\x03\x04") or head.startswith((b"PK\x05\x06", b"PK\x07\x08")):
        raise UnreadableFile(_WORKBOOK if b"[Content_Types].xml" in head or b"xl/" in head else _PACKED.format("zip"))
    for start, sentence in _FOREIGN:
        if head.startswith(start):
            raise UnreadableFile(sentence)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:14].lower().startswith((b"<!doctype html", b"<html")):
        raise UnreadableFile("This is a web page. Perhaps the download had expired; fetch the file again.")
