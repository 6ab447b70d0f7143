"""The visible sheets of a workbook: XLSX, XLS or ODS.

`unpack_workbook.py` reads it in a process of its own, within bounds of time and memory, into a file of lines on disk.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any

from clearbill.fileformats.rows import UnreadableFile
from clearbill.fileformats.sheets.sheet import Sheet
from clearbill.fileformats.uploaded_file import Source, text_from_start

_PROGRAM = Path(__file__).with_name("unpack_workbook.py")

WORKBOOK_ENDINGS = (".xlsx", ".xls", ".ods")

_LONGEST_SECONDS = 90

_SENTENCES = {
    "password": "The workbook is protected by a password. Open it, save it without the password, and bring it again.",
    "too large": "The workbook has more than 200 MB when unpacked. Save the sheet as CSV (UTF-8) and bring that.",
    "damaged": "The workbook is damaged, or is of a kind that is not read. Open it and save the sheet as CSV (UTF-8).",
}

_NEEDS_TOO_MUCH = "The workbook takes too much memory or time to read. Save the sheet as CSV (UTF-8) and bring that."

_EMPTY = "No visible sheet of the workbook holds anything."


def workbook_sheets(source: Source) -> list[Sheet]:
    """Return the visible sheets that hold anything. Raises UnreadableFile."""
    unpacked = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as its sheets and is gone with them
    _unpack(source, unpacked)
    names = _names(unpacked)
    if not names:
        raise UnreadableFile(_EMPTY)
    return [Sheet(name, partial(_rows, unpacked, name)) for name in names]


def _unpack(source: Source, unpacked: IO[bytes]) -> None:
    with tempfile.TemporaryFile() as packed:
        for piece in source.pieces():
            packed.write(piece)
        packed.seek(0)
        try:
            subprocess.run(
                [sys.executable, "-P", _PROGRAM],
                stdin=packed,
                stdout=unpacked,
                stderr=subprocess.DEVNULL,
                timeout=_LONGEST_SECONDS,
                check=True,
            )
        except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
            raise UnreadableFile(_NEEDS_TOO_MUCH) from None


def _lines(unpacked: IO[bytes]) -> Iterator[Any]:
    with text_from_start(unpacked, "utf-8") as text:
        yield from map(json.loads, text)


def _names(unpacked: IO[bytes]) -> list[str]:
    """Return the names of the sheets that have a row. Raises UnreadableFile where not everything could be unpacked."""
    names: list[str] = []
    name = ""
    for line in _lines(unpacked):
        if isinstance(line, list):
            if name not in names:
                names.append(name)
        elif "sheet" in line:
            name = line["sheet"]
        elif line["end"]:
            raise UnreadableFile(_SENTENCES[line["end"]])
    return names


def _rows(unpacked: IO[bytes], wanted: str) -> Iterator[tuple[int, list[str]]]:
    name = ""
    for line in _lines(unpacked):
        if isinstance(line, dict):
            name = line.get("sheet", "")
        elif name == wanted:
            yield line[0], line[1]
