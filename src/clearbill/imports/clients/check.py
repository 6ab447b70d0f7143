"""Make rows of what a file says of clients, and find what each would do."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from clearbill.fileformats import RowFault
from clearbill.fileformats.practice_systems import ClientRow
from clearbill.fileformats.practice_systems.client_row import fields_given
from clearbill.imports.clients.fields import values_of
from clearbill.imports.clients.plan import Plan, faults_of, likeness_of, plans, warnings_of
from clearbill.imports.models import FileImport, ImportRow

SAME_AS = "The same as row {:,}."

SAME_NUMBER = "Row {:,} has the same number of the other system and says something else. Keep one of them."


def new_rows(
    file: FileImport, items: Sequence[Sequence[ClientRow | RowFault]], columns: Collection[str]
) -> list[ImportRow]:
    """Return rows, not yet stored and checked, of what the file says: of each row the client, or all its faults."""
    given = fields_given(columns)
    rows = [_new_row(file, item, given) for item in items]
    _leave_out_repeated(file, rows)
    check(file, rows)
    return rows


def check(file: FileImport, rows: Sequence[ImportRow]) -> None:
    """Put to each row what it would do by what is here now. What was decided about a row stays."""
    for plan in plans(file, rows):
        plan.row.verdict = plan.verdict
        plan.row.found = found_of(plan)


def found_of(plan: Plan) -> dict[str, Any]:
    """Return what the check found, as its row keeps it."""
    found: dict[str, Any] = {"sentence": plan.sentence} if plan.sentence else {}
    if plan.client is not None:
        found["client"] = str(plan.client.pk)
    if plan.doubles:
        found["doubles"] = [[str(client.pk), why] for client, why in plan.doubles]
    if plan.difference.changes and plan.verdict in (ImportRow.CHANGED, ImportRow.CONFLICT):
        found["changes"], found["here"] = plan.difference.changes, plan.difference.here
    if plan.difference.conflicts and plan.verdict == ImportRow.CONFLICT:
        found["conflicts"] = {name: list(both) for name, both in plan.difference.conflicts.items()}
    return found


def _new_row(file: FileImport, item: Sequence[ClientRow | RowFault], given: Collection[str]) -> ImportRow:
    clients = [one for one in item if isinstance(one, ClientRow)]
    faults = [one for one in item if isinstance(one, RowFault)]
    if not clients:
        told = [[fault.field, fault.sentence, fault.shown] for fault in faults]
        return ImportRow(file=file, row_no=faults[0].row_no, verdict=ImportRow.WRONG, faults=told)
    [client] = clients
    values = values_of(client, given)
    return ImportRow(
        file=file,
        row_no=client.row_no,
        verdict=ImportRow.NEW,
        key=client.source_key,
        likeness=likeness_of(values),
        values=values,
        faults=faults_of(values),
        warnings=[*client.warnings, *warnings_of(values)],
    )


def _leave_out_repeated(file: FileImport, rows: Sequence[ImportRow]) -> None:
    """A number of the other system is one client's: a row that has it again is left out, or wrong."""
    first: dict[str, ImportRow] = {}
    keys = {row.key for row in rows if row.key}
    for row in _in_order([*ImportRow.objects.filter(file=file, key__in=keys), *(row for row in rows if row.key)]):
        earlier = first.setdefault(row.key, row)
        if earlier is row or row.pk:
            continue
        if earlier.values == row.values:
            row.verdict, row.sentence = ImportRow.LEFT_OUT, SAME_AS.format(earlier.row_no)
        else:
            row.faults = [*row.faults, ["source_key", SAME_NUMBER.format(earlier.row_no), row.key]]


def _in_order(rows: Iterable[ImportRow]) -> list[ImportRow]:
    return sorted(rows, key=lambda row: row.row_no)
