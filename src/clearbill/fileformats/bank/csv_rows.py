"""The rows of a bank's CSV file as texts by our columns, and those that are no lines of the statement."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from clearbill.fileformats.bank.amounts import word_of
from clearbill.fileformats.bank.columns import is_history
from clearbill.fileformats.bank.words import (
    BALANCE,
    HEADING,
    IN,
    NOTE,
    NOTHING,
    PENDING,
    UNKNOWN_STATUS,
    is_pending,
    may_name_a_balance,
    names_a_balance,
    reason_of_status,
)
from clearbill.fileformats.cells import is_blank, may_be_a_day, with_decimal_point
from clearbill.fileformats.columns import Assignment, joined
from clearbill.fileformats.rows import Answers, LeftOut, RowFault
from clearbill.fileformats.table import Record, Table

Texts = Mapping[str, str]

_MONEY = ("amount", "paid_in", "paid_out", "same_amount")

_SUMS = (*_MONEY, "fee")

_ZERO = re.compile(r"[-+£ ]*0+(?:[.,]0*)?", re.ASCII)

AMOUNTS = (*_MONEY, "balance", "fee", "source_amount", "target_amount")

_WORDS = ("booked_on", "description", "reference", "transaction_type", "account")


@dataclass(frozen=True, slots=True)
class CsvRows:
    """The rows of a file whose columns are known. It can be run through several times.

    `has_minus` says whether some amount has a minus, be it that of a row that is left out.
    """

    table: Table
    columns: Assignment
    answers: Answers
    has_decimal_commas: bool
    has_minus: bool

    def __iter__(self) -> Iterator[tuple[int, Texts] | RowFault | LeftOut]:
        """Yield each row with its number, what is wrong with it, or why it is left out."""
        for record in self.table.rows():
            if record.wrong:
                is_note = record.cells and _is_note(record)
                yield LeftOut(record.row_no, NOTE) if is_note else RowFault(record.row_no, "", record.wrong)
                continue
            texts = self._texts(record)
            if reason := HEADING if self._is_heading(record) else _reason(texts, self.answers):
                yield LeftOut(record.row_no, reason)
            else:
                yield record.row_no, texts

    def _is_heading(self, record: Record) -> bool:
        """Return whether the names of the columns come again, as at the top of a page."""
        place = self.columns.places.get("booked_on", 0)
        return record.cells[place].strip() == self.columns.names[place]

    def _texts(self, record: Record) -> Texts:
        # NatWest and spreadsheets put an apostrophe before what is a text.
        texts = self.columns.texts([cell.removeprefix("'") for cell in record.cells])
        if self.has_decimal_commas:
            texts |= {field: with_decimal_point(texts[field]) for field in AMOUNTS if field in texts}
        return _own_side(texts) if is_history(self.columns) else texts


def _own_side(texts: Texts) -> Texts:
    """Return a row of a history of transfers as the account saw it: what arrived, or what was sent and its fee."""
    if word_of(texts) in IN:
        own, fee = "target", ""
    else:
        own, fee = "source", texts.get("fee", "")
    return {**texts, "amount": texts[f"{own}_amount"], "currency": texts.get(f"{own}_currency", ""), "fee": fee}


def with_other_side(texts: Texts, amount: Decimal) -> Texts:
    """Return a row with the name of the other side in its text, where the file names both sides."""
    name = texts.get("source_name" if amount > 0 else "target_name", "")
    return {**texts, "description": joined(texts.get("description", ""), name)}


def _is_note(record: Record) -> bool:
    """Return whether a row of another length is a note above or below the lines, and no line that was cut off."""
    first = next((cell.strip() for cell in record.cells if cell.strip()), "")
    return not first[:1].isdigit() and not may_be_a_day(first)


def _reason(texts: Texts, answers: Answers) -> str:
    """Return why a row is no line of the statement, "" where it is one."""
    if "status" in texts and (reason := _reason_of_status(texts["status"], answers)):
        return reason
    day = texts.get("booked_on", "")
    if is_pending(day) or is_pending(texts.get("transaction_type", "")):
        return PENDING
    if _names_a_balance(texts, day):
        return BALANCE
    money = [text for field in _SUMS if field in texts and not is_blank(text := texts[field])]
    if not money:
        return "" if may_be_a_day(day) else NOTE
    return NOTHING if all(_ZERO.fullmatch(text.strip()) for text in money) else ""


def _reason_of_status(status: str, answers: Answers) -> str:
    reason = reason_of_status(status)
    return "" if reason == UNKNOWN_STATUS and answers.unknown_status == "booked" else reason


def _names_a_balance(texts: Texts, day: str) -> bool:
    words = [texts[field] for field in _WORDS if field in texts]
    # Most rows say nothing of the kind: one look is enough for them.
    if not may_name_a_balance(" ".join(words)):
        return False
    has_day = may_be_a_day(day)
    return any(names_a_balance(text, has_day=has_day) for text in words)
