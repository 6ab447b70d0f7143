"""A bank statement from CSV: signs and the order of dates are proved by the file itself, or asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clearbill.fileformats.bank.line import NO_AMOUNT, BankLines, balance
from clearbill.fileformats.bank.running_balance import BalanceProof, Entry, RunningBalance, checked
from clearbill.fileformats.cells import ORDERS, CellError, DayReader, is_blank, pounds, shown
from clearbill.fileformats.columns import BANK_COLUMNS, Assignment, assign, our_name
from clearbill.fileformats.date_order import DateOrderProof
from clearbill.fileformats.rows import Answers, BankRow, Choice, DateOrder, Question, Reading, RowFault
from clearbill.fileformats.table import ONLY_A_HEADER, Table, find_table
from clearbill.fileformats.uploaded_file import Source

_IN = {"cr", "c", "credit", "in", "paid in", "money in"}

_OUT = {"dr", "d", "debit", "out", "paid out", "money out"}

_SIGN_CHOICES = (Choice("in", "money in"), Choice("out", "money out"))

_TWO_WAYS = "The balances fit both ways: is an amount without a minus money in or money out?"

_NO_MINUS = "No amount has a minus and no balance proves the signs: is this money in or money out?"

_NOT_PROVED = "No balance proves the signs: an amount without a minus was taken as money in."

_TURNED = "The balances prove that an amount without a minus is money out."

_OUT_MINUS = "Money paid out is written with a minus in its own column; it was taken as money out."

_BALANCES_OFF = "Most balances do not follow from the amounts. Which column is the balance, or are they left out?"


@dataclass(frozen=True, slots=True)
class Signs:
    """How amounts are written: one column, perhaps turned, or one each for in and out."""

    one_column: bool
    turned: bool = False
    out_has_minus: bool = False

    def amount(self, texts: Mapping[str, str]) -> Decimal:
        """Return the amount of a row, money in positive. Raises CellError."""
        if not self.one_column:
            return self._of_two(texts)
        if is_blank(texts["amount"]):
            raise CellError(NO_AMOUNT)
        amount = pounds(texts["amount"])
        if word := texts.get("direction", "").strip().lower():
            return _directed(amount, word)
        return -amount + 0 if self.turned else amount

    def _of_two(self, texts: Mapping[str, str]) -> Decimal:
        came, went = _pounds(texts, "paid_in"), _pounds(texts, "paid_out")
        if came and went:
            raise CellError("This row has money both paid in and paid out.", "paid_out")
        if not came and not went:
            raise CellError(NO_AMOUNT, "paid_in")
        went = -went if self.out_has_minus else went
        if came < 0 or went < 0:
            raise CellError("It is not clear what the minus means in this column.", "paid_in" if came else "paid_out")
        return came - went


def _pounds(texts: Mapping[str, str], field: str) -> Decimal:
    text = texts.get(field, "")
    try:
        return Decimal("0.00") if is_blank(text) else pounds(text)
    except CellError as exc:
        raise CellError(str(exc), field) from None


def _directed(amount: Decimal, word: str) -> Decimal:
    if word not in _IN | _OUT:
        raise CellError("This says neither debit nor credit.", "direction")
    if word in _OUT:
        return -abs(amount)
    if amount < 0:
        raise CellError("The row says credit, but the amount has a minus.")
    return amount


class _Survey:
    """What all rows together prove, found in a first run through the file."""

    def __init__(self, table: Table, columns: Assignment, today: date) -> None:
        self.orders = DateOrderProof(DayReader(today))
        self.balances = RunningBalance()
        self.minus = {"amount": 0, "paid_out": 0}
        self.plain = {"amount": 0, "paid_out": 0}
        self._days = DayReader(today)
        self._trend = dict.fromkeys(ORDERS, (0, 0))
        self._before: dict[DateOrder, date] = {}
        for record in table.rows():
            if not record.wrong:
                self._look_at(columns.texts(record.cells))

    def _look_at(self, texts: Mapping[str, str]) -> None:
        self.orders.look_at(texts["booked_on"])
        self._follow(texts["booked_on"])
        for field in self.minus:
            if not is_blank(texts.get(field, "")):
                self._count(field, texts[field])
        try:
            amount = Signs("amount" in texts, out_has_minus=_starts_less(texts)).amount(texts)
            self.balances.look_at(amount, balance(texts.get("balance", "")))
        except CellError:
            self.balances.look_at(None, None)

    def _count(self, field: str, text: str) -> None:
        try:
            amount = pounds(text)
        except CellError:
            return
        self.minus[field] += amount < 0
        self.plain[field] += amount > 0

    def _follow(self, text: str) -> None:
        readings = self._days.readings(text)
        if not readings:
            try:
                readings = dict.fromkeys(ORDERS, self._days.read(text))
            except CellError:
                return
        for order, day in readings.items():
            before, (rises, falls) = self._before.get(order, day), self._trend[order]
            self._trend[order] = (rises + (day > before), falls + (day < before))
        self._before = readings

    def oldest_first(self, order: DateOrder | None) -> bool | None:
        """Return whether the dates only rise or only fall; None where they do neither."""
        rises, falls = self._trend[order or "dmy"]
        return None if bool(rises) == bool(falls) else bool(rises)

    @property
    def out_has_minus(self) -> bool:
        return self.minus["paid_out"] > 0 and not self.plain["paid_out"]


def _starts_less(texts: Mapping[str, str]) -> bool:
    try:
        return pounds(texts.get("paid_out", "")) < 0
    except CellError:
        return False


def read_bank_csv(source: Source, today: date, answers: Answers) -> Reading[BankRow]:
    """Return the reading of a statement. Raises UnreadableFile."""
    table = find_table(source, lambda name: our_name(name, BANK_COLUMNS))
    columns = assign(table.names, BANK_COLUMNS, answers.columns)
    _ask_for_columns(columns, answers)
    questions, notes = list(columns.questions), list[str]()
    rows: Iterator[BankRow | RowFault] = iter(())
    if not questions:
        survey = _Survey(table, columns, today)
        order = answers.order or survey.orders.proved
        if order is None and (asked := survey.orders.question()):
            questions.append(asked)
        proof = _proof(survey, columns, order)
        signs = _signs(survey, columns, proof, answers)
        questions += _questions_on_signs(survey, columns, proof, answers)
        notes = _notes(signs, columns, proof, answers)
        lines = BankLines(DayReader(today, order or "dmy").read, signs.amount)
        rows = checked(_entries(table, columns, lines), oldest_first=proof.oldest_first)
    return Reading(
        encoding=source.encoding,
        columns=columns.theirs(),
        names=table.names,
        sample=table.sample(),
        questions=tuple(questions),
        notes=tuple(notes),
        _rows=_with_rows(rows),
    )


def _ask_for_columns(columns: Assignment, answers: Answers) -> None:
    columns.ask_for_missing("booked_on")
    places = columns.places
    asked = {question.field for question in columns.questions}
    if "amount" in places and {"paid_in", "paid_out"} & places.keys():
        if "amount" in answers.columns:
            places.pop("paid_in", None)
            places.pop("paid_out", None)
        else:
            one = Choice(columns.names[places["amount"]], f"“{columns.names[places['amount']]}”")
            sentence = "The file has one column of amounts and others for money in and out. Which of them holds?"
            columns.questions.append(Question("amount", sentence, (one, Choice("", "money in and money out"))))
    elif not {"amount", "paid_in", "paid_out"} & (places.keys() | asked):
        columns.ask_for_missing("amount")


def _may_turn(columns: Assignment) -> bool:
    return "amount" in columns.places and "direction" not in columns.places


def _proof(survey: _Survey, columns: Assignment, order: DateOrder | None) -> BalanceProof:
    signs = (1, -1) if _may_turn(columns) else (1,)
    return survey.balances.proof(signs=signs, oldest_first=survey.oldest_first(order))


def _signs(survey: _Survey, columns: Assignment, proof: BalanceProof, answers: Answers) -> Signs:
    turned = _may_turn(columns) and (answers.sign == "out" if answers.sign else proof.sign == -1)
    return Signs("amount" in columns.places, turned=turned, out_has_minus=survey.out_has_minus)


def _questions_on_signs(
    survey: _Survey, columns: Assignment, proof: BalanceProof, answers: Answers
) -> Iterator[Question]:
    if proof.pairs and proof.agreed * 2 < proof.pairs and "balance" not in answers.columns:
        name = columns.names[columns.places["balance"]]
        yield Question("balance", _BALANCES_OFF, (Choice("", "leave them out"), Choice(name, f"“{name}”")))
    elif _may_turn(columns) and not answers.sign:
        if proof.pairs and not proof.sign:
            yield Question("sign", _TWO_WAYS, _SIGN_CHOICES)
        elif not proof.pairs and survey.plain["amount"] and not survey.minus["amount"]:
            yield Question("sign", _NO_MINUS, _SIGN_CHOICES)


def _notes(signs: Signs, columns: Assignment, proof: BalanceProof, answers: Answers) -> list[str]:
    notes = [_TURNED] if signs.turned and not answers.sign else []
    if _may_turn(columns) and not proof.pairs and not answers.sign:
        notes.append(_NOT_PROVED)
    if signs.out_has_minus and not signs.one_column:
        notes.append(_OUT_MINUS)
    return notes


def _entries(table: Table, columns: Assignment, lines: BankLines) -> Iterator[Entry]:
    for record in table.rows():
        if record.wrong:
            yield Entry([RowFault(record.row_no, "", record.wrong)], None)
            continue
        texts = columns.texts(record.cells)
        written = texts.get("balance", "")
        try:
            state = balance(written)
        except CellError:
            state = None
        yield Entry(lines.row(record.row_no, texts), state, shown(written))


def _with_rows(rows: Iterator[BankRow | RowFault]) -> Iterator[BankRow | RowFault]:
    any_row = False
    for row in rows:
        any_row = True
        yield row
    if not any_row:
        yield RowFault(0, "", ONLY_A_HEADER)
