"""Long work in many short transactions lets others write in between."""

from __future__ import annotations

import time

from django.db import connection

TURN_SECONDS = 0.11


def give_way() -> None:
    """Let others write, between two transactions of long work.

    SQLite lets one write at a time, and whoever waits looks again only every tenth of a second: without a pause as
    long, transactions that follow each other at once would keep everybody else waiting until the last.
    """
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        time.sleep(TURN_SECONDS)
