"""`clearbill export`: all of a practice as one ZIP of documented CSV and JSON."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from clearbill.bill.problem import Refused
from clearbill.exports import services
from clearbill.people.actor import Actor
from clearbill.people.models import Practice


class Command(BaseCommand):
    help = "Write all of a practice into one ZIP of CSV and JSON. Safe while everything runs. It holds health data."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="where to write it (default: this folder)")
        parser.add_argument("--practice", default="", metavar="NAME", help="needed where there are several")

    def handle(self, *args: Any, **options: Any) -> None:
        practice, now = practice_named(options["practice"]), timezone.now()
        name = re.sub(r"[^a-z0-9]+", "-", practice.name.lower()).strip("-") or "practice"
        target = (options["file"] or Path(f"{name}-{now:%Y%m%d-%H%M%S}.zip")).absolute()
        try:
            made = services.export(Actor(practice, None, now), target=target, say=lambda words: None)
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        except OSError as wrong:
            raise CommandError(f"The export could not be written: {wrong.strerror or 'no room left'}.") from None
        rows = sum(made.figures["rows"].values())
        self.stdout.write(f"{target}  {len(made.parts)} files, {rows} rows of {practice.name}")
        self.stdout.write(
            "README.txt in it says what each file holds. It holds health data: keep it as you keep those."
        )


def practice_named(name: str) -> Practice:
    """Return the practice of this name, or the only one where none is named; else the command ends with a sentence."""
    found = list(Practice.objects.filter(name=name) if name else Practice.objects.order_by("name"))
    if len(found) == 1:
        return found[0]
    if name:
        raise CommandError(f"There is no practice “{name}” here." if not found else f"Several practices are “{name}”.")
    if not found:
        raise CommandError("There is no practice here yet.")
    raise CommandError(f"Say which practice with --practice: {', '.join(one.name for one in found)}.")
