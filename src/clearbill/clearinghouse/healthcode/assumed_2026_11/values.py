"""How single values are written, and moments and days read (assumptions A1, A5 to A8)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

UK = ZoneInfo("Europe/London")

Writer = Callable[[Any], str]
"""How one kind of value is written; "" is a value that is not given."""

FIRST_YEAR = 2000

# Everything XML 1.0 cannot carry, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    """Return the text as XML can carry it: without control characters and without blanks around it."""
    return _FORBIDDEN.sub("", text).strip()


def write_day(day: date | None) -> str:
    """Return a date as the wire has it, YYYYMMDD; "" for None."""
    return "" if day is None else f"{day.year:04}{day.month:02}{day.day:02}"


def write_stamp(at: datetime) -> str:
    """Return the moment as 14 digits of UK local time. Raises ValueError for a moment without time zone."""
    if at.tzinfo is None:
        raise ValueError("A moment without time zone cannot be sent.")
    local = at.astimezone(UK)
    return f"{write_day(local)}{local.hour:02}{local.minute:02}{local.second:02}"


def read_stamp(text: str) -> datetime | None:
    """Return the moment in UTC, or None where the text is no moment: it only informs, nothing hangs on it."""
    try:
        if re.fullmatch(r"\d{14}", text, re.ASCII):
            text = f"{text[:8]}T{text[8:]}"
        moment = datetime.fromisoformat(text)
        read = (moment if moment.tzinfo else moment.replace(tzinfo=UK)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    # Some programs write year 1 where they mean that there is no date.
    return read if read.year >= FIRST_YEAR else None


def read_iso_day(text: str) -> date | None:
    """Return the date at the head of an ISO text, or None."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def write_amount(amount: Decimal | None) -> str:
    """Return the amount with two decimals; one with parts of a penny is written as it is, never rounded."""
    if amount is None:
        return ""
    pounds, _, pence = f"{amount:f}".partition(".")
    return f"{pounds}.{pence.rstrip('0').ljust(2, '0')}"


def write_flag(flag: bool | None) -> str:
    """Return Y or N; "" for None."""
    return "" if flag is None else "Y" if flag else "N"


def write_number(number: int | None) -> str:
    """Return the whole number; "" for None."""
    return "" if number is None else str(number)


TEXT: Writer = clean

DAY: Writer = write_day

AMOUNT: Writer = write_amount

FLAG: Writer = write_flag

NUMBER: Writer = write_number
