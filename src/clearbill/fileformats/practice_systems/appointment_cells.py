"""The cells of an appointment: days, times of day, lengths, and what became of it. CellError says what is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

from clearbill.bill import dates
from clearbill.fileformats.cells import CellError, DayReader
from clearbill.fileformats.columns import plain_name
from clearbill.fileformats.practice_systems.appointment_columns import STATUS_WORDS
from clearbill.fileformats.practice_systems.appointment_row import CANCELLED, COMPLETED, MISSED
from clearbill.fileformats.rows import DateOrder

LONGEST = timedelta(hours=12)

SHORTEST = timedelta(minutes=1)

WHOLE_DAY = timedelta(days=1)

TWICE = "The clocks go back that night, so this time comes twice: the first of the two is taken."

NOT_A_TIME = "This is not a time of day. Write it like 09:30 or 2.15 pm."

A_NUMBER = "This is a spreadsheet’s number for a date. Give the column a date format and save the file again."

_CLOCK = r"(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d\d)(?:[:.]\d\d(?:\.\d+)?)?)? ?(?P<half>[ap])?(?:\.?m\.?)?"

_TIME = re.compile(_CLOCK, re.ASCII | re.IGNORECASE)

_DAY_AND_TIME = re.compile(rf"(?P<day>.+?)(?:T|,? +(?:at )?)(?P<time>{_CLOCK})", re.ASCII | re.IGNORECASE)

_ZONED = re.compile(
    r"(?P<moment>\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?)(?:\.\d+)? ?(?P<zone>Z|UTC|GMT|BST|[+-]\d\d:?\d\d)",
    re.ASCII | re.IGNORECASE,
)

_ZONES = {"z": "+00:00", "utc": "+00:00", "gmt": "+00:00", "bst": "+01:00"}

_SERIAL = re.compile(r"[34]\d{4}(?:\.\d+)?", re.ASCII)

_LENGTHS = (
    re.compile(r"(?P<hours>\d{1,2}):(?P<minutes>\d\d)(?::00)?", re.ASCII),
    re.compile(r"(?P<hours>\d{1,2}) ?h(?:ours?|rs?)?\.?(?: ?(?P<minutes>\d{1,2}) ?(?:m|mins?|minutes)?\.?)?", re.ASCII),
    re.compile(r"(?P<minutes>\d{1,4})(?:\.0+)? ?(?:m|mins?|minutes)?\.?", re.ASCII),
)

_NO = frozenset(["", "no", "n", "false", "0", "-", "none", "null", "never"])


class Clock:
    """Reads when appointments begin and end, in the one order in which the file writes day and month; UK time."""

    def __init__(self, today: date, order: DateOrder | None = None) -> None:
        self._days = DayReader(today, order, days_ahead=731)

    def readings(self, text: str) -> dict[DateOrder, date]:
        """Return the days that a cell can mean, by order; {} for what can be read in one way only."""
        return self._days.readings(_parted(text)[0])

    def may_be_before(self, text: str, today: date) -> bool:
        """Return whether the day in a cell can be one before today."""
        found = self.readings(text)
        try:
            days = found.values() or [self._days.read(_parted(text)[0])]
        except CellError:
            return False
        return any(day < today for day in days)

    def starts(self, day_text: str, time_text: str) -> datetime | None:
        """Return the moment (UTC) at which it begins, None where no time of day is given."""
        whole = _tidy(day_text)
        if zoned := _ZONED.fullmatch(whole):
            return _in_zone(zoned)
        day, clock = _parted(whole)
        clock = _tidy(time_text) or clock
        return _moment(self._day(day), clock) if clock else None

    def ends(self, text: str, starts_at: datetime) -> datetime:
        """Return the moment (UTC) at which it ends; without a day of its own, soon after it began."""
        whole = _tidy(text)
        if zoned := _ZONED.fullmatch(whole):
            return _in_zone(zoned)
        first = dates.uk_day(starts_at)
        if _TIME.fullmatch(whole):
            end = _moment(first, whole)
            return end if end > starts_at else _after(starts_at, first, whole, end)
        day, clock = _parted(whole)
        return _moment(self._day(day), clock or "00:00")

    def _day(self, text: str) -> date:
        if _SERIAL.fullmatch(text):
            raise CellError(A_NUMBER)
        return self._days.read(text)


def length(text: str) -> timedelta | None:
    """Return how long it lasts: 45, 45 min, 0:45, 1 h 15; None for an empty cell."""
    typed = _tidy(text).casefold()
    if not typed:
        return None
    for pattern in _LENGTHS:
        if found := pattern.fullmatch(typed):
            parts = found.groupdict()
            return timedelta(hours=int(parts.get("hours") or 0), minutes=int(parts["minutes"] or 0))
    raise CellError("This is not a length. Write it in minutes, such as 45.")


def has_zone(text: str) -> bool:
    """Return whether a cell says itself which time zone its time is of."""
    return _ZONED.fullmatch(_tidy(text)) is not None


def comes_twice(moment: datetime) -> bool:
    """Return whether UK clocks show this time twice that night, and this is the first."""
    return dates.latest_moment(moment) != moment


def is_yes(text: str) -> bool:
    """Return whether a cell says that something is so: yes, true, or the day on which it happened."""
    return text.strip().casefold() not in _NO


def status_of(texts: Mapping[str, str], answers: Mapping[str, str]) -> str:
    """Return what became of an appointment: by columns of their own, else by the word for it. "" where unknown."""
    for column, status in (("cancelled", CANCELLED), ("missed", MISSED), ("arrived", COMPLETED)):
        if is_yes(texts.get(column, "")):
            return status
    word = _tidy(texts.get("status", ""))
    return answers.get(word, "") or STATUS_WORDS.get(plain_name(word), "") if word else ""


def _parted(text: str) -> tuple[str, str]:
    """Return a day and the time of day after it, "" where there is none."""
    whole = _tidy(text)
    found = _DAY_AND_TIME.fullmatch(whole)
    if found is None or not (found["minute"] or found["half"]):
        return whole, ""
    return found["day"], found["time"]


def _moment(day: date, clock: str) -> datetime:
    found = _TIME.fullmatch(clock) or _TIME.fullmatch(_parted(clock)[1])
    if found is None:
        raise CellError(NOT_A_TIME, "start_time")
    hour, minute, half = int(found["hour"]), int(found["minute"] or 0), (found["half"] or "").lower()
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 23 or minute > 59 or not (found["minute"] or half):
        raise CellError(NOT_A_TIME, "start_time")
    try:
        return dates.uk_moment(day, time(hour, minute))
    except dates.NoSuchTime as why:
        raise CellError(str(why)) from None


def _after(starts_at: datetime, first: date, clock: str, end: datetime) -> datetime:
    """Return an end that stands before the start on its day: in the hour that comes twice, or past midnight."""
    later = dates.latest_moment(end)
    if later > starts_at:
        return later
    next_day = _moment(first + timedelta(days=1), clock)
    return next_day if next_day - starts_at <= LONGEST / 2 else end


def _in_zone(found: re.Match[str]) -> datetime:
    zone = _ZONES.get(found["zone"].casefold(), found["zone"])
    try:
        return datetime.fromisoformat(f"{found['moment']}{zone}").astimezone(UTC).replace(second=0)
    except (ValueError, OverflowError):
        raise CellError("There is no such day or time.") from None


def _tidy(text: str) -> str:
    return " ".join(text.split())[:60]
