"""`clearbill audit verify`: read the hash chains of the audit trail and name the first entry that is not as written."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from clearbill.backups import archive
from clearbill.bill.problem import Refused
from clearbill.bill.text import plural
from clearbill.db.ids import parse_id
from clearbill.people.audit import chain, heads_file
from clearbill.people.audit.chain import Head, Verified
from clearbill.people.models import Practice


class Command(BaseCommand):
    help = "Verify that no entry of the audit trail was changed, removed, moved or cut off since it was written."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", choices=["verify"], help="what to do")
        parser.add_argument("--practice", default="", metavar="NAME", help="this practice alone")
        parser.add_argument("--backup", type=Path, metavar="FILE", help="a backup whose heads must be in the chains")

    def handle(self, *args: Any, **options: Any) -> None:
        practices = Practice.objects.order_by("name")
        if options["practice"]:
            practices = practices.filter(name=options["practice"])
            if not practices:
                raise CommandError(f"There is no practice “{options['practice']}” here.")
        try:
            known = _known_heads(options["backup"])
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        found = [chain.verify(practice, known.get(practice.pk, [])) for practice in practices]
        for one in found:
            self.stdout.write(_told(one))
        for gone in set(known) - {one.practice.pk for one in found} if not options["practice"] else ():
            self.stdout.write(f"The practice {gone}, of which a head is kept elsewhere, is not here any more.")
            raise SystemExit(1)
        # What nobody has appended yet, as where no worker runs, is from now on in the chain too.
        if any(one.fault for one in found):
            raise SystemExit(1)
        while heads_file.append_next(settings.AUDIT_HEADS):
            pass


def _known_heads(backup: Path | None) -> dict[UUID, list[Head]]:
    file = settings.AUDIT_HEADS
    known = heads_file.read(file) if file and file.exists() else {}
    if backup:
        for text, head in archive.read(backup.absolute()).audit_heads.items():
            if practice := parse_id(text):
                known.setdefault(practice, []).append(Head(*head))
    return known


def _told(one: Verified) -> str:
    if one.fault:
        return f"{one.practice.name}: {one.fault}"
    waiting = f"; {one.pending} written since {plural(one.pending, 'was', 'were')} not in it yet" if one.pending else ""
    return f"{one.practice.name}: {one.length} {plural(one.length, 'entry', 'entries')} as written{waiting}."
