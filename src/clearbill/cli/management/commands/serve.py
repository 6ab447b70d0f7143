"""`clearbill serve`: bring the database up to date, then run page processes and workers. SIGHUP replaces them all."""

from __future__ import annotations

import signal
import socket
import sys
from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from clearbill.db.durability import require_durable
from clearbill.people import services
from clearbill.people.models import User
from clearbill.server import graceful_server
from clearbill.server.processes import PortTaken, Processes
from clearbill.server.rolling_restart import Slot, Slots

MOST = 64


class Command(BaseCommand):
    help = "Run page processes and workers until Ctrl-C or SIGTERM. SIGHUP replaces each without a failed request."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: this machine only)")
        parser.add_argument("--web", type=int, default=1, help="how many processes serve the pages (default: 1)")
        parser.add_argument("--workers", type=int, default=1, help="how many processes send claims (default: 1)")
        parser.add_argument("--no-migrate", action="store_true", help="leave the database as it is")

    def handle(self, *args: Any, **options: Any) -> None:
        web, workers, migrates = options["web"], options["workers"], not options["no_migrate"]
        if not (0 <= web <= MOST and 0 <= workers <= MOST and web + workers):
            raise CommandError(f"--web and --workers are numbers from 0 to {MOST}, and not both 0.")
        if web and (why_not := graceful_server.why_not_open(options["host"])):
            raise CommandError(why_not)
        with ExitStack() as stack:
            listening = stack.enter_context(_listening(options["host"])) if web else None
            processes = stack.enter_context(Processes(passes_on=True))
            require_durable()
            if migrates:
                call_command("migrate", verbosity=0)
            pages = _pages(web, listening) if listening else []
            posts = Slots(processes, pages + _workers(workers), migrates=migrates)
            posts.fill()
            self._greet(has_pages=web > 0)
            connections.close_all()
            code = posts.watch()
            if listening:
                # Nobody is to wait for an answer in a socket from which nobody takes any more.
                listening.close()
        if code:
            sys.exit(code)

    def _greet(self, *, has_pages: bool) -> None:
        if has_pages:
            self.stdout.write(f"Clearbill  {settings.ADDRESS}/")
            if not User.objects.exists():
                self.stdout.write(f"Set-up code for the first visit: {services.set_up_code()}")
        self.stdout.write("Ctrl-C stops it.")
        self.stdout.flush()


def _listening(host: str) -> socket.socket:
    try:
        return graceful_server.listen(host, settings.PORT)
    except OSError:
        raise PortTaken(
            f"Port {settings.PORT} of {host} is in use or cannot be used. "
            "Stop what runs there, or choose another with CLEARBILL_PORT."
        ) from None


def _pages(count: int, listening: socket.socket) -> list[Slot]:
    words = ("web", "--quiet", "--socket", str(listening.fileno()))
    return [Slot("The pages", words, signal.SIGHUP, (listening.fileno(),)) for _ in range(count)]


def _workers(count: int) -> list[Slot]:
    """Return the workers' posts; each serves its own figures, on one port after the other."""
    first = settings.WORKER_METRICS_PORT
    return [
        Slot(
            "The worker",
            ("worker",),
            signal.SIGTERM,
            environment={"CLEARBILL_WORKER_METRICS_PORT": str(first + index)} if first else {},
        )
        for index in range(count)
    ]
