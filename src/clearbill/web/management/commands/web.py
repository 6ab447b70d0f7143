"""`clearbill web`: the web application alone, on waitress."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

import waitress
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from clearbill.clients import diagnosis


class Command(BaseCommand):
    help = "Serve the pages (without worker) until Ctrl-C or SIGTERM."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: this machine only)")
        parser.add_argument("--threads", type=int, default=8)
        parser.add_argument("--quiet", action="store_true", help="do not print the address")

    def handle(self, *args: Any, **options: Any) -> None:
        from clearbill.config.wsgi import application

        try:
            server = waitress.create_server(
                application,
                host=options["host"],
                port=settings.PORT,
                threads=options["threads"],
                ident="",
                max_request_body_size=settings.DATA_UPLOAD_MAX_MEMORY_SIZE * 2,
            )
        except (OSError, ValueError) as wrong:
            where = f"{options['host']}:{settings.PORT}"
            raise CommandError(
                f"The pages cannot be served at {where}: {wrong}. Choose another port with CLEARBILL_PORT."
            ) from None
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _end)
        if not options["quiet"]:
            self.stdout.write(f"The pages are at http://localhost:{settings.PORT}/")
            self.stdout.flush()
        # The first search in a new installation builds its index; nobody should wait for that.
        threading.Thread(target=diagnosis.search, args=("knee",), daemon=True).start()
        try:
            server.run()
        except (SystemExit, KeyboardInterrupt):
            pass
        finally:
            server.close()


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)
