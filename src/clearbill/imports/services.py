"""What a person does with a file: bring it, answer, decide about rows, take it in, stop, go on, undo, drop it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import IO, Any

from django.db import transaction

from clearbill.bill import dates
from clearbill.bill.problem import Refused
from clearbill.bill.text import tidy
from clearbill.fileformats import Question, UnreadableFile
from clearbill.fileformats.cells import plain
from clearbill.imports import contents, slices
from clearbill.imports.kinds import KINDS
from clearbill.imports.models import FileImport, ImportRow
from clearbill.people.actor import Actor

DECIDED = "Somebody has decided about this file meanwhile; see what came of it. Nothing was changed."

NOT_WHOLE = "Rows are wrong or not decided about, so the whole file cannot be taken in. Take in the good rows alone."

NOTHING_TO_TAKE = "No row of this file is to be taken in."


def bring(actor: Actor, *, kind: str, source: str, content: IO[bytes], name: str) -> tuple[FileImport, bool]:
    """Keep a file and look into it. Returns the file, and whether it is new: the same bytes are the same file.

    A short one is checked at once, a long one by the worker.
    """
    digest = contents.digest_of(content)
    known = FileImport.objects.filter(practice=actor.practice, kind=kind, sha256=digest)
    if earlier := known.exclude(state=FileImport.UNDONE).first():
        return earlier, False
    with transaction.atomic():
        file = FileImport.objects.create(
            practice=actor.practice,
            kind=kind,
            source=source if source in KINDS[kind].sources else "",
            name=tidy(name)[:200] or "A file",
            sha256=digest,
            by=actor.user,
            brought_at=actor.now,
        )
        contents.keep(file, content)
    _remember(file)
    _look(actor, file)
    return file, True


def answer(actor: Actor, *, file: FileImport, answers: Mapping[str, Any]) -> None:
    """Keep what a person says about the file, and read it anew. Raises Refused where something of it was taken in."""
    with transaction.atomic():
        row = _held(file, FileImport.OPEN, FileImport.CHECKING, FileImport.CHECKED)
        if has_taken_in(row):
            raise Refused(DECIDED)
        row.rows.all().delete()
        row.answers, row.rows_read, row.is_read, row.state = dict(answers), 0, False, FileImport.OPEN
        row.save(update_fields=["answers", "rows_read", "is_read", "state"])
    _look(actor, row)


def decide(file: FileImport, *, row: ImportRow, decision: Mapping[str, Any]) -> None:
    """Keep what a person decided about a row. Raises Refused where the file is decided about."""
    with transaction.atomic():
        _held(file, FileImport.CHECKED)
        ImportRow.objects.filter(file=file, pk=row.pk, verdict__in=ImportRow.ASKED).update(decision=dict(decision))


def decide_all(file: FileImport, *, verdict: str, do: str) -> None:
    """Decide the same about every row of a verdict that waits for it. A row for which it cannot be done still waits."""
    with transaction.atomic():
        _held(file, FileImport.CHECKED)
        rows = list(ImportRow.objects.filter(file=file, verdict=verdict).only("pk", "verdict", "found"))
        for row in rows:
            row.decision = KINDS[file.kind].decide(row, do)
        ImportRow.objects.bulk_update(rows, ["decision"], batch_size=200)


def take_in(actor: Actor, *, file: FileImport, only_good: bool) -> None:
    """Take in the file: all of it or, with `only_good`, without the rows that are wrong or not decided about.

    A short file is taken in at once, in one transaction; a long one by the worker, slice by slice. Raises Refused.
    """
    with transaction.atomic():
        row = _held(file, FileImport.CHECKED)
        chosen = _choose(row)
        if not chosen:
            raise Refused(NOTHING_TO_TAKE)
        if not only_good and _left(row):
            raise Refused(NOT_WHOLE)
        row.state, row.started_at, row.started_by = FileImport.RUNNING, actor.now, actor.user
        row.save(update_fields=["state", "started_at", "started_by"])
        actor.audit("started to import a file", row, changes={"rows": chosen})
        if chosen <= slices.AT_ONCE:
            slices.finish(row, now=actor.now)
            if not only_good and row.rows.filter(state=ImportRow.REFUSED).exists():
                raise Refused(slices.CHANGED_MEANWHILE)


def stop(actor: Actor, *, file: FileImport) -> None:
    """Take in no further row. What was taken in stays. One that is no longer running stays as it is."""
    with transaction.atomic():
        running = FileImport.objects.filter(pk=file.pk, practice=actor.practice, state=FileImport.RUNNING)
        if running.update(state=FileImport.STOPPED, ended_at=actor.now):
            row = FileImport.objects.get(pk=file.pk)
            ImportRow.objects.filter(file=row, state=ImportRow.CHOSEN).update(state=ImportRow.CHECKED)
            slices.count(row)
            actor.audit("stopped importing a file", row, changes=row.counts)


def check_again(actor: Actor, *, file: FileImport) -> None:
    """Go once more through the rows that were not taken in, by what is here now. Raises Refused."""
    with transaction.atomic():
        row = _held(file, FileImport.STOPPED, FileImport.FINISHED)
        left = ImportRow.objects.filter(file=row, state__in=(ImportRow.CHECKED, ImportRow.REFUSED))
        left.filter(state=ImportRow.REFUSED).update(state=ImportRow.CHECKED, sentence="")
        row.state, row.rows_read = FileImport.CHECKING, 0
        row.save(update_fields=["state", "rows_read"])
    slices.work_at_once(row, now=actor.now)


def undo(actor: Actor, *, file: FileImport) -> None:
    """Take back what the file did. Clients who are in use by now stay, each named. Raises Refused."""
    with transaction.atomic():
        row = _held(file, FileImport.STOPPED, FileImport.FINISHED)
        row.state, row.started_at, row.started_by = FileImport.UNDOING, actor.now, actor.user
        row.save(update_fields=["state", "started_at", "started_by"])
        actor.audit("started to undo an import", row)
    slices.work_at_once(row, now=actor.now)


def drop(actor: Actor, *, file: FileImport) -> bool:
    """Take in nothing, or nothing more. Returns whether the file is gone: it stays where something was taken in.

    Raises Refused where somebody has decided otherwise meanwhile.
    """
    with transaction.atomic():
        row = _held(file, FileImport.OPEN, FileImport.CHECKING, FileImport.CHECKED)
        if not has_taken_in(row):
            row.delete()
            return True
        row.state, row.ended_at = FileImport.FINISHED, actor.now
        row.save(update_fields=["state", "ended_at"])
        slices.count(row)
        return False


def has_taken_in(file: FileImport) -> bool:
    """Return whether a row of the file was taken in and stands."""
    return ImportRow.objects.filter(file=file, state=ImportRow.TAKEN_IN).exists()


def _choose(file: FileImport) -> int:
    """Mark the rows that are to be taken in, and return how many they are."""
    rows = ImportRow.objects.filter(file=file, state=ImportRow.CHECKED)
    chosen = rows.filter(verdict__in=ImportRow.SURE).update(state=ImportRow.CHOSEN)
    decided = [
        row.pk
        for row in rows.filter(verdict__in=ImportRow.ASKED).exclude(decision={}).only("pk", "decision")
        if _does(row)
    ]
    for start in range(0, len(decided), 500):
        chosen += rows.filter(pk__in=decided[start : start + 500]).update(state=ImportRow.CHOSEN)
    return chosen


def _does(row: ImportRow) -> bool:
    return row.decision.get("do") in ("new", "update")


def _left(file: FileImport) -> bool:
    """Return whether a row stays out that nobody decided to leave out."""
    left = ImportRow.objects.filter(file=file, state=ImportRow.CHECKED)
    return (
        left.filter(verdict=ImportRow.WRONG).exists() or left.filter(verdict__in=ImportRow.ASKED, decision={}).exists()
    )


def _held(file: FileImport, *states: str) -> FileImport:
    """Return the file as it is now, held until the transaction ends. Raises Refused where it is in another state."""
    rows = FileImport.objects.select_for_update(of=("self",)).select_related("practice")
    row = rows.filter(pk=file.pk, practice=file.practice_id, state__in=states).first()
    if row is None:
        raise Refused(DECIDED)
    return row


def _remember(file: FileImport) -> None:
    """Answer as it was answered for the last file with the same columns, if there was one."""
    try:
        with contents.open_reading(file, dates.uk_day(file.brought_at)) as reading:
            file.shape = _shape(reading.names)
    except UnreadableFile:
        return
    alike = FileImport.objects.filter(practice=file.practice_id, kind=file.kind, shape=file.shape)
    before = alike.exclude(pk=file.pk).exclude(answers={}).first()
    if before is not None:
        file.answers = {**before.answers, "remembered": True}
    file.save(update_fields=["shape", "answers"])


def _shape(names: tuple[str, ...]) -> str:
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def _look(actor: Actor, file: FileImport) -> None:
    """Find what is asked about the file; where nothing is, begin to check its rows."""
    file.found = _found(file, dates.uk_day(actor.now))
    if not file.found.get("questions") and not file.found.get("sentence"):
        file.state = FileImport.CHECKING
    file.save(update_fields=["found", "state"])
    slices.work_at_once(file, now=actor.now)


def _found(file: FileImport, today: date) -> dict[str, Any]:
    try:
        with contents.open_reading(file, today) as reading:
            found: dict[str, Any] = {
                "encoding": reading.encoding,
                "columns": dict(reading.columns),
                "names": list(reading.names),
                "notes": list(reading.notes),
                "order": reading.order,
            }
            file.found = found
            if questions := reading.questions or KINDS[file.kind].asks(file, reading):
                found["questions"] = [_asked(question) for question in questions]
                found["first_rows"] = [[plain(cell) for cell in cells] for cells in reading.sample]
    except UnreadableFile as why:
        return {"sentence": str(why)}
    return found


def _asked(question: Question) -> dict[str, Any]:
    choices = [[choice.value, choice.label] for choice in question.choices]
    return {"field": question.field, "sentence": question.sentence, "choices": choices}
