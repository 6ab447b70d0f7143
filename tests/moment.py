"""The moment at which a test run believes to be: now, or what CLEARBILL_TEST_NOW says, from which the clock goes on.

It is written as 2028-02-29T23:55, in UK time. Of an hour that comes twice that is the first; the second is
2026-10-25T01:30+00:00.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import time_machine

UK = ZoneInfo("Europe/London")
SETTING = "CLEARBILL_TEST_NOW"
TODAY_BY_THE_MACHINE = datetime.now(UK).date()
"""The day that it really is, whatever moment the run believes in: for what was written down before now."""


def uk(text: str) -> datetime:
    """Return the moment that is written as 2028-02-29T23:55, in UTC."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UK)).astimezone(UTC)


def travel() -> None:
    """Go there for the rest of this process, before anything has asked for the time."""
    if text := os.environ.get(SETTING):
        time_machine.travel(uk(text), tick=True).start()
