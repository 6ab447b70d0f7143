"""Import a bank statement: store, answer questions, commit, undo. Overlapping statements never double a line."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django.db import transaction

from clearbill.bill.problem import Refused
from clearbill.fileformats import BankRow, LeftOut, Question, RowFault, UnreadableFile
from clearbill.fileformats.bank.columns import BANK_COLUMNS
from clearbill.fileformats.rows import IdColumn
from clearbill.imports.bank_statements import preview
from clearbill.imports.bank_statements.account_rows import LINES_OF, AccountRows, last_digits
from clearbill.imports.bank_statements.preview import FingerprintedRow, StatementPreview
from clearbill.money.bank import account_merge, auto_match, narrative, queries
from clearbill.money.bank.auto_match import match_and_ignore
from clearbill.money.bank.models import Account, BankLine, Match, StatementFile
from clearbill.people.actor import Actor
from clearbill.people.models import Practice

Answer = str | list[str]
"""What was chosen for a question: a value, or several where it takes several."""


def store_statement(actor: Actor, *, name: str, content: bytes, account: Account | str, today: date) -> StatementFile:
    """Keep a statement as it came, and return it; nothing is taken in yet. The same bytes are kept once.

    `account` is one of the practice's, or the name of a new one. A file can be brought for each account that it holds.
    What the file leaves open is answered as it was for the account's last statement, where it can be. One that was
    taken in stays as it is.
    """
    digest = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        auto_match.lock_practice(actor.practice)
        of = account if isinstance(account, Account) else _account(actor.practice, account)
        if known := StatementFile.objects.filter(account=of, sha256=digest, taken_at__isnull=False).first():
            return known
        _forget_untaken(actor.practice, of)
        kept = {
            "practice": actor.practice,
            "name": name[:200],
            "content": content,
            "received_at": actor.now,
            "by": actor.user,
            "answers": {},
        }
        file, _ = StatementFile.objects.update_or_create(account=of, sha256=digest, defaults=kept)
        file.answers = _as_last_time(file, today)
        file.save(update_fields=["answers"])
    return file


def save_answers(*, practice: Practice, file: StatementFile, answers: dict[str, Answer]) -> None:
    """Keep all that a person decided about a statement that is not taken in; nothing decided asks everything again."""
    StatementFile.objects.filter(practice=practice, pk=file.pk, taken_at=None).update(answers=answers)


def commit(actor: Actor, *, file: StatementFile, today: date) -> StatementFile:
    """Take in the good rows of a statement, and match what is clear. Raises Refused, and nothing was changed."""
    with transaction.atomic():
        auto_match.lock_practice(actor.practice)
        row = _held(actor.practice, file)
        if row.taken_at:
            raise Refused("This statement is taken in already. Nothing was changed.")
        if not queries.is_in_use(row.account):
            actor.audit("added a bank account", row.account)
        _take_in(row, actor.now, today)
        match_and_ignore(actor.practice, now=actor.now)
        said = {"lines": row.fresh_lines, "first": row.first_on, "last": row.last_on, "account": row.account.name}
        actor.audit("took in a bank statement", row, changes=said)
    return row


def undo(actor: Actor, *, file: StatementFile, today: date) -> StatementFile:
    """Take the lines out that came by this statement alone; those of other statements stay. Raises Refused.

    What Clearbill itself had matched is undone; what a person has settled must be undone by a person first.
    """
    with transaction.atomic():
        auto_match.lock_practice(actor.practice)
        row = _held(actor.practice, file)
        if not row.taken_at:
            raise Refused("This statement is not taken in. Nothing was changed.")
        account_merge.refuse_if_merged(row.account)
        lines = BankLine.objects.filter(file=row)
        by_hand = Match.objects.filter(line__in=lines, undone_at=None, by__isnull=False).count()
        by_hand += lines.filter(state=BankLine.ASIDE, aside_by__isnull=False).count()
        if by_hand:
            which = "One of its lines was" if by_hand == 1 else f"{by_hand} of its lines were"
            raise Refused(f"{which} settled by a person. Undo that first, then take the statement out.")
        for group in Match.objects.filter(line__in=lines, undone_at=None).values_list("group", flat=True).distinct():
            auto_match.undo_group(Actor(actor.practice, None, actor.now), group)
        lines.update(state=BankLine.OUT, aside_reason="", aside_at=None)
        row.taken_at = None
        row.save(update_fields=["taken_at"])
        others = StatementFile.objects.filter(account=row.account_id, taken_at__isnull=False).order_by("taken_at")
        for other in others.select_related("account").defer("content"):
            _take_in(other, other.taken_at or actor.now, today)
        match_and_ignore(actor.practice, now=actor.now)
        said = {"account": row.account.name}
        actor.audit("took out a bank statement", row, changes=said)
    return row


def _account(practice: Practice, name: str) -> Account:
    account, _ = Account.objects.get_or_create(practice=practice, name=name[:60])
    return account


def _as_last_time(file: StatementFile, today: date) -> dict[str, Answer]:
    """Return the answers of the account’s last statement to what this file leaves open, and its columns."""
    before = StatementFile.objects.filter(account=file.account_id, taken_at__isnull=False).exclude(answers={})
    last: dict[str, Answer] = before.order_by("-taken_at").values_list("answers", flat=True).first() or {}
    if not last:
        return {}
    try:
        with preview.open_reading(file, today=today) as opened:
            asked, names = opened.questions, set(opened.names)
    except UnreadableFile:
        return {}
    fitting = {one.field: last[one.field] for one in asked if one.field in last and _fits(last[one.field], one)}
    columns = {field: answer for field, answer in last.items() if field in BANK_COLUMNS}
    chosen = {name for answer in columns.values() for name in _several(answer) if name}
    if chosen and chosen <= names:
        fitting |= columns
    return fitting | {field: answer for field, answer in last.items() if field == LINES_OF}


def _several(answer: Answer) -> list[str]:
    return [answer] if isinstance(answer, str) else answer


def _fits(answer: Answer, question: Question) -> bool:
    """Return whether an answer is among the choices of a question."""
    return set(_several(answer)) <= {choice.value for choice in question.choices}


def _forget_untaken(practice: Practice, kept: Account) -> None:
    """A statement that was looked into and left is not kept, nor is an account that has nothing else."""
    StatementFile.objects.filter(practice=practice, taken_at=None, lines=None).delete()
    Account.objects.filter(practice=practice, files=None, lines=None).exclude(pk=kept.pk).delete()


def _held(practice: Practice, file: StatementFile) -> StatementFile:
    return StatementFile.objects.select_related("account").defer("content").get(practice=practice, pk=file.pk)


def _take_in(file: StatementFile, now: datetime, today: date) -> None:
    """Write the lines of a statement that are not here yet. Raises Refused where there is nothing to take in."""
    found = StatementPreview()
    fresh = 0
    account = Account.objects.get(pk=file.account_id)
    try:
        with preview.open_reading(file, today=today) as opened:
            rows = AccountRows(file, opened)
            for several in preview.fingerprinted(_good(iter(rows), found, account)):
                fresh += _write(file, several, opened.id_column)
    except UnreadableFile as exc:
        raise Refused(str(exc)) from None
    if not file.taken_at and rows.questions():
        raise Refused("The file has lines of several accounts. Say first which of them are meant.")
    if not found.good:
        raise Refused("There is no good row in this statement. Nothing was changed.")
    if not file.taken_at:
        file.taken_at, file.fresh_lines = now, fresh
        file.first_on, file.last_on = found.first_on, found.last_on
        file.save(update_fields=["taken_at", "fresh_lines", "first_on", "last_on"])


def _good(
    found: Iterator[BankRow | RowFault | LeftOut], report: StatementPreview, account: Account
) -> Iterator[BankRow]:
    for row in found:
        if isinstance(row, BankRow):
            report.take(row)
            if not account.last_digits and (digits := last_digits(row.account)):
                account.last_digits = digits
                account.save(update_fields=["last_digits"])
            yield row


def _write(file: StatementFile, several: list[FingerprintedRow], id_column: IdColumn | None) -> int:
    """Write those that are not here yet and return how many; the bank's number of a line is kept in `id_column`."""
    here = _ExistingLines(file, several, id_column)
    fresh: list[dict[str, Any]] = []
    for one in several:
        if (line := here.line_of(one)) is None:
            fresh.append(here.add(one))
        elif line.get("state") == BankLine.OUT:
            line["state"] = BankLine.NEW
            BankLine.objects.filter(pk=line["id"]).update(state=BankLine.NEW, file=file)
    BankLine.objects.bulk_create([BankLine(**line) for line in fresh])
    for pk, number in here.claimed:
        BankLine.objects.filter(pk=pk).update(**number)
    return len(fresh)


