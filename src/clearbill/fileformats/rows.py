"""What a file gives: rows, faults, questions to the person who brought it, and their answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Generic, Literal, TypeVar

IdColumn = Literal["csv_id", "ofx_id"]
"""The columns of a bank line that keep the bank's own number of it."""

DateOrder = Literal["dmy", "mdy", "ymd"]


class UnreadableFile(ValueError):
    """Nothing can be read from the file; the message is a sentence for the person who brought it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemittanceRow:
    """What a payment says of one invoice; pounds, UK days. An amount that the file does not give is None.

    `key` is the same for the same fact in every form of file. `repeats_row` is the number of an earlier row with
    exactly the same content, 0 where there is none.
    """

    row_no: int
    key: str
    invoice_number: str
    amount_paid: Decimal
    amount_claimed: Decimal | None = None
    shortfall: Decimal | None = None
    previously_paid: Decimal | None = None
    reason: str = ""
    reason_code: str = ""
    payment_reference: str = ""
    paid_on: date | None = None
    patient_name: str = ""
    membership_number: str = ""
    clearing_claim_number: str = ""
    payor_claim_number: str = ""
    insurer: str = ""
    payee_number: str = ""
    message_id: str = ""
    issued_on: date | None = None
    repeats_row: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BankRow:
    """One line of a bank statement; pounds, money in is positive. `repeats_row` as in PaidRow."""

    row_no: int
    key: str
    booked_on: date
    amount: Decimal
    description: str = ""
    reference: str = ""
    transaction_type: str = ""
    transaction_id: str = ""
    account: str = ""
    balance: Decimal | None = None
    repeats_row: int = 0


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with one row, or at one field of it.

    `row_no` counts as a spreadsheet does, 0 is the file as a whole; in a file that is no table it counts the entries.
    `field` is "" where the row as a whole is wrong. `shown` is the cell as typed, shortened, words masked: in a
    shifted row the cell of an amount may hold the name of a patient.
    """

    row_no: int
    field: str
    sentence: str
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to answer a question: the value for `Answers`, and how it reads."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Question:
    """What a person must decide. `field` is “order”, “sign” or one of our columns (see columns.py)."""

    field: str
    sentence: str
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a person decided.

    `columns`: our column to theirs, by its name or as “column 3”; "" says that the file has none.
    `same`: what holds for every row where no column says it, such as {"payment_reference": "PAY900001"}.
    `sign`: whether an amount without a minus is money “in” or “out”.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    same: Mapping[str, str] = field(default_factory=dict)
    order: DateOrder | None = None
    sign: Literal["in", "out"] | None = None


Row = TypeVar("Row", RemittanceRow, BankRow)


@dataclass(slots=True)
class Reading(Generic[Row]):
    """A file that was recognised, to be iterated once over its good rows and its faults.

    While there are questions no row is given: iterating raises UnreadableFile. `columns` is our column to theirs,
    `names` are all of theirs, `notes` are sentences on how the file was taken, `is_test` is the marker of the
    clearing house's test messages. Its format adds `kind`, what the file is, and for a statement `id_column`, where the
    bank's own numbers of its lines are kept, None for nowhere.
    """

    encoding: str
    _rows: Iterator[Row | RowFault] | None = field(repr=False)
    columns: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()
    is_test: bool = False
    kind: str = ""
    id_column: IdColumn | None = None

    def __iter__(self) -> Iterator[Row | RowFault]:
        if self.questions:
            raise UnreadableFile("There are questions about the file that must be answered first.")
        if self._rows is None:
            raise UnreadableFile("The file has been read already. Open it again.")
        rows, self._rows = self._rows, None
        return rows
