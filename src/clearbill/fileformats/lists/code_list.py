"""A code list: codes with their titles and, where the file has them, prices and kinds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import IO

from clearbill.bill import money
from clearbill.bill.text import tidy
from clearbill.fileformats.columns import Assignment, Column, assign, our_name, plain_name
from clearbill.fileformats.csv_writer import unescape_formula
from clearbill.fileformats.duplicates import SeenValues
from clearbill.fileformats.lists.whole_file import list_rows
from clearbill.fileformats.rows import NO_ANSWERS, Answers, Reading, RowFault, UnreadableFile
from clearbill.fileformats.table import Record, Table, find_table
from clearbill.fileformats.uploaded_file import Source

ISC, PROCEDURE = "isc", "procedure"
"""The kinds of code; `CodeEntry` keeps the same words."""
LARGEST_BYTES = 5 * 1024 * 1024

MOST_ROWS = 50_000

TOO_LARGE = "The file is larger than 5 MB. Split it and load the parts one after another."

TOO_MANY = "The file has more than 50,000 rows. Load only the codes the practice bills."

# Codes seen so far have eight characters at most, but nobody publishes that.
LONGEST_CODE = 20

LONGEST_TITLE = 200

_CODE = re.compile(r"[A-Z0-9][A-Z0-9./-]*", re.ASCII)

# So many rows are looked at for a price under a name that is not known.
_LOOKED_AT = 20

_MONEY = re.compile(r"£|\bGBP\b|^\s*[\d,]+\.\d\d\s*$", re.ASCII)

_NO_PRICE = "No price is taken: no column is known to hold it. If “{}” is the price, call that column “price”."


def _column(called: str, sure: str, perhaps: str = "", *, matters: bool = True) -> Column:
    def names(listed: str) -> frozenset[str]:
        return frozenset(plain_name(name) for name in listed.split(",") if name)

    return Column(called, names(sure), names(perhaps), matters)


COLUMNS = {
    "code": _column(
        "the code",
        "code, isc, isc code, item code, service code, procedure code, procedural code, ccsd code",
        "ccsd, schedule code, treatment code, product code, item number, number",
    ),
    "title": _column(
        "the title",
        "title, description",
        "name, text, narrative, short description, long description, code description, procedure, procedure name,"
        "service, service name, treatment, item",
        matters=False,
    ),
    "price": _column(
        "the price",
        "price, fee, unit price, standard fee, standard price",
        "amount, charge, cost, rate, tariff, fee inc vat, price inc vat, fee incl vat, price incl vat,"
        "fee including vat, price including vat, net price, gross price, list price, our fee, our price,"
        "price per session, fee per session, price per unit",
    ),
    "kind": _column("the kind", "kind, code type, code kind", "type, list", matters=False),
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

    row_no: int
    kind: str
    code: str
    title: str
    price: Decimal | None = None


def read_codes(stream: IO[bytes], *, kind: str = ISC, answers: Answers = NO_ANSWERS) -> Reading[CodeRow]:
    """Return the reading of a code list; `kind` holds for rows that do not name theirs. Raises UnreadableFile."""
    source = Source(stream)
    if source.size > LARGEST_BYTES:
        raise UnreadableFile(TOO_LARGE)
    table = find_table(source, lambda name: our_name(name, COLUMNS), answers.sheet)
    columns = assign(table.names, COLUMNS, answers.columns)
    columns.ask_for_missing("code")
    columns.ask_for_missing("title")
    return Reading(
        encoding=table.encoding,
        columns=columns.theirs(),
        names=table.names,
        sample=table.sample(),
        questions=table.questions or tuple(columns.questions),
        kind="code list",
        _rows=_rows(table, columns, kind),
    )


def _rows(table: Table, columns: Assignment, kind: str) -> Iterator[CodeRow | RowFault]:
    if "price" not in columns.places and (name := _name_of_amounts(table, columns)):
        yield RowFault(0, "price", _NO_PRICE.format(name))
    seen = SeenValues()

    def row(record: Record) -> list[CodeRow] | list[RowFault]:
        return _row(record, columns, kind, seen)

    yield from list_rows(table, row, most=MOST_ROWS, too_many=TOO_MANY)


def _name_of_amounts(table: Table, columns: Assignment) -> str:
    """Return the name of the first column, among those that are not known, that holds amounts of money in its cells."""
    looked_at = [record.cells for record in islice(table.rows(), _LOOKED_AT) if not record.wrong]
    for place, name in enumerate(table.names):
        cells = [cells[place] for cells in looked_at if cells[place].strip()]
        if place not in columns.places.values() and cells and all(map(_MONEY.search, cells)):
            return name
    return ""


def _row(record: Record, columns: Assignment, kind: str, seen: SeenValues) -> list[CodeRow] | list[RowFault]:
    given = {ours: unescape_formula(tidy(columns.cell(record.cells, ours).replace("\n", " "))) for ours in COLUMNS}
    try:
        code = _code(given["code"])
        row = CodeRow(
            row_no=record.row_no,
            kind=_kind(given["kind"]) or kind,
            code=code,
            title=_title(given["title"], code),
            price=_price(given["price"]),
        )
    except ValueError as exc:
        return [RowFault(record.row_no, "", str(exc))]
    earlier = seen.earlier(f"{row.kind} {row.code}", record.row_no)
    if earlier:
        return [RowFault(record.row_no, "code", f"The code {row.code} is already in row {earlier}.")]
    return [row]


def _code(text: str) -> str:
    code = re.sub(r"\s", "", text).upper()
    if not code:
        raise ValueError("The code is missing.")
    if len(code) > LONGEST_CODE:
        raise ValueError(f"The code “{code[:20]}” has {len(code)} characters; {LONGEST_CODE} fit.")
    if not _CODE.fullmatch(code):
        raise ValueError(f"The code “{code}” may hold only letters and digits, dots, hyphens and slashes.")
    return code


def _title(text: str, code: str) -> str:
    if not text:
        raise ValueError(f"The title of {code} is missing.")
    if len(text) > LONGEST_TITLE:
        raise ValueError(f"The title of {code} has {len(text)} characters; {LONGEST_TITLE} fit.")
    return text


def _kind(text: str) -> str:
    """Return the kind that a row names, "" where it names none."""
    named = re.sub(r"[^a-z]", "", text.casefold())
    if named and named not in _KINDS:
        raise ValueError(f"The kind “{text[:30]}” is not known. Write isc or procedure.")
    return _KINDS.get(named, "")


def _price(text: str) -> Decimal | None:
    if not text:
        return None
    amount = money.parse(text)
    if amount < 0:
        raise ValueError("The price cannot be negative.")
    return amount
