"""The real processes of an installation, started for a benchmark and ended with it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE_SECONDS = 300.0
"""A slow or busy machine gives poor figures; it does not break a benchmark."""


@contextmanager
def clearbill(*words: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run one `clearbill` command in the benchmark's environment until the block ends."""
    with subprocess.Popen([sys.executable, "-m", "clearbill", *words], env=dict(os.environ)) as process:
        try:
            yield process
        finally:
            process.terminate()


def megabytes(process: subprocess.Popen[bytes]) -> float:
    """Return the memory that a process has in use (its resident set)."""
    shown = subprocess.run(["ps", "-o", "rss=", "-p", str(process.pid)], capture_output=True, text=True, check=True)
    return int(shown.stdout) / 1024


def wait_until(what: str, is_so: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Return as soon as it is so. Raises TimeoutError with `what`."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"It did not come about within {seconds:.0f} s: {what}.")
        time.sleep(0.05)
