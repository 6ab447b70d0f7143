"""Ports of this machine for processes that tests start."""

from __future__ import annotations

import secrets
import socket
from contextlib import suppress

LOWEST, HIGHEST = 10_000, 32_000


def free_port() -> int:
    """Return a port that nobody listens on, below those that a system gives to whoever calls out.

    Of so many that two processes do not choose the same one at the same moment.
    """
    while True:
        port = LOWEST + secrets.randbelow(HIGHEST - LOWEST)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
