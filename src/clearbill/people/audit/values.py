"""The values in an audit entry: what is no plain text is written with its type, as {"$day": "2026-11-30"}."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from clearbill.bill import dates, money

DAY, MOMENT, POUNDS, RATE, ID = "$day", "$moment", "$pounds", "$rate", "$id"

TYPES = {DAY, MOMENT, POUNDS, RATE, ID}


def to_json(value: Any, name: str = "") -> Any:
    """Return a value as an entry keeps it. `name` is its field: of numbers only a rate is no amount of pounds."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, datetime):
        return {MOMENT: str(value)}
    if isinstance(value, date):
        return {DAY: str(value)}
    if isinstance(value, Decimal):
        return {RATE if name.endswith("_rate") else POUNDS: str(value)}
    if isinstance(value, UUID):
        return {ID: str(value)}
    if isinstance(value, list | tuple):
        return [to_json(item, name) for item in value]
    if isinstance(value, Mapping):
        return {str(key): to_json(item, str(key)) for key, item in value.items()}
    return str(value)


def type_and_text(value: Any) -> tuple[str, str] | None:
    """Return a kept value's type and its text; None where it has no type: plain text, a list, several fields."""
    if isinstance(value, Mapping) and len(value) == 1:
        [(kind, text)] = value.items()
        return (kind, text) if kind in TYPES else None
    return None


def without_types(value: Any) -> Any:
    """Return a kept value with the text alone in the place of each that has a type."""
    if typed := type_and_text(value):
        return typed[1]
    if isinstance(value, list):
        return [without_types(item) for item in value]
    if isinstance(value, Mapping):
        return {key: without_types(item) for key, item in value.items()}
    return value


def in_words(kind: str, text: str) -> str:
    """Return a day, a time, an amount or a rate as people in the UK read it."""
    if kind == DAY:
        return dates.show_iso(text)
    if kind == MOMENT:
        return dates.show_moment(datetime.fromisoformat(text), " ")
    if kind == POUNDS:
        return money.show(Decimal(text))
    return f"{Decimal(text).normalize():f}%" if kind == RATE else text
