"""Once an hour a worker removes what is no longer needed: of sign-ins, and files of exports."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from clearbill.exports import jobs
from clearbill.people import housekeeping
from clearbill.workspace.connection import ClientFactory

EVERY = timedelta(hours=1)


class Housekeeping:
    """A step of a worker's maintenance. The lanes of a worker share one, and the first of them does it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._due_at: datetime | None = None

    def __call__(self, *, now: datetime, house_of: ClientFactory) -> bool:
        with self._lock:
            if self._due_at is not None and self._due_at - EVERY <= now < self._due_at:
                return False
            self._due_at = now + EVERY
        housekeeping.clear(now=now)
        jobs.expire_files(now=now)
        return False
