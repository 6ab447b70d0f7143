"""What a file says of one invoice of another system."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignLine:
    """One line of it: what was done on which UK day, for how much, pounds. `code` is an ISC or a procedure code."""

    treated_on: date
    description: str
    amount: Decimal
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceRow:
    """One invoice of a file, of one row or several; pounds. What the file does not give is "" or None.

    `row_no` is the number of its last row. `insurer_slug` is "" where the client pays. What was `paid` and what is
    `is_open` come to the sum of the lines. `practitioner` is as the file calls them.
    """

    row_no: int
    number: str
    issued_on: date
    client_key: str = ""
    first_name: str = ""
    last_name: str = ""
    birth_date: date | None = None
    email: str = ""
    phone: str = ""
    insurer_slug: str = ""
    practitioner: str = ""
    lines: tuple[ForeignLine, ...] = ()
    amount: Decimal
    paid: Decimal
    is_open: Decimal
    paid_on: date | None = None
