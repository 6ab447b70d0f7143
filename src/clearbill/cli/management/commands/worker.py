"""`clearbill worker`: sends claims and asks where they stand."""

from __future__ import annotations

import signal
import threading
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from clearbill.claims.queue import metrics
from clearbill.cli.password_link import password_link
from clearbill.db.durability import require_durable
from clearbill.exports import jobs
from clearbill.imports import slices
from clearbill.money.bank import auto_match
from clearbill.money.remittances import poll
from clearbill.people import account_mail, sign_in_limits
from clearbill.people.audit import heads_file
from clearbill.server import rolling_restart
from clearbill.worker import loop
from clearbill.worker.housekeeping import Housekeeping
from clearbill.workspace.connection import ClientFactory


class Command(BaseCommand):
    help = "Send submitted claims to Healthcode and ask where they stand, until stopped."
    # They are about pages, and loading those would take a quarter of the time to start.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--lanes", type=int, default=settings.WORKER_LANES, help="how many claims may be on their way at once"
        )
        parser.add_argument("--once", action="store_true", help="stop when nothing is due")
        parser.add_argument("--ready-fd", type=int, help="used by clearbill serve: where to say that we are ready")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        require_durable()
        if settings.WORKER_METRICS_PORT:
            metrics.serve(settings.WORKER_METRICS_PORT, settings.WORKER_METRICS_HOST, stop)
        rolling_restart.signal_ready(options["ready_fd"])
        loop.run(
            stop,
            once=options["once"],
            lanes=options["lanes"],
            more=[poll.poll_next, auto_match.rematch_next, Housekeeping()],
            when_due={
                "import": slices.work_next,
                "export": jobs.make_next,
                "mail": _send_account_mail,
                "chain": _append_to_chains,
                "refusals": _tell_of_refused_sign_ins,
            },
        )


def _tell_of_refused_sign_ins(*, now: datetime, house_of: ClientFactory) -> bool:
    return sign_in_limits.tell_next(now=now)


def _send_account_mail(*, now: datetime, house_of: ClientFactory) -> bool:
    return account_mail.send_next(now=now, link=password_link)


def _append_to_chains(*, now: datetime, house_of: ClientFactory) -> bool:
    return heads_file.append_next(settings.AUDIT_HEADS)
