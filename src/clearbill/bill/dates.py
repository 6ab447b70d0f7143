"""Dates as people in the UK write them: read every usual spelling, show one. Nothing else puts a day in words."""

from __future__ import annotations

import re
from calendar import month_name, monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")

_MONTHS_A_YEAR = 12

_MONTHS = {name[:3].lower(): number for number, name in enumerate(month_name) if name}

_MONTH = r"(?P<month>[a-z]{3,9})"

_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?", re.ASCII | re.IGNORECASE)

_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

_BARE = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)", re.ASCII)

_BARE_DAY_FIRST = re.compile(r"(\d\d)(\d\d)((?:19|20)\d\d)", re.ASCII)

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


def latest_moment(moment: datetime) -> datetime:
    """Return the latest moment (UTC) at which UK clocks show what they show at this one: an hour later in the first of
    the two hours that look alike when the clocks go back, else the same.
    """
    return moment.astimezone(LONDON).replace(fold=1).astimezone(UTC)


def show(day: date | None) -> str:
    """Return the date as people read it, "23 Nov 2026"; "" for None."""
    return f"{day.day} {show_month(day)}" if day else ""


def show_month(day: date) -> str:
    """Return the month in which the date lies, as people read it: "Nov 2026"."""
    return f"{month_name[day.month][:3]} {day.year}"


def show_iso(text: str) -> str:
    """Return the date written as 2026-11-23 as people read it, any other text as it is."""
    try:
        return show(date.fromisoformat(text)) if _ISO_DAY.fullmatch(text) else text
    except ValueError:
        return text


def show_days(first: date, last: date) -> str:
    """Return the days from the first to the last as a heading: "Monday 23 Nov 2026", "23 to 29 November 2026",
    "30 Nov to 6 Dec 2026", "28 Dec 2026 to 3 Jan 2027".
    """
    if first == last:
        return f"{first:%A} {show(first)}"
    if first.year != last.year:
        return f"{show(first)} to {show(last)}"
    if first.month != last.month:
        return f"{first.day} {first:%b} to {show(last)}"
    return f"{first.day} to {last.day} {last:%B %Y}"


def show_time(moment: datetime) -> str:
    """Return the time of day as UK clocks show it, "14:05"."""
    return f"{moment.astimezone(LONDON):%H:%M}"


def show_times(starts_at: datetime, ends_at: datetime, between: str = " to ") -> str:
    """Return from when to when as UK clocks show it, "14:05 to 14:50"; where they change meanwhile, each with its time:
    "01:30 BST to 01:15 GMT".
    """
    first, last = starts_at.astimezone(LONDON), ends_at.astimezone(LONDON)
    shown = "%H:%M" if first.utcoffset() == last.utcoffset() else "%H:%M %Z"
    return f"{first:{shown}}{between}{last:{shown}}"


def show_moment(moment: datetime, separator: str = " at ") -> str:
    """Return the moment as people read it, "23 Nov 2026 at 14:05", in UK time; `separator` stands before the time."""
    return f"{show(uk_day(moment))}{separator}{show_time(moment)}"


def show_clock(at: datetime, now: datetime) -> str:
    """Return a moment as 14:05 where it is of today, else as 22 Nov 2026 14:05; in UK time."""
    return show_time(at) if uk_day(at) == uk_day(now) else show_moment(at, " ")


