"""Dates as people in the UK write them: read every usual spelling, show one."""

from __future__ import annotations

import re
from calendar import month_name, monthrange
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
_MONTHS = {name[:3].lower(): number for number, name in enumerate(month_name) if name}
_MONTH = r"(?P<month>[a-z]{3,9})"
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?", re.ASCII | re.IGNORECASE)
_BARE = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?\s?(?P<zone>[Zz]|[+-]\d\d:?\d\d)?", re.ASCII)
_FIGURES = re.compile(r"(\d{1,2})[\s/.\-]+(\d{1,2})[\s/.\-]+(\d{4}|\d{2})", re.ASCII)
_WEEKDAY = re.compile(r"^(mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun)(day|nesday|sday|rsday|urday)?[,.]?\s+", re.I)
_DAY_FIRST = re.compile(
    rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s.\-/]*(?:of\s+)?{_MONTH}[\s.,\-/]*(?P<year>\d{{4}}|\d{{2}})",
    re.ASCII | re.I,
)
_MONTH_FIRST = re.compile(
    rf"{_MONTH}[\s.\-]*(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s,.\-]+(?P<year>\d{{4}}|\d{{2}})", re.ASCII | re.I
)
_LINES = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))


class NotADate(ValueError):
    """The text is no date; the message is a sentence for the person who typed it."""


def today() -> date:
    """Return today's date in the UK."""
    return datetime.now(LONDON).date()


def later_reading(moment: datetime) -> datetime:
    """Return the latest moment (UTC) at which UK clocks show what they show at this one: an hour later in the first of
    the two hours that look alike when the clocks go back, else the same.
    """
    return moment.astimezone(LONDON).replace(fold=1).astimezone(UTC)


def show(day: date | None) -> str:
    """Return the date as people read it, "23 Nov 2026"; "" for None."""
    return f"{day.day} {month_name[day.month][:3]} {day.year}" if day else ""


def parse(text: str, *, latest_year: int | None = None) -> date:
    """Return the date written in `text`: 2026-11-23, 23/11/2026, 23.11.26, 23 Nov 2026, 3rd March 2026, ...

    The day comes before the month. Years of two digits lie in the hundred years up to `latest_year`, which is five
    years from now where not given. A moment such as 2026-06-10T23:30:00Z is read as the UK date on which it falls.
    Raises NotADate for anything else, with a sentence that says why.
    """
    typed = " ".join(text.translate(_LINES).split())
    if moment := _MOMENT.fullmatch(typed):
        return _day_of(typed, zoned=moment["zone"] is not None)
    parts = _parts(_WEEKDAY.sub("", typed))
    if parts is None:
        raise NotADate(f"“{typed[:30]}” is not a date. Write it like 23/11/2026 or 23 Nov 2026.")
    written, month, day = parts
    year = int(written)
    if len(written) == 2:
        latest = latest_year or today().year + 5
        year += latest - latest % 100
        year -= 100 if year > latest else 0
    return _date(year, month, day, typed)


def _day_of(typed: str, *, zoned: bool) -> date:
    try:
        moment = datetime.fromisoformat(typed.upper().replace(" +", "+").replace(" Z", "Z"))
        return moment.astimezone(LONDON).date() if zoned else moment.date()
    except (ValueError, OverflowError):
        raise NotADate(f"“{typed[:30]}” is not a date. Write it like 23/11/2026 or 23 Nov 2026.") from None


def _parts(typed: str) -> tuple[str, int, int] | None:
    if iso := _ISO.fullmatch(typed) or _BARE.fullmatch(typed):
        return iso[1], int(iso[2]), int(iso[3])
    if figures := _FIGURES.fullmatch(typed):
        return figures[3], int(figures[2]), int(figures[1])
    words = _DAY_FIRST.fullmatch(typed) or _MONTH_FIRST.fullmatch(typed)
    if words and (month := _month(words["month"])):
        return words["year"], month, int(words["day"])
    return None


def _month(name: str) -> int | None:
    number = _MONTHS.get(name[:3].lower())
    if number is None:
        return None
    written = "september" if name.lower() == "sept" else name.lower()
    return number if month_name[number].lower().startswith(written) else None


def _date(year: int, month: int, day: int, typed: str) -> date:
    if not 1 <= month <= 12:
        raise NotADate(f"“{typed[:30]}” is not a date: there is no month {month}. Write the day before the month.")
    if year < 1000:
        raise NotADate(f"“{typed[:30]}” is not a date: write the year with four figures, such as 2026.")
    last = monthrange(year, month)[1]
    if not 1 <= day <= last:
        raise NotADate(f"“{typed[:30]}” is not a date: {month_name[month]} {year} has {last} days.")
    return date(year, month, day)
