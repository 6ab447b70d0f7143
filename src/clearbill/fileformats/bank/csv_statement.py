"""A bank statement from CSV: columns, signs and the order of dates are proved by the file itself, or asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from clearbill.bill import dates
from clearbill.bill.text import plural
from clearbill.fileformats.bank.columns import FEES_INCLUDED, find_columns, is_history, letters_of, our_name
from clearbill.fileformats.bank.csv_rows import AMOUNTS, CsvRows, Texts, with_other_side
from clearbill.fileformats.bank.line import NO_MONEY, BankLines
from clearbill.fileformats.bank.running_balance import Balanced, balanced, days_that_break
from clearbill.fileformats.bank.survey import Survey, amounts_of
from clearbill.fileformats.bank.without_header import find_without_header
from clearbill.fileformats.cells import CellError, DayReader
from clearbill.fileformats.column_content import ColumnContent, contents
from clearbill.fileformats.columns import Assignment
from clearbill.fileformats.rows import Answers, BankRow, Choice, LeftOut, Question, Reading, RowFault, UnreadableFile
from clearbill.fileformats.table import ONLY_A_HEADER, Table, find_table
from clearbill.fileformats.uploaded_file import Source

_SIGN_CHOICES = (
    Choice("in", "every line is money in"),
    Choice("out", "every line is money out"),
    Choice("mixed", "some lines are money in, others money out"),
)

_PURCHASES = "Purchases stand without a minus, as on the statement of a card. What is an amount without a minus?"

_MINUS_CHOICES = (Choice("out", "money out, and one with a minus is money in"), Choice("in", "money in"))

_NOTHING_SAYS_SIGN = (
    "Nothing in the file says which lines are money in and which are money out. Bring the statement in another form,"
    " such as OFX, or with a column of balances."
)

_TWO_WAYS = "No amount has a minus, and the balances fit both ways. Is this money in or money out?"

_NO_MINUS = "No amount has a minus and no balance proves the signs: is this money in or money out?"

_NOT_PROVED = "No balance proves the signs: an amount without a minus was taken as money in."

_TURNED = "The balances prove that an amount without a minus is money out."

_OUT_MINUS = "Money paid out is written with a minus in its own column; it was taken as money out."

_WHICH_AMOUNT = "The file has one column of amounts and others for money in and out. Which of them holds?"

_FEES = Question(
    "fees",
    "The rows have fees, and no balance proves whether the amounts include them. Do they?",
    (Choice("included", "yes, the amount includes the fee"), Choice("on_top", "no, the fee is taken besides")),
)

_FEES_TAKEN = "The fee of a row is taken besides its amount: the line is both together."

_UNKNOWN_STATUS = Question(
    "unknown_status",
    "Some rows have a status that is not known. Has their money moved?",
    (Choice("booked", "yes, they are on the account"), Choice("left_out", "no, leave them out")),
)


def read_bank_csv(source: Source, today: date, answers: Answers) -> Reading[BankRow]:
    """Return the reading of a statement. Raises UnreadableFile."""
    table = find_table(source, our_name, answers.sheet)
    sample = table.sample()
    find = find_columns if table.header_row_no else find_without_header
    content = contents(table)
    columns = find(table, content, answers.columns, sample)
    _ask_for_columns(columns)
    questions, notes = list(table.questions or columns.questions), list[str]()
    rows: Iterator[BankRow | RowFault | LeftOut] = iter(())
    if not questions:
        statement = _Statement(_rows(table, columns, answers, content), today)
        questions = list(statement.questions())
        if not questions:
            notes = list(statement.notes())
            rows = statement.rows()
    return Reading(
        encoding=table.encoding,
        columns=columns.theirs(),
        names=table.names,
        sample=sample,
        questions=tuple(questions),
        notes=tuple(notes),
        _rows=_with_rows(rows),
    )


def _ask_for_columns(columns: Assignment) -> None:
    columns.ask_for_missing("booked_on")
    asked = {question.field for question in columns.questions}
    if not is_history(columns) and not {"amount", "paid_in", "paid_out"} & (columns.places.keys() | asked):
        columns.ask_for_missing("amount")


def _rows(table: Table, columns: Assignment, answers: Answers, content: Sequence[ColumnContent]) -> CsvRows:
    """Return the rows. The amounts have decimal commas where some have pence after a comma, and none after a point."""
    money = [content[place] for ours, place in columns.places.items() if ours in AMOUNTS]
    has_commas = any(one.with_comma for one in money) and not any(one.with_point for one in money)
    has_minus = "amount" in columns.places and content[columns.places["amount"]].with_minus > 0
    return CsvRows(table, columns, answers, has_commas, has_minus)


class _Statement:
    """A CSV file whose columns are known: what its rows prove, and what is left to ask."""

    def __init__(self, rows: CsvRows, today: date) -> None:
        self._rows, self._columns, self._answers, self._today = rows, rows.columns, rows.answers, today
        self._survey = Survey(rows, today)
        self._which_amount = self._choose_amounts()
        amounts = amounts_of(self._survey, self._columns)
        self._order = self._answers.order or self._survey.orders.proved
        self._may_turn = not amounts.two_columns and "direction" not in self._columns.places
        self._proof = self._survey.balances.proof(
            signs=(1, -1) if self._may_turn else (1,), oldest_first=self._survey.oldest_first(self._order)
        )
        turned = amounts.turned or (self._may_turn and self._is_turned())
        self._amounts = replace(amounts, turned=turned, fee_on_top=self._fee_on_top() or False)

    def _choose_amounts(self) -> Question | None:
        """Take the column of amounts, or those for in and out, where the file has both; ask where they differ."""
        places, counts = self._columns.places, self._survey.counts
        two = {"paid_in", "paid_out"} & places.keys()
        if "amount" not in places or not two:
            return None
        is_filled = counts["agree"] + counts["disagree"] + counts["only in and out"]
        if "amount" in self._answers.columns or len(two) == 1 or not is_filled:
            places.pop("paid_in", None)
            places.pop("paid_out", None)
        elif not counts["disagree"] and not counts["only amount"]:
            places["same_amount"] = places.pop("amount")
        else:
            choices = (self._columns.choice(places["amount"]), Choice("", "money in and money out"))
            return Question("amount", _WHICH_AMOUNT, choices)
        return None

    def _is_turned(self) -> bool:
        if self._answers.sign:
            return self._answers.sign == "out"
        return self._proof.is_certain and self._proof.sign == -1

    def _fee_on_top(self) -> bool | None:
        """Return whether the fees are taken besides the amounts; None where nothing says it."""
        if is_history(self._columns):
            return True
        if not self._survey.counts["fees"]:
            return False
        if self._proof.is_certain and self._proof.fee_on_top is not None:
            return self._proof.fee_on_top
        if self._survey.counts["total with fee"] and not self._survey.counts["total without fee"]:
            return True
        if letters_of(self._columns.names[self._columns.places["fee"]]) in FEES_INCLUDED:
            return False
        return self._answers.fees == "on_top" if self._answers.fees else None

    def questions(self) -> Iterator[Question]:
        """Yield what a person must decide."""
        if self._which_amount:
            yield self._which_amount
            return
        yield from self._question_on_sign()
        if self._order is None and (asked := self._survey.orders.question()):
            yield asked
        if self._survey.has_unknown_status and not self._answers.unknown_status:
            yield _UNKNOWN_STATUS
        if self._fee_on_top() is None:
            yield _FEES

    def _question_on_sign(self) -> Iterator[Question]:
        if not self._may_turn or (self._proof.is_certain and self._proof.sign):
            return
        is_unsigned = self._survey.is_unsigned and not self._rows.has_minus
        if is_unsigned and self._answers.sign == "mixed":
            raise UnreadableFile(_NOTHING_SAYS_SIGN)
        if is_unsigned and not self._answers.sign:
            yield Question("sign", _TWO_WAYS if self._proof.is_certain else _NO_MINUS, _SIGN_CHOICES)
        elif self._survey.has_plain_purchases and not self._answers.sign:
            yield Question("sign", _PURCHASES, _MINUS_CHOICES)

    def notes(self) -> Iterator[str]:
        """Yield how the file was taken."""
        if self._may_turn and not self._answers.sign:
            if self._amounts.turned:
                yield _TURNED
            elif not self._proof.is_certain and self._survey.counts["amount plain"]:
                yield _NOT_PROVED
        if self._amounts.out_has_minus:
            yield _OUT_MINUS
        if self._amounts.fee_on_top and self._survey.counts["fees"]:
            yield _FEES_TAKEN
        if self._proof.agreed < self._proof.pairs:
            yield from self._note_on_balances()

    def _note_on_balances(self) -> Iterator[str]:
        days = sorted(set(days_that_break(self._balanced(), oldest_first=self._proof.oldest_first)))
        if days:
            several = f"{len(days)} {plural(len(days), 'day')}, first on {dates.show(days[0])}"
            yield f"The balances do not follow from the amounts on {several}. Perhaps lines are missing there."

    def _balanced(self) -> Iterator[Balanced | None]:
        for row in self.rows():
            if isinstance(row, BankRow):
                yield balanced(row.account, row.booked_on, row.amount, NO_MONEY, row.balance)

    def _with_other_side(self, texts: Texts) -> Texts:
        if not {"source_name", "target_name"} & texts.keys():
            return texts
        try:
            return with_other_side(texts, self._amounts.amount(texts))
        except CellError:
            return texts

    def rows(self) -> Iterator[BankRow | RowFault | LeftOut]:
        """Yield the rows, what is wrong with others, and what is left out."""
        lines = BankLines(DayReader(self._today, self._order or "dmy").read, self._amounts.amount)
        for found in self._rows:
            if not isinstance(found, tuple):
                yield found
                continue
            row_no, texts = found
            row = lines.row(row_no, self._with_other_side(texts))
            if isinstance(row, BankRow):
                yield row
            else:
                yield from row


def _with_rows(rows: Iterator[BankRow | RowFault | LeftOut]) -> Iterator[BankRow | RowFault | LeftOut]:
    any_row = False
    for row in rows:
        any_row = True
        yield row
    if not any_row:
        yield RowFault(0, "", ONLY_A_HEADER)
