"""The time that all workers share: that of the database, so that machines with different clocks agree on leases."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django.db import Error, connection
from django.utils import timezone

from clearbill.db import sql

MEASURE_EVERY_SECONDS = 30.0


class DatabaseClock:
    """Call it for the UTC time of the database. Between two measurements this machine's clock is corrected by the
    difference; SQLite has no clock but this machine's.
    """

    def __init__(self) -> None:
        self._ahead = timedelta(0)
        self._measured: float | None = None

    def __call__(self) -> datetime:
        """Return the present moment."""
        if sql.is_postgresql() and self._is_due():
            self._measure()
        return timezone.now() + self._ahead

    def _is_due(self) -> bool:
        return self._measured is None or time.monotonic() - self._measured > MEASURE_EVERY_SECONDS

    def _measure(self) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT clock_timestamp()")
                moment: datetime = cursor.fetchone()[0]
        except Error:
            # Without a database there is no work either; the loop says so itself.
            return
        self._ahead, self._measured = moment - timezone.now(), time.monotonic()
