"""Make rows of what a file says of appointments, and find what each would do."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from clearbill.bill import dates
from clearbill.clients.search.search_terms import key
from clearbill.fileformats import LeftOut, RowFault
from clearbill.fileformats.practice_systems import AppointmentRow
from clearbill.imports.appointments.fields import CLIENT, row_moment, values_of
from clearbill.imports.appointments.plan import Plan, plans
from clearbill.imports.matching.rows import without_content
from clearbill.imports.models import FileImport, ImportRow

SAME_AS = "The same as row {:,}."

SAME_NUMBER = "Row {:,} has the same number of the other system and says something else. Keep one of them."

SAME_START = "Row {:,} has the same client, practitioner and start, and says something else. Keep one of them."

AT_THE_SAME_TIME = "Row {:,} of the file is at the same time with the same practitioner."


def new_rows(
    file: FileImport, items: Sequence[Sequence[AppointmentRow | LeftOut | RowFault]], _columns: Collection[str]
) -> list[ImportRow]:
    """Return rows, not yet stored and checked, of what the file says: of each an appointment, or why there is none."""
    rows = [_new_row(file, item) for item in items]
    _look_at_each_other(file, [row for row in rows if row.values])
    check(file, rows)
    return rows


def check(file: FileImport, rows: Sequence[ImportRow]) -> None:
    """Put to each row what it would do by what is here now. What was decided about a row stays."""
    for plan in plans(file, rows, file.brought_at):
        plan.row.verdict = plan.verdict
        plan.row.found = _found(plan)


def _found(plan: Plan) -> dict[str, Any]:
    found: dict[str, Any] = {"sentence": plan.sentence} if plan.sentence else {}
    if plan.known is not None:
        found["client"] = str(plan.known.visit.client.pk)
    if plan.likely and plan.verdict == ImportRow.DOUBLE:
        found["likely"] = [str(client.pk) for client in plan.likely]
    if plan.difference.changes or plan.difference.conflicts:
        both = plan.difference.changes | {name: theirs for name, (_, theirs) in plan.difference.conflicts.items()}
        ours = plan.difference.here | {name: ours for name, (ours, _) in plan.difference.conflicts.items()}
        found["changes"], found["here"] = both, ours
    return found


def _new_row(file: FileImport, item: Sequence[AppointmentRow | LeftOut | RowFault]) -> ImportRow:
    first = item[0]
    if not isinstance(first, AppointmentRow):
        return without_content(file, item)
    values = values_of(first)
    return ImportRow(
        file=file,
        row_no=first.row_no,
        verdict=ImportRow.NEW,
        key=first.source_key,
        likeness=f"{key(first.practitioner)}/{dates.uk_day(first.starts_at).isoformat()}",
        values=values,
        warnings=list(first.warnings),
    )


def _look_at_each_other(file: FileImport, rows: Sequence[ImportRow]) -> None:
    """Leave out what an earlier row says too; say where two are at once, or one number stands for two things."""
    keys, alike = {row.key for row in rows if row.key}, {row.likeness for row in rows}
    stored = ImportRow.objects.filter(file=file)
    earlier = {row.row_no: row for row in stored.filter(likeness__in=alike)}
    earlier |= {row.row_no: row for row in stored.filter(key__in=keys)}
    by_key: dict[tuple[str, ...], ImportRow] = {}
    by_day: dict[str, list[ImportRow]] = {}
    for row in sorted([*earlier.values(), *rows], key=lambda row: row.row_no):
        if not row.values:
            continue
        if row.pk is None:
            _hold_against(row, by_key.get(_same(row)), by_day.get(row.likeness, []))
        if not row.sentence:
            by_key.setdefault(_same(row), row)
            by_day.setdefault(row.likeness, []).append(row)


def _hold_against(row: ImportRow, first: ImportRow | None, of_the_day: Sequence[ImportRow]) -> None:
    if first and first.values == row.values:
        row.verdict, row.sentence = ImportRow.LEFT_OUT, SAME_AS.format(first.row_no)
    elif first:
        field, sentence = ("source_key", SAME_NUMBER) if row.key else ("starts", SAME_START)
        row.faults = [[field, sentence.format(first.row_no), row.key]]
    elif at_once := next((other for other in of_the_day if _is_at_once(row.values, other.values)), None):
        row.warnings = [*row.warnings, AT_THE_SAME_TIME.format(at_once.row_no)]


def _same(row: ImportRow) -> tuple[str, ...]:
    """Return what is the same for rows about one appointment: its number, or all it says; and the client."""
    who = tuple(row.values[name] for name in CLIENT)
    return (row.key, *who) if row.key else (row.likeness, row.values["starts_at"], *who)


def _is_at_once(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    if "cancelled" in (one["status"], other["status"]):
        return False
    starts, others = row_moment(one), row_moment(other)
    if one["ends_at"] and other["ends_at"]:
        return one["starts_at"] < other["ends_at"] and other["starts_at"] < one["ends_at"]
    return starts == others
