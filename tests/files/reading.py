"""Short ways to read a file that a test writes."""

from __future__ import annotations

import io
from datetime import date

from clearbill.fileformats import Answers, BankRow, Fault, PaidRow, Reading, read_bank, read_paid

TODAY = date(2026, 11, 23)
HEADER = "Invoice No,Amount Paid,Payment Reference,Payment Date,Patient"


def paid_reading(content: str | bytes, answers: Answers | None = None) -> Reading[PaidRow]:
    data = content.encode() if isinstance(content, str) else content
    return read_paid(io.BytesIO(data), today=TODAY, answers=answers)


def bank_reading(content: str | bytes, answers: Answers | None = None) -> Reading[BankRow]:
    data = content.encode() if isinstance(content, str) else content
    return read_bank(io.BytesIO(data), today=TODAY, answers=answers)


def paid(content: str | bytes, answers: Answers | None = None) -> tuple[list[PaidRow], list[Fault]]:
    found = list(paid_reading(content, answers))
    return [row for row in found if isinstance(row, PaidRow)], [row for row in found if isinstance(row, Fault)]


def bank(content: str | bytes, answers: Answers | None = None) -> tuple[list[BankRow], list[Fault]]:
    found = list(bank_reading(content, answers))
    return [row for row in found if isinstance(row, BankRow)], [row for row in found if isinstance(row, Fault)]


def paid_rows(*rows: str) -> str:
    return "\r\n".join([HEADER, *rows]) + "\r\n"
