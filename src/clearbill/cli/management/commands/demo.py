"""`clearbill demo`: a demo practice with its stand-in clearing house, worker and pages, until Ctrl-C."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from clearbill.clients.diagnosis import open_search
from clearbill.demo import loader
from clearbill.demo.workspace import PASSWORD, SIGN_IN
from clearbill.server.processes import Processes, locked_folder, module_command, require_free, wait_until_listening

DATABASE = "clearbill.sqlite3"

# The demo asks soon, so that a person sees a claim move on.
PAUSES = "3,5,10,20,60"


class Command(BaseCommand):
    help = "Run a demo practice, the stand-in clearing house, a worker and the pages until Ctrl-C or SIGTERM."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--load-only", action="store_true", help="make the demo data and stop")
        parser.add_argument("--into", help="used by the command itself: fill this folder")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["into"]:
            loader.load(
                stand_in_address=f"http://127.0.0.1:{settings.SANDBOX_PORT}",
                now=timezone.now(),
                say=lambda words: self._say(f"  {words}"),
            )
            return
        if settings.SANDBOX_PORT == settings.PORT:
            raise CommandError(f"CLEARBILL_PORT and CLEARBILL_SANDBOX_PORT are both {settings.PORT}. Choose two.")
        require_free(settings.SANDBOX_PORT, "CLEARBILL_SANDBOX_PORT")
        require_free(settings.PORT, "CLEARBILL_PORT")
        folder = settings.DATA_FOLDER
        with locked_folder(folder), Processes() as processes:
            if is_new := not (folder / DATABASE).exists():
                self._load(processes, folder)
            self._refuse_another_practice(folder)
            if not options["load_only"] and not processes.stop.is_set():
                self._run(processes, may_be_older=not is_new)

    def _load(self, processes: Processes, folder: Path) -> None:
        """Fill a folder beside the real place and move it there when it is whole: a stopped load leaves nothing."""
        self._say("Making the demo practice (this happens once, about a minute)")
        making = folder / "making"
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700)
        for name in ("secret-key", "encryption-keys"):
            shutil.copy(folder / name, making / name)
        shutil.rmtree(folder / "sandbox", ignore_errors=True)
        there = {"CLEARBILL_DATA": str(making), "CLEARBILL_LOG": "warning"}
        clock = loader.begins_at(timezone.now()).isoformat()
        stand_in = processes.start(*module_command("healthcode_sandbox"), "--clock", clock, environment=there)
        wait_until_listening(settings.SANDBOX_PORT, stand_in)
        migration = processes.start(*module_command("clearbill"), "migrate", "--verbosity", "0", environment=there)
        open_search(making / "cache")  # Built while the tables are made: each takes seconds.
        processes.finish(migration)
        processes.finish(
            processes.start(*module_command("clearbill"), "demo", "--into", str(making), environment=there)
        )
        processes.end()
        _settle_on_disk(making / DATABASE)
        shutil.rmtree(folder / "cache", ignore_errors=True)
        for name in ("sandbox", "cache"):
            os.replace(making / name, folder / name)
        os.replace(making / DATABASE, folder / DATABASE)
        shutil.rmtree(making)

    def _refuse_another_practice(self, folder: Path) -> None:
        if not loader.is_loaded():
            raise CommandError(f"{folder} holds a practice that is no demo. Choose another folder with CLEARBILL_DATA.")

    def _run(self, processes: Processes, *, may_be_older: bool) -> None:
        pace = {
            "CLEARBILL_STATUS_PAUSES": os.environ.get("CLEARBILL_STATUS_PAUSES", PAUSES),
            "CLEARBILL_LOG": os.environ.get("CLEARBILL_LOG", "warning"),
        }
        stand_in = processes.start(*module_command("healthcode_sandbox"))
        if may_be_older:
            processes.finish(processes.start(*module_command("clearbill"), "migrate", "--verbosity", "0"))
        processes.start(*module_command("clearbill"), "worker", environment=pace)
        web = processes.start(*module_command("clearbill"), "web", "--quiet", environment=pace)
        wait_until_listening(settings.SANDBOX_PORT, stand_in)
        wait_until_listening(settings.PORT, web)
        self._say(f"\nClearbill                http://localhost:{settings.PORT}/")
        self._say(f"Stand-in clearing house  http://localhost:{settings.SANDBOX_PORT}/")
        self._say(f"Sign in                  {SIGN_IN}\nPassword                 {PASSWORD}")
        self._say(f"Data                     {settings.DATA_FOLDER}\nCtrl-C stops everything; the data stay.")
        code = processes.watch()
        if code:
            sys.exit(code)

    def _say(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()


def _settle_on_disk(database: Path) -> None:
    """Bring everything into the one database file, so that it can be moved."""
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode=DELETE")
    connection.close()
