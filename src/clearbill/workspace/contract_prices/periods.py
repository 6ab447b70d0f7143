"""The days a contract price holds for: prices of one code follow each other and never overlap. Plain Python."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from clearbill.bill import dates
from clearbill.bill.problem import Refused

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The days from `first` to `last`, both included; without end where `last` is None. `of` is whose it is."""

    first: date
    last: date | None = None
    of: Any = None

    def __str__(self) -> str:
        until = f" to {dates.show(self.last)}" if self.last else ""
        return f"from {dates.show(self.first)}{until}"


def overlap(one: Period, other: Period) -> bool:
    """Return whether some day lies in both."""
    return one.first <= (other.last or date.max) and other.first <= (one.last or date.max)


def period_to_end(new: Period, there: Iterable[Period]) -> Period | None:
    """Return the period without end that must end the day before `new` begins, None where nothing must change.

    Raises Refused where `new` has no room among those that are there.
    """
    in_the_way = [period for period in there if overlap(new, period)]
    before = [period for period in in_the_way if period.last is None and period.first < new.first]
    others = [period for period in in_the_way if period not in before]
    if others:
        first = min(others, key=lambda period: period.first)
        if first.first > new.first:
            last = dates.show(first.first - ONE_DAY)
            raise Refused(f"There is a price {first} already. The last day of this one can be {last}.", "valid_to")
        raise Refused(f"There is a price {first} already. Let this one begin after it, or end that one.", "valid_from")
    if before and new.last is not None:
        raise Refused(
            f"The price {before[0]} has no last day. End it first, or leave this one without a last day to follow it.",
            "valid_to",
        )
    return before[0] if before else None
