"""Files that are recognised and not read here: each is called by its name, with what to bring instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from clearbill.bill.text import either
from clearbill.fileformats.marks import (
    begins_as_camt,
    begins_as_ical,
    begins_as_ofx,
    begins_as_qif,
    begins_as_remittance,
    begins_as_workbook,
    begins_as_xml,
)
from clearbill.fileformats.rows import UnreadableFile
from clearbill.fileformats.uploaded_file import Source


@dataclass(frozen=True, slots=True)
class Foreign:
    """One kind of file. `name` is that of the format in the tables of those who read it, "" where nobody does.

    `sentence` may hold {formats}, what can be brought instead.
    """

    begins: Callable[[str], bool]
    sentence: str
    name: str = ""


def _starts(mark: bytes) -> Callable[[str], bool]:
    """Files that are no text open as if they were Windows-1252."""
    return lambda opening: opening.startswith(mark.decode("cp1252"))


def _finds(pattern: str) -> Callable[[str], bool]:
    return lambda opening: re.search(pattern, opening) is not None


_INSTEAD = "Bring the same as {formats}."

_PACKED = "This is a packed file ({}). Unpack it and choose the file inside."

_MT940 = "This is an MT940 statement, which is not read. " + _INSTEAD

_OLD_EXCEL = "This is a workbook in the XML form of Excel 2003. Save it as XLSX or CSV and bring that."

_STATEMENT = "This is a bank statement ({}). Bring it under Money, Bank."

_CALENDAR = "This is a calendar (iCal). Bring it under Workspace Settings, Imports, as appointments."

_PICTURE = "This is a picture. " + _INSTEAD

_UTF_32 = "The file is written in UTF-32. Save it again as CSV (UTF-8)."

FOREIGN = (
    Foreign(begins_as_workbook, "This is an Excel workbook. " + _INSTEAD, "Excel"),
    Foreign(_starts(b"PK\x03\x04"), _PACKED.format("zip")),
    Foreign(_starts(b"PK\x05\x06"), _PACKED.format("zip")),
    Foreign(_starts(b"PK\x07\x08"), _PACKED.format("zip")),
    Foreign(_starts(b"\x1f\x8b"), _PACKED.format("gzip")),
    Foreign(_starts(b"BZh"), _PACKED.format("bzip2")),
    Foreign(_starts(b"\xfd7zXZ"), _PACKED.format("xz")),
    Foreign(_starts(b"7z\xbc\xaf\x27"), _PACKED.format("7-Zip")),
    Foreign(_starts(b"Rar!"), _PACKED.format("RAR")),
    Foreign(_starts(b"\x28\xb5\x2f\xfd"), _PACKED.format("Zstandard")),
    Foreign(_starts(b"%PDF"), "This is a PDF, which only people can read for certain. " + _INSTEAD),
    Foreign(_starts(b"\x89PNG"), _PICTURE),
    Foreign(_starts(b"\xff\xd8\xff"), _PICTURE),
    Foreign(_starts(b"{\\rtf"), "This is a letter of a word processor (RTF). " + _INSTEAD),
    Foreign(_finds(r"^(?:\{1:[^}]*\}.*)?\s*:20:[\s\S]*?\n:(?:25|28C?|60[FM]):"), _MT940),
    Foreign(_finds(r"^[\[{]\s*[\"{\[\]}]"), "This is JSON, which programs exchange with each other. " + _INSTEAD),
    Foreign(
        _finds(r"^ISA[^\w\s,;]"), "This is an X12 file, such as the 835 remittance of the United States. " + _INSTEAD
    ),
    Foreign(_finds(r"^UN[AB][^\w\s,;]"), "This is an EDIFACT file. " + _INSTEAD),
    Foreign(_finds("urn:schemas-microsoft-com:office:spreadsheet"), _OLD_EXCEL),
    Foreign(begins_as_ical, _CALENDAR),
    Foreign(begins_as_ofx, _STATEMENT.format("OFX"), "OFX"),
    Foreign(begins_as_camt, _STATEMENT.format("CAMT.053"), "CAMT.053"),
    Foreign(begins_as_qif, _STATEMENT.format("QIF"), "QIF"),
    Foreign(begins_as_remittance, "This is a remittance (XML). Bring it under Money, Import a file.", "XML"),
)
"""In this order: the first that recognises a file names it."""


def refuse_foreign(source: Source, formats: Sequence[str]) -> None:
    """Raise UnreadableFile for a file of a known kind that is none of these formats, which stand as they are called."""
    if source.head.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        raise UnreadableFile(_UTF_32)
    known = next((one for one in FOREIGN if one.begins(source.opening)), None)
    if known and known.name not in formats:
        raise UnreadableFile(known.sentence.format(formats=either(formats)))


def refuse_other_xml(source: Source, formats: Sequence[str]) -> None:
    """Raise UnreadableFile for XML, where none of these formats has recognised it."""
    if begins_as_xml(source.opening):
        raise UnreadableFile(f"This is XML of a kind that is not read here. {_INSTEAD.format(formats=either(formats))}")