def parse(text: str, *, latest_year: int | None = None) -> date:
    """Return the date written in `text`: 2026-11-23, 23/11/2026, 23.11.26, 23 Nov 2026, 3rd March 2026, 23112026, ...

    The day comes before the month; eight figures are year, month and day (19800403) where there is such a month.
    Years of two digits lie in the hundred years up to `latest_year`, which is five years from now where not given. A
    moment such as 2026-06-10T23:30:00Z is read as the UK date on which it falls.
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


FIRST_BIRTH_YEAR = 1900


def parse_birth_date(text: str, *, today: date) -> date:
    """Return the date of birth written in `text`; two figures for the year mean the past. Raises NotADate."""
    return possible_birth_date(parse(text, latest_year=today.year), today=today)


OLDEST = 110


def typed_birth_date(text: str, *, today: date) -> date:
    """Return the same. Raises NotADate also where two figures may be of either century: the person can be asked."""
    day = parse_birth_date(text, today=today)
    earlier = parse(text, latest_year=day.year - 1)
    if earlier != day and earlier.year >= today.year - OLDEST:
        raise NotADate(f"This may be {show(earlier)} or {show(day)}. Write the year with four figures.")
    return day


def possible_birth_date(day: date, *, today: date) -> date:
    """Return the day. Raises NotADate where nobody alive can be born on it: after today, or before 1900."""
    if day > today:
        raise NotADate(f"{show(day)} is still to come. Check the year.")
    if day.year < FIRST_BIRTH_YEAR:
        raise NotADate(f"{show(day)} is before {FIRST_BIRTH_YEAR}. Check the year.")
    return day


def _day_of(typed: str, *, zoned: bool) -> date:
    try:
        moment = datetime.fromisoformat(typed.upper().replace(" +", "+").replace(" Z", "Z"))
        return moment.astimezone(LONDON).date() if zoned else moment.date()
    except (ValueError, OverflowError):
        raise NotADate(f"“{typed[:30]}” is not a date. Write it like 23/11/2026 or 23 Nov 2026.") from None


def _parts(typed: str) -> tuple[str, int, int] | None:
    iso = _ISO.fullmatch(typed) or _BARE.fullmatch(typed)
    if iso and not (_BARE_DAY_FIRST.fullmatch(typed) and int(iso[2]) > _MONTHS_A_YEAR):
        return iso[1], int(iso[2]), int(iso[3])
    if figures := _FIGURES.fullmatch(typed) or _BARE_DAY_FIRST.fullmatch(typed):
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
    if not 1 <= month <= _MONTHS_A_YEAR:
        raise NotADate(f"“{typed[:30]}” is not a date: there is no month {month}. Write the day before the month.")
    if year < 1000:
        raise NotADate(f"“{typed[:30]}” is not a date: write the year with four figures, such as 2026.")
    last = monthrange(year, month)[1]
    if not 1 <= day <= last:
        raise NotADate(f"“{typed[:30]}” is not a date: {month_name[month]} {year} has {last} days.")
    return date(year, month, day)


FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2100, 12, 31)


class NoSuchTime(ValueError):
    """The clocks skip this time; the message is a sentence for the person who typed it."""


def uk_moment(day: date, at: time) -> datetime:
    """Return the moment (UTC) when UK clocks show `at` on `day`; the earlier one in the hour that comes twice.

    Raises NoSuchTime in the hour that the clocks skip in March.
    """
    local = datetime.combine(day, at, LONDON)
    moment = local.astimezone(UTC)
    if moment.astimezone(LONDON).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise NoSuchTime(f"The clocks go forward on {show(day)}, so there is no {at:%H:%M} that day.")
    return moment


def uk_day(moment: datetime) -> date:
    """Return the date on UK calendars at this moment."""
    return moment.astimezone(LONDON).date()


def day_range(first: date, days: int) -> tuple[datetime, datetime]:
    """Return the moments at which the first of these UK days begins and the last one ends."""
    return uk_moment(first, time(0)), uk_moment(first + timedelta(days=days), time(0))


def weekly(starts_at: datetime, weeks: int) -> list[datetime]:
    """Return the same UK clock time on the same weekday of `weeks` weeks. Raises NoSuchTime."""
    local = starts_at.astimezone(LONDON)
    return [uk_moment(local.date() + timedelta(weeks=week), local.time()) for week in range(weeks)]


def day_or_default(text: str, otherwise: date) -> date:
    """Return the ISO date in `text`, or `otherwise` where it is none or out of any diary's reach."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return otherwise
    return day if FIRST_DAY <= day <= LAST_DAY else otherwise


_WEEK, _WORKING = 7, 5


def working_days(after: date, until: date) -> int:
    """Return how many working days there are after one day, up to and with the other; 0 where it is not later."""
    if until <= after:
        return 0
    weeks, rest = divmod((until - after).days, _WEEK)
    odd = (after + timedelta(days=day) for day in range(1, rest + 1))
    return weeks * _WORKING + sum(day.weekday() < _WORKING for day in odd)
