"""UK clock time and moments: what the desk types and what the database keeps."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from clearbill.bill.dates import LONDON, show

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


def span(first: date, days: int) -> tuple[datetime, datetime]:
    """Return the moments at which the first of these UK days begins and the last one ends."""
    return uk_moment(first, time(0)), uk_moment(first + timedelta(days=days), time(0))


def weekly(starts_at: datetime, weeks: int) -> list[datetime]:
    """Return the same UK clock time on the same weekday of `weeks` weeks. Raises NoSuchTime."""
    local = starts_at.astimezone(LONDON)
    return [uk_moment(local.date() + timedelta(weeks=week), local.time()) for week in range(weeks)]


def usual_day(text: str, otherwise: date) -> date:
    """Return the ISO date in `text`, or `otherwise` where it is none or out of any diary's reach."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return otherwise
    return day if FIRST_DAY <= day <= LAST_DAY else otherwise


def say(moment: datetime) -> str:
    """Return the moment as people read it, “23 Nov 2026 at 14:05”, in UK time."""
    local = moment.astimezone(LONDON)
    return f"{show(local.date())} at {local:%H:%M}"
