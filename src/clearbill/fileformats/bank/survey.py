"""What all rows of a bank's CSV file prove together: found in a run through the file before any row is given out."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal

from clearbill.fileformats.bank.amounts import Amounts, fee, paid, word_of
from clearbill.fileformats.bank.csv_rows import CsvRows, Texts
from clearbill.fileformats.bank.line import OF_NO_ACCOUNT, balance
from clearbill.fileformats.bank.running_balance import RunningBalance, balanced
from clearbill.fileformats.bank.words import IN, OUT, PURCHASE, UNKNOWN_STATUS
from clearbill.fileformats.cells import ORDERS, CellError, DayReader, is_blank, only_pounds, pounds
from clearbill.fileformats.columns import Assignment
from clearbill.fileformats.date_order import DateOrderProof
from clearbill.fileformats.rows import DateOrder, LeftOut

# What is on an account has happened, but for lines that a bank dates on the next working day.
_DAYS_AHEAD = 14


class Survey:
    """What the rows prove.

    `counts` are the rows in pounds that can be read, by what they show: “amount minus” and “amount plain”, the same of
    “paid_out”, of purchases and of words for in and out; whether the columns of money “agree” or “disagree” and where
    “only amount” or “only in and out” is filled; “fees”, and whether a column of totals has them.
    """

    def __init__(self, rows: CsvRows, today: date) -> None:
        self.orders = DateOrderProof(DayReader(today, days_ahead=_DAYS_AHEAD))
        self.balances = RunningBalance()
        self.counts: Counter[str] = Counter()
        self.has_unknown_status = False
        self._trend = _Trend(DayReader(today))
        for found in rows:
            if isinstance(found, tuple):
                self._look_at(found[1])
            elif isinstance(found, LeftOut):
                self.has_unknown_status |= found.reason == UNKNOWN_STATUS

    def oldest_first(self, order: DateOrder | None) -> bool | None:
        """Return whether the dates only rise or only fall; None where they do neither."""
        return self._trend.oldest_first(order)

    @property
    def out_has_minus(self) -> bool:
        return self.counts["paid_out minus"] > 0 and not self.counts["paid_out plain"]

    @property
    def is_unsigned(self) -> bool:
        """Whether no amount has a minus."""
        return self.counts["amount plain"] > 0 and not self.counts["amount minus"]

    @property
    def has_plain_purchases(self) -> bool:
        """Whether purchases stand without a minus, as on the statement of a credit card."""
        return self.counts["purchase plain"] > 0 and not self.counts["purchase minus"]

    def _look_at(self, texts: Texts) -> None:
        self.orders.look_at(texts["booked_on"])
        self._trend.look_at(texts["booked_on"])
        try:
            only_pounds(texts.get("currency", ""))
            one, came, went = _pounds_or_none(texts), paid(texts, "paid_in"), paid(texts, "paid_out")
            fees, total = fee(texts), paid(texts, "total_amount")
        except CellError:
            self.balances.look_at(texts.get("account", OF_NO_ACCOUNT), None)
            return
        if one:
            self._count_amount(texts, one)
        if went:
            self.counts["paid_out minus" if went < 0 else "paid_out plain"] += 1
        if fees:
            self.counts["fees"] += 1
            if one and total:
                self.counts["total with fee" if total == one - fees else "total without fee"] += 1
        self._compare(one, came, went)
        self._follow(texts, self._hypothesis(texts, one, came, went), fees)

    def _count_amount(self, texts: Texts, amount: Decimal) -> None:
        written = "minus" if amount < 0 else "plain"
        self.counts[f"amount {written}"] += 1
        if word := word_of(texts):
            self.counts[f"{'in' if word in IN else 'out' if word in OUT else 'unknown'} {written}"] += 1
        if PURCHASE in texts.get("transaction_type", "").casefold():
            self.counts[f"purchase {written}"] += 1

    def _compare(self, one: Decimal | None, came: Decimal, went: Decimal) -> None:
        """Count whether the column of amounts and those for in and out say the same."""
        if one is None:
            self.counts["only in and out"] += bool(came or went)
        elif not came and not went:
            self.counts["only amount"] += bool(one)
        else:
            self.counts["agree" if abs(one) == abs(came) + abs(went) else "disagree"] += 1

    @staticmethod
    def _hypothesis(texts: Texts, one: Decimal | None, came: Decimal, went: Decimal) -> Decimal | None:
        """Return the amount as it most likely is, to hold the balances against."""
        if came or went:
            return came - abs(went)
        if one is not None and word_of(texts) in OUT:
            return -abs(one)
        return one

    def _follow(self, texts: Texts, amount: Decimal | None, fees: Decimal) -> None:
        account = texts.get("account", OF_NO_ACCOUNT)
        left = balance(texts.get("balance", ""))
        row = None if amount is None else balanced(account, date.min, amount, fees, left)
        self.balances.look_at(account, row)


class _Trend:
    """Whether the dates rise or fall from row to row, in each order in which they can be read."""

    def __init__(self, days: DayReader) -> None:
        self._days = days
        self._steps = dict.fromkeys(ORDERS, (0, 0))
        self._before: dict[DateOrder, date] = {}

    def look_at(self, text: str) -> None:
        readings = self._days.readings(text)
        if not readings:
            try:
                readings = dict.fromkeys(ORDERS, self._days.read(text))
            except CellError:
                return
        for order, day in readings.items():
            before, (rises, falls) = self._before.get(order, day), self._steps[order]
            self._steps[order] = (rises + (day > before), falls + (day < before))
        self._before = readings

    def oldest_first(self, order: DateOrder | None) -> bool | None:
        rises, falls = self._steps[order or "dmy"]
        return None if bool(rises) == bool(falls) else bool(rises)


def _pounds_or_none(texts: Texts) -> Decimal | None:
    text = texts.get("amount", "")
    return None if is_blank(text) else pounds(text)


def amounts_of(survey: Survey, columns: Assignment) -> Amounts:
    """Return how the amounts are written as far as the columns and their words say it."""
    counts = survey.counts
    two_columns = "amount" not in columns.places and bool({"paid_in", "paid_out"} & columns.places.keys())
    by_word = "direction" in columns.places and not two_columns
    is_turned = by_word and counts["out plain"] and counts["in minus"] and not counts["out minus"] + counts["in plain"]
    return Amounts(
        two_columns=two_columns,
        by_word=by_word and not is_turned and (counts["out plain"] > 0 or not counts["amount minus"]),
        turned=bool(is_turned),
        out_has_minus=two_columns and survey.out_has_minus,
    )
