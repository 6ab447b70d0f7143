"""Short ways to read a file that a test writes."""

from __future__ import annotations

import io
from datetime import date

from clearbill.fileformats import Answers, BankRow, Reading, RemittanceRow, RowFault, read_remittance, read_statement

TODAY = date(2026, 11, 23)
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


def paid_rows(*rows: str) -> str:
    return "\r\n".join([HEADER, *rows]) + "\r\n"
