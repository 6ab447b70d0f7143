"""What one unit of a service costs: the insurer's contract price on the day of treatment, else the practice's own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q

from clearbill.bill import dates, insurers, money
from clearbill.people.models import Practice
from clearbill.workspace.contract_prices.models import ContractPrice
from clearbill.workspace.contract_prices.price_list import PriceList
from clearbill.workspace.contract_prices.price_of_a_line import price_of_line
from clearbill.workspace.models import Service, ServiceRate


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What one unit is billed at on a day of treatment, in pounds before VAT, and why.

    `rate` is the practice's own price and codes of that day, `contract` the insurer's price, None where none is agreed.
    """

    rate: ServiceRate
    insurer_slug: str
    contract: ContractPrice | None

    @property
    def amount(self) -> Decimal:
        return self.contract.amount if self.contract else self.rate.price

    @property
    def is_set(self) -> bool:
        """Return whether there is a price at all: a service of £0.00 has none of its own, and what is typed is it."""
        return self.contract is not None or self.rate.price > 0

    @property
    def sentence(self) -> str:
        """Where the amount comes from, in a sentence for people."""
        since = self.rate.valid_from
        if self.contract is None:
            own = f"Your own price from {dates.show(since)}" if since else "Your own price"
            return f"{own}, as no contract price of {self._insurer} was entered." if self.insurer_slug else f"{own}."
        agreed = f"Contract price of {self._insurer} from {dates.show(self.contract.valid_from)}"
        if self.contract.amount == self.rate.price:
            return f"{agreed}, the same as your own."
        return f"{agreed}; your own price is {money.show(self.rate.price)}."

    @property
    def _insurer(self) -> str:
        return insurers.name_of(self.insurer_slug)


class PriceBook:
    """The contract prices of a practice, read as they are needed: one query for all codes of its services."""

    def __init__(self, practice: Practice) -> None:
        self._practice = practice
        self._prices: PriceList | None = None
        self._codes: set[str] = set()

    def price(self, service: Service, insurer_slug: str, day: date, *, codes: tuple[str, str] | None = None) -> Price:
        """Return what a service costs the payer on a UK day of treatment; `insurer_slug` "" is the client.

        `codes` are the item code and the procedure code on the line, where they are not the service's own.
        """
        rate = service.rate_on(day)
        item_code, procedure_code = codes or (rate.isc, rate.procedure_code)
        contract = None
        if insurer_slug:
            prices = self._read({item_code, procedure_code} - {""})
            contract = price_of_line(prices, insurer_slug, item_code=item_code, procedure_code=procedure_code, day=day)
        return Price(rate=rate, insurer_slug=insurer_slug, contract=contract)

    def _read(self, codes: set[str]) -> PriceList:
        """Return the prices of all codes of the practice's services, and of these."""
        if self._prices is None:
            rates = ServiceRate.objects.filter(practice=self._practice).values_list("isc", "procedure_code")
            self._codes = {code for pair in rates for code in pair if code} | codes
            self._prices = PriceList(self._of(self._codes))
        elif missing := codes - self._codes:
            self._codes |= missing
            self._prices = PriceList(self._of(self._codes))
        return self._prices

    def _of(self, codes: Iterable[str]) -> Iterable[ContractPrice]:
        return ContractPrice.objects.filter(
            Q(practice=self._practice, withdrawn_at=None), code__in=sorted(codes)
        ).order_by()


def price_on(service: Service, insurer_slug: str, day: date) -> Price:
    """Return what one unit of the service costs this payer on a UK day of treatment; see `PriceBook.price`."""
    return PriceBook(service.practice).price(service, insurer_slug, day)
