"""Read JSON from a stranger: amounts as exact decimals, and every step into it forgiving about what is missing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from clearbill.bill.money import LARGEST, PENNY
from clearbill.clearinghouse.healthcode.xml import Malformed


def read(data: bytes) -> dict[str, Any]:
    """Return the JSON object, numbers with a point as Decimal. Raises Malformed."""
    try:
        document = json.loads(data, parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Malformed("the answer is not JSON") from None
    if not isinstance(document, dict):
        raise Malformed("the answer is not a JSON object")
    return document


def _refuse_constant(constant: str) -> None:
    raise Malformed("the answer holds a number that is no number")


def at(document: Any, *steps: str | int) -> Any:
    """Return what lies at the end of the steps, or None where a step leads nowhere."""
    for step in steps:
        if isinstance(step, int) and isinstance(document, list) and -len(document) <= step < len(document):
            document = document[step]
        elif isinstance(step, str) and isinstance(document, dict):
            document = document.get(step)
        else:
            return None
    return document


def text(document: Any, *steps: str | int) -> str:
    """Return the text or number at the end of the steps as text without blanks around it, or ""."""
    value = at(document, *steps)
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return ""
    return str(value).strip()


def items(document: Any, *steps: str | int) -> Iterator[dict[str, Any]]:
    """Yield the objects of the list at the end of the steps; whatever else is there is passed over."""
    value = at(document, *steps)
    if isinstance(value, list):
        yield from (entry for entry in value if isinstance(entry, dict))


def pounds(document: Any, *steps: str | int) -> Decimal | None:
    """Return the Money at the end of the steps in pounds, None where there is none.

    Raises Malformed where there is one that cannot be read: an amount is never guessed.
    """
    money = at(document, *steps)
    if money is None:
        return None
    value = at(money, "value")
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise Malformed("an amount is not a number")
    if text(money, "currency") not in ("", "GBP"):
        raise Malformed("an amount is not in pounds")
    return exact_pounds(str(value))


def exact_pounds(written: str) -> Decimal:
    """Return the amount with two decimals. Raises Malformed for no number, parts of a penny or absurd sums."""
    try:
        amount = Decimal(written.strip())
        if not amount.is_finite() or abs(amount) > LARGEST or amount != amount.quantize(PENNY):
            raise Malformed("an amount is not in pounds and pence")
        return amount.quantize(PENNY)
    except ArithmeticError:
        raise Malformed("an amount is not a number") from None
