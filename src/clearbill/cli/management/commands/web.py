"""`clearbill web`: the web application alone, on waitress."""

from __future__ import annotations

import socket
import sys
import threading
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.urls import get_resolver

from clearbill.clients import diagnosis
from clearbill.db.durability import require_durable
from clearbill.server import graceful_server, rolling_restart
from clearbill.server.health import why_not_ready


class Command(BaseCommand):
    help = "Serve the pages (without worker) until Ctrl-C or SIGTERM."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: this machine only)")
        parser.add_argument("--threads", type=int, default=8)
        parser.add_argument("--quiet", action="store_true", help="do not print the address")
        parser.add_argument("--socket", type=int, help="used by clearbill serve: the listening socket that it holds")
        parser.add_argument("--ready-fd", type=int, help="used by clearbill serve: where to say that we are ready")

    def handle(self, *args: Any, **options: Any) -> None:
        from clearbill.config.wsgi import application

        require_durable()
        # Every page's code is loaded before anybody asks: a fault in it ends the start, not the first request.
        _ = get_resolver().url_patterns
        server = graceful_server.Server(application, self._socket(options), threads=options["threads"])
        if not options["quiet"]:
            self.stdout.write(f"The pages are at {settings.ADDRESS}/")
            self.stdout.flush()
        # The first search in a new installation builds its index; nobody should wait for that.
        threading.Thread(target=diagnosis.search, args=("knee",), daemon=True).start()
        if options["ready_fd"] is not None:
            threading.Thread(target=_tell_when_ready, args=(options["ready_fd"],), daemon=True).start()
        server.run()

    def _socket(self, options: dict[str, Any]) -> socket.socket:
        if options["socket"] is not None:
            return socket.socket(fileno=options["socket"])
        if why_not := graceful_server.why_not_open(options["host"]):
            raise CommandError(why_not)
        try:
            return graceful_server.listen(options["host"], settings.PORT)
        except OSError as wrong:
            where = f"{options['host']}:{settings.PORT}"
            raise CommandError(
                f"The pages cannot be served at {where}: {wrong}. Choose another port with CLEARBILL_PORT."
            ) from None


def _tell_when_ready(pipe: int) -> None:
    """Wait until the database is as this version needs it, and say so."""
    told = ""
    while problem := why_not_ready():
        if problem != told:
            print(f"The pages wait: {problem}.", file=sys.stderr, flush=True)
        told = problem
        time.sleep(0.3)
    connection.close()
    rolling_restart.signal_ready(pipe)
