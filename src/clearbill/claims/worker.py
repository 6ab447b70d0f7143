"""The worker's loop: send what is ready, look after what was left lying, ask about what is open."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from django.conf import settings
from django.db import close_old_connections
from django.utils import timezone

from clearbill.claims import delivery, tracking
from clearbill.claims.houses import Houses
from clearbill.claims.services import HouseOf

logger = logging.getLogger(__name__)


def work_once(*, house_of: HouseOf) -> bool:
    """Do one piece of each kind of work that is due, and say whether there was any. Never raises."""
    steps: tuple[Callable[[], object], ...] = (
        lambda: delivery.send_next(now=timezone.now(), house_of=house_of),
        lambda: delivery.recover_taken(now=timezone.now()),
        lambda: tracking.check_next(now=timezone.now(), house_of=house_of),
    )
    return any([_safely(step) for step in steps])


def run(stop: threading.Event, *, once: bool = False) -> None:
    """Work until `stop` is set, finishing the piece in hand. With `once`, until nothing is due."""
    houses = Houses()
    logger.info("worker started")
    try:
        while not stop.is_set():
            close_old_connections()
            if not work_once(house_of=houses):
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
