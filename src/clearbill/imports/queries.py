"""Reads of imports: the list, how far one is, its rows by what would become or became of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet

from clearbill.fileformats import csv_lines
from clearbill.imports import slices
from clearbill.imports.kinds import KINDS
from clearbill.imports.models import FileImport, ImportRow
from clearbill.people.models import Practice

STATES = {
    ImportRow.TAKEN_IN: "Taken in",
    ImportRow.REFUSED: "Not taken in",
    ImportRow.UNDONE: "Undone",
    ImportRow.KEPT: "Kept",
}
"""What became of a row, where something did."""

TABS = (
    ImportRow.WRONG,
    ImportRow.DOUBLE,
    ImportRow.CONFLICT,
    ImportRow.NEW,
    ImportRow.CHANGED,
    ImportRow.LEFT_OUT,
    ImportRow.UNCHANGED,
)
"""In the order in which they are shown: what needs a person first."""

REPORT = ("Row", "Number there", "Found", "Result", "Why")


@dataclass(frozen=True, slots=True)
class Tab:
    """Rows that are shown together, and how many they are."""

    slug: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the work on a file is. `total` is None while nobody knows how many rows there are."""

    done: int
    total: int | None
    is_silent: bool


def files(practice: Practice) -> QuerySet[FileImport]:
    """Return the files that were brought, newest first."""
    return FileImport.objects.filter(practice=practice).select_related("practice", "by", "started_by")


def rows(file: FileImport, tab: str) -> QuerySet[ImportRow]:
    """Return the rows of a tab, in the order of the file."""
    found = ImportRow.objects.filter(file=file)
    if tab in STATES:
        return found.filter(state=tab)
    return found.filter(verdict=tab, state__in=(ImportRow.CHECKED, ImportRow.CHOSEN))


def tabs(file: FileImport) -> list[Tab]:
    """Return the tabs that have rows: what was found, and what became of it once something did."""
    called = KINDS[file.kind].verdict_label
    found = ImportRow.objects.filter(file=file).order_by()
    states = dict(found.values_list("state").annotate(count=Count("pk")))
    open_rows = found.filter(state__in=(ImportRow.CHECKED, ImportRow.CHOSEN))
    verdicts = dict(open_rows.values_list("verdict").annotate(count=Count("pk")))
    became = [Tab(state, label, states[state]) for state, label in STATES.items() if states.get(state)]
    return [*became, *(Tab(one, called(one), verdicts[one]) for one in TABS if verdicts.get(one))]


def progress(file: FileImport, now: datetime) -> Progress:
    """Return how far the work on the file is."""
    states = dict(ImportRow.objects.filter(file=file).order_by().values_list("state").annotate(count=Count("pk")))
    done = sum(states.get(state, 0) for state in (ImportRow.TAKEN_IN, ImportRow.REFUSED))
    total: int | None = done + states.get(ImportRow.CHOSEN, 0)
    if file.state == FileImport.CHECKING:
        done, total = sum(states.values()), None
    elif file.state == FileImport.UNDOING:
        undone = states.get(ImportRow.UNDONE, 0) + states.get(ImportRow.KEPT, 0)
        done, total = undone, undone + states.get(ImportRow.TAKEN_IN, 0)
    is_silent = file.is_worked_on and now - (file.served_at or file.started_at or file.brought_at) > slices.SILENT
    return Progress(done, total, is_silent)


def waiting(file: FileImport) -> int:
    """Return how many rows would be taken in as things stand."""
    found = ImportRow.objects.filter(file=file, state=ImportRow.CHECKED)
    sure = found.filter(verdict__in=ImportRow.SURE).count()
    asked = found.filter(verdict__in=ImportRow.ASKED).exclude(decision={})
    return sure + sum(decision.get("do") != "skip" for decision in asked.values_list("decision", flat=True))


def asked_row(file: FileImport, row_no: int) -> ImportRow | None:
    """Return the row with this number, where it is one that a person decides about."""
    return ImportRow.objects.filter(file=file, row_no=row_no, verdict__in=ImportRow.ASKED).first()


def next_to_decide(file: FileImport, after: ImportRow) -> ImportRow | None:
    """Return the next row like this one that waits for a decision."""
    waiting = ImportRow.objects.filter(file=file, verdict=after.verdict, decision={}, state=ImportRow.CHECKED)
    return waiting.filter(row_no__gt=after.row_no).first()


def report(file: FileImport) -> Iterator[str]:
    """Yield what was found of each row and what became of it, as CSV."""
    return csv_lines(REPORT, _told(file))


def reasons(file: FileImport, row: ImportRow) -> list[str]:
    """Return in sentences why a row is where it is, and what to look at."""
    label = KINDS[file.kind].label
    faults = [f"{label(field)}: {sentence}" if field else sentence for field, sentence, _ in row.faults]
    doubles = [why for _, why in row.found.get("doubles", [])]
    return [one for one in (*faults, row.sentence, row.found.get("sentence", ""), *doubles, *row.warnings) if one]


def _told(file: FileImport) -> Iterator[tuple[str, ...]]:
    for row in ImportRow.objects.filter(file=file).iterator(chunk_size=500):
        result = STATES.get(row.state, "Not taken in" if file.ended_at else "")
        yield (
            str(row.row_no),
            row.key,
            KINDS[file.kind].verdict_label(row.verdict),
            result,
            " ".join(reasons(file, row)),
        )
