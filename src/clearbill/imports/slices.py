"""The long work on a file, slice by slice: checking its rows, taking them in, undoing them.

Each slice is a short transaction of its own, so that nobody else waits for long, and is done once whoever is killed or
takes over: its rows and how far the file is are written together. A short file is gone through at once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby, islice
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import Count, F

from clearbill.bill import dates
from clearbill.db.turns import give_way
from clearbill.fileformats import UnreadableFile
from clearbill.imports import contents
from clearbill.imports.kinds import KINDS
from clearbill.imports.models import FileImport, ImportRow
from clearbill.people.actor import Actor
from clearbill.workspace.connection import ClientFactory

SLICE = 50

CHECKED_AT_ONCE = 200

"""So many rows are checked in one slice: only storing what was found keeps others waiting."""

AT_ONCE = 200

"""A file with so many rows is gone through while the person waits, a longer one by the worker."""

STEP_SECONDS = 2.0

"""For so long a worker goes through one file before it looks for other work."""

SILENT = timedelta(seconds=20)

"""A file that nobody went on with for so long waits for a worker."""

CHANGED_MEANWHILE = (
    "Something changed here since the file was checked, so nothing was taken in. Look at the rows again."
)

UNFORESEEN = "Something unforeseen happened with this file. Nothing of it was taken in."

logger = logging.getLogger(__name__)

_CHECKED = ["verdict", "found"]

_TOLD = ["before", "sentence"]


def work_next(*, now: datetime, house_of: ClientFactory | None = None) -> bool:
    """Go on with the file that has waited longest, and return whether there was one. `house_of` is not used."""
    waiting = FileImport.objects.filter(state__in=FileImport.WORKED_ON).select_related("practice", "started_by")
    file = waiting.order_by(F("served_at").asc(nulls_first=True), "pk").first()
    if file is None:
        return False
    until = time.monotonic() + STEP_SECONDS
    try:
        for _ in _slices(file, now):
            if time.monotonic() >= until:
                break
    except DatabaseError:
        # Not the file's fault: the slice is taken again.
        raise
    except Exception:
        logger.exception("a file could not be gone through")
        _give_up(file, now)
    return True


def work_at_once(file: FileImport, *, now: datetime) -> None:
    """Go through a short file while the person waits; of a long one the first slices."""
    if file.is_worked_on:
        rows_a_slice = CHECKED_AT_ONCE if file.state == FileImport.CHECKING else SLICE
        for _ in islice(_slices(file, now), AT_ONCE // rows_a_slice + 1):
            pass


def work_through(file: FileImport, *, now: datetime) -> None:
    """Do all the work that there is on the file, beside a worker or without one."""
    file.refresh_from_db()
    while file.is_worked_on:
        for _ in _slices(file, now):
            pass
        file.refresh_from_db()


def finish(file: FileImport, *, now: datetime) -> None:
    """Take in all rows that were chosen, within the transaction of whoever calls."""
    for _ in _take_in(file, now):
        pass


def count(file: FileImport) -> None:
    """Keep how many rows of each verdict became what."""
    rows = ImportRow.objects.filter(file=file).order_by().values_list("state", "verdict").annotate(count=Count("pk"))
    counts: dict[str, int] = {}
    for state, verdict, number in rows:
        name = {ImportRow.TAKEN_IN: verdict, ImportRow.CHECKED: f"left: {verdict}"}.get(state, state)
        counts[name] = counts.get(name, 0) + number
    file.counts = counts
    file.save(update_fields=["counts"])


def _slices(file: FileImport, now: datetime) -> Iterator[None]:
    if file.state == FileImport.CHECKING:
        return _check_again(file, now) if file.is_read else _read(file, now)
    return _take_in(file, now) if file.state == FileImport.RUNNING else _undo(file, now)


def _read(file: FileImport, now: datetime) -> Iterator[None]:
    """Read the rows of the file that were not read yet, and check each."""
    kind = KINDS[file.kind]
    try:
        with contents.open_reading(file, dates.uk_day(now)) as reading:
            for items in _by_row(reading):
                rows = kind.new_rows(file, items, list(reading.columns))
                if not _keep(file, rows, rows[-1].row_no, now):
                    return
                yield
    except UnreadableFile as why:
        FileImport.objects.filter(pk=file.pk, state=FileImport.CHECKING).update(
            found={"sentence": str(why)}, state=FileImport.OPEN
        )
        return
    _move(file, FileImport.CHECKING, FileImport.CHECKED, is_read=True)


def _by_row(reading: Iterable[Any]) -> Iterator[Sequence[Sequence[Any]]]:
    """Yield some rows at a time, of each what the reading gives: its content or all its faults."""
    rows = (list(items) for _, items in groupby(reading, key=lambda item: item.row_no))
    while some := list(islice(rows, CHECKED_AT_ONCE)):
        yield some


def _keep(file: FileImport, rows: Sequence[ImportRow], read_to: int, now: datetime) -> bool:
    """Store a slice of rows, unless somebody else has meanwhile, or the file is gone."""
    with transaction.atomic():
        still = FileImport.objects.filter(pk=file.pk, state=FileImport.CHECKING, rows_read=file.rows_read)
        if not still.update(rows_read=read_to, served_at=now):
            return False
        ImportRow.objects.bulk_create(rows)
    file.rows_read = read_to
    give_way()
    return True


def _check_again(file: FileImport, now: datetime) -> Iterator[None]:
    """Check the rows that were not taken in once more."""
    rows = ImportRow.objects.filter(file=file, state=ImportRow.CHECKED)
    while some := list(rows.filter(row_no__gt=file.rows_read)[:CHECKED_AT_ONCE]):
        KINDS[file.kind].check(file, some)
        with transaction.atomic():
            still = FileImport.objects.filter(pk=file.pk, state=FileImport.CHECKING, rows_read=file.rows_read)
            if not still.update(rows_read=some[-1].row_no, served_at=now):
                return
            ImportRow.objects.bulk_update(some, _CHECKED)
        file.rows_read = some[-1].row_no
        give_way()
        yield
    _move(file, FileImport.CHECKING, FileImport.CHECKED)


def _give_up(file: FileImport, now: datetime) -> None:
    """Leave a file alone on which something unforeseen happened; what was done of it stays."""
    with transaction.atomic():
        if not file.is_read and _move(file, FileImport.CHECKING, FileImport.OPEN):
            file.found = {"sentence": UNFORESEEN}
            file.save(update_fields=["found"])
        elif _move(file, file.state, FileImport.STOPPED, ended_at=now):
            ImportRow.objects.filter(file=file, state=ImportRow.CHOSEN).update(state=ImportRow.CHECKED)
            count(file)


def _take_in(file: FileImport, now: datetime) -> Iterator[None]:
    actor = Actor(file.practice, file.started_by, now)
    kind = KINDS[file.kind]
    while _slice(actor, file, FileImport.RUNNING, ImportRow.CHOSEN, kind.order, kind.take_in):
        yield
    with transaction.atomic():
        if _move(file, FileImport.RUNNING, FileImport.FINISHED, ended_at=now):
            count(file)
            actor.audit("imported a file", file, changes=file.counts)


def _undo(file: FileImport, now: datetime) -> Iterator[None]:
    actor = Actor(file.practice, file.started_by, now)
    kind = KINDS[file.kind]
    while _slice(actor, file, FileImport.UNDOING, ImportRow.TAKEN_IN, kind.undo_order, kind.undo):
        yield
    with transaction.atomic():
        if _move(file, FileImport.UNDOING, FileImport.UNDONE, ended_at=now):
            count(file)
            actor.audit("undid an import", file, changes=file.counts)


def _slice(actor: Actor, file: FileImport, state: str, of: str, order: str, work: Any) -> bool:
    """Do the work on the next rows in an order.

    Another worker with the same file in hand waits for ours, and takes those after.
    """
    with transaction.atomic():
        if not FileImport.objects.filter(pk=file.pk, state=state).update(served_at=actor.now):
            return False
        rows = list(ImportRow.objects.filter(file=file, state=of).order_by(order, "row_no")[:SLICE])
        if rows:
            work(actor, file, rows)
            _store(rows)
    give_way()
    return bool(rows)


def _store(rows: Sequence[ImportRow]) -> None:
    """Store what became of the rows: of most of them only the state, which takes one statement for all."""
    for state in {row.state for row in rows}:
        ImportRow.objects.filter(pk__in=[row.pk for row in rows if row.state == state]).update(state=state)
    ImportRow.objects.bulk_update([row for row in rows if row.before or row.sentence], _TOLD)


def _move(file: FileImport, before: str, after: str, **changes: Any) -> bool:
    there = FileImport.objects.filter(pk=file.pk, state=before)
    if not there.update(state=after, **changes):
        return False
    file.state = after
    for name, value in changes.items():
        setattr(file, name, value)
    return True
