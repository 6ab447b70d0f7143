"""Invoices of another system, with what is open on each: a table with one row for each invoice, or for each line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from clearbill.bill import insurers, money
from clearbill.fileformats.cells import CellError, Cells, DayReader, identifier, is_blank, pounds
from clearbill.fileformats.columns import Assignment, assign, our_name, plain_name
from clearbill.fileformats.date_order import DateOrderProof
from clearbill.fileformats.practice_systems import client_cells
from clearbill.fileformats.practice_systems.client_cells import ClientDays
from clearbill.fileformats.practice_systems.csv_appointments import MOST_MENTIONED, person
from clearbill.fileformats.practice_systems.csv_clients import which_insurer
from clearbill.fileformats.practice_systems.invoice_columns import CLIENT_PAYS, INVOICE_COLUMNS, NOT_ISSUED
from clearbill.fileformats.practice_systems.invoice_row import ForeignLine, InvoiceRow
from clearbill.fileformats.practice_systems.other_tables import refuse_statement
from clearbill.fileformats.rows import Answers, DateOrder, LeftOut, Reading, RowFault
from clearbill.fileformats.table import ONLY_A_HEADER, Record, Table, find_table
from clearbill.fileformats.uploaded_file import Source

LONGEST_NUMBER = 20

NEGATIVE = "credit notes and negative invoices: take them off what is open on their invoice"

NOTHING = "invoices of nothing"

ASKS_NOTHING = "invoices that are void, written off or drafts"

DO_NOT_ADD_UP = "The sums do not add up: {amount} less {paid} paid is {rest}, and {is_open} is said to be open."

NEGATIVE_LINE = (
    "A line of this invoice is negative, such as a discount. Give the invoice one row with its total, or each line "
    "what is asked for it in the end."
)

CONTRADICTION = "The rows of this invoice do not say the same here."

ANOTHER_ROW = "Another row of this invoice is wrong."

TWO_READINGS = (
    "What is paid stands alike on every row of this invoice: it can be of the row or of the invoice. Give what is open "
    "in a column too."
)

_DATES = ("issued_on", "treated_on", "paid_on")

_MOST_LINES = 100

_OF_EACH_ROW = ("paid", "is_open", "paid_on")

_WHO = ("client_key", "full_name", "last_name", "email")


def read_invoices(source: Source, today: date, answers: Answers, *, after_row: int = 0) -> Reading[InvoiceRow]:
    """Return the reading of a table of invoices, of its rows after one. Raises UnreadableFile."""
    table = find_table(source, lambda name: our_name(name, INVOICE_COLUMNS), answers.sheet)
    if "number" not in answers.columns and not any(
        plain_name(name) in INVOICE_COLUMNS["number"].sure for name in table.names
    ):
        refuse_statement(table.names, INVOICE_COLUMNS)
    columns = assign(table.names, INVOICE_COLUMNS, answers.columns, table.sample())
    for needed in ("number", "issued_on", "amount"):
        columns.ask_for_missing(needed)
    if not any(column in columns.places for column in _WHO):
        columns.ask_for_missing("full_name")
    questions, order = list(table.questions or columns.questions), answers.order
    mentioned: dict[str, tuple[str, ...]] = {}
    if not questions and not answers.is_settled:
        orders = DateOrderProof(DayReader(today))
        mentioned, unknown = _look_through(table, columns, orders, answers)
        order = order or orders.proved
        if order is None and (asked := orders.question()):
            questions.append(asked)
        questions += [which_insurer(name) for name in unknown]
    rows = InvoiceRows(today, order, answers.insurers)
    return Reading(
        encoding=table.encoding,
        columns=columns.theirs(),
        names=table.names,
        sample=table.sample(),
        questions=tuple(questions),
        notes=(table.note,) if table.note else (),
        _rows=_rows(table, columns, rows, after_row),
        kind="invoices",
        order=order,
        mentioned=mentioned,
    )


@dataclass(slots=True)
class _Read:
    """One row of an invoice: what was read of its cells, and what is wrong with them."""

    row_no: int
    values: dict[str, Any] = field(default_factory=dict)
    faults: list[RowFault] = field(default_factory=list)


class InvoiceRows:
    """Makes invoices of the cells of rows."""

    def __init__(self, today: date, order: DateOrder | None, named: Mapping[str, str]) -> None:
        self._days, self._births = DayReader(today, order), ClientDays(today, order)
        self._today, self._named = today, named

    def invoice(self, rows: Sequence[tuple[int, Mapping[str, str]]]) -> InvoiceRow | list[LeftOut | RowFault]:
        """Return the invoice of these rows, or of each row why there is none."""
        if all(plain_name(texts.get("status", "")) in NOT_ISSUED for _, texts in rows):
            return [LeftOut(row_no, ASKS_NOTHING) for row_no, _ in rows]
        read = [self._row(row_no, texts) for row_no, texts in rows]
        if any(row.faults for row in read):
            return [fault for row in read for fault in row.faults or [RowFault(row.row_no, "", ANOTHER_ROW)]]
        lines = tuple(row.values.pop("line") for row in read)
        amount = money.total(line.amount for line in lines)
        if amount <= 0:
            return [LeftOut(row.row_no, NEGATIVE if amount else NOTHING) for row in read]
        try:
            return _whole(read, lines, amount)
        except CellError as why:
            return [RowFault(row.row_no, why.field, str(why)) for row in read]

    def _issued_on(self, text: str) -> date:
        day = self._days.read(text)
        if day > self._today:
            raise CellError("The day of the invoice is still to come.")
        return day

    def _row(self, row_no: int, texts: Mapping[str, str]) -> _Read:
        cells = Cells(row_no, texts)
        cells.take("number", lambda text: identifier(text, LONGEST_NUMBER))
        cells.take("issued_on", self._issued_on)
        person(cells, self._births)
        cells.take("practitioner", lambda text: client_cells.words(text, 200))
        cells.take("paid_on", lambda text: None if is_blank(text) else self._days.read(text))
        for name in ("paid", "is_open"):
            cells.take(name, lambda text: None if is_blank(text) else pounds(text))
        cells.values["insurer_slug"] = self._insurer(texts.get("payer", ""))
        self._line(cells)
        return _Read(row_no, cells.values, cells.faults)

    def _line(self, cells: Cells) -> None:
        cells.take("treated_on", lambda text: None if is_blank(text) else self._days.read(text))
        cells.take("description", lambda text: client_cells.words(text, 200))
        cells.take("code", lambda text: client_cells.words(text, 20))
        cells.take("amount", lambda text: Decimal(0) if is_blank(text) else pounds(text))
        values = cells.values
        treated_on, issued_on = values.pop("treated_on", None), values.get("issued_on")
        if treated_on and issued_on and treated_on > issued_on:
            cells.fault("treated_on", "The treatment is of a later day than its invoice.")
        description, code = values.pop("description", ""), values.pop("code", "")
        amount = values.pop("amount", Decimal(0))
        if not cells.faults:
            day = treated_on or values["issued_on"]
            values["line"] = ForeignLine(
                treated_on=day, description=description or code or "Treatment", amount=amount, code=code
            )

    def _insurer(self, text: str) -> str:
        name = " ".join(text.split())[:200]
        known = insurers.find(name) if name else None
        return known.slug if known else self._named.get(name, "")


def _whole(read: Sequence[_Read], lines: Sequence[ForeignLine], amount: Decimal) -> InvoiceRow:
    """Return the invoice of rows that were read. Raises CellError where they cannot be of one invoice."""
    if any(line.amount < 0 for line in lines):
        raise CellError(NEGATIVE_LINE, "amount")
    values: dict[str, Any] = {}
    for name in read[0].values:
        given = {row.values[name]: None for row in read if row.values[name] not in (None, "")}
        if len(given) > 1 and name not in _OF_EACH_ROW:
            raise CellError(CONTRADICTION, name)
        values[name] = next(iter(given), read[0].values[name])
    paid, is_open = ([row.values[name] for row in read] for name in ("paid", "is_open"))
    values["paid"], values["is_open"] = _settled(amount, paid, is_open)
    asked = tuple(line for line in lines if line.amount)
    return InvoiceRow(row_no=read[-1].row_no, lines=asked, amount=amount, **values)


def _settled(
    amount: Decimal, paid: Sequence[Decimal | None], is_open: Sequence[Decimal | None]
) -> tuple[Decimal, Decimal]:
    """Return what is paid and what is open of an invoice. Raises CellError where they do not make up its amount.

    On several rows they are of the whole invoice where all are alike and that adds up, else of each row.
    """
    if is_open[0] is None and _can_be_of_each_row(amount, paid):
        raise CellError(TWO_READINGS, "paid")
    readings = [_filled(amount, _added(paid), _added(is_open))]
    if _is_alike(paid) and _is_alike(is_open):
        readings.insert(0, _filled(amount, paid[0], is_open[0]))
    for paid_sum, open_sum in readings:
        if paid_sum + open_sum == amount and paid_sum >= 0 and open_sum >= 0:
            return paid_sum, open_sum
    paid_sum, open_sum = readings[0]
    told = {"amount": amount, "paid": paid_sum, "rest": amount - paid_sum, "is_open": open_sum}
    raise CellError(DO_NOT_ADD_UP.format(**{name: money.show(sum_) for name, sum_ in told.items()}), "is_open")


def _can_be_of_each_row(amount: Decimal, paid: Sequence[Decimal | None]) -> bool:
    """Return whether what is paid stands alike on several rows, and could be of each as well as of all of them."""
    added = _added(paid)
    return len(paid) > 1 and _is_alike(paid) and bool(added) and added is not None and added <= amount


def _filled(amount: Decimal, paid: Decimal | None, is_open: Decimal | None) -> tuple[Decimal, Decimal]:
    """Return both, one worked out from the other where it is not given; with neither all of it is open."""
    if is_open is None:
        return paid or Decimal("0.00"), amount - (paid or Decimal("0.00"))
    return (amount - is_open if paid is None else paid), is_open


def _is_alike(sums: Sequence[Decimal | None]) -> bool:
    return len(set(sums)) == 1


def _added(sums: Sequence[Decimal | None]) -> Decimal | None:
    given = [one for one in sums if one is not None]
    return money.total(given) if given else None


def _look_through(
    table: Table, columns: Assignment, orders: DateOrderProof, answers: Answers
) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """Let the proof look at every date; return the practitioners that are named, and payers that are not known."""
    practitioners: dict[str, None] = {}
    unknown: dict[str, None] = {}
    for record in table.rows():
        texts = {} if record.wrong else columns.texts(record.cells)
        if not texts.get("number", "").strip():
            continue
        for column in _DATES:
            orders.look_at(texts.get(column, ""))
        if len(practitioners) < MOST_MENTIONED:
            practitioners.setdefault(" ".join(texts.get("practitioner", "").split())[:200])
        name = " ".join(texts.get("payer", "").split())[:200]
        if _is_unknown(name, texts, answers) and len(unknown) < MOST_MENTIONED:
            unknown.setdefault(name)
    return {"practitioner": tuple(practitioners)}, list(unknown)


def _is_unknown(name: str, texts: Mapping[str, str], answers: Answers) -> bool:
    """Return whether a payer is neither an insurer that is known, nor the client, nor answered."""
    if not name or name in answers.insurers or insurers.find(name):
        return False
    whole = f"{texts.get('first_name', '')} {texts.get('last_name', '')}"
    own = {plain_name(texts.get("full_name", "")), plain_name(whole)} - {""}
    return plain_name(name) not in CLIENT_PAYS | own


def _rows(
    table: Table, columns: Assignment, invoices: InvoiceRows, after_row: int
) -> Iterator[InvoiceRow | LeftOut | RowFault]:
    any_row = False

    def records() -> Iterable[Record]:
        nonlocal any_row
        for record in table.rows():
            any_row = True
            if record.row_no > after_row:
                yield record

    for number, group in groupby(records(), key=lambda record: _number(record, columns)):
        some = list(group)
        if not number:
            yield from (RowFault(one.row_no, "number", one.wrong or "The invoice number is missing.") for one in some)
        elif len(some) > _MOST_LINES:
            yield from (RowFault(one.row_no, "number", "An invoice has 100 lines at most.") for one in some)
        else:
            found = invoices.invoice([(one.row_no, columns.texts(one.cells)) for one in some])
            yield from found if isinstance(found, list) else [found]
    if not any_row:
        yield RowFault(0, "", ONLY_A_HEADER)


def _number(record: Record, columns: Assignment) -> str:
    return "" if record.wrong else columns.cell(record.cells, "number").strip()
