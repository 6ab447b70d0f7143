"""The report of a file of payments as CSV: every row with its verdict. No cell can act as a formula."""

from __future__ import annotations

from collections.abc import Iterator

from clearbill.fileformats import RemittanceRow, RowFault, UnreadableFile, csv_lines
from clearbill.imports.remittance_files import preview
from clearbill.imports.remittance_files.row_validation import GOOD, KNOWN, REPEATED, WRONG, ValidatedRow, column_label
from clearbill.money.remittances.models import Upload

HEADER = (
    "Row",
    "Verdict",
    "Column",
    "What is wrong",
    "It holds",
    "Invoice number",
    "Patient",
    "Payment reference",
    "Claimed",
    "Paid",
    "Deducted",
    "Reason",
)

_VERDICTS = {GOOD: "Good", KNOWN: "Here already", REPEATED: "Said twice", WRONG: "Wrong"}


def lines(upload: Upload) -> Iterator[str]:
    """Yield the report line by line, its header first."""
    return csv_lines(HEADER, _rows(upload))


def _rows(upload: Upload) -> Iterator[tuple[str, ...]]:
    try:
        for one in preview.rows(upload):
            yield _cells(one)
    except UnreadableFile as why:
        yield "", "Wrong", "", str(why)


def _cells(one: ValidatedRow) -> tuple[str, ...]:
    said = (str(one.row_no), _VERDICTS[one.verdict])
    return said + (_wrong(one.fault) if one.fault else ("", "", "")) + (_row(one.row) if one.row else ("",) * 7)


def _wrong(fault: RowFault) -> tuple[str, str, str]:
    return column_label(fault.field), fault.sentence, fault.shown


def _row(row: RemittanceRow) -> tuple[str, ...]:
    amounts = (row.amount_claimed, row.amount_paid, row.shortfall)
    texts = (row.invoice_number, row.patient_name, row.payment_reference)
    shown = tuple("" if amount is None else f"{amount:.2f}" for amount in amounts)
    return (*texts, *shown, row.reason or row.reason_code)
