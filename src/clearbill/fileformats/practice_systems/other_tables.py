"""Tables that are recognised by their columns as something else than what they were brought as."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clearbill.fileformats.columns import Column, plain_name
from clearbill.fileformats.rows import UnreadableFile

A_STATEMENT = "This is a bank statement: its columns hold amounts and a balance. Bring it under Money, Bank."

_BALANCES = {"balance", "runningbalance", "accountbalance", "closingbalance", "balanceafter"}

_SUMS = {
    "amount",
    "paidin",
    "paidout",
    "moneyin",
    "moneyout",
    "debit",
    "credit",
    "debitamount",
    "creditamount",
    "value",
}


def refuse_statement(names: Sequence[str], ours: Mapping[str, Column]) -> None:
    """Raise UnreadableFile where a table that was brought as something else is a bank statement."""
    bare = {plain_name(name) for name in names}
    if bare & _BALANCES and bare & _SUMS and _known(bare, ours) <= len(bare) // 2:
        raise UnreadableFile(A_STATEMENT)


def refuse_other(names: Sequence[str], ours: Mapping[str, Column], other: Mapping[str, Column], sentence: str) -> None:
    """Raise UnreadableFile with the sentence where the columns are rather those of another kind of table."""
    bare = {plain_name(name) for name in names}
    if _known(bare, other) > _known(bare, ours):
        raise UnreadableFile(sentence)


def _known(bare: set[str], columns: Mapping[str, Column]) -> int:
    """Return how many of the columns a table has by a name that always means them."""
    return sum(not bare.isdisjoint(column.sure) for column in columns.values())
