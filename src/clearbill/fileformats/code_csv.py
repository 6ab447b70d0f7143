"""Read a code list from CSV, row by row, with what is wrong with each row."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from decimal import Decimal

from clearbill.bill import money
from clearbill.bill.text import tidy

ISC, PROCEDURE = "isc", "procedure"
"""The kinds of code; `CodeEntry` keeps the same words."""
LARGEST_BYTES = 5 * 1024 * 1024

MOST_ROWS = 50_000

TOO_LARGE = "The file is larger than 5 MB. Split it and load the parts one after another."

# Codes seen so far have eight characters at most, but nobody publishes that.
LONGEST_CODE = 20

_CODE = re.compile(r"[A-Z0-9][A-Z0-9./-]*", re.ASCII)

_COLUMNS = {
    "code": {"code", "isc", "isccode", "itemcode", "servicecode", "procedurecode", "proceduralcode"},
    "title": {"title", "description", "name", "text", "narrative", "shortdescription"},
    "price": {"price", "fee", "amount", "charge", "cost", "unitprice"},
    "kind": {"kind", "type", "list", "codetype"},
}

_KINDS = {
    "isc": ISC,
    "procedure": PROCEDURE,
    "procedurecode": PROCEDURE,
    "ccsd": PROCEDURE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRow:
    """One good row of the file."""

    kind: str
    code: str
    title: str
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with one row; row 0 is the file as a whole."""

    row_no: int
    sentence: str


@dataclass(slots=True)
class CodeFile:
    """What a file holds: its good rows and what is wrong with the others."""

    rows: list[CodeRow] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)


def read_codes(content: bytes, *, kind: str = ISC) -> CodeFile:
    """Return the good rows and the faults of a CSV file, whatever its bytes.

    `kind` holds for rows that do not name theirs.
    """
    found = CodeFile()
    if len(content) > LARGEST_BYTES:
        found.faults.append(RowFault(0, TOO_LARGE))
        return found
    text = _text(content)
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        found.faults.append(RowFault(0, "The file is empty."))
        return found
    try:
        _read_rows(text, _delimiter(lines[0]), kind, found)
    except csv.Error:
        sentence = "The file is not a CSV file that can be read. Save it again as CSV (UTF-8)."
        found = CodeFile(faults=[RowFault(0, sentence)])
    return found


def _text(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace").replace("\x00", "")
    try:
        return content.decode("utf-8-sig").replace("\x00", "")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace").replace("\x00", "")


def _delimiter(first_line: str) -> str:
    return max(",;\t|", key=first_line.count)


def _read_rows(text: str, delimiter: str, kind: str, found: CodeFile) -> None:
    columns: dict[str, int] = {}
    first_seen: dict[tuple[str, str], int] = {}
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        row_no = reader.line_num
        if not columns:
            columns = _columns(cells)
            if not {"code", "title"} <= columns.keys():
                found.faults.append(RowFault(row_no, "The first line must name the columns: at least code and title."))
                return
            continue
        if len(found.rows) + len(found.faults) >= MOST_ROWS:
            found.rows.clear()
            sentence = "The file has more than 50,000 rows. Load only the codes the practice bills."
            found.faults[:] = [RowFault(0, sentence)]
            return
        _take(cells, columns, kind, row_no, first_seen, found)
    if not columns:
        found.faults.append(RowFault(0, "The file is empty."))


def _take(
    cells: list[str],
    columns: dict[str, int],
    kind: str,
    row_no: int,
    first_seen: dict[tuple[str, str], int],
    found: CodeFile,
) -> None:
    given = {name: _cell(cells[place]) if place < len(cells) else "" for name, place in columns.items()}
    try:
        row = _row(given, kind)
    except ValueError as exc:
        found.faults.append(RowFault(row_no, str(exc)))
        return
    earlier = first_seen.setdefault((row.kind, row.code), row_no)
    if earlier != row_no:
        found.faults.append(RowFault(row_no, f"The code {row.code} is already in row {earlier}."))
    else:
        found.rows.append(row)


def _row(given: dict[str, str], kind: str) -> CodeRow:
    code = re.sub(r"\s", "", given["code"]).upper()
    if not code:
        raise ValueError("The code is missing.")
    if len(code) > LONGEST_CODE:
        raise ValueError(f"The code “{code[:20]}” has {len(code)} characters; {LONGEST_CODE} fit.")
    if not _CODE.fullmatch(code):
        raise ValueError(f"The code “{code}” may hold only letters and digits, dots, hyphens and slashes.")
    if not given["title"]:
        raise ValueError(f"The title of {code} is missing.")
    if len(given["title"]) > 200:
        raise ValueError(f"The title of {code} has {len(given['title'])} characters; 200 fit.")
    named = re.sub(r"[^a-z]", "", given.get("kind", "").casefold())
    if named and named not in _KINDS:
        raise ValueError(f"The kind “{given['kind'][:30]}” is not known. Write isc or procedure.")
    return CodeRow(
        kind=_KINDS[named] if named else kind, code=code, title=given["title"], price=_price(given.get("price", ""))
    )


def _price(text: str) -> Decimal | None:
    if not text:
        return None
    amount = money.parse(text)
    if amount < 0:
        raise ValueError("The price cannot be negative.")
    return amount


def _cell(text: str) -> str:
    """Tidy a cell; the apostrophe that keeps a spreadsheet from reading it as a formula is taken off again."""
    cell = tidy(text.replace("\n", " "))
    return cell[1:] if cell[:2] in {"'=", "'+", "'-", "'@"} else cell


def _columns(cells: list[str]) -> dict[str, int]:
    columns: dict[str, int] = {}
    for place, cell in enumerate(cells):
        bare = re.sub(r"[^a-z]", "", tidy(cell).casefold())
        for name, spellings in _COLUMNS.items():
            if bare in spellings:
                columns.setdefault(name, place)
    return columns
