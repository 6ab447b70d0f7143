"""The worker's loop: send what is ready, look after what was left lying, ask about what is open."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db import close_old_connections
from django.utils import timezone

from clearbill.claims import delivery, taking, tracking
from clearbill.claims.clock import DatabaseClock
from clearbill.claims.houses import Houses
from clearbill.claims.services import HouseOf

SENDINGS_PER_QUESTION = 4
logger = logging.getLogger(__name__)


class Worker:
    """One worker's round of work. Questions give way while bills wait to be sent, but never stop."""

    def __init__(self, *, house_of: HouseOf, now: Callable[[], datetime] = timezone.now) -> None:
        self._house_of, self._now = house_of, now
        self._round = 0

    def work(self) -> bool:
        """Do one piece of each kind of work that is due, and say whether there was any. Never raises."""
        self._round += 1
        sent = _safely(lambda: delivery.send_next(now=self._now(), house_of=self._house_of))
        if sent and self._round % SENDINGS_PER_QUESTION:
            return True
        asked = _safely(lambda: tracking.check_next(now=self._now(), house_of=self._house_of))
        kept = _safely(lambda: delivery.recover_taken(now=self._now()))
        told = _safely(taking.tell_disconnected)
        return any((sent, asked, kept, told))


def run(stop: threading.Event, *, once: bool = False) -> None:
    """Work until `stop` is set, finishing the piece in hand. With `once`, until nothing is due."""
    houses = Houses()
    worker = Worker(house_of=houses, now=DatabaseClock())
    logger.info("worker started")
    try:
        while not stop.is_set():
            close_old_connections()
            if not worker.work():
                if once:
                    return
                stop.wait(settings.WORKER_IDLE_SECONDS)
    finally:
        houses.close()
        close_old_connections()


def _safely(step: Callable[[], object]) -> bool:
    """A fault of ours is logged by its kind and never ends the worker."""
    try:
        return bool(step())
    except Exception:
        logger.exception("the worker could not finish a step")
        return False
