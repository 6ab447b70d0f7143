"""Claims queued at a steady rate and sent by real worker processes: memory stays flat, and the queue stays short.

`python -m bench.soak --minutes 60 --rate 45` runs for an hour at three times the burst of the whole UK market.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from bench import canned_answers, installation
from bench.figure import Figure
from bench.processes import clearbill, megabytes, wait_until

MINUTES, RATE, WORKERS = 1.5, 45.0, 1
AHEAD_SECONDS = 5
MEMORY_GOAL, SPEED_GOAL, BACKLOG_SECONDS = 1.10, 0.98, 10.0


@dataclass(frozen=True, slots=True)
class Sample:
    """What was seen at one moment: memory of the workers in MB, and claims that wait to be sent."""

    memory: float
    backlog: int


def run(minutes: float = MINUTES, rate: float = RATE, workers: int = WORKERS) -> list[Figure]:
    with ExitStack() as stack:
        os.environ["CLEARBILL_HEALTHCODE_SOAP"] = stack.enter_context(canned_answers.serving())
        # Each claim is asked about once as well, soon enough to be part of a short soak.
        os.environ.setdefault("CLEARBILL_STATUS_PAUSES", "10,600")
        installation.begin()
        processes = [stack.enter_context(clearbill("worker")) for _ in range(workers)]
        desk = Soak()
        began = time.monotonic()
        desk.last(minutes * 60, rate, processes)
        spent_seconds = time.monotonic() - began
        wait_until("every claim is sent", lambda: desk.backlog() == 0)
        return _figures(desk, rate, spent_seconds)


def shortly(minutes: float = 0.5, rate: float = RATE) -> list[Figure]:
    """The same in half a minute, as a part of `make bench`."""
    return run(minutes, rate)


def _figures(desk: Soak, rate: float, spent_seconds: float) -> list[Figure]:
    third = len(desk.samples) // 3
    second, last = desk.samples[third : 2 * third], desk.samples[2 * third :]
    name = f"soak of {spent_seconds / 60:.1f} min at {rate:g} claims/s"
    return [
        Figure(
            name=f"{name}, memory of the workers in the last third against the second",
            ours=statistics.median(one.memory for one in last),
            denominator=statistics.median(one.memory for one in second),
            unit="MB",
            goal=MEMORY_GOAL,
            at_least=False,
        ),
        Figure(
            name=f"{name}, sent against asked for",
            ours=desk.sent / spent_seconds,
            denominator=rate,
            unit="claims/s",
            goal=SPEED_GOAL,
            at_least=True,
        ),
        Figure(
            name=f"{name}, longest queue in the last third against the claims of {BACKLOG_SECONDS:.0f} s",
            ours=max(one.backlog for one in last),
            denominator=rate * BACKLOG_SECONDS,
            unit="claims",
            goal=1,
            at_least=False,
        ),
    ]


class Soak(installation.Desk):
    """A practice that submits claims at a steady rate, and looks once a second how the workers get on."""

    def __init__(self) -> None:
        super().__init__()
        self.samples: list[Sample] = []
        self.sent = 0

    def last(self, seconds: float, rate: float, processes: list[Any]) -> None:
        """Submit `rate` claims a second for so long, and count how many were sent by the end."""
        from clearbill.claims.queue.client_pool import ConnectionPool

        houses, waiting = ConnectionPool(), []
        began = sampled = time.monotonic()
        count = 0
        while (now := time.monotonic()) - began < seconds:
            if now - sampled >= 1:
                self.samples.append(Sample(sum(map(megabytes, processes)), self.backlog()))
                sampled += 1
            if count >= (now - began) * rate:
                time.sleep(0.002)
                continue
            waiting = waiting or self.created(int(rate * AHEAD_SECONDS) + 1)
            self._submit(waiting.pop(), houses)
            count += 1
        self.sent = count - self.backlog()
        houses.close()

    def backlog(self) -> int:
        from clearbill.claims.models import Outbox

        return Outbox.objects.filter(practice=self.practice, state__in=[Outbox.READY, Outbox.SENDING]).count()

    def _submit(self, claim_id: Any, houses: Any) -> None:
        from django.utils import timezone

        from clearbill.claims.core import services
        from clearbill.people.actor import Actor

        services.submit(Actor(self.practice, self.owner.user, timezone.now()), claim_id=claim_id, house_of=houses)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--rate", type=float, default=RATE, help="claims a second")
    parser.add_argument("--workers", type=int, default=WORKERS, help="worker processes")
    given = parser.parse_args()
    for line in run(given.minutes, given.rate, given.workers):
        print(line)


if __name__ == "__main__":
    main()