class _ExistingLines:
    """The lines of the account that these rows may be."""

    def __init__(self, file: StatementFile, several: list[FingerprintedRow], id_column: IdColumn | None) -> None:
        self._file, self._id_column = file, id_column
        self.claimed: list[tuple[Any, dict[str, str]]] = []
        self._by_id: dict[str, dict[str, Any]] = {}
        lines = BankLine.objects.filter(account=file.account_id)
        fields = ["id", "fact", "ordinal", "state", "on", "amount"]
        if id_column:
            fields.append(id_column)
            ids = {one.row.transaction_id for one in several} - {""}
            with_id = lines.filter(**{f"{id_column}__in": ids}).values(*fields)
            self._by_id.update((line[id_column], line) for line in with_id)
        of_fact = lines.filter(fact__in={one.fact for one in several}).values(*fields)
        self._by_fact = {(line["fact"], line["ordinal"]): line for line in of_fact}
        self._place: dict[tuple[str, int], int] = {}

    def line_of(self, one: FingerprintedRow) -> dict[str, Any] | None:
        """Return the line that this row is, None for a new one."""
        number, id_column = self._number(one.row), self._id_column
        if not number or not id_column:
            return self._by_fact.get((one.fact, one.ordinal))
        if number in self._by_id:
            return self._by_id[number]
        ordinal = one.ordinal
        while (line := self._by_fact.get((one.fact, ordinal))) is not None and line[id_column]:
            ordinal += 1
        self._place[one.fact, one.ordinal] = ordinal
        if line is not None:
            line[id_column] = number
            self._by_id[number] = line
            self.claimed.append((line["id"], {id_column: number}))
        return line

    def _number(self, row: BankRow) -> str:
        """Return the bank's number of a row, "" where another line has it."""
        line = self._by_id.get(row.transaction_id)
        is_another = line is not None and not preview.is_line_of_number(row, (line["on"], line["amount"]))
        return "" if is_another else row.transaction_id

    def add(self, one: FingerprintedRow) -> dict[str, Any]:
        """Return the values of a new line, which from now on is here."""
        row, number = one.row, self._number(one.row)
        text = f"{row.description} {row.reference}"
        insurers = narrative.insurers_in(text)
        line: dict[str, Any] = {
            "id": uuid4(),
            "practice_id": self._file.practice_id,
            "account_id": self._file.account_id,
            "file_id": self._file.pk,
            "on": row.booked_on,
            "amount": row.amount,
            "description": row.description,
            "reference": row.reference,
            "fact": one.fact,
            "ordinal": self._place.get((one.fact, one.ordinal), one.ordinal),
            "csv_id": "",
            "ofx_id": "",
            "words": narrative.words(text),
            "insurer_slug": insurers[0] if insurers else "",
            "state": BankLine.NEW,
            "matched": row.amount * 0,
        }
        if self._id_column:
            line[self._id_column] = number
        self._by_fact[line["fact"], line["ordinal"]] = line
        if number:
            self._by_id[number] = line
        return line
