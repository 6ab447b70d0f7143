"""The fields of a contract price that files give, as text, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from clearbill.bill import dates, insurers, money
from clearbill.fileformats.lists.price_list import PriceRow
from clearbill.imports.models import ImportRow
from clearbill.workspace.contract_prices.models import ContractPrice

LABELS = {"valid_from": "First day", "valid_to": "Last day", "visit": "Kind of visit", "description": "Description"}

HEADINGS = ("Code", "Insurer", "Description", "Price", "First day", "Last day")

_VISITS = dict(ContractPrice.VISITS)


def values_of(row: PriceRow) -> dict[str, str]:
    """Return what the row says, as text."""
    details = row.details
    return {
        **{name: details[name] for name in ("insurer_slug", "code", "description", "visit", "note")},
        "amount": f"{details['amount']:.2f}",
        "valid_from": details["valid_from"].isoformat(),
        "valid_to": details["valid_to"].isoformat() if details["valid_to"] else "",
    }


def price_row(row: ImportRow) -> PriceRow:
    """Return the price that a stored row tells of."""
    values = row.values
    details: dict[str, Any] = {
        **values,
        "amount": Decimal(values["amount"]),
        "valid_from": date.fromisoformat(values["valid_from"]),
        "valid_to": last_day(values),
    }
    return PriceRow(row.row_no, details)


def last_day(values: Mapping[str, str]) -> date | None:
    """Return the last day that values give, None where they give none."""
    return date.fromisoformat(values["valid_to"]) if values["valid_to"] else None


def shown_cells(values: Mapping[str, str]) -> tuple[str, ...]:
    """Return insurer, description with the kind of visit, price and days, as people read them."""
    if not values:
        return ("",) * (len(HEADINGS) - 1)
    visit = _VISITS[values["visit"]] if values["visit"] else ""
    return (
        insurers.name_of(values["insurer_slug"]),
        ", ".join(words for words in (values["description"], visit) if words),
        money.show(Decimal(values["amount"])),
        dates.show_iso(values["valid_from"]),
        dates.show_iso(values["valid_to"]) if values["valid_to"] else "",
    )
