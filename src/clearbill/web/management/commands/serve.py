"""`clearbill serve`: bring the database up to date, then run the web application and one worker."""

from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from clearbill.people import services as people
from clearbill.people.models import User
from clearbill.web.processes import Processes, command, require_free, wait_until_listening


class Command(BaseCommand):
    help = "Run the web application and a worker until Ctrl-C or SIGTERM."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: this machine only)")

    def handle(self, *args: Any, **options: Any) -> None:
        require_free(settings.PORT, "CLEARBILL_PORT")
        call_command("migrate", verbosity=0)
        with Processes() as processes:
            web = processes.start(command("clearbill"), "web", "--quiet", "--host", options["host"])
            processes.start(command("clearbill"), "worker")
            wait_until_listening(settings.PORT, web)
            self.stdout.write(f"Clearbill  http://localhost:{settings.PORT}/")
            if not User.objects.exists():
                self.stdout.write(f"Set-up code for the first visit: {people.set_up_code()}")
            self.stdout.write("Ctrl-C stops it.")
            self.stdout.flush()
            code = processes.watch()
        if code:
            sys.exit(code)
