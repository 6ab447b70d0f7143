"""The worker's loop: send what is ready, recover what stalled, poll what is open, then maintenance."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Protocol

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections
from django.utils import timezone

from clearbill.claims.bulk import creation, services
from clearbill.claims.queue import lease, sender, status_polling
from clearbill.claims.queue.client_pool import ConnectionPool
from clearbill.claims.recovery import reconciliation
from clearbill.worker import maintenance
from clearbill.worker.database_clock import DatabaseClock
from clearbill.workspace.connection import ClientFactory

SENDINGS_PER_ROUND = 8

"""How many bills are sent one after the other before other work is looked for."""

MAINTENANCE_INTERVAL = timedelta(seconds=1)

SAY_AGAIN_SECONDS = 5.0

logger = logging.getLogger(__name__)


class MaintenanceStep(Protocol):
    """One round of maintenance: does a piece of it and returns whether there was any."""

    def __call__(self, *, now: datetime, house_of: ClientFactory) -> object: ...


class Worker:
    """One worker's round of work. All else gives way while bills wait to be sent, but never stops.

    `more` is work of higher rooms, looked for as often as the rest; `when_due` is such work by its kind of maintenance,
    done where that is due.
    """

    def __init__(
        self,
        *,
        house_of: ClientFactory,
        now: Callable[[], datetime] = timezone.now,
        seconds: Callable[[], float] = time.monotonic,
        go_on: Callable[[], bool] = lambda: True,
        more: Sequence[MaintenanceStep] = (),
        when_due: Mapping[str, MaintenanceStep] = MappingProxyType({}),
    ) -> None:
        self._house_of, self._now, self._seconds, self._go_on = house_of, now, seconds, go_on
        self._more, self._when_due = more, when_due
        self._looked_at: datetime | None = None
        self._complaint, self._complained = "", 0.0

    def work(self) -> bool:
        """Send some bills and do one piece of each other due job. Return whether there was any. Never raises."""
        found = self._safely(self._send)
        if found and self._has_just_looked():
            return True
        others = [self._safely(step) for step in self._other_work()]
        # Where there was nothing else, looking again while bills wait is wasted for a moment.
        self._looked_at = None if any(others) else self._now()
        return found or any(others)

    def _send(self) -> int:
        return sender.send_batch(
            now=self._now,
            house_of=self._house_of,
            seconds=self._seconds,
            at_most=SENDINGS_PER_ROUND,
            go_on=self._go_on,
        )

    def _other_work(self) -> list[Callable[[], object]]:
        steps: dict[str, Callable[[], object]] = {
            "reconcile": lambda: reconciliation.reconcile_next(now=self._now(), house_of=self._house_of),
            "queue": lambda: services.submit_next_slice(now=self._now(), house_of=self._house_of),
            "create": lambda: creation.create_next_slice(now=self._now()),
            "recover": lambda: sender.recover_stalled(now=self._now()),
            "tell": lease.mark_disconnected,
            **{kind: partial(self._do, step) for kind, step in self._when_due.items()},
        }
        is_due: set[str] = set()
        self._safely(lambda: is_due.update(maintenance.due_maintenance(self._now())))
        more = [partial(self._do, step) for step in self._more]
        return [self._ask, *(step for kind, step in steps.items() if kind in is_due), *more]

    def _do(self, step: MaintenanceStep) -> object:
        return step(now=self._now(), house_of=self._house_of)

    def _ask(self) -> bool:
        return status_polling.poll_next(now=self._now(), house_of=self._house_of)

    def _has_just_looked(self) -> bool:
        return self._looked_at is not None and self._looked_at <= self._now() < self._looked_at + MAINTENANCE_INTERVAL

    def _safely(self, step: Callable[[], object]) -> bool:
        """No fault ends the worker: one of the database's is said in a sentence, one of ours by its kind and place."""
        try:
            return bool(step())
        except (OperationalError, InterfaceError) as fault:
            self._complain(f"the database cannot be used just now: {str(fault).partition(chr(10))[0]}")
        except Exception:
            logger.exception("the worker could not finish a step")
        return False

    def _complain(self, sentence: str) -> None:
        """Say it, unless it was just said: a disk that is full is not to be filled with that."""
        if sentence != self._complaint or self._seconds() - self._complained > SAY_AGAIN_SECONDS:
            logger.error(sentence)
            self._complaint, self._complained = sentence, self._seconds()


def run(
    stop: threading.Event,
    *,
    once: bool = False,
    lanes: int = 1,
    more: Sequence[MaintenanceStep] = (),
    when_due: Mapping[str, MaintenanceStep] = MappingProxyType({}),
) -> None:
    """Work until `stop` is set, finishing the pieces in hand. With `once`, until nothing is due.

    Each lane is a thread with clearing houses and a database connection of its own: while one waits for a slow answer,
    the others go on. Where there is nothing to do the first looks for more after a rest, and the others after one as
    many times longer as there are lanes: together they ask the database little more than one would.
    """
    logger.info("worker started")
    work = (stop, once, more, when_due)
    rest = settings.WORKER_IDLE_SECONDS
    others = [
        threading.Thread(target=_lane, args=(*work, rest * lanes), name=f"lane {lane}") for lane in range(2, lanes + 1)
    ]
    for other in others:
        other.start()
    try:
        _lane(*work, rest)
    finally:
        for other in others:
            other.join()


def _lane(
    stop: threading.Event,
    once: bool,
    more: Sequence[MaintenanceStep],
    when_due: Mapping[str, MaintenanceStep],
    rest_seconds: float,
) -> None:
    houses = ConnectionPool()
    worker = Worker(house_of=houses, now=DatabaseClock(), go_on=lambda: not stop.is_set(), more=more, when_due=when_due)
    try:
        while not stop.is_set():
            if not worker.work():
                # Only between two spells of work: to open a connection takes longer than to send a bill.
                close_old_connections()
                if once:
                    return
                stop.wait(rest_seconds)
    finally:
        houses.close()
        close_old_connections()
