"""What the running balances prove: which way the rows run, which sign an amount has, and whether a fee is in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby, product
from typing import TypeVar

# More accounts than this are not followed one beside another.
_MOST_ACCOUNTS = 100


@dataclass(frozen=True, slots=True)
class Balanced:
    """A row that has a balance: amount and fee as they are written, and the account."""

    account: str
    booked_on: date
    amount: Decimal
    fee: Decimal
    balance: Decimal

    def change(self, sign: int, fee_on_top: bool) -> Decimal:
        return sign * self.amount - (self.fee if fee_on_top else 0)


def balanced(account: str, booked_on: date, amount: Decimal, fee: Decimal, balance: Decimal | None) -> Balanced | None:
    """Return the row, None where it has no balance."""
    return None if balance is None else Balanced(account, booked_on, amount, fee, balance)


@dataclass(frozen=True, slots=True)
class BalanceProof:
    """How the balances go best with the amounts: of `pairs` neighbouring rows, `agreed` do.

    `sign` is -1 where an amount without a minus is money out, and 0 where both signs go as well. `fee_on_top` says
    whether the bank takes the fees beside the amounts, and is None where both go as well.
    """

    oldest_first: bool
    sign: int
    fee_on_top: bool | None
    agreed: int
    pairs: int

    @property
    def is_certain(self) -> bool:
        return self.agreed > 0 and self.agreed * 2 >= self.pairs


class RunningBalance:
    """Looks at amount and balance of every row before any is given out, each account by itself."""

    def __init__(self) -> None:
        self.pairs = 0
        self._agreed = {way: 0 for way in product((True, False), (1, -1), (True, False))}
        self._before: dict[str, Balanced] = {}

    def look_at(self, account: str, row: Balanced | None) -> None:
        """Take the next row of an account into account; where its balance is missing, nothing is proved beside it."""
        before = self._before.pop(account, None)
        if row is None:
            return
        if len(self._before) < _MOST_ACCOUNTS:
            self._before[account] = row
        if before is None:
            return
        self.pairs += 1
        rise = row.balance - before.balance
        for oldest_first, sign, on_top in self._agreed:
            change = row.change(sign, on_top) if oldest_first else -before.change(sign, on_top)
            self._agreed[oldest_first, sign, on_top] += rise == change

    def proof(self, *, signs: tuple[int, ...], oldest_first: bool | None) -> BalanceProof:
        """Return what goes best among these signs; `oldest_first` where the dates say it."""
        ways = (True, False) if oldest_first is None else (oldest_first,)
        agreed = {way: count for way, count in self._agreed.items() if way[0] in ways and way[1] in signs}
        best = max(agreed, key=lambda way: agreed[way])
        return BalanceProof(
            oldest_first=best[0],
            sign=best[1] if _is_clear(agreed, 1, best) else 0,
            fee_on_top=best[2] if _is_clear(agreed, 2, best) else None,
            agreed=agreed[best],
            pairs=self.pairs,
        )


_Way = TypeVar("_Way", bound=tuple[bool, int, bool])


def _is_clear(agreed: dict[_Way, int], place: int, best: _Way) -> bool:
    """Return whether every way that differs from the best one at this place agrees less often."""
    others = [count for way, count in agreed.items() if way[place] != best[place]]
    return not others or max(others) < agreed[best]


def days_that_break(rows: Iterable[Balanced | None], *, oldest_first: bool) -> Iterator[date]:
    """Yield each day on which an account's balances do not follow from its amounts, whatever the order in the day.

    The amounts of the rows are as they are given out. None stands for a row without a balance, which parts what is
    before it from what is after it.
    """
    before: dict[str, Decimal | None] = {}
    for key, several in groupby(rows, key=lambda row: None if row is None else (row.account, row.booked_on)):
        if key is None:
            before.clear()
            continue
        account, day = key
        start, end = _start_and_end(row for row in several if row)
        first, last = (start, end) if oldest_first else (end, start)
        if len(before) > _MOST_ACCOUNTS:
            before.clear()
        if start is None or before.get(account) not in (None, first):
            yield day
        before[account] = last


def _start_and_end(several: Iterable[Balanced]) -> tuple[Decimal | None, Decimal | None]:
    """Return the balance before and after the rows of a day; None twice where they make no chain.

    In a chain each balance that a row leaves is the one that another finds, but for the first and the last.
    """
    found: Counter[Decimal] = Counter()
    last = Decimal(0)
    for row in several:
        last = row.balance
        for balance, count in ((row.balance - row.amount, 1), (row.balance, -1)):
            found[balance] += count
            if not found[balance]:
                del found[balance]
    starts = [balance for balance, count in found.items() if count > 0]
    ends = [balance for balance, count in found.items() if count < 0]
    if not starts and not ends:
        return last, last
    if len(starts) == len(ends) == 1 and found[starts[0]] == 1:
        return starts[0], ends[0]
    return None, None
