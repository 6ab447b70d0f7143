"""The contract prices of one practice, to look up by insurer, code and day, or by amount."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from clearbill.workspace.contract_prices.models import ContractPrice


class PriceList:
    """Prices that were not withdrawn; those of one code never overlap."""

    def __init__(self, prices: Iterable[ContractPrice]) -> None:
        self._by_code: dict[tuple[str, str], list[ContractPrice]] = defaultdict(list)
        self._by_amount: dict[tuple[str, Decimal], list[ContractPrice]] = defaultdict(list)
        for price in prices:
            self._by_code[price.insurer_slug, price.code].append(price)
            self._by_amount[price.insurer_slug, price.amount].append(price)

    def on(self, insurer_slug: str, code: str, day: date) -> ContractPrice | None:
        """Return what the insurer agreed to pay for this code on a day of treatment, None where nothing is agreed."""
        return next((price for price in self._by_code.get((insurer_slug, code), ()) if _holds(price, day)), None)

    def at_amount(self, insurer_slug: str, amount: Decimal, day: date, *, other_than: str) -> ContractPrice | None:
        """Return the price of another code that is just this amount a unit on the day; a follow-up's before others."""
        found = [
            price
            for price in self._by_amount.get((insurer_slug, amount), ())
            if price.code != other_than and _holds(price, day)
        ]
        return min(found, key=lambda price: (price.visit != ContractPrice.FOLLOW_UP, price.code), default=None)


def _holds(price: ContractPrice, day: date) -> bool:
    return price.valid_from <= day and (price.valid_to is None or day <= price.valid_to)
