"""Payments from a CSV file of any insurer: which column is what, in which order the dates are, then row by row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from clearbill.fileformats.cells import DayReader
from clearbill.fileformats.columns import REMITTANCE_COLUMNS, Assignment, assign, our_name
from clearbill.fileformats.date_order import DateOrderProof
from clearbill.fileformats.remittance.line import RemittanceLines
from clearbill.fileformats.rows import Answers, LeftOut, Reading, RemittanceRow, RowFault
from clearbill.fileformats.table import ONLY_A_HEADER, Table, find_table
from clearbill.fileformats.uploaded_file import Source


def read_paid_csv(source: Source, today: date, answers: Answers) -> Reading[RemittanceRow]:
    """Return the reading of a CSV file of payments. Raises UnreadableFile."""
    table = find_table(source, lambda name: our_name(name, REMITTANCE_COLUMNS), answers.sheet)
    sample = table.sample()
    columns = assign(table.names, REMITTANCE_COLUMNS, answers.columns, sample)
    _ask_for_columns(columns, answers)
    orders = DateOrderProof(DayReader(today))
    if "paid_on" in columns.places and not columns.questions and not table.questions:
        for record in table.rows():
            if not record.wrong:
                orders.look_at(columns.cell(record.cells, "paid_on"))
    order = answers.order or orders.proved
    questions = list(table.questions or columns.questions)
    if order is None and (asked := orders.question()):
        questions.append(asked)
    return Reading(
        encoding=table.encoding,
        columns=columns.theirs(),
        names=table.names,
        sample=sample,
        notes=(table.note,) if table.note else (),
        questions=tuple(questions),
        _rows=_rows(table, columns, answers.same, RemittanceLines(DayReader(today, order or "dmy"))),
    )


def _ask_for_columns(columns: Assignment, answers: Answers) -> None:
    places = columns.places
    if "invoice_number" not in answers.columns:
        columns.ask_for_missing("invoice_number")
    columns.ask_for_missing("amount_paid")
    if "amount_paid" in columns.perhaps and "shortfall" in places and "amount_claimed" not in places:
        place = places.pop("amount_paid")
        name = columns.names[place]
        columns.ask("amount_paid", f"Is “{name}” the amount paid? It could be the amount claimed.", [place])
    known = {*places, *(ours for ours, value in answers.same.items() if value)}
    asked = {question.field for question in columns.questions}
    if not {"payment_reference", "paid_on"} & (known | asked):
        columns.ask(
            "payment_reference",
            "Nothing says which payment these rows belong to. Choose the column of the payment reference or of its"
            " date, or type one for the whole file.",
        )


def _rows(
    table: Table, columns: Assignment, same: Mapping[str, str], lines: RemittanceLines
) -> Iterator[RemittanceRow | RowFault | LeftOut]:
    fields = columns.places
    for_all = {ours: value for ours, value in same.items() if ours in REMITTANCE_COLUMNS and ours not in fields}
    any_row = False
    for record in table.rows():
        any_row = True
        if record.wrong:
            yield RowFault(record.row_no, "", record.wrong)
            continue
        cells = record.cells
        yield from lines.row(record.row_no, for_all | columns.texts(cells), besides=cells)
    if not any_row:
        yield RowFault(0, "", ONLY_A_HEADER)
