"""`clearbill restore FILE`: put a backup in the place of the database; Healthcode is then asked what was sent since."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from django.utils import timezone

from clearbill import backups
from clearbill.backups import restore
from clearbill.backups.archive import KEYS, Manifest
from clearbill.backups.restore import Restored
from clearbill.bill.problem import Refused
from clearbill.bill.text import plural
from clearbill.claims.core.restore_hold import backup_time
from clearbill.claims.recovery import in_doubt
from clearbill.config import environment
from clearbill.people import services
from clearbill.people.audit import chain, heads_file
from clearbill.people.encryption import DecryptionFailed, decrypt
from clearbill.workspace.models import HealthcodeConnection

KEYS_LOST = (
    "The Healthcode credentials cannot be read with the keys of this machine. Put the encryption keys of the earlier "
    "machine into {keys}, or enter the credentials again under Workspace Settings; until then Healthcode cannot be "
    "asked, and nothing is sent."
)


class Command(BaseCommand):
    help = "Restore a backup. Stop the web pages and workers first. The present database is kept under another name."
    requires_system_checks: list[str] = []
    asked = 0
    sealed: Sequence[str] = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="a file that clearbill backup wrote")
        parser.add_argument("--yes", action="store_true", help="do not ask whether to go on")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            restored = restore.restore(
                file=options["file"].absolute(),
                engine=backups.engine_of(
                    connections["default"].settings_dict, folder=settings.DATA_FOLDER, programs=settings.PG_BIN
                ),
                folder=settings.DATA_FOLDER,
                now=now,
                begin=lambda manifest: self._begin(manifest, now),
                confirm=lambda manifest: options["yes"] or self._confirmed(manifest),
                say=self._say,
            )
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        except OSError as wrong:
            reason = wrong.strerror or "no room left"
            raise CommandError(f"The backup could not be restored: {reason}. Nothing was changed.") from None
        if settings.AUDIT_HEADS:
            heads_file.note_restore(settings.AUDIT_HEADS)
        self._tell(restored)

    def _confirmed(self, manifest: Manifest) -> bool:
        self._say(f"This is a backup of {backup_time(manifest.taken_at)}, by Clearbill {manifest.clearbill}, with")
        for status, count in manifest.claims.items():
            self._say(f"  {count} {plural(count, 'claim')} {status}")
        self._say("What was entered in Clearbill after that time will not be in it.")
        if not sys.stdin.isatty():
            raise Refused("Nobody is at the terminal to confirm. Give --yes to restore all the same.")
        return input("Restore it in the place of the present database? Type yes: ").strip().lower() == "yes"

    def _begin(self, manifest: Manifest, now: datetime) -> None:
        """Runs on the new database, before it takes its place."""
        self.asked = in_doubt.mark_restored(taken_at=manifest.taken_at, now=now)
        services.end_all_sessions()
        chain.rebuild()
        rows = HealthcodeConnection.objects.values_list("api_key_encrypted", "rest_api_key_encrypted")
        self.sealed = [sealed for row in rows for sealed in row if sealed]

    def _tell(self, restored: Restored) -> None:
        taken = backup_time(restored.manifest.taken_at)
        self._say(f"Clearbill now stands as it did on {taken}.")
        if restored.earlier:
            self._say(restored.earlier)
        keys = environment.place_of("CLEARBILL_ENCRYPTION_KEYS", settings.DATA_FOLDER / KEYS)
        if restored.keys and environment.secret("CLEARBILL_ENCRYPTION_KEYS"):
            self._say(f"The backup’s keys are in {settings.DATA_FOLDER / KEYS}. Add them to {keys}.")
        self._say("The chains of the audit trail were made anew from the entries of the backup, and begin with it.")
        self._say("What happens next:")
        self._say("  Start Clearbill again. Everybody signs in anew.")
        self._say(
            f"  Before anything is sent, Healthcode is asked about {self.asked} {plural(self.asked, 'claim')} "
            "that may have been sent since, and for bills that were made since; nothing is sent twice."
        )
        self._say("  Today shows how far that is, and what only a person can settle.")
        self._say("  Clients, appointments, invoices and payments entered since must be entered again.")
        if not _can_open(self.sealed):
            self._say(KEYS_LOST.format(keys=keys))

    def _say(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()


def _can_open(sealed: Sequence[str]) -> bool:
    """Return whether the keys that Clearbill will start with open all of these; the backup may have brought some."""
    keys = environment.kept_secret("CLEARBILL_ENCRYPTION_KEYS", settings.DATA_FOLDER / KEYS, environment.fernet_key)
    try:
        for one in sealed:
            decrypt(one, keys=keys.split(","))
    except DecryptionFailed:
        return False
    return True
