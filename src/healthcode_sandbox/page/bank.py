"""The practice's bank account: the insurers' payments as they arrive, between rent, charges and card takings.

The statement is worked out from the payments and the clock alone, so the same ledger gives the same statement. Weekends
are no working days; bank holidays are not observed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from healthcode_sandbox.house.bills import NotPossible
from healthcode_sandbox.house.catalogue import Site
from healthcode_sandbox.house.house import House
from healthcode_sandbox.house.remittance import NOTHING, Payment

SORT_CODE = "000000"

OPENING_BALANCE = Decimal("4000.00")

RENT, CHARGES = Decimal("-1450.00"), Decimal("-8.50")

_KEPT_UNDER = "bank"

_FRIDAY = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class BankLine:
    """One line of a statement; `amount` is below zero for what was paid out, `id` is never given twice."""

    on: date
    id: str
    kind: str
    name: str
    reference: str
    amount: Decimal
    balance: Decimal = NOTHING
    payment: Payment | None = None

    @property
    def description(self) -> str:
        return f"{self.name} {self.reference}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A site's account from its first day to today, oldest line first, and what is still on its way there."""

    site: Site
    account_no: str
    begins_on: date
    ends_on: date
    lines: tuple[BankLine, ...]
    on_the_way: tuple[BankLine, ...]

    @property
    def balance(self) -> Decimal:
        return self.lines[-1].balance if self.lines else OPENING_BALANCE


class Bank:
    """The statements of all sites, and the switch that keeps one payment back."""

    def __init__(self, house: House) -> None:
        self._house = house

    def statement(self, site: Site) -> Statement:
        """Return the statement of a site's account as of the house's present day."""
        today = self._house.clock.today().date()
        payments = self._house.payments.of_site(site=site.id)
        begins_on = min((payment.paid_on for payment in payments), default=today).replace(day=1)
        state = self._state()
        arriving = [_arriving(self._house, payment, state["late"]) for payment in payments if payment.amount]
        coming = [line for line in arriving if line.id != state["held"]]
        here = [line for line in coming if line.on <= today]
        sites = list(self._house.catalogue.sites)
        return Statement(
            site=site,
            account_no=f"{90000001 + sites.index(site.id)}",
            begins_on=begins_on,
            ends_on=today,
            lines=tuple(_with_balance(sorted([*_usual(begins_on, today), *here], key=lambda line: (line.on, line.id)))),
            on_the_way=tuple(line for line in coming if line.on > today),
        )

    def held_back(self) -> Payment | None:
        """Return the payment that the bank has not seen, though the insurer says paid, or None."""
        held = self._state()["held"]
        return self._house.payments.by_id(payment_id=int(held)) if held else None

    def keep_back(self, payment_id: int) -> None:
        """Let the bank know nothing of a payment. Raises NotPossible for a second one, LookupError for none at all."""
        payment = self._house.payments.by_id(payment_id=payment_id)
        if payment is None:
            raise LookupError(payment_id)
        if not payment.amount:
            raise NotPossible("A payment of nothing never comes to the bank.")
        state = self._state()
        if state["held"]:
            raise NotPossible("The bank keeps one payment back at a time: let the other one arrive first.")
        self._keep({**state, "held": str(payment_id)})

    def let_arrive(self) -> None:
        """Let the payment that was kept back arrive today, or on its own day where that is still to come."""
        state = self._state()
        if not state["held"]:
            raise NotPossible("The bank keeps no payment back.")
        today = working_day(self._house.clock.today().date(), after=0)
        self._keep({"held": "", "late": {**state["late"], state["held"]: today.isoformat()}})

    def _state(self) -> dict[str, Any]:
        kept = self._house.ledger.setting(_KEPT_UNDER)
        return json.loads(kept) if kept else {"held": "", "late": {}}

    def _keep(self, state: dict[str, Any]) -> None:
        self._house.ledger.keep_setting(_KEPT_UNDER, json.dumps(state))


def working_day(day: date, *, after: int) -> date:
    """Return the day `after` working days later; 0 is the day itself, or the Monday after a weekend."""
    day = _not_weekend(day)
    for _ in range(after):
        day = _not_weekend(day + timedelta(days=1))
    return day


def _arriving(house: House, payment: Payment, late: dict[str, str]) -> BankLine:
    own_day = working_day(payment.paid_on, after=1 + payment.id % 2)
    released = late.get(str(payment.id))
    return BankLine(
        on=max(own_day, date.fromisoformat(released)) if released else own_day,
        id=str(payment.id),
        kind="CREDIT" if payment.amount > 0 else "DEBIT",
        name=house.catalogue.insurers[payment.insurer].name,
        reference=payment.reference,
        amount=payment.amount,
        payment=payment,
    )


def _usual(first: date, last: date) -> Iterator[BankLine]:
    """Yield what happens on such an account anyway, in both days included."""
    day = first
    while day <= last:
        opens = working_day(day.replace(day=1), after=0)
        if day == opens:
            yield BankLine(
                on=day, id=f"R{day:%Y%m%d}", kind="DIRECTDEBIT", name="Invented Lettings", reference="RENT", amount=RENT
            )
            yield BankLine(
                on=day, id=f"C{day:%Y%m%d}", kind="FEE", name="Account charges", reference="", amount=CHARGES
            )
        if day.weekday() == _FRIDAY:
            takings = Decimal(25_000 + day.toordinal() * 37 % 240 * 100 + 50) / 100
            yield BankLine(
                on=day, id=f"T{day:%Y%m%d}", kind="POS", name="Card takings", reference=f"{day:%d%m}", amount=takings
            )
        day += timedelta(days=1)


def _with_balance(lines: list[BankLine]) -> Iterator[BankLine]:
    balance = OPENING_BALANCE
    for line in lines:
        balance += line.amount
        yield replace(line, balance=balance)


def _not_weekend(day: date) -> date:
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > _FRIDAY else 0)
