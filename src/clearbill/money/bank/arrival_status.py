"""Whether an insurer's payment has reached the bank, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Max, Min

from clearbill.bill import dates, money
from clearbill.bill.dates import working_days
from clearbill.bill.text import plural
from clearbill.money.bank.models import BankLine
from clearbill.people.models import Practice

LATE_AFTER = 5

"""Working days after the insurer's day of payment from which a payment that the bank has not seen is late."""


@dataclass(frozen=True, slots=True)
class StatementPeriod:
    """The first and the last day that the statements here tell of."""

    first_on: date
    last_on: date


@dataclass(frozen=True, slots=True)
class ArrivalStatus:
    """A chip's word and colour, a sentence, and how many working days the bank has been waited for."""

    word: str
    kind: str
    sentence: str
    waited: int = 0

    @property
    def is_late(self) -> bool:
        return self.waited > LATE_AFTER


def statement_period(practice: Practice) -> StatementPeriod | None:
    """Return the days that the practice's statements tell of, None where there is no statement."""
    days = BankLine.objects.filter(practice=practice).exclude(state=BankLine.OUT).aggregate(Min("on"), Max("on"))
    return StatementPeriod(days["on__min"], days["on__max"]) if days["on__min"] else None


def arrival_status(payment: Any, reach: StatementPeriod | None, *, today: date) -> ArrivalStatus | None:
    """Return where a payment with `arrived` and `left` stands; None where no statement was ever taken in.

    The payment's `arrival`, where there is one, should be read with it. Bank holidays count as working days.
    """
    if reach is None:
        return None
    if not payment.amount:
        return ArrivalStatus("Nothing to come", "", "It is a payment of nothing, so the bank will not see it.")
    arrival = getattr(payment, "arrival", None)
    if not payment.left:
        return ArrivalStatus("In the bank", "ok", f"In the bank on {dates.show(payment.arrival.arrived_on)}.")
    if arrival and arrival.aside_at:
        return ArrivalStatus(
            "Not expected", "", f"{money.show(payment.left)} is not waited for: {arrival.aside_reason}"
        )
    if abs(payment.arrived) > abs(payment.amount):
        more = money.show(abs(payment.left))
        return ArrivalStatus(
            f"In the bank, {more} more", "warn", f"{money.show(payment.arrived)} is in the bank, {more} more."
        )
    if payment.arrived:
        less = money.show(abs(payment.left))
        return ArrivalStatus(
            f"In the bank, {less} less", "warn", f"{money.show(payment.arrived)} is in the bank, {less} less."
        )
    return _not_seen(payment, reach, today)


def _not_seen(payment: Any, reach: StatementPeriod, today: date) -> ArrivalStatus:
    if payment.paid_on is None:
        return ArrivalStatus(
            "Not in the bank", "info", "The insurer says paid, without a day; the bank has not seen it."
        )
    if payment.paid_on < reach.first_on:
        sentence = f"It was paid before the first statement here begins, on {dates.show(reach.first_on)}."
        return ArrivalStatus("Before the statements", "", sentence)
    waited = working_days(payment.paid_on, today)
    if not waited:
        sentence = f"The insurer says paid on {dates.show(payment.paid_on)}; no working day has passed since."
        return ArrivalStatus("Not in the bank", "info", sentence)
    if working_days(payment.paid_on, reach.last_on) <= LATE_AFTER < waited:
        sentence = f"The newest statement ends on {dates.show(reach.last_on)}, too early to say. Bring a newer one."
        return ArrivalStatus("No statement yet", "info", sentence, 0)
    days = f"{waited} working {plural(waited, 'day')}"
    sentence = f"The insurer says paid, the bank has not seen it for {days}."
    return ArrivalStatus("Not in the bank", "warn" if waited > LATE_AFTER else "info", sentence, waited)
