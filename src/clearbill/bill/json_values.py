"""Read one value of a JSON bill: text, a date, an amount, yes or no, a whole number."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from clearbill.bill import dates, money
from clearbill.bill.bill import DISCHARGE_REASONS, EPISODE_TYPES
from clearbill.bill.fields import Kind, name_at_start

_YES = {"y", "yes", "true", "1", "on"}

_NO = {"n", "no", "false", "0", "off"}

_SEXES = {
    "female": "F",
    "f": "F",
    "male": "M",
    "m": "M",
    "other": "O",
    "o": "O",
    "unknown": "U",
    "not known": "U",
    "u": "U",
}

_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"

_EDGES = re.compile(rf"^[\s{_INVISIBLE}]+|[\s{_INVISIBLE}]+$")

_PAST = {"patient_birth_date", "first_gp_visit_date", "symptoms_first_noticed_date"}


def _letters(text: str) -> str:
    return "".join(sign for sign in text.lower() if sign.isalpha())


_NAMED = {
    "discharge_reason": {_letters(words): code for code, words in DISCHARGE_REASONS.items()},
    "episode_type": {_letters(words): code for code, words in EPISODE_TYPES.items()},
}

"""Codes that may be written as words."""


class InvalidValue(ValueError):
    """The value does not fit its item; the message is a sentence without the value, `code` that of the problem."""

    def __init__(self, code: str, message: str, fix: str) -> None:
        super().__init__(message)
        self.code, self.fix = code, fix


def read(value: Any, *, kind: Kind, name: str, path: str) -> Any:
    """Return `value` as the records hold it; `path` is where it stands.

    Raises InvalidValue where it is something else.
    """
    if (isinstance(value, float) and not math.isfinite(value)) or (
        isinstance(value, Decimal) and not value.is_finite()
    ):
        raise InvalidValue("JSON-03", f"{name_at_start(path)} is not a number.", "Write it in figures.")
    return _READERS[kind](value, name, path)


def _text(value: Any, name: str, path: str) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = _figures(value)
    if not isinstance(value, str):
        raise InvalidValue(
            "JSON-01",
            f"{name_at_start(path)} must be text; this is {_kind(value)}.",
            'Write it in quotes, such as "A1".',
        )
    text = value.strip()
    if not text.isascii() and (text[0] in _INVISIBLE or text[-1] in _INVISIBLE):
        text = _EDGES.sub("", text)
    return _coded(name, text)


def _coded(name: str, text: str) -> str:
    if name == "patient_sex":
        return _SEXES.get(text.lower(), text)
    if name in _NAMED:
        return _NAMED[name].get(_letters(text), text)
    if name == "scheme":
        return re.sub(r"^ICD[\s-]*(9|10)$", r"ICD\1", text.upper())
    return text


def _figures(value: int) -> str:
    return f"{value}" if abs(value) < 10**60 else "9" * 60


def _date(value: Any, name: str, path: str) -> date | None:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise InvalidValue(
            "JSON-02", f"{name_at_start(path)} must be a date; this is {_kind(value)}.", 'Write it like "2026-11-23".'
        )
    if not value.strip():
        return None
    try:
        return dates.parse(value, latest_year=dates.today().year if name in _PAST else None)
    except dates.NotADate as wrong:
        raise InvalidValue("JSON-02", *_parted(wrong, advice="Write it like 23/11/2026.")) from None


def _amount(value: Any, name: str, path: str) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise InvalidValue(
            "JSON-03", f"{name_at_start(path)} must be an amount; this is {_kind(value)}.", "Write pounds like 70.00."
        )
    if isinstance(value, str):
        if not value.strip():
            return None
        if name == "vat_rate":
            value = value.strip().removesuffix("%")
        try:
            return money.parse(value)
        except money.NotAnAmount as wrong:
            raise InvalidValue("JSON-03", *_parted(wrong, advice="Write pounds and pence like 70.00.")) from None
    amount = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
    if not amount.is_finite() or abs(amount) > money.LARGEST:
        message = f"{name_at_start(path)} is too large. The most a bill can carry is £99,999,999.99."
        raise InvalidValue("JSON-03", message, "Check the amount.")
    is_whole = amount == amount.quantize(money.PENNY)
    return amount.quantize(money.PENNY) if is_whole else amount


def _yes_or_no(value: Any, name: str, path: str) -> bool | None:
    if isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) else str(value) if value in (0, 1) else "?"
    if not word:
        return None
    if word in _YES or word in _NO:
        return word in _YES
    raise InvalidValue(
        "JSON-05", f"{name_at_start(path)} must be yes or no; this is {_kind(value)}.", "Write true or false."
    )


def _whole_number(value: Any, name: str, path: str) -> int | None:
    if isinstance(value, str) and not value.strip():
        return None
    if isinstance(value, str) and re.fullmatch(r"\s*[+-]?\d{1,9}\s*", value, re.ASCII):
        return int(value)
    if isinstance(value, float | Decimal) and -(10**9) < value < 10**9 and value == int(value):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**9:
        return value
    found = "not one" if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else _kind(value)
    message = f"{name_at_start(path)} must be a whole number; this is {found}."
    raise InvalidValue("JSON-04", message, "Write a whole number such as 1.")


def _texts(value: Any, name: str, path: str) -> tuple[str, ...]:
    entries = value if isinstance(value, list | tuple) else [value]
    return tuple(text for text in (_text(entry, name, path) for entry in entries) if text)


_READERS: dict[Kind, Callable[[Any, str, str], Any]] = {
    "text": _text,
    "code": _text,
    "postcode": _text,
    "date": _date,
    "amount": _amount,
    "yes or no": _yes_or_no,
    "whole number": _whole_number,
    "texts": _texts,
}


def _parted(wrong: ValueError, *, advice: str) -> tuple[str, str]:
    """What is wrong, and what to do: from a sentence that may end with its own advice."""
    said, _, own = str(wrong).rpartition(" Write ")
    return (said, f"Write {own}") if said else (str(wrong), advice)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    names = {dict: "an object", list: "a list", str: "text", int: "a number", float: "a number"}
    return names.get(type(value), "a number" if isinstance(value, Decimal) else "something else")
