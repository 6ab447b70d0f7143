"""A program that turns a workbook into lines of JSON: run by `workbook.py` in a process of its own, never imported.

A workbook of a few kilobytes can ask for more memory than the machine has, and what reads it can only die of that. Here
it dies alone. Standard input is the workbook, standard output what it holds:

    {"sheet": "November"}          a visible sheet begins
    [4, ["27/11/2026", "185"]]     a row of it: its number, and its cells as texts
    {"end": ""}                    everything was read, or why not: "damaged", "password" or "too large"
"""

from __future__ import annotations

import datetime
import io
import json
import sys
import zipfile
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

MOST_BYTES_UNPACKED = 200 * 1024 * 1024

MOST_BYTES_OF_MEMORY = 1536 * 1024 * 1024

MOST_BYTES_WRITTEN = 400 * 1024 * 1024

_PIECE = 1024 * 1024


_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")

# The beginning of a workbook of before 2007, 20 bytes, and of the record that says how it is encrypted.
_BEGINS_OLD_WORKBOOK, _IS_ENCRYPTED = b"\x09\x08\x10\x00", b"\x2f\x00"


class _TooLarge(Exception):
    """The parts of the workbook are larger than any list of payments, codes or prices."""


class _Protected(Exception):
    """The workbook can be read with its password only."""


def main() -> None:
    """Write what the workbook on standard input holds."""
    _set_bounds()
    why = ""
    try:
        content = sys.stdin.buffer.read()
        if content.startswith(b"PK"):
            _look_into_parts(content)
        else:
            _refuse_protected(content)
        _write_sheets(content)
    except _TooLarge:
        why = "too large"
    except (PasswordError, _Protected):
        why = "password"
    except (CalamineError, zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError, RuntimeError):
        why = "damaged"
    _write({"end": why})


def _set_bounds() -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES_OF_MEMORY, MOST_BYTES_OF_MEMORY))
        resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_BYTES_WRITTEN, MOST_BYTES_WRITTEN))
    except (ImportError, ValueError, OSError):
        return  # Some systems know no such bounds.


def _refuse_protected(content: bytes) -> None:
    start = content.find(_BEGINS_OLD_WORKBOOK)
    if _ENCRYPTED_PACKAGE in content or (start >= 0 and content[start + 20 : start + 22] == _IS_ENCRYPTED):
        raise _Protected


def _look_into_parts(content: bytes) -> None:
    """Unpack every part and count its bytes; what the file says of its sizes is not believed."""
    left = MOST_BYTES_UNPACKED
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for part in archive.infolist():
            part.file_size = sys.maxsize
            with archive.open(part) as unpacked:
                while piece := unpacked.read(_PIECE):
                    left -= len(piece)
                    if left < 0:
                        raise _TooLarge
                    if part.filename == "META-INF/manifest.xml" and b"encryption-data" in piece:
                        raise _Protected


def _write_sheets(content: bytes) -> None:
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    for about in workbook.sheets_metadata:
        if about.visible != SheetVisibleEnum.Visible or about.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = workbook.get_sheet_by_name(about.name)
        _write({"sheet": about.name})
        first_row = sheet.start[0] + 1 if sheet.start else 1
        for row_no, cells in enumerate(sheet.iter_rows(), first_row):
            texts = [_text(cell) for cell in cells]
            if any(texts):
                _write([row_no, texts])


def _text(cell: Any) -> str:
    """Return a cell as a person would type it; a number beyond what a spreadsheet keeps is written as it shows it."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return f"{cell:.15g}".upper()
    if isinstance(cell, int):
        return _text(float(cell)) if abs(cell) >= 10**15 else str(cell)
    if isinstance(cell, datetime.datetime):
        return (
            cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat(sep=" ", timespec="seconds")
        )
    return str(cell)


def _write(line: Any) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    main()
