"""A code list: codes with their titles and, where the file has them, prices and kinds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

from clearbill.bill import money
from clearbill.bill.text import tidy
from clearbill.fileformats.columns import Assignment, Column, assign, our_name, plain_name
from clearbill.fileformats.csv_writer import unescape_formula
from clearbill.fileformats.duplicates import SeenValues
from clearbill.fileformats.lists.list_rows import list_rows
from clearbill.fileformats.rows import NO_ANSWERS, Answers, Choice, Question, Reading, RowFault, UnreadableFile
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

_NO_PRICE = "No column is known to hold the price. Is it this one?"


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

CODE_TEMPLATE = {
    "Code": ("ZPHY01", "At most 20 letters and digits, dots, hyphens and slashes."),
    "Title": ("Physiotherapy, first visit", "At most 200 characters."),
    "Price": ("70.00", "Your price, or nothing."),
    "Kind": ("isc", "isc or procedure. Without this column you say once what they are."),
}
"""The columns of the template to fill in: an invented example of each, and what is to be known about it."""

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


def read_codes(source: Source, answers: Answers = NO_ANSWERS, *, after_row: int = 0) -> Reading[CodeRow]:
    """Return the reading of a code list, of its rows after one. Raises UnreadableFile.

    Rows that do not name their kind are ISC codes unless the answers say otherwise; that there are such rows is
    `mentioned` as a kind without a name.
    """
    if source.size > LARGEST_BYTES:
        raise UnreadableFile(TOO_LARGE)
    table = find_table(source, lambda name: our_name(name, COLUMNS), answers.sheet)
    columns = assign(table.names, COLUMNS, answers.columns)
    columns.ask_for_missing("code")
    columns.ask_for_missing("title")
    if "price" not in columns.places and "price" not in answers.columns:
        _ask_for_price(table, columns)
    questions = table.questions or tuple(columns.questions)
    is_looked_through = not questions and not answers.is_settled
    return Reading(
        encoding=table.encoding,
        columns=columns.theirs(),
        names=table.names,
        sample=table.sample(),
        questions=questions,
        kind="code list",
        mentioned={"kind": ("",)} if is_looked_through and _some_name_no_kind(table, columns) else {},
        _rows=_rows(table, columns, answers.same.get("kind", ISC), after_row),
    )


def _some_name_no_kind(table: Table, columns: Assignment) -> bool:
    return any(not record.wrong and not columns.cell(record.cells, "kind").strip() for record in table.rows())


def _rows(table: Table, columns: Assignment, kind: str, after_row: int) -> Iterator[CodeRow | RowFault]:
    seen = SeenValues()

    def row(record: Record) -> list[CodeRow] | list[RowFault]:
        return _row(record, columns, kind, seen)

    yield from list_rows(table, row, most=MOST_ROWS, too_many=TOO_MANY, after_row=after_row)


def _ask_for_price(table: Table, columns: Assignment) -> None:
    """Ask whether a column that is not known holds the price, where one has amounts of money in its cells."""
    looked_at = [record.cells for record in islice(table.rows(), _LOOKED_AT) if not record.wrong]
    for place in columns.free():
        cells = [cells[place] for cells in looked_at if cells[place].strip()]
        if cells and all(map(_MONEY.search, cells)):
            choices = (columns.choice(place), Choice("", "The file has no prices"))
            columns.questions.append(Question("price", _NO_PRICE, choices))
            return


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
