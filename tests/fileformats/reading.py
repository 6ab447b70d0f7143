"""Short ways to read a file that a test writes."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from clearbill.fileformats import (
    Answers,
    BankRow,
    LeftOut,
    Reading,
    RemittanceRow,
    RowFault,
    read_remittance,
    read_statement,
)
from clearbill.fileformats.bank import formats as bank_formats
from clearbill.fileformats.remittance import formats as remittance_formats

TODAY = date(2026, 11, 23)
READERS: dict[str, Any] = {
    **{f"bank {one.name}": read_statement for one in bank_formats.FORMATS},
    **{f"remittance {one.name}": read_remittance for one in remittance_formats.FORMATS},
}
"""What reads each kind of file: every format of both tables, by the `kind` of its readings."""
HEADER = "Invoice No,Amount Paid,Payment Reference,Payment Date,Patient"


def paid_reading(content: str | bytes, answers: Answers | None = None) -> Reading[RemittanceRow]:
    data = content.encode() if isinstance(content, str) else content
    return read_remittance(io.BytesIO(data), today=TODAY, answers=answers)


def bank_reading(content: str | bytes, answers: Answers | None = None) -> Reading[BankRow]:
    data = content.encode() if isinstance(content, str) else content
    return read_statement(io.BytesIO(data), today=TODAY, answers=answers)


def paid(content: str | bytes, answers: Answers | None = None) -> tuple[list[RemittanceRow], list[RowFault]]:
    found = list(paid_reading(content, answers))
    return [row for row in found if isinstance(row, RemittanceRow)], [row for row in found if isinstance(row, RowFault)]


def bank(content: str | bytes, answers: Answers | None = None) -> tuple[list[BankRow], list[RowFault]]:
    found = list(bank_reading(content, answers))
    return [row for row in found if isinstance(row, BankRow)], [row for row in found if isinstance(row, RowFault)]


def left_out(content: str | bytes) -> list[tuple[int, str]]:
    return [(one.row_no, one.reason) for one in bank_reading(content) if isinstance(one, LeftOut)]


def paid_rows(*rows: str) -> str:
    return "\r\n".join([HEADER, *rows]) + "\r\n"
