"""Pounds as Decimal: read what people type, add without rounding, show with a sign. Never a float."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

PENNY = Decimal("0.01")

ZERO = Decimal("0.00")
"""No pounds at all; sums begin with it."""

LARGEST = Decimal("99999999.99")

LARGEST_EXCESS = Decimal(20_000)

EXCESS_TOO_LARGE = f"An excess is at most £{LARGEST_EXCESS:,}. Check the amount."

_GROUPED = re.compile(r"^-?\d{1,3}(,\d{3})+(\.\d*)?$")


class NotAnAmount(ValueError):
    """The text is no amount in pounds; the message is a sentence for the person who typed it."""


def parse(text: str) -> Decimal:
    """Return the pounds written in `text` ("£1,200.50", "1200.5", " 70 ", "70 GBP"), with two decimals.

    Raises NotAnAmount for anything else: letters, more than two decimals, commas in odd places, sums beyond
    £99,999,999.99.
    """
    bare = re.sub(r"(?i)gbp|[£\s\u00a0]", "", text)
    if "," in bare:
        if not _GROUPED.match(bare):
            raise NotAnAmount(f"“{text.strip()}” is not an amount. Write pounds and pence like 1,200.50.")
        bare = bare.replace(",", "")
    try:
        amount = Decimal(bare) if re.fullmatch(r"-?(\d+\.?\d*|\.\d+)", bare, re.ASCII) else None
    except InvalidOperation:
        amount = None
    if amount is None:
        raise NotAnAmount(f"“{text.strip()}” is not an amount. Write pounds and pence like 70.00.")
    if abs(amount) > LARGEST:
        raise NotAnAmount("The amount is too large. The most a bill can carry is £99,999,999.99.")
    if amount != amount.quantize(PENNY):
        raise NotAnAmount(f"“{text.strip()}” has parts of a penny. Use two decimals at most.")
    return amount.quantize(PENNY)


def total(amounts: Iterable[Decimal | None]) -> Decimal:
    """Return the exact sum in pounds; an amount that is not given counts as nothing."""
    return sum((amount for amount in amounts if amount is not None), Decimal("0.00"))


def show(amount: Decimal | None) -> str:
    """Return the amount as people read it, "£1,234.50" or "−£20.00"; "" for None."""
    if amount is None:
        return ""
    return f"{'−' if amount < 0 else ''}£{abs(amount):,.2f}"
