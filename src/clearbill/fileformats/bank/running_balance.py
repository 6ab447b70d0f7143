"""What a running balance proves: which way the rows run, whether a plain amount is money in, and each single row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from clearbill.fileformats.rows import BankRow, RowFault

_BREAKS = "The balance does not follow from this amount and the balance of the row {}."


@dataclass(frozen=True, slots=True)
class BalanceProof:
    """How the balances go best with the amounts: of `pairs` neighbouring rows, `agreed` do. `sign` 0 is a tie."""

    oldest_first: bool
    sign: int
    agreed: int
    pairs: int


class RunningBalance:
    """Looks at amount and balance of every row before any is given out."""

    def __init__(self) -> None:
        self._pairs = 0
        self._agreed = {(oldest_first, sign): 0 for oldest_first in (True, False) for sign in (1, -1)}
        self._before: tuple[Decimal, Decimal] | None = None

    def look_at(self, amount: Decimal | None, balance: Decimal | None) -> None:
        """Take the next row into account; where either is missing, nothing is proved on both sides of it."""
        now = None if amount is None or balance is None else (amount, balance)
        if now and self._before:
            change = now[1] - self._before[1]
            self._pairs += 1
            for sign in (1, -1):
                self._agreed[True, sign] += change == sign * now[0]
                self._agreed[False, sign] += change == -sign * self._before[0]
        self._before = now

    def proof(self, *, signs: tuple[int, ...], oldest_first: bool | None) -> BalanceProof:
        """Return what goes best among these signs; `oldest_first` where the dates say it."""
        ways = [oldest_first] if oldest_first is not None else [True, False]
        best = {sign: max(ways, key=lambda way, sign=sign: self._agreed[way, sign]) for sign in signs}  # type: ignore[misc]
        agreed = {sign: self._agreed[way, sign] for sign, way in best.items()}
        winner = max(signs, key=lambda sign: agreed[sign])
        tied = len(signs) > 1 and agreed[winner] > 0 and len(set(agreed.values())) == 1
        return BalanceProof(best[winner], 0 if tied else winner, agreed[winner], self._pairs)


@dataclass(frozen=True, slots=True)
class Entry:
    """A row as it was read: what is given out for it, and its balance even where the row has a fault."""

    outcome: BankRow | list[RowFault]
    balance: Decimal | None
    shown: str = ""


def checked(entries: Iterable[Entry], *, oldest_first: bool) -> Iterator[BankRow | RowFault]:
    """Yield the outcomes; a row whose balance does not follow from its neighbour's becomes a fault."""
    before: Entry | None = None
    held: Entry | None = None
    for entry in entries:
        if oldest_first:
            yield from _outcome(entry, before, "before")
            before = entry
        else:
            if held:
                yield from _outcome(held, entry, "after")
            held = entry
    if held:
        yield from _outcome(held, None, "after")


def _outcome(entry: Entry, neighbour: Entry | None, where: str) -> Iterator[BankRow | RowFault]:
    row = entry.outcome
    if not isinstance(row, BankRow):
        yield from row
    elif neighbour is None or neighbour.balance is None or row.balance is None:
        yield row
    elif neighbour.balance + row.amount != row.balance:
        yield RowFault(row.row_no, "balance", _BREAKS.format(where), entry.shown)
    else:
        yield row
