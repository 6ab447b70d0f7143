"""Say how far long work is, now and then."""

from __future__ import annotations

import time
from collections.abc import Callable

Say = Callable[[str], None]

EVERY_SECONDS = 2.0


class Progress:
    """Says how much of `total` is done, at most every two seconds: quick work stays silent."""

    def __init__(self, say: Say, total: int) -> None:
        self._say, self._total = say, max(total, 1)
        self._next = time.monotonic() + EVERY_SECONDS

    def at(self, done: int) -> None:
        """Note that so much is done."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + EVERY_SECONDS
            self._say(f"  {min(100 * done // self._total, 100)} %")


def size(count: int) -> str:
    """Return a number of bytes as people say it: `830 KB`, `12.4 MB`."""
    if count < 1_000_000:
        return f"{max(1, round(count / 1000))} KB"
    return f"{count / 1_000_000:.1f} MB" if count < 1_000_000_000 else f"{count / 1_000_000_000:.2f} GB"
