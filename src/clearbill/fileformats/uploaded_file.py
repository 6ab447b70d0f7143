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
    """One file that a person brought. Raises UnreadableFile for one that is empty or too large."""

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
        return text_from_start(self._stream, _CODECS[self.encoding])


def text_from_start(stream: IO[bytes], encoding: str) -> io.TextIOWrapper:
    """Return the stream from its start as text, with a place of its own; what cannot be decoded is U+FFFD."""
    buffered = io.BufferedReader(_Raw(stream), _PIECE)
    return io.TextIOWrapper(buffered, encoding=encoding, errors="replace")


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
