"""How long tests wait: for an event, never for a number of seconds, so that a slow machine is no fault.

Each limit is far beyond what an idle machine takes, and nobody waits for it unless the event does not come.
CLEARBILL_TEST_PATIENCE multiplies them all, and the pace that tests give the product, for a machine slower still.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

TIMES = float(os.environ.get("CLEARBILL_TEST_PATIENCE", "1"))
SECONDS = 300 * TIMES
"""How long any event may take: the end of a process, an answer, what a story comes to."""
BROWSER_MILLISECONDS = 60_000 * TIMES
"""How long a page in a browser may take to show something."""


def pace(seconds: float) -> float:
    """Return what a setting of the product, or of the stand-in, of so many seconds is on this machine."""
    return seconds * TIMES


def wait_until(
    what: str, is_so: Callable[[], object], *, pause: Callable[[float], object] = time.sleep, pause_seconds: float = 0.1
) -> None:
    """Return as soon as it is so. Fails with `what` when it does not come about in time.

    `pause` lets time pass between two looks: in a browser, the page's own `wait_for_timeout`.
    """
    deadline = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < deadline, f"It did not come about within {SECONDS:.0f} s: {what}."
        pause(pause_seconds)
