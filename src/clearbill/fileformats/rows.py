"""What a file gives: rows, faults, questions to the person who brought it, and their answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Generic, Literal, TypeVar

IdColumn = Literal["csv_id", "ofx_id"]
"""The columns of a bank line that keep the bank's own number of it."""

DateOrder = Literal["dmy", "mdy", "ymd"]


class UnreadableFile(ValueError):
    """Nothing can be read from the file; the message is a sentence for the person who brought it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemittanceRow:
    """What a payment says of one invoice; pounds, UK days. An amount that the file does not give is None.

    A row that names no invoice and no claim is an adjustment of the payment as a whole: a recovery, interest, a fee.

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

    @property
    def is_adjustment(self) -> bool:
        return not self.invoice_number and not self.clearing_claim_number


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
class LeftOut:
    """A row that is no money: a payment that is pending or was declined, a balance, a heading.

    `reason` is what such rows are, in a few words, the same for all of them, so that they can be counted by it.
    """

    row_no: int
    reason: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to answer a question: the value for `Answers`, and how it reads.

    Where it is a column of the file, `cells` are the first that stand in it.
    """

    value: str
    label: str
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What a person must decide. `field` is one of our columns (see columns.py), or another field of `Answers`.

    With `takes_several` more than one choice may be given: columns that are read one after another.
    """

    field: str
    sentence: str
    choices: tuple[Choice, ...] = ()
    takes_several: bool = False


INSURER = "insurer:"
"""Before a name of an insurer: the field of the question which one it is."""

STATUS = "status:"
"""Before a word for what became of an appointment: the field of the question what it means."""

SAME = "same_"
"""Before one of our columns: the field of the question which value it has in every row that names none."""

MEANINGS = (STATUS, "practitioner:", "service:", "site:", "elsewhere", "not_in_file")
"""Before a value of a file, or alone: the fields of questions what it stands for."""

_OTHER_ANSWERS = {
    "order": ("dmy", "mdy", "ymd"),
    "sign": ("in", "out", "mixed"),
    "fees": ("on_top", "included"),
    "unknown_status": ("booked", "left_out"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a person decided.

    `columns`: our column to theirs, by its name or as “column 3”, or to several that are read one after another;
    "" says that the file has none.
    `same`: what holds for every row where no column says it, such as {"payment_reference": "PAY900001"}.
    `sign`: whether an amount without a minus is money “in” or “out”; “mixed” where the file does not say it.
    `fees`: whether the bank takes the fee of a row on top of its amount, or the amount includes it.
    `sheet`: the name of the sheet of a workbook.
    `unknown_status`: whether rows with a status that is not known are booked, or left out.
    `insurers`: a name of an insurer that is not known to the slug of one that is, "" for none.
    `meanings`: what a value of the file stands for, by the field of its question, such as {"status:Seen": "completed"}.
    `is_settled`: nothing is left to ask, so the file need not be looked through for questions again.
    """

    columns: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    same: Mapping[str, str] = field(default_factory=dict)
    order: DateOrder | None = None
    sign: Literal["in", "out", "mixed"] | None = None
    insurers: Mapping[str, str] = field(default_factory=dict)
    fees: Literal["on_top", "included"] | None = None
    unknown_status: Literal["booked", "left_out"] | None = None
    sheet: str = ""
    meanings: Mapping[str, str] = field(default_factory=dict)
    is_settled: bool = False

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Answers:
        """Return the answers that are kept as {field of the question: value}.

        “same_” before one of our columns gives the value for every row, “insurer:” before a name in the file the slug
        of the insurer, “status:” before a word what it means. A value that is no answer to its question answers
        nothing.
        """
        others = {name: given[name] for name, values in _OTHER_ANSWERS.items() if given.get(name) in values}
        same = {name.removeprefix(SAME): value for name, value in given.items() if name.startswith(SAME)}
        others["sheet"] = str(given.get("sheet", ""))
        named = {name.removeprefix(INSURER): value for name, value in given.items() if name.startswith(INSURER)}
        meanings = {name: str(value) for name, value in given.items() if name.startswith(MEANINGS)}
        columns = {
            name: value
            for name, value in given.items()
            if name not in _OTHER_ANSWERS and name != "sheet" and not name.startswith((SAME, INSURER, *MEANINGS))
        }
        return cls(columns=columns, same=same, insurers=named, meanings=meanings, **others)


NO_ANSWERS = Answers()

Row = TypeVar("Row")


@dataclass(slots=True)
class Reading(Generic[Row]):
    """A file that was recognised, to be iterated once over its good rows, its faults and what is left out.

    While there are questions no row is given: iterating raises UnreadableFile. `columns` is our column to theirs,
    `names` are all of theirs, `sample` are the first records below them as they stand, `notes` are sentences on how the
    file was taken, `is_test` is the marker of the clearing house's test messages, `order` that of the dates where it is
    known, `mentioned` every value of the columns that stand for something of the practice. Its format adds `kind`, what
    the file is, and for a statement `id_column`, where the bank's own numbers of its lines are kept, None for nowhere.
    """

    encoding: str
    _rows: Iterator[Row | RowFault | LeftOut] | None = field(repr=False)
    columns: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    sample: tuple[tuple[str, ...], ...] = ()
    questions: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()
    is_test: bool = False
    kind: str = ""
    id_column: IdColumn | None = None
    order: DateOrder | None = None
    mentioned: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Row | RowFault | LeftOut]:
        if self.questions:
            raise UnreadableFile("There are questions about the file that must be answered first.")
        if self._rows is None:
            raise UnreadableFile("The file has been read already. Open it again.")
        rows, self._rows = self._rows, None
        return rows
