"""What five insurers have agreed to pay, mostly what the practice bills; and a price of its own that will rise.

The agreements were entered the other day, for the whole year: what was invoiced before was invoiced without them.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from clearbill.demo.workspace import Cast
from clearbill.people.actor import Actor
from clearbill.workspace import service_rates
from clearbill.workspace.contract_prices import services
from clearbill.workspace.contract_prices.models import ContractPrice

INSURERS = ("bupa", "axa-health", "aviva", "vitalityhealth", "cigna")

# What differs from the price of the service: one insurer pays less than is billed, one would pay more.
AGREED = {("vitalityhealth", "ZPHY02"): Decimal("52.00"), ("bupa", "ZPSY02"): Decimal("95.00")}

VISITS = {
    "ZPHY01": ContractPrice.FIRST,
    "ZPHY02": ContractPrice.FOLLOW_UP,
    "ZPSY01": ContractPrice.FIRST,
    "ZPSY02": ContractPrice.FOLLOW_UP,
    "ZCON01": ContractPrice.FIRST,
    "ZCON02": ContractPrice.FOLLOW_UP,
}


RISES = ("ZPHY02", Decimal("58.00"))


def agree(cast: Cast, now: datetime) -> None:
    """Keep the prices that hold from the year's first day."""
    for slug in INSURERS:
        for code, service in cast.services.items():
            services.add(
                Actor(cast.practice, cast.owner, now),
                details={
                    "insurer_slug": slug,
                    "code": code,
                    "description": service.name,
                    "visit": VISITS.get(code, ""),
                    "amount": AGREED.get((slug, code), service.rates.all()[0].price),
                    "valid_from": date(now.year, 1, 1),
                    "valid_to": None,
                    "note": "",
                },
            )


def raise_a_price(cast: Cast, now: datetime) -> None:
    """Let one service cost more from the next year on."""
    code, price = RISES
    service_rates.follow(
        Actor(cast.practice, cast.owner, now),
        service=cast.services[code],
        changed={"price": price},
        valid_from=date(now.year + 1, 1, 1),
    )
