"""What entries of earlier versions hold: kinds by former names, and values and names as plain text without a type.

They are read as if they had been written today. Nothing is written in this way any more.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from clearbill.bill import dates, insurers, money
from clearbill.db.ids import parse_id
from clearbill.people.audit import values

FORMER_KINDS = {
    "batch": "bulksubmission",
    "payeerule": "payeeexception",
    "usualline": "ignorerule",
    "workitem": "task",
}
"""What kinds were called in entries of earlier versions, and what they are called now."""

_MONEY = {"amount", "excess_left", "not_seen", "patient_paid", "price", "short", "total"}

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?[+-]\d\d:?\d\d", re.ASCII)

_LINE = re.compile(r"(\d{4}-\d\d-\d\d) (.*?) +(\d+) x (-?[\d.]+) - ([\d.]+), VAT ([\d.]+)%", re.ASCII | re.DOTALL)

_PRICE = re.compile(r"(.*) with (\S+) from (\d{4}-\d\d-\d\d)", re.ASCII)

_NAMELESS = re.compile(r"\w+ object \(.*\)")


def present_kind(subject_type: str) -> str:
    """Return what an entry's `subject_type` is called in this version."""
    return FORMER_KINDS.get(subject_type, subject_type)


def stored_kinds(kind: str) -> list[str]:
    """Return every `subject_type` under which entries of this kind stand in the trail, former names included."""
    return [kind, *(former for former, present in FORMER_KINDS.items() if present == kind)]


def present_label(subject_type: str, label: str) -> str:
    """Return what the thing itself is called, such as “ZPHY01 with BUPA from 1 Jan 2026”; "" where it has no name."""
    price = _PRICE.fullmatch(label) if subject_type == "contractprice" else None
    if price:
        return f"{price[1]} with {insurers.name_of(price[2])} from {dates.show_iso(price[3])}"
    if subject_type == "bankline":
        return label.replace(" of 0", " of ")
    if subject_type == "bulksubmission" and label == "1 claims":
        return "1 claim"
    return "" if _NAMELESS.fullmatch(label) else label


def typed_value(field: str, value: Any) -> Any:
    """Return a value as it would be written today: a text that is an id, an amount, a day, with its type."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return value
    value = str(value)
    if is_id(value):
        return {values.ID: value}
    if field in _MONEY or field.endswith("_total"):
        return {values.POUNDS: value} if _is_number(value) else value
    if field == "vat_rate":
        return {values.RATE: value} if _is_number(value) else value
    line = _LINE.fullmatch(value) if field == "lines" else None
    return _line(line) if line else _day_or_moment(value)


def is_id(value: object) -> bool:
    """Say whether this text is the id of a row."""
    return isinstance(value, str) and len(value) == 36 and str(parse_id(value)) == value


def _is_number(text: str) -> bool:
    try:
        Decimal(text)
    except InvalidOperation:
        return False
    return True


def _day_or_moment(text: str) -> Any:
    try:
        if _DAY.fullmatch(text):
            return {values.DAY: str(date.fromisoformat(text))}
        if _MOMENT.fullmatch(text):
            return {values.MOMENT: str(datetime.fromisoformat(text))}
    except ValueError:
        pass
    return text


def _line(line: re.Match[str]) -> str:
    """Return one line of an invoice: day, what, how often at which price, discount and VAT where there are any."""
    day, what, units, price, discount, rate = line.groups()
    parts = [dates.show_iso(day), what, f"{units} × {money.show(Decimal(price))}"]
    parts += [f"less {money.show(Decimal(discount))}"] if Decimal(discount) else []
    parts += [f"VAT {values.in_words(values.RATE, rate)}"] if Decimal(rate) else []
    return ", ".join(parts)
