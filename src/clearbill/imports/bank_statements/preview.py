"""Preview of a bank statement: its rows, and which of them are here already."""

from __future__ import annotations

import hashlib
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice

from django.utils.text import capfirst

from clearbill.bill.money import ZERO
from clearbill.fileformats import Answers, BankRow, LeftOut, Question, Reading, RowFault, UnreadableFile, read_statement
from clearbill.fileformats.duplicates import SeenValues
from clearbill.fileformats.rows import IdColumn
from clearbill.imports.bank_statements.account_rows import AccountRows
from clearbill.money.bank import narrative
from clearbill.money.bank.models import BankLine, StatementFile

FRESH, KNOWN, ALIKE, LEFT_OUT, WRONG = "fresh", "known", "alike", "left out", "wrong"
"""What is found of a row; one that is alike differs from a line that is here only in words."""

ROWS_SHOWN, FAULTS_SHOWN, AT_ONCE = 10, 200, 500

_SAME_WITHIN = timedelta(days=5)

_IN_MEMORY = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FingerprintedRow:
    """A good row: what stands for it in any form of statement, and which of its equals in this file it is."""

    row: BankRow
    fact: str
    ordinal: int


@dataclass(slots=True)
class StatementPreview:
    """What a statement holds, and in `id_column` where the bank's own numbers of its lines are kept, None for nowhere.

    `wrong` rows have faults, `known` ones are here already, `alike` ones differ from a line only in words, `left_out`
    counts those that are no money by what they are. `columns` is our column to theirs, `names` and `sample` are their
    columns and the first rows of the file as they stand.
    """

    id_column: IdColumn | None = None
    sentence: str = ""
    questions: tuple[Question, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    sample: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()
    left_out: Counter[str] = field(default_factory=Counter)
    good: int = 0
    known: int = 0
    alike: int = 0
    wrong: int = 0
    faults: int = 0
    first_faults: list[RowFault] = field(default_factory=list)
    first_rows: list[BankRow] = field(default_factory=list)
    money_in: Decimal = ZERO
    money_out: Decimal = ZERO
    first_on: date | None = None
    last_on: date | None = None
    last_wrong: int = 0

    def take(self, row: BankRow) -> None:
        self.good += 1
        if row.amount > 0:
            self.money_in += row.amount
        else:
            self.money_out -= row.amount
        self.first_on = min(self.first_on or row.booked_on, row.booked_on)
        self.last_on = max(self.last_on or row.booked_on, row.booked_on)
        if len(self.first_rows) < ROWS_SHOWN:
            self.first_rows.append(row)

    def fault(self, fault: RowFault) -> None:
        """Count a fault, and the row it is in where it is the first there: those of a row come one after another."""
        self.wrong += not self.faults or fault.row_no != self.last_wrong
        self.last_wrong = fault.row_no
        self.faults += 1
        if len(self.first_faults) < FAULTS_SHOWN:
            self.first_faults.append(fault)


@contextmanager
def open_reading(file: StatementFile, *, today: date) -> Iterator[Reading[BankRow]]:
    """Give the reading of a statement with what was answered about it. Raises UnreadableFile.

    A large one lies on disk meanwhile: the row may be read with `content` left out.
    """
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as stream:
        stream.write(StatementFile.objects.values_list("content", flat=True).get(pk=file.pk))
        stream.seek(0)
        yield read_statement(stream, today=today, answers=Answers.of(file.answers))


def fingerprinted(found: Iterator[BankRow]) -> Iterator[list[FingerprintedRow]]:
    """Yield the good rows, some at a time, each with what stands for it."""
    seen = SeenValues()
    while several := list(islice(found, AT_ONCE)):
        yield [FingerprintedRow(row, fact := _fact(row), seen.ordinal(fact)) for row in several]


def preview(file: StatementFile, *, today: date) -> StatementPreview:
    """Return what a statement holds; nothing is changed."""
    found = StatementPreview()
    try:
        with open_reading(file, today=today) as reading:
            found.id_column, found.questions, found.notes = reading.id_column, reading.questions, reading.notes
            found.columns, found.names, found.sample = reading.columns, reading.names, reading.sample
            if not found.questions:
                rows = AccountRows(file, reading)
                for several in fingerprinted(_good(iter(rows), found)):
                    _compare(file, several, found)
                found.questions = rows.questions()
    except UnreadableFile as exc:
        found.sentence = str(exc)
    return found


def told_rows(file: StatementFile, *, today: date) -> list[tuple[int, str, str]]:
    """Return of each row its number, what is found of it, and why it is wrong or left out. Raises UnreadableFile."""
    told: list[tuple[int, str, str]] = []
    with open_reading(file, today=today) as reading:
        for several in fingerprinted(_good_rows(iter(AccountRows(file, reading)), told)):
            found = _verdicts(file, several, reading.id_column)
            told += [(one.row.row_no, verdict, "") for one, verdict in zip(several, found, strict=True)]
    return sorted(told)


def is_line_of_number(row: BankRow, line: tuple[date, Decimal] | None) -> bool:
    """Return whether a row is the line (day, amount) that has the bank's number of it.

    Some banks number the lines of each file anew, so a number says nothing where the amount is another, or the day.
    """
    return line is not None and line[1] == row.amount and abs(line[0] - row.booked_on) <= _SAME_WITHIN


def _good(found: Iterator[BankRow | RowFault | LeftOut], report: StatementPreview) -> Iterator[BankRow]:
    for row in found:
        if isinstance(row, RowFault):
            report.fault(row)
        elif isinstance(row, LeftOut):
            report.left_out[row.reason] += 1
        else:
            report.take(row)
            yield row


def _good_rows(found: Iterator[BankRow | RowFault | LeftOut], told: list[tuple[int, str, str]]) -> Iterator[BankRow]:
    """Yield the good rows, and tell of the others."""
    for row in found:
        if isinstance(row, RowFault):
            told.append((row.row_no, WRONG, row.sentence))
        elif isinstance(row, LeftOut):
            told.append((row.row_no, LEFT_OUT, f"{capfirst(row.reason)}."))
        else:
            yield row


def _compare(file: StatementFile, several: list[FingerprintedRow], report: StatementPreview) -> None:
    """Count which of these are here already, and which only look like a line that is."""
    found = _verdicts(file, several, report.id_column)
    report.known += found.count(KNOWN)
    report.alike += found.count(ALIKE)


def _verdicts(file: StatementFile, several: list[FingerprintedRow], id_column: IdColumn | None) -> list[str]:
    """Return of each row whether it is fresh, known or alike."""
    lines = BankLine.objects.filter(account=file.account_id).exclude(state=BankLine.OUT)
    ids = {one.row.transaction_id for one in several} - {""}
    with_id: dict[str, tuple[date, Decimal]] = {}
    if id_column:
        numbered = lines.filter(**{f"{id_column}__in": ids}).values_list(id_column, "on", "amount")
        with_id.update((number, (day, amount)) for number, day, amount in numbered)
    days = {one.row.booked_on for one in several}
    facts: dict[str, int] = {}
    moved: set[tuple[date, Decimal]] = set()
    same_days = lines.filter(on__gte=min(days), on__lte=max(days), on__in=days)
    for fact, day, amount in same_days.values_list("fact", "on", "amount").iterator():
        facts[fact] = facts.get(fact, 0) + 1
        moved.add((day, amount))
    found = []
    for one in several:
        is_numbered = is_line_of_number(one.row, with_id.get(one.row.transaction_id))
        is_known = is_numbered or one.ordinal <= facts.get(one.fact, 0)
        is_alike = one.fact not in facts and (one.row.booked_on, one.row.amount) in moved
        found.append(KNOWN if is_known else ALIKE if is_alike else FRESH)
    return found


def _fact(row: BankRow) -> str:
    said = f"{row.booked_on}|{row.amount}|{narrative.alphanumeric(row.description + row.reference)}"
    return hashlib.blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
