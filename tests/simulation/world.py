"""Virtual time and chance: one agenda for everybody, one seed for everything that is not certain."""

from __future__ import annotations

import hashlib
import heapq
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import greenlet

STARTS = (
    datetime(2026, 10, 24, 20, 0, tzinfo=UTC),  # the night in which British summer time ends
    datetime(2026, 10, 25, 0, 40, tzinfo=UTC),
    datetime(2027, 3, 28, 0, 30, tzinfo=UTC),  # the night in which it begins
    datetime(2026, 10, 31, 22, 0, tzinfo=UTC),  # the end of a month
    datetime(2026, 12, 31, 23, 30, tzinfo=UTC),
    datetime(2027, 2, 28, 21, 45, tzinfo=UTC),
    datetime(2026, 11, 10, 9, 0, tzinfo=UTC),
    datetime(2026, 12, 2, 16, 20, tzinfo=UTC),
)


MOST_ACTS = 20_000


class Killed(BaseException):
    """A process of ours was ended by SIGKILL: nothing of it runs any more, not even what catches exceptions."""


class Endless(BaseException):
    """So much has been done in a trial that it must be running in circles."""


class World:
    """What is true whatever our computers think: the time, who acts, and the dice.

    Each action runs as a greenlet. One that waits lets everybody else act meanwhile, so only one acts at a time, and
    nobody is interrupted anywhere else.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.dice = random.Random(seed)
        self.start = self.dice.choice(STARTS)
        self.elapsed = 0.0
        self.clock_error = timedelta(0)
        self.counts: Counter[str] = Counter()
        self.late_arrivals: set[str] = set()
        self.story: list[str] = []
        self.actor = "house"
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._entered = self._done = 0
        self._hub = greenlet.getcurrent()
        self._waiting: list[greenlet.greenlet] = []

    def now(self) -> datetime:
        """Return the true time, UTC: the house's."""
        return self.start + timedelta(seconds=self.elapsed)

    def our_now(self) -> datetime:
        """Return the time that our computers show, which may be wrong."""
        return self.now() + self.clock_error

    def seconds(self) -> float:
        """Return a time that runs steadily, whatever is done to the clocks."""
        return self.elapsed

    def at(self, moment: float, action: Callable[[], None]) -> None:
        """Let an action begin so many seconds after the start of the trial."""
        self._entered += 1
        heapq.heappush(self._agenda, (max(moment, self.elapsed), self._entered, action))

    def wait(self, seconds: float) -> None:
        """Let time pass, and everything happen that is due meanwhile."""
        mine, actor = greenlet.getcurrent(), self.actor
        self._waiting.append(mine)
        self.at(self.elapsed + seconds, mine.switch)
        self._hub.switch()
        self._waiting.remove(mine)
        self.actor = actor

    def act(self) -> bool:
        """Do what comes next on the agenda; say whether there was anything."""
        if not self._agenda:
            return False
        self._done += 1
        if self._done > MOST_ACTS:
            raise Endless
        moment, _, action = heapq.heappop(self._agenda)
        self.elapsed = max(self.elapsed, moment)
        if getattr(action, "__self__", None) in self._waiting:
            action()
        else:
            greenlet.greenlet(action).switch()
        return True

    def end(self) -> None:
        """Let nobody wait any longer: the trial is over."""
        for one in list(self._waiting):
            one.throw(greenlet.GreenletExit)

    def chance(self, probability: float) -> bool:
        """Throw the dice."""
        return probability > 0 and self.dice.random() < probability

    def say(self, what: str, *, who: str = "", kind: str = "") -> None:
        """Add a line to the story; `kind` counts it as a fault of that kind."""
        if kind:
            self.counts[kind] += 1
        self.story.append(f"{self.elapsed:11.2f} {who or self.actor:<9} {what}")

    def digest(self) -> str:
        """Return a fingerprint of everything that happened."""
        return hashlib.sha256("\n".join(self.story).encode()).hexdigest()[:16]


@contextmanager
def seeded_chance(seed: int) -> Iterator[None]:
    """Let everything random in this process come from one seed: references, row ids, the chance in pauses."""
    source = random.Random(f"entropy {seed}")
    kept = os.urandom, random._urandom  # type: ignore[attr-defined]
    os.urandom = random._urandom = source.randbytes  # type: ignore[attr-defined]
    random.seed(seed)
    try:
        yield
    finally:
        os.urandom, random._urandom = kept  # type: ignore[attr-defined]
