"""Which column of a bank's CSV file is which of ours: by its name, held against what stands in it.

A name is compared in small letters, without blanks and other signs, and then without what stands in brackets, “GBP” or
“UTC” at its end, or a number after it. Of several names the first in the list is taken. A column whose content cannot
be what its name says is passed over: “Debit/Credit” may hold words or amounts, “Receipts” money or pictures.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from clearbill.fileformats.bank.words import IN, OUT
from clearbill.fileformats.column_content import ColumnContent
from clearbill.fileformats.columns import Assignment, Column
from clearbill.fileformats.rows import Question, UnreadableFile
from clearbill.fileformats.table import Table


def _column(called: str, names: str = "", *, matters: bool = True) -> Column:
    return Column(called, tuple(letters_of(name) for name in names.split(",") if name.strip()), matters=matters)


def letters_of(name: str) -> str:
    """Return the name of a column in small letters, without blanks and other signs."""
    return re.sub(r"[\W_]+", "", name[:200].casefold())


BANK_COLUMNS = {
    "booked_on": _column(
        "the date",
        "completed date, date completed, finished on, posted transactions date, posted date, date posted, posting date,"
        "posted on, post date, booking date, booked date, date booked, booked on, settled date, settlement date,"
        "date settled, date processed, processed date, date, transaction date, date of transaction, trans date,"
        "txn date, entry date, payment date, date time, date and time, created, created on, created at, timestamp,"
        "value date, started date, date started",
    ),
    "description": _column("the text"),
    "reference": _column(
        "the reference",
        "reference, ref, payment reference, customer reference, your reference, payment ref, transaction reference,"
        "bank reference, reference number",
        matters=False,
    ),
    "amount": _column(
        "the amount",
        "amount in gbp, amount gbp, gbp amount, amount in pounds, sterling amount, billing amount, amount,"
        "transaction amount, net amount, debit credit, credit debit, payment amount, value, total amount",
    ),
    "paid_in": _column(
        "money paid in",
        "paid in, money in, credit amount, amount credited, credit, credits, credit value, amount in, in, deposit,"
        "deposits, deposit amount, inflow, received, paid into account, receipts, payments in",
    ),
    "paid_out": _column(
        "money paid out",
        "paid out, money out, debit amount, amount debited, debit, debits, debit value, amount out, out, withdrawal,"
        "withdrawals, withdrawal amount, withdrawn, outflow, spent, paid from account, payments out, payments",
    ),
    "direction": _column(
        "whether money came in or went out",
        "credit debit indicator, debit credit indicator, debit or credit, credit or debit, debit credit, credit debit,"
        "dr cr, cr dr, dr or cr, cr or dr, d c, c d, direction, transaction direction, in out, money in out",
    ),
    "balance": _column(
        "the balance",
        "balance, running balance, account balance, ledger balance, balance after, balance after transaction,"
        "current balance, cleared balance, closing balance",
    ),
    "fee": _column("the fee", "fee, fees, total fees, fee amount, transaction fee, source fee amount"),
    "total_amount": _column("the amount with its fee", "total amount", matters=False),
    "status": _column("the status", "status, state, transaction status, payment status"),
    "transaction_type": _column(
        "the type", "type, transaction type, subcategory, transaction code, trn type, type code, code", matters=False
    ),
    "transaction_id": _column(
        "the bank’s number of the line",
        "transaction id, fitid, transferwise id, wise id, transaction number, id",
        matters=False,
    ),
    "account": _column(
        "the account",
        "account number, account no, sort account no, posted account, account id, account, account name, product",
        matters=False,
    ),
    "currency": _column(
        "the currency",
        "currency, currency code, ccy, account currency, posted currency, payment currency, amount currency,"
        "balance currency, billing currency, transaction currency, local currency",
        matters=False,
    ),
    # Some banks name both sides of a payment; a history of transfers says what left one and what reached the other.
    "source_amount": _column("the amount that was sent", "source amount after fees, source amount", matters=False),
    "target_amount": _column("the amount that arrived", "target amount after fees, target amount", matters=False),
    "source_currency": _column("the currency that was sent", "source currency", matters=False),
    "target_currency": _column("the currency that arrived", "target currency", matters=False),
    "source_name": _column("who sent it", "source name, from", matters=False),
    "target_name": _column("who received it", "target name, to", matters=False),
}

_DETAILS = _column(
    "the text",
    "description, transaction description, original description, details, transaction details, payment details,"
    "transaction information, transaction info, narrative, transaction narrative, narration, particulars, memo, text,"
    "transaction, transactions, merchant description, statement description, information, additional information",
)

_PAYERS = _column(
    "the payer",
    "name, payee, payee name, payer, payer name, counter party, counterparty, counter party name, counterparty name,"
    "merchant, merchant name, third party, third party name",
)

_LAST_RESORT = _column("a note", "note, notes, notes and tags, comment, comments")

FEES_INCLUDED = frozenset({"totalfees"})
"""The names of columns that tell a fee which the amount includes, as Wise’s statement has them."""

_NO_TEXT = {"category", "categoryname", "categorysplit", "spendingcategory", "emoji", "tags", "time", "country"}

_FOREIGN = re.compile(r"[$€]|\b(?:EUR|USD|CHF|AUD|CAD|NZD|SEK|NOK|DKK|PLN|JPY|HKD|SGD|ZAR|INR|AED)\b")

_POUNDS = re.compile(r"£|\bGBP\b|pounds|sterling|billing", re.IGNORECASE)

_Fit = Callable[[ColumnContent], bool]

_FITS: Mapping[str, _Fit] = {
    "booked_on": lambda content: content.days > 0,
    "amount": lambda content: content.is_money,
    "paid_in": lambda content: not content.filled or content.is_money,
    "paid_out": lambda content: not content.filled or content.is_money,
    "balance": lambda content: content.with_figures > 0,
    "direction": lambda content: bool(content.words & (IN | OUT)),
}


def our_name(name: str) -> str:
    """Return our column for one of theirs, "" where the name is not known."""
    for variant in _variants(name):
        for ours, column in BANK_COLUMNS.items():
            if variant in column.sure:
                return ours
        if variant in _DETAILS.sure or variant in _PAYERS.sure:
            return "description"
    return ""


def find_columns(
    table: Table,
    contents: Sequence[ColumnContent],
    answers: Mapping[str, str | Sequence[str]],
    sample: Sequence[Sequence[str]],
) -> Assignment:
    """Return which column is which: by the answers, by name and content, and what a person must decide.

    Raises UnreadableFile for a wrong answer, and for amounts that are not in pounds by their name.
    """
    finder = _Finder(Assignment(table.names, BANK_COLUMNS, sample), contents, answers)
    for ours in BANK_COLUMNS:
        finder.find(ours)
    finder.find_direction_by_type()
    finder.take_pounds_beside_foreign_money()
    finder.find_date_by_content()
    if not is_history(finder.found):
        finder.find_text()
    return finder.found


def is_history(columns: Assignment) -> bool:
    """Return whether the file is a history of transfers, where each row has the money of both its sides."""
    return {"source_amount", "target_amount", "direction"} <= columns.places.keys()


class _Finder:
    """Finds the columns of one file."""

    def __init__(
        self, found: Assignment, contents: Sequence[ColumnContent], answers: Mapping[str, str | Sequence[str]]
    ) -> None:
        found.take_answers(answers)
        self.found = found
        self._contents = contents
        self._answers = answers
        self._is_empty = not any(content.filled for content in contents)

    def find(self, ours: str) -> None:
        """Find one of our columns by its names."""
        if ours in self._answers:
            return
        column = self.found.called[ours]
        fits = _FITS.get(ours, lambda _: True)
        ranked = [
            (rank, place) for rank, place in self._ranked(column) if self._is_empty or fits(self._contents[place])
        ]
        best = [place for rank, place in ranked if rank == ranked[0][0]]
        if len(best) > 1 and column.matters:
            self.found.ask(ours, f"{len(best)} columns could be {column.called}. Which one is it?", best)
        elif best:
            self.found.places[ours] = best[0]

    def find_direction_by_type(self) -> None:
        """Take the type as the direction where it says nothing but money in and money out."""
        place = self.found.places.get("transaction_type")
        if place is None or "direction" in self.found.places or "direction" in self._answers:
            return
        words = self._contents[place].words
        if words and words <= IN | OUT:
            self.found.places["direction"] = place

    def take_pounds_beside_foreign_money(self) -> None:
        """Take the amount that is in pounds where the file has it in two currencies; refuse other money by name."""
        places = self.found.places
        if "amount" not in places or "amount" in self._answers:
            return
        name = self.found.names[places["amount"]]
        if _FOREIGN.search(name):
            raise UnreadableFile(f"The amounts of “{name}” are not in pounds.")
        if _POUNDS.search(name):
            places.pop("currency", None)
        elif not self._is_pounds("currency"):
            self._take_local_money()

    def _take_local_money(self) -> None:
        places = {letters_of(name): place for place, name in enumerate(self.found.names)}
        amount, currency = places.get("localamount"), places.get("localcurrency")
        if amount is not None and currency is not None and self._contents[currency].words == {"gbp"}:
            self.found.places |= {"amount": amount, "currency": currency}

    def _is_pounds(self, ours: str) -> bool:
        place = self.found.places.get(ours)
        return place is None or self._contents[place].words <= {"gbp", "£"}

    def find_date_by_content(self) -> None:
        """Take the one column of dates where no name tells it."""
        if "booked_on" in self.found.places or "booked_on" in self._answers:
            return
        days = [place for place in self.found.free() if self._contents[place].is_days]
        if len(days) == 1:
            self.found.places["booked_on"] = days[0]

    def find_text(self) -> None:
        """Find the columns of the text, which are read one after another; where none is certain it is asked for."""
        if "description" in self._answers:
            return
        details, payers = self._named(_DETAILS), self._named(_PAYERS)
        if payers and details and "reference" not in self.found.places:
            self._take("reference", details)
            self._take("description", payers)
        elif details or payers:
            self._take("description", [*details, *payers])
        else:
            self._find_text_by_content()

    def _find_text_by_content(self) -> None:
        texts = [place for place in self.found.free() if self._may_be_text(place)]
        if len(texts) > 1 and "booked_on" in self.found.places:
            sentence = "Which columns hold the text of the lines, such as who paid and for what?"
            choices = tuple(self.found.choice(place) for place in texts)
            self.found.questions.append(Question("description", sentence, choices, takes_several=True))
        else:
            self._take("description", texts or self._named(_LAST_RESORT))

    def _may_be_text(self, place: int) -> bool:
        name = self.found.names[place]
        return (
            self._contents[place].is_text
            and not set(_variants(name)) & _NO_TEXT
            and place not in self._named(_LAST_RESORT)
        )

    def _take(self, ours: str, places: Sequence[int]) -> None:
        if places:
            self.found.places[ours], *more = places
            if more:
                self.found.more[ours] = more

    def _named(self, column: Column) -> list[int]:
        return sorted(place for _, place in self._ranked(column))

    def _ranked(self, column: Column) -> list[tuple[int, int]]:
        """Return the places whose names are the column's, each with the rank of its name, the best first."""
        sure = list(column.sure)
        ranked = []
        for place in self.found.free():
            known = [sure.index(variant) for variant in _variants(self.found.names[place]) if variant in sure]
            ranked += [(known[0], place)] if known else []
        return sorted(ranked)


def _variants(name: str) -> Iterator[str]:
    """Yield the name as it is compared, then with ever less at its end."""
    name = re.sub(r" \(column \d+\)$", "", name)
    yield (whole := letters_of(name))
    yield (short := letters_of(re.sub(r"\([^)]*\)", "", name)))
    for bare in (whole, short):
        yield re.sub(r"(?<=.)(?:gbp|utc|\d+)$", "", bare)
