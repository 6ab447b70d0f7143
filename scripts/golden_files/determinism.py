"""Take chance and the passing of time out of this process, before anything else is imported."""

from __future__ import annotations

import random
import time
import uuid
from datetime import datetime
from itertools import count
from uuid import UUID

import time_machine

VERSION_4 = 4 << 76 | 2 << 62
"""The bits by which a random id is known."""
_really_sleep = time.sleep


def freeze(moment: datetime) -> None:
    """Stop the clocks at `moment` (aware) for the rest of this process, and let random ids count upwards.

    Ids that count keep the order in which rows were made where a list is sorted by them. The steady clock moves on by
    what is slept, and by nothing else, so that everything takes no time.
    """
    time_machine.travel(moment, tick=False).start()
    slept_seconds = 0.0

    def sleep(seconds: float) -> None:
        nonlocal slept_seconds
        slept_seconds += seconds
        _really_sleep(seconds)

    def monotonic() -> float:
        return 1_000_000.0 + slept_seconds

    numbers = count(1)
    prefix = random.SystemRandom().getrandbits(44)

    def uuid4() -> UUID:
        # Another beginning in every run, so that two runs show where an id itself, and not its order, matters.
        return UUID(int=prefix << 80 | VERSION_4 | next(numbers))

    time.sleep, time.monotonic = sleep, monotonic
    uuid.uuid4 = uuid4
    random.seed(2026)
