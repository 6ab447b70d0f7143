"""`clearbill import-practice FILE`: bring what `clearbill export` wrote into an empty installation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from clearbill.bill.problem import Refused
from clearbill.bill.text import plural
from clearbill.cli.password_link import password_link
from clearbill.exports import services


class Command(BaseCommand):
    help = "Bring an export of a practice into this installation, which must be empty."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="a file that clearbill export wrote")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            loaded = services.load(file=options["file"].absolute(), now=timezone.now(), say=lambda words: None)
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        rows = sum(loaded.manifest.figures["rows"].values())
        self.stdout.write(f"{loaded.practice.name} is here: {rows} rows, and its books agree to the penny.")
        self.stdout.write("What happens next:")
        for owner in loaded.owners:
            self.stdout.write(f"  {owner.email} chooses a password here, within a day: {password_link(owner)}")
        self.stdout.write("  Everybody else chooses one by “Forgotten password”, or by a link of an administrator.")
        self.stdout.write("  Connect Healthcode anew: its keys do not leave an installation.")
        self.stdout.write(
            f"  Before anything is sent, Healthcode is asked about {loaded.asked} {plural(loaded.asked, 'claim')} "
            "that may have been sent since the export; nothing is sent twice."
        )
