"""Read contract prices from CSV, row by row, with what is wrong with each row."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from clearbill.bill import dates, insurers
from clearbill.fileformats.cells import CellError, plain, pounds
from clearbill.fileformats.columns import Column, assign, our_name, plain_name
from clearbill.fileformats.csv_writer import unescape_formula
from clearbill.fileformats.lists.list_rows import list_rows
from clearbill.fileformats.rows import NO_ANSWERS, Answers, Choice, Question, Reading, RowFault
from clearbill.fileformats.table import Record, find_table
from clearbill.fileformats.uploaded_file import Source

FIRST, FOLLOW_UP = "first", "follow-up"
"""The kinds of visit; `ContractPrice` keeps the same words."""
MOST_ROWS = 20_000

WHICH_INSURER = "No column names the insurer. Which insurer’s prices are they?"

TOO_MANY = "The file has more than 20,000 rows. Split it and load the parts one after another."

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)

_CODE = re.compile(r"[A-Z0-9][A-Z0-9./-]{0,19}", re.ASCII)

_VISITS = {
    **dict.fromkeys(("first", "firstvisit", "initial", "initialvisit", "new"), FIRST),
    **dict.fromkeys(("followup", "followupvisit", "subsequent", "review"), FOLLOW_UP),
    **dict.fromkeys(("", "neither", "no", "none"), ""),
}


def _column(called: str, names: str, *, matters: bool = True) -> Column:
    return Column(called, frozenset(plain_name(name) for name in names.split(",")), frozenset(), matters)


COLUMNS = {
    "insurer": _column("the insurer", "insurer, insurer name, insurance company, payor, payer"),
    "code": _column("the code", "code, item code, service code, isc, isc code, procedure code, ccsd, ccsd code"),
    "description": _column("the description", "description, title, name, service, narrative", matters=False),
    "visit": _column("the kind of visit", "visit, kind of visit, visit type", matters=False),
    "amount": _column("the price", "price, amount, fee, rate, agreed fee, agreed price, contract price, unit price"),
    "valid_from": _column("the first day", "valid from, from, first day, start, start date, effective from, begins"),
    "valid_to": _column("the last day", "valid to, to, until, last day, end, end date, effective to, ends"),
    "note": _column("the note", "note, notes, source, comment, contract", matters=False),
}

PRICE_TEMPLATE = {
    "Insurer": ("BUPA", "Its name as under Insurers. Without this column you say once which one it is."),
    "Code": ("ZPHY01", "The ISC or procedure code."),
    "Price": ("70.00", "Of one unit, without VAT."),
    "Valid from": ("1 Jan 2026", "The first day on which it holds."),
    "Valid to": ("", "The last day, or nothing while no end is agreed."),
    "Description": ("Physiotherapy, first visit", ""),
    "Visit": ("first", "first or follow-up, or nothing."),
    "Note": ("Letter of 12 Dec 2025", "Where it is written."),
}
"""The columns of the template to fill in: an invented example of each, and what is to be known about it."""


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One good row: the fields of a contract price."""

    row_no: int
    details: dict[str, Any]


def read_prices(source: Source, answers: Answers = NO_ANSWERS, *, after_row: int = 0) -> Reading[PriceRow]:
    """Return the reading of a price list, of its rows after one. Raises UnreadableFile."""
    table = find_table(source, lambda name: our_name(name, COLUMNS), answers.sheet)
    columns = assign(table.names, COLUMNS, answers.columns)
    for name in ("code", "amount", "valid_from"):
        columns.ask_for_missing(name)
    insurer_slug = answers.same.get("insurer", "")
    if not insurer_slug and "insurer" in answers.columns and "insurer" not in columns.places:
        columns.questions.append(_which_insurer())
    elif not insurer_slug:
        columns.ask_for_missing("insurer")

    def row(record: Record) -> list[PriceRow] | list[RowFault]:
        return _row(record.row_no, {name: columns.cell(record.cells, name) for name in COLUMNS}, insurer_slug)

    return Reading(
        encoding=table.encoding,
        columns=columns.theirs(),
        names=table.names,
        sample=table.sample(),
        questions=table.questions or tuple(columns.questions),
        kind="price list",
        _rows=list_rows(table, row, most=MOST_ROWS, too_many=TOO_MANY, after_row=after_row),
    )


def _which_insurer() -> Question:
    """Ask of which insurer the prices are where the file does not say it."""
    choices = tuple(Choice(one.slug, one.name) for one in insurers.all_insurers())
    return Question("same_insurer", WHICH_INSURER, choices)


def _row(row_no: int, cells: Mapping[str, str], insurer_slug: str) -> list[PriceRow] | list[RowFault]:
    details: dict[str, Any] = {}
    faults: list[RowFault] = []
    for name, read_cell in _READERS.items():
        try:
            details[name] = read_cell(cells[name])
        except (CellError, dates.NotADate, ValueError) as exc:
            faults.append(RowFault(row_no, name, str(exc)))
    try:
        details["insurer_slug"] = _insurer(cells["insurer"]) or insurer_slug
        if not details["insurer_slug"]:
            raise ValueError("The insurer is missing.")
    except ValueError as exc:
        faults.append(RowFault(row_no, "insurer", str(exc)))
    return faults or [PriceRow(row_no, details)]


def _insurer(text: str) -> str:
    name = plain(text, 200)
    if not name:
        return ""
    known = insurers.find(name)
    if known is None:
        raise ValueError("This insurer is not known. Write its name as under Workspace Settings, Insurers.")
    return known.slug


def _code(text: str) -> str:
    code = re.sub(r"\s", "", text).upper()
    if not code:
        raise ValueError("The code is missing.")
    if not _CODE.fullmatch(code):
        raise ValueError("A code has at most 20 letters and digits, dots, hyphens and slashes.")
    return code


def _amount(text: str) -> Decimal:
    amount = pounds(text)
    if amount <= 0:
        raise ValueError("A contract price is more than nothing.")
    return amount


def _words(text: str) -> str:
    return unescape_formula(plain(text, 200))


def _visit(text: str) -> str:
    bare = plain_name(text)
    if bare not in _VISITS:
        raise ValueError("Write first, follow-up, or nothing.")
    return _VISITS[bare]


def _day(text: str) -> date:
    if not text.strip():
        raise ValueError("The first day is missing.")
    day = dates.parse(text[:60])
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError("The date must lie between 2000 and 2100.")
    return day


def _last_day(text: str) -> date | None:
    return _day(text) if text.strip() else None


_READERS = {
    "code": _code,
    "description": _words,
    "visit": _visit,
    "amount": _amount,
    "valid_from": _day,
    "valid_to": _last_day,
    "note": _words,
}
