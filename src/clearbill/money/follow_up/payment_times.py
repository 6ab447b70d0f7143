"""When a payment is expected and when it is late, from how many days earlier ones took. Plain Python.

What is told of an insurer is a nearest-rank percentile, so that one payment that took a year moves nothing: with ten
payments or more it is the 90th, with fewer the 80th.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from clearbill.bill import dates
from clearbill.bill.insurers import Insurer
from clearbill.bill.text import plural

FEWEST_PAYMENTS = 5

ENOUGH_FOR_NINE_IN_TEN = 10

CHASE_AFTER_DAYS = 30

MONTHS = 12

Basis = Literal["history", "published", "unknown"]


def percentile(counts: Mapping[int, int], percent: int) -> int:
    """Return the fewest days within which `percent` of the payments came; `counts` says how many took how many days.

    Raises ValueError where there is none.
    """
    total = sum(counts.values())
    if total <= 0:
        raise ValueError("There is no payment to count.")
    needed, so_far = -(-total * percent // 100), 0
    for days in sorted(counts):
        so_far += counts[days]
        if so_far >= needed:
            return days
    raise ValueError("More than all of the payments were asked for.")


@dataclass(frozen=True, slots=True)
class PaymentTimes:
    """How many of an insurer's payments took how many days, from sending the bill to the day of the payment."""

    counts: Mapping[int, int]

    @property
    def payments(self) -> int:
        return sum(self.counts.values())

    @property
    def is_known(self) -> bool:
        return self.payments >= FEWEST_PAYMENTS

    @property
    def half_days(self) -> int:
        return percentile(self.counts, 50)

    @property
    def eight_in_ten_days(self) -> int:
        return percentile(self.counts, 80)

    @property
    def nine_in_ten_days(self) -> int:
        return percentile(self.counts, 90)

    @property
    def late_days(self) -> int:
        """After so many days a payment is late."""
        return self.nine_in_ten_days if self.payments >= ENOUGH_FOR_NINE_IN_TEN else self.eight_in_ten_days


NO_HISTORY = PaymentTimes({})


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedWait:
    """How long to wait for one insurer, in days from sending: `days` until its payment is late, None where nothing
    says so; `chase_days` until it takes questions, `chase_source` "" where that is only assumed. An insurer that
    counts them from the invoice date (`from_invoice_date`) is given the time from sending, which is no shorter.
    """

    days: int | None
    basis: Basis
    chase_days: int
    chase_source: str = ""
    from_invoice_date: bool = False

    @property
    def chase_words(self) -> str:
        """How long the insurer wants to be left in peace: "30 days", "30 days from the invoice date"."""
        days = f"{self.chase_days} {plural(self.chase_days, 'day')}"
        return f"{days} from the invoice date" if self.from_invoice_date else days

    @property
    def late_days(self) -> int:
        return self.chase_days if self.days is None else self.days

    @property
    def ask_days(self) -> int:
        return max(self.late_days, self.chase_days)


def expected_wait(insurer: Insurer | None, pace: PaymentTimes) -> ExpectedWait:
    """Return how long to wait: by the practice's own history, else by what the insurer publishes."""
    fact = insurer.earliest_chase_days if insurer else None
    chase_days = fact.value if fact else CHASE_AFTER_DAYS
    source = fact.source if fact and fact.confidence != "L" else ""
    days: int | None = None
    basis: Basis = "unknown"
    if pace.is_known:
        days, basis = pace.late_days, "history"
    elif source:
        days, basis = chase_days, "published"
    return ExpectedWait(
        days=days,
        basis=basis,
        chase_days=chase_days,
        chase_source=source,
        from_invoice_date=insurer is not None and insurer.chase_from_invoice_date,
    )


def working_day(day: date) -> date:
    """Return the day itself, or the Monday after it where it falls on a weekend, when no bank pays."""
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def overdue_if_sent_before(today: date, days: int) -> date:
    """Return the UK day so that what was sent before it, and only that, was due after `days` days and is overdue today.

    It is overdue when the working day on which it was due has gone by.
    """
    gone_by = today - timedelta(days={6: 1, 0: 2}.get(today.weekday(), 0))
    return gone_by - timedelta(days=days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """When the payment of one claim is expected. `by_on` is None where nothing says so."""

    wait: ExpectedWait
    sent_on: date
    today: date

    @property
    def by_on(self) -> date | None:
        return None if self.wait.days is None else working_day(self.sent_on + timedelta(days=self.wait.days))

    @property
    def late_on(self) -> date:
        """The last day on which it is not late."""
        return working_day(self.sent_on + timedelta(days=self.wait.late_days))

    @property
    def ask_from_on(self) -> date:
        """The first day on which the insurer may be asked about it."""
        return working_day(self.sent_on + timedelta(days=self.wait.ask_days)) + timedelta(days=1)

    @property
    def is_late(self) -> bool:
        return self.sent_on < overdue_if_sent_before(self.today, self.wait.late_days)

    @property
    def is_too_early_to_ask(self) -> bool:
        return not self.sent_on < overdue_if_sent_before(self.today, self.wait.ask_days)

    @property
    def days_late(self) -> int:
        return max(0, (self.today - self.late_on).days)

    def sentence(self, name: str) -> str:
        """Return what is expected, in words, for the insurer of this name."""
        if self.by_on is None:
            return (
                f"Not known yet: {name} has made fewer than {FEWEST_PAYMENTS} payments to you in the last "
                f"{MONTHS} months"
            )
        by = dates.show(self.by_on)
        if self.wait.basis == "published":
            counted = ", counted from sending" if self.wait.from_invoice_date else ""
            return f"{name} asks for {self.wait.chase_words} before questions; expected by {by}{counted}"
        late = self.wait.late_days
        return f"{name} usually pays within {late} {plural(late, 'day')}; expected by {by}"
