"""`clearbill import` of remittance files and bank statements, each taken in whole or not at all."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.db import transaction

from clearbill.bill import dates, insurers
from clearbill.bill.problem import Refused
from clearbill.bill.text import plural
from clearbill.fileformats.rows import SAME
from clearbill.imports.bank_statements import preview as statement_preview
from clearbill.imports.bank_statements import services as statements
from clearbill.imports.remittance_files import preview as remittance_preview
from clearbill.imports.remittance_files import services as remittances
from clearbill.imports.remittance_files.row_validation import GOOD, KNOWN, REPEATED, WRONG, ValidatedRow, column_label
from clearbill.money.bank import queries as bank_queries
from clearbill.money.bank.models import StatementFile
from clearbill.money.remittances.models import Upload
from clearbill.people.actor import Actor

DONE, SOME_LEFT, UNREADABLE, QUESTIONS = 0, 1, 2, 3

TAKEN_IN_BEFORE = "This very file was taken in before. Nothing was changed."

WHICH_ACCOUNT = "Name the account with --account: one that is here, or a new one."

ALTHOUGH_ALIKE = "although_alike"
"""The answer “yes” says that a person has looked at payments that are like others here."""

_REMITTANCE_VERDICTS = {GOOD: "Good", KNOWN: "Here already", REPEATED: "Said twice", WRONG: "Wrong"}

_STATEMENT_VERDICTS = {
    statement_preview.FRESH: "New",
    statement_preview.KNOWN: "Here already",
    statement_preview.ALIKE: "New, although a line here differs from it only in words",
    statement_preview.LEFT_OUT: "Left out",
    statement_preview.WRONG: "Wrong",
}


class MoneyImport(ABC):
    """One file on its way in. Nothing of it stays unless it is taken in."""

    def __init__(self, actor: Actor, path: Path, answers: Mapping[str, str]) -> None:
        self.actor, self.path, self.answers = actor, path, answers
        self.said: list[str] = []
        self.wrong = ""

    def run(self, *, is_dry: bool) -> int:
        """Take the file in, or only say what that would do, and return the exit code; `said` and `wrong` are to print.

        Raises OSError for a file that cannot be opened.
        """
        with transaction.atomic():
            code = self._run(is_dry)
            if is_dry or self.wrong or code == QUESTIONS:
                transaction.set_rollback(True)
        return code

    def _run(self, is_dry: bool) -> int:
        try:
            if not self.keep():
                self.said.append(TAKEN_IN_BEFORE)
                return DONE
            if sentence := self.look():
                self.wrong = sentence
                return UNREADABLE
            if questions := self.questions():
                self.said += [line for field, asked, choices in questions for line in _asked(field, asked, choices)]
                return QUESTIONS
            rows = list(self.rows(is_dry))
            came_of_it = "" if is_dry else self.commit()
        except Refused as why:
            self.wrong = str(why)
            return SOME_LEFT
        self.said += [line for line, _ in rows]
        self.said += [came_of_it] if came_of_it else []
        return SOME_LEFT if any(is_left for _, is_left in rows) else DONE

    @abstractmethod
    def keep(self) -> bool:
        """Keep the file with the answers, unless it was taken in before."""

    @abstractmethod
    def look(self) -> str:
        """Look into the file; return the sentence why it cannot be read, or ""."""

    @abstractmethod
    def questions(self) -> list[tuple[str, str, Sequence[Sequence[str]]]]:
        """Return what is asked: field, sentence, and the choices as value and label."""

    @abstractmethod
    def rows(self, is_dry: bool) -> Iterator[tuple[str, bool]]:
        """Yield of each row what is said of it, and whether it stays out and should not."""

    @abstractmethod
    def commit(self) -> str:
        """Take the file in, and return what came of it. Raises Refused."""


class RemittanceImport(MoneyImport):
    """A remittance file."""

    upload: Upload

    def keep(self) -> bool:
        with self.path.open("rb") as content:
            self.upload = remittances.store_file(self.actor, content=content, name=self.path.name)
        if self.upload.state == Upload.TAKEN_IN:
            return False
        if given := {name: value for name, value in self.answers.items() if name != ALTHOUGH_ALIKE}:
            self.upload = remittances.save_answers(self.upload, _remittance_answers(self.upload.answers, given))
        return True

    def look(self) -> str:
        return str(self.upload.found.get("sentence", ""))

    def questions(self) -> list[tuple[str, str, Sequence[Sequence[str]]]]:
        return [
            _with_choices(one["field"], one["sentence"], one["choices"])
            for one in self.upload.found.get("questions", [])
        ]

    def rows(self, is_dry: bool) -> Iterator[tuple[str, bool]]:
        for one in remittance_preview.rows(self.upload):
            taken = "Taken in: " if one.verdict == GOOD and not is_dry else ""
            said = f"Row {one.row_no}: {taken}{_REMITTANCE_VERDICTS[one.verdict]}.{_why(one)}"
            yield said, one.verdict in (WRONG, REPEATED)

    def commit(self) -> str:
        although_alike = self.answers.get(ALTHOUGH_ALIKE) == "yes"
        done = remittances.commit(self.actor, upload=self.upload, although_alike=although_alike)
        waiting = f"{done.unmatched:,} {plural(done.unmatched, 'waits', 'wait')} for a person"
        return f"{done.allocated:,} {plural(done.allocated, 'bill')} put to claims, {waiting}."


class StatementImport(MoneyImport):
    """A bank statement of an account, by the name of the account; "" where the practice has only one."""

    file: StatementFile
    found: statement_preview.StatementPreview

    def __init__(self, actor: Actor, path: Path, answers: Mapping[str, str], account: str) -> None:
        super().__init__(actor, path, answers)
        self._account = account.strip()
        self._today = dates.uk_day(actor.now)

    def keep(self) -> bool:
        practice = self.actor.practice
        accounts = list(bank_queries.open_accounts(practice)[:2])
        if not self._account and len(accounts) != 1:
            raise Refused(WHICH_ACCOUNT)
        if self._account and (why := bank_queries.why_no_statements(practice, self._account)):
            raise Refused(why)
        self.file = statements.store_statement(
            self.actor,
            name=self.path.name,
            content=self.path.read_bytes(),
            account=self._account or accounts[0],
            today=self._today,
        )
        if self.file.taken_at:
            return False
        if self.answers:
            given: dict[str, statements.Answer] = {**self.file.answers, **self.answers}
            statements.save_answers(practice=practice, file=self.file, answers=given)
            self.file.answers = given
        return True

    def look(self) -> str:
        self.found = statement_preview.preview(self.file, today=self._today)
        return self.found.sentence

    def questions(self) -> list[tuple[str, str, Sequence[Sequence[str]]]]:
        return [
            _with_choices(one.field, one.sentence, [(choice.value, choice.label) for choice in one.choices])
            for one in self.found.questions
        ]

    def rows(self, is_dry: bool) -> Iterator[tuple[str, bool]]:
        for row_no, verdict, why in statement_preview.told_rows(self.file, today=self._today):
            is_new = verdict in (statement_preview.FRESH, statement_preview.ALIKE)
            taken = "Taken in: " if is_new and not is_dry else ""
            said = f"Row {row_no}: {taken}{_STATEMENT_VERDICTS[verdict]}.{f' {why}' if why else ''}"
            yield said, verdict == statement_preview.WRONG

    def commit(self) -> str:
        done = statements.commit(self.actor, file=self.file, today=self._today)
        return f"{done.fresh_lines:,} new {plural(done.fresh_lines, 'line')} taken in for “{done.account.name}”."


def _remittance_answers(kept: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """Return the answers with those by the fields of their questions, as a remittance file keeps them."""
    answers = {**kept, "columns": dict(kept.get("columns", {})), "same": dict(kept.get("same", {}))}
    for field, value in given.items():
        if field == "repeated":
            answers[field] = value == "yes"
        elif field in ("insurer", "order", "sheet"):
            answers[field] = value
        elif field.startswith(SAME):
            answers["same"][field.removeprefix(SAME)] = value
        else:
            answers["columns"][field] = value
    return answers


def _with_choices(
    field: str, sentence: str, choices: Sequence[Sequence[str]]
) -> tuple[str, str, Sequence[Sequence[str]]]:
    """Return a question; one that pages ask without choices has those of a terminal, or is typed."""
    if field == "insurer" and not choices:
        return field, sentence, [(one.slug, one.name) for one in insurers.all_insurers()]
    return (f"{SAME}{field}" if not choices else field), sentence, choices


def _asked(field: str, sentence: str, choices: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"{field}: {sentence}"
    for value, label in choices:
        yield f"  {json.dumps(value)}  {label}"


def _why(one: ValidatedRow) -> str:
    if one.fault is None:
        return ""
    where = f"{column_label(one.fault.field)}: " if one.fault.field else ""
    return f" {where}{one.fault.sentence}"
