"""Our processes: workers that take the real steps, and web processes through which people act."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import DatabaseError

from clearbill.claims.core.transitions import ConcurrentChange
from clearbill.clearinghouse.healthcode import Clock, Connection, HealthcodeClient, connect
from clearbill.clearinghouse.port import BillKey, Receipt, StatusReport
from clearbill.people.encryption import decrypt
from clearbill.worker import loop
from clearbill.workspace.models import HealthcodeConnection
from tests.simulation import rows_now
from tests.simulation.database import Database
from tests.simulation.plan import Plan
from tests.simulation.standin import StandIn
from tests.simulation.wire import AFTER_QUESTION, LARGEST_REPLY_BYTES, REPLY_SECONDS, Line
from tests.simulation.world import Killed, World

_HOST = "http://127.0.0.1:8010"


class Drowsy:
    """The real adapter in a process that may stand still between an answer and what comes of it."""

    def __init__(self, house: HealthcodeClient, line: Line) -> None:
        self._house, self._line = house, line

    def __getattr__(self, name: str) -> Any:
        return getattr(self._house, name)

    def submit(self, document: bytes, *, reference: str, at: datetime) -> Receipt:
        try:
            return self._house.submit(document, reference=reference, at=at)
        finally:
            if not isinstance(sys.exception(), Killed):
                self._line.perhaps_sleep("after the answer to a sending")

    def status_of(self, key: BillKey, *, at: datetime) -> StatusReport:
        report = self._house.status_of(key, at=at)
        self._line.perhaps_sleep(AFTER_QUESTION)
        return report


class Process:
    """A process of ours with its own connections to the house. `line` is its network."""

    def __init__(self, world: World, plan: Plan, standin: StandIn) -> None:
        self.world = world
        self.line = Line(world, plan, standin)
        self._houses: dict[object, Drowsy] = {}

    def house_of(self, connection: HealthcodeConnection) -> Any:
        """Return the real adapter of a connection, on virtual time and the faulty line."""
        if connection.pk not in self._houses:
            clock = Clock(now=self.world.our_now, seconds=self.world.seconds, sleep=self.world.wait)
            given = Connection(
                environment="test",
                site_id=connection.site_id,
                user_id=connection.user_id,
                api_key=decrypt(connection.api_key_encrypted),
                api_key_id=connection.api_key_id,
                rest_api_key=decrypt(connection.rest_api_key_encrypted),
                soap_endpoint=f"{_HOST}/HCWebServices/HCWebServices",
                discovery_url=f"{_HOST}/.well-known/discovery-document.json",
                reply_seconds=REPLY_SECONDS,
                largest_reply_bytes=LARGEST_REPLY_BYTES,
            )
            self._houses[connection.pk] = Drowsy(connect(given, clock=clock, transport=self.line), self.line)
        self.line.perhaps_sleep("before the POST")
        return self._houses[connection.pk]

    def restart(self) -> None:
        """Forget what only a process remembers."""
        self._houses = {}


class Loop(loop.Worker):
    """The worker's real loop, each step of which is done where the faults strike and is judged at its end."""

    def __init__(self, process: Worker) -> None:
        super().__init__(house_of=process.house_of, now=process.world.our_now, seconds=process.world.seconds)
        self._process = process

    def _safely(self, step: Callable[[], object]) -> bool:
        return self._process.step(step)


class Worker(Process):
    """A worker whose rounds are entries on the agenda. `after` is called at the end of each step."""

    def __init__(
        self, name: str, world: World, plan: Plan, standin: StandIn, database: Database, after: Callable[[Any], None]
    ) -> None:
        super().__init__(world, plan, standin)
        self.name, self.plan, self._database, self._after = name, plan, database, after
        self.is_busy = self.is_gone = self.may_leave = False
        self.failure = ""
        self.faults: list[str] = []
        self._wanted = 0
        self._loop = Loop(self)

    def restart(self) -> None:
        super().restart()
        self._loop = Loop(self)

    def wake(self, moment: float) -> None:
        """Let the next round begin then, in place of any other moment."""
        if self.is_busy or self.is_gone:
            return
        self._wanted += 1
        wanted = self._wanted
        self.world.at(moment, lambda: self.round() if wanted == self._wanted else None)

    def round(self) -> None:
        """Do one round of work as one, and arrange for the next."""
        if self.is_busy or self.is_gone:
            return
        actor, self.world.actor, self.is_busy = self.world.actor, self.name, True
        self._wanted += 1
        try:
            shortest = 0.05 if self._loop.work() else 3.0
            pause = max(shortest, self._idle_seconds())
        except Killed:
            self.restart()
            self.is_gone = self.may_leave
            pause = self.world.dice.choice([0.5, 5.0, 60.0])
        self.world.actor, self.is_busy = actor, False
        self.wake(self.world.elapsed + pause)

    def step(self, step: Callable[[], object]) -> bool:
        """Do one step of the loop and say whether it found anything to do; what it raises is kept and judged."""
        self.line.answers.clear()
        self.failure = ""
        done = False
        try:
            with self._database.watched():
                done = bool(step())
        except Exception as failure:
            self.failure = type(failure).__name__
            self.world.say(f"a step failed: {self.failure}")
            if not isinstance(failure, DatabaseError | ConcurrentChange):
                self.faults.append(f"a step of the worker raised {self.failure}")
        except Killed:
            self.failure = "Killed"
            self._after(self)
            raise
        self._after(self)
        return done

    def _idle_seconds(self) -> float:
        with self._database.quiet():
            return rows_now.due_in(self.world.our_now())
