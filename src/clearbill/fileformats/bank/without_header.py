"""The columns of a bank's CSV file that does not name them: found by what stands in them, or asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import islice, permutations

from clearbill.fileformats.bank.columns import BANK_COLUMNS
from clearbill.fileformats.bank.line import NO_MONEY, OF_NO_ACCOUNT, balance
from clearbill.fileformats.bank.running_balance import Balanced, RunningBalance, balanced
from clearbill.fileformats.column_content import ColumnContent
from clearbill.fileformats.columns import Assignment
from clearbill.fileformats.table import Table

_ROWS = 200

_WAYS = (("amount", "balance"), ("paid_in", "paid_out", "balance"))


def find_without_header(
    table: Table,
    contents: Sequence[ColumnContent],
    answers: Mapping[str, str | Sequence[str]],
    sample: Sequence[Sequence[str]],
) -> Assignment:
    """Return which column is which where no line names them. Raises UnreadableFile for a wrong answer."""
    found = Assignment(table.names, BANK_COLUMNS, sample)
    found.take_answers(answers)
    free = {place: contents[place] for place in found.free()}
    days = [place for place, content in free.items() if content.is_days]
    money = [place for place, content in free.items() if _is_money(content)]
    texts = [place for place, content in free.items() if content.is_text]
    if len(days) == 1 and "booked_on" not in answers:
        found.places["booked_on"] = days[0]
    _find_money(found, table, money, answers)
    if texts and "description" not in answers:
        found.places["description"], *more = texts
        if more:
            found.more["description"] = more
    return found


def _find_money(
    found: Assignment, table: Table, money: Sequence[int], answers: Mapping[str, str | Sequence[str]]
) -> None:
    """Find the columns of money; two that are never filled in one row are those for in and out, but which is which?"""
    if answers.get("paid_in") and "paid_out" not in answers and len(money) == 1:
        found.places["paid_out"] = money[0]
    if {"amount", "paid_in", "paid_out"} & answers.keys():
        return
    found.places |= {"amount": money[0]} if len(money) == 1 else _proved(table, money)
    if len(money) == 2 and "balance" not in found.places and not _filled_together(table, money):
        found.ask("paid_in", "Which column is money paid in? The other one is money paid out.", money)


def _filled_together(table: Table, places: Sequence[int]) -> bool:
    records = islice(table.rows(), _ROWS)
    return any(all(record.cells[place].strip() for place in places) for record in records if not record.wrong)


def _is_money(content: ColumnContent) -> bool:
    return not content.is_days and content.with_point > 0 and content.amounts == content.filled


def _proved(table: Table, money: Sequence[int]) -> dict[str, int]:
    """Return which of the columns of amounts are which, where the balances prove one way alone; else nothing."""
    rows = [record.cells for record in islice(table.rows(), _ROWS) if not record.wrong]
    fitting = [
        dict(zip(ours, places, strict=True))
        for ours in _WAYS
        for places in permutations(money, len(ours))
        if len(money) == len(ours) and _fits(rows, dict(zip(ours, places, strict=True)))
    ]
    return fitting[0] if len(fitting) == 1 else {}


def _fits(rows: Sequence[Sequence[str]], places: Mapping[str, int]) -> bool:
    balances = RunningBalance()
    for row in _balanced(rows, places):
        balances.look_at(OF_NO_ACCOUNT, row)
    # Two rows alone may fit by chance, so they do not prove that an amount without a minus is money out.
    signs = (1, -1) if "amount" in places and balances.pairs > 1 else (1,)
    proof = balances.proof(signs=signs, oldest_first=None)
    return proof.is_certain and proof.agreed == proof.pairs


def _balanced(rows: Sequence[Sequence[str]], places: Mapping[str, int]) -> Iterator[Balanced | None]:
    for cells in rows:
        values: dict[str, Decimal | None] = {ours: balance(cells[place]) for ours, place in places.items()}
        left = values.pop("balance")
        came, went = values.get("paid_in") or NO_MONEY, values.get("paid_out") or NO_MONEY
        amount = values.get("amount") or came - abs(went)
        yield balanced(OF_NO_ACCOUNT, date.min, amount, NO_MONEY, left)
