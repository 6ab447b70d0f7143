"""The house's own time: it runs with the real one, and a person may move it on."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from healthcode_sandbox.house.ledger import Ledger

UK = ZoneInfo("Europe/London")

_LATEST = datetime(2200, 1, 1, tzinfo=UTC)

_KEEP_EVERY_SECONDS = 5.0


class Clock:
    """Virtual time, kept in the ledger so that it survives a restart. With `speed` 60 an hour takes a minute.

    `seconds` gives the real time, in seconds since 1970.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        start: datetime | None = None,
        speed: float = 1.0,
        seconds: Callable[[], float] = time.time,
    ) -> None:
        self._ledger, self._speed, self._seconds = ledger, speed, seconds
        # One lock for both: the time is asked for inside a transaction, and is kept in the ledger.
        self._lock = ledger.lock
        offset = float(ledger.setting("clock_offset_seconds", "0"))
        self._began = seconds()
        self._offset = (start.timestamp() - self._began) if start else offset
        self._kept_at = 0.0
        self._keep()

    def now(self) -> datetime:
        """Return the house's time, UTC."""
        with self._lock:
            if self._speed != 1.0 and self._seconds() - self._kept_at > _KEEP_EVERY_SECONDS:
                self._keep()
            return self._moment()

    def today(self) -> datetime:
        """Return the house's time in the United Kingdom."""
        return self.now().astimezone(UK)

    def move(self, by: timedelta) -> datetime:
        """Move the clock on and return the new time. Raises ValueError for a step back or beyond the year 2200."""
        with self._lock:
            if by < timedelta(0):
                raise ValueError("The clock only moves on, never back.")
            if by > _LATEST - self._moment():
                raise ValueError("The clock goes no further than the year 2200.")
            self._offset += by.total_seconds()
            self._keep()
            return self._moment()

    def reset(self) -> None:
        """Go back to real time."""
        with self._lock:
            self._began, self._offset = self._seconds(), 0.0
            self._keep()

    def close(self) -> None:
        """Keep the time for the next start."""
        with self._lock:
            self._keep()

    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self._seconds() + self._now_offset(), UTC)

    def _now_offset(self) -> float:
        return self._offset + (self._seconds() - self._began) * (self._speed - 1.0)

    def _keep(self) -> None:
        self._kept_at = self._seconds()
        self._ledger.keep_setting("clock_offset_seconds", repr(self._now_offset()))


def midnight_after(moment: datetime, *, days: int) -> datetime:
    """Return the UK midnight that begins the day `days` days after the day of `moment`, UTC."""
    local = moment.astimezone(UK).replace(hour=0, minute=0, second=0, microsecond=0)
    return (local + timedelta(days=days)).astimezone(UTC)


def shown_time(moment: datetime) -> str:
    """Return a time as people in the United Kingdom read it: 23 Nov 2026, 14:05."""
    local = moment.astimezone(UK)
    return f"{local.day} {local:%b %Y, %H:%M}"


def wire_time(moment: datetime) -> str:
    """Return a time as 14 digits in UK local time (assumptions A1 and A5)."""
    return moment.astimezone(UK).strftime("%Y%m%d%H%M%S")
