"""Bearer tokens: kept in memory, so that a restart makes clients sign in again."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable

LIVES_SECONDS = 3600  # A22


class Tokens:
    """Tokens given out, each for one site; their hour is counted in real time, which `seconds` gives."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._lock = seconds, threading.Lock()
        self._given: dict[str, tuple[str, float]] = {}

    def give(self, site: str) -> str:
        """Return a new token for a site."""
        token = f"stand-in-{secrets.token_urlsafe(24)}"
        with self._lock:
            self._given = {kept: entry for kept, entry in self._given.items() if entry[1] > self._seconds()}
            self._given[token] = (site, self._seconds() + LIVES_SECONDS)
        return token

    def site_of(self, token: str) -> str:
        """Return the site a token is for, or "" where it is unknown or has run out."""
        with self._lock:
            site, ends = self._given.get(token, ("", 0.0))
        return site if ends > self._seconds() else ""

    def forget(self) -> None:
        """Make every client sign in again."""
        with self._lock:
            self._given = {}
