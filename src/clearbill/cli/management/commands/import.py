"""`clearbill import FILE`: take a file into a practice and say row by row what it did."""  # noqa: N999 (as people type it)

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from clearbill.cli.import_money import MoneyImport, RemittanceImport, StatementImport
from clearbill.imports import contents, queries, services, slices
from clearbill.imports.kinds import KINDS
from clearbill.imports.models import FileImport, ImportRow
from clearbill.people.actor import Actor
from clearbill.people.models import Practice

DONE, SOME_LEFT, UNREADABLE, QUESTIONS = 0, 1, 2, 3

MONEY = ("remittance", "bank")
"""Kinds that are taken in whole or not at all, as on the pages of Money."""

NO_ANSWERS = 'The answers cannot be read. They are texts by question as JSON, such as {"order": "dmy"}.'

_STAYS_OUT = (ImportRow.WRONG, ImportRow.DOUBLE, ImportRow.CONFLICT)


class Command(BaseCommand):
    help = (
        "Take the good rows of a file into a practice and say row by row what that did. Exit code 0: done; 1: rows are "
        "wrong or wait for a decision; 2: unreadable; 3: there are questions, to be answered with --answers."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the file, such as clients.csv")
        parser.add_argument("--practice", required=True, metavar="NAME", help="the name of the practice")
        parser.add_argument("--kind", required=True, choices=sorted([*KINDS, *MONEY]), help="what its rows are")
        parser.add_argument("--account", default="", metavar="NAME", help="the bank account of a statement")
        parser.add_argument("--source", default="", metavar="SYSTEM", help="the system it comes from, such as cliniko")
        parser.add_argument("--answers", type=Path, metavar="FILE", help='answers as JSON: {"order": "dmy"}')
        parser.add_argument("--dry-run", action="store_true", help="say what it would do, and do nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = Actor(_practice(options["practice"]), None, timezone.now())
        answers = _answers(options["answers"]) if options["answers"] else {}
        path: Path = options["file"]
        try:
            if options["kind"] in MONEY:
                money = _money(actor, path, answers, options)
                code = money.run(is_dry=options["dry_run"])
                self._print(money)
                sys.exit(code)
            with path.open("rb") as content:
                file, is_new = services.bring(
                    actor, kind=options["kind"], source=options["source"], content=content, name=path.name
                )
        except OSError as why:
            raise CommandError(f"{path} cannot be read: {why.strerror}.", returncode=UNREADABLE) from None
        if not is_new:
            self.stdout.write("This very file was brought before. Nothing was changed.")
            return
        code = self._import(actor, file, answers, is_dry=options["dry_run"])
        if options["dry_run"] or file.state == FileImport.OPEN:
            services.drop(actor, file=file)
        sys.exit(code)

    def _import(self, actor: Actor, file: FileImport, answers: dict[str, str], *, is_dry: bool) -> int:
        if answers:
            services.answer(actor, file=file, answers=contents.with_answers({}, answers))
        slices.work_through(file, now=actor.now)
        if sentence := file.found.get("sentence"):
            self.stderr.write(sentence)
            return UNREADABLE
        if questions := file.found.get("questions"):
            self._ask(questions)
            return QUESTIONS
        if not is_dry and queries.waiting(file):
            services.take_in(actor, file=file, only_good=True)
            slices.work_through(file, now=actor.now)
        return self._tell(file)

    def _print(self, money: MoneyImport) -> None:
        for line in money.said:
            self.stdout.write(line)
        if money.wrong:
            self.stderr.write(money.wrong)

    def _ask(self, questions: list[dict[str, Any]]) -> None:
        for question in questions:
            self.stdout.write(f"{question['field']}: {question['sentence']}")
            for value, label in question["choices"]:
                self.stdout.write(f"  {json.dumps(value)}  {label}")

    def _tell(self, file: FileImport) -> int:
        """Say what became, or would become, of each row, and return the exit code."""
        code = DONE
        for row in ImportRow.objects.filter(file=file).iterator(chunk_size=500):
            said = [queries.STATES.get(row.state, ""), KINDS[file.kind].verdict_label(row.verdict)]
            told = ": ".join(word for word in said if word)
            self.stdout.write(" ".join([f"Row {row.row_no}: {told}.", *queries.reasons(file, row)]))
            if row.state == ImportRow.REFUSED or (row.state == ImportRow.CHECKED and row.verdict in _STAYS_OUT):
                code = SOME_LEFT
        return code


def _money(actor: Actor, path: Path, answers: dict[str, str], options: dict[str, Any]) -> MoneyImport:
    if options["kind"] == "remittance":
        return RemittanceImport(actor, path, answers)
    return StatementImport(actor, path, answers, options["account"])


def _practice(name: str) -> Practice:
    found = list(Practice.objects.filter(name__iexact=name.strip())[:2])
    if len(found) != 1:
        raise CommandError(
            f"There is {'no' if not found else 'more than one'} practice of this name here.", returncode=UNREADABLE
        )
    return found[0]


def _answers(path: Path) -> dict[str, str]:
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise CommandError(NO_ANSWERS, returncode=UNREADABLE) from None
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise CommandError(NO_ANSWERS, returncode=UNREADABLE)
    return given
