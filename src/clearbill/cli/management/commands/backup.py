"""`clearbill backup`: one file with a consistent copy of the database, made while everything runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from django.utils import timezone

from clearbill import backups
from clearbill.backups import backup, folder_lock
from clearbill.backups.archive import KEYS
from clearbill.backups.backup import BackupResult
from clearbill.backups.progress import size
from clearbill.bill.problem import Refused
from clearbill.bill.text import plural
from clearbill.config import environment

NO_KEYS = (
    "The encryption keys are not in it. Keep a copy of {keys} in another place: without it the Healthcode credentials "
    "must be entered again after a restore."
)

WITH_KEYS = "The encryption keys are in it: whoever has this file can read the Healthcode credentials."


class Command(BaseCommand):
    help = "Write a backup of the database into one file. Safe while everything runs. It holds health data."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", nargs="?", type=Path, help="where to write it (default: the folder backups in the data folder)"
        )
        parser.add_argument("--with-keys", action="store_true", help="put the encryption keys into the file too")
        parser.add_argument("--keep", type=int, metavar="N", help="keep the newest N in the default folder")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["keep"] is not None and (options["keep"] < 1 or options["file"]):
            raise CommandError("--keep takes a number from 1, and goes with the default folder only.")
        keys = ",".join(key.strip() for key in settings.ENCRYPTION_KEYS)
        try:
            folder_lock.hold_shared()
            made = backup.create_backup(
                engine=backups.engine_of(
                    connections["default"].settings_dict, folder=settings.DATA_FOLDER, programs=settings.PG_BIN
                ),
                folder=settings.DATA_FOLDER / "backups",
                file=options["file"],
                now=timezone.now(),
                say=self._say,
                keys=keys if options["with_keys"] else "",
                keep=options["keep"],
            )
        except (Refused, folder_lock.RestoreUnderWay) as refusal:
            raise CommandError(str(refusal)) from None
        except OSError as wrong:
            raise CommandError(f"The backup could not be written: {wrong.strerror or 'no room left'}.") from None
        self._tell(made)

    def _tell(self, made: BackupResult) -> None:
        self._say(f"{made.path}  {size(made.bytes)}")
        self._say(f"{sum(made.manifest.claims.values())} claims, SHA-256 of the copy {made.manifest.parts[0].sha256}")
        if made.removed:
            self._say(f"{len(made.removed)} older {plural(len(made.removed), 'backup was', 'backups were')} removed.")
        keys = environment.place_of("CLEARBILL_ENCRYPTION_KEYS", settings.DATA_FOLDER / KEYS)
        self._say(WITH_KEYS if made.manifest.has_keys else NO_KEYS.format(keys=keys))

    def _say(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()
