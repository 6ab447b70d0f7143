"""Make rows of what a file says of invoices, and find what each would do."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from clearbill.fileformats import LeftOut, RowFault
from clearbill.fileformats.practice_systems import InvoiceRow
from clearbill.imports.invoices.fields import values_of
from clearbill.imports.invoices.plan import Plan, plans
from clearbill.imports.matching.rows import without_content
from clearbill.imports.models import FileImport, ImportRow

SAME_NUMBER = (
    "Row {:,} has this invoice number too. The rows of one invoice stand one after another: sort the file by number."
)


def new_rows(
    file: FileImport, items: Sequence[Sequence[InvoiceRow | LeftOut | RowFault]], _columns: Collection[str]
) -> list[ImportRow]:
    """Return rows, not yet stored and checked, of what the file says: of each an invoice, or why there is none."""
    rows = [_new_row(file, item) for item in items]
    _refuse_twice(file, rows)
    check(file, rows)
    return rows


def check(file: FileImport, rows: Sequence[ImportRow]) -> None:
    """Put to each row what it would do by what is here now. What was decided about a row stays."""
    for plan in plans(file, rows):
        plan.row.verdict = plan.verdict
        plan.row.found = _found(plan)


def _found(plan: Plan) -> dict[str, Any]:
    found: dict[str, Any] = {"sentence": plan.sentence} if plan.sentence else {}
    if plan.invoice is not None:
        found["client"] = str(plan.invoice.client.pk)
    if plan.likely and plan.verdict == ImportRow.DOUBLE:
        found["likely"] = [str(client.pk) for client in plan.likely]
    return found


def _new_row(file: FileImport, item: Sequence[InvoiceRow | LeftOut | RowFault]) -> ImportRow:
    first = item[0]
    if not isinstance(first, InvoiceRow):
        return without_content(file, item)
    return ImportRow(file=file, row_no=first.row_no, verdict=ImportRow.NEW, key=first.number, values=values_of(first))


def _refuse_twice(file: FileImport, rows: Sequence[ImportRow]) -> None:
    """A number is one invoice's: rows apart from each other with the same one are wrong."""
    keys = {row.key for row in rows if row.key}
    first = dict(ImportRow.objects.filter(file=file, key__in=keys).order_by("-row_no").values_list("key", "row_no"))
    for row in rows:
        if row.key and first.setdefault(row.key, row.row_no) != row.row_no:
            row.faults = [["number", SAME_NUMBER.format(first[row.key]), row.key]]
