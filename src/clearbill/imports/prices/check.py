"""Make rows of what a file says of contract prices, and find what each would do."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from clearbill.bill import dates
from clearbill.fileformats import LeftOut, RowFault
from clearbill.fileformats.lists.price_list import PriceRow
from clearbill.imports.matching.rows import without_content
from clearbill.imports.models import FileImport, ImportRow
from clearbill.imports.prices.fields import price_row, values_of
from clearbill.workspace.contract_prices.services import PlannedPrice, plan_prices

HERE_ALREADY = "This price is here already."

ENDS = "The price from {} ends the day before."


def new_rows(
    file: FileImport, items: Sequence[Sequence[PriceRow | LeftOut | RowFault]], _columns: Collection[str]
) -> list[ImportRow]:
    """Return rows, not yet stored and checked, of what the file says: of each a price, or why there is none."""
    rows = [_new_row(file, item) for item in items]
    check(file, rows)
    return rows


def check(file: FileImport, rows: Sequence[ImportRow]) -> None:
    """Put to each row what it would do by what is here now, beside the other rows of the file about its code."""
    given = [row for row in rows if row.values]
    about = {row.likeness for row in given}
    numbers = {row.row_no for row in rows}
    others = [row for row in ImportRow.objects.filter(file=file, likeness__in=about) if row.row_no not in numbers]
    planned = plan_prices(file.practice, [price_row(row) for row in (*given, *others)])
    for row in given:
        _put(row, planned[row.row_no])


def _put(row: ImportRow, planned: PlannedPrice) -> None:
    row.found = {}
    if planned.refusal:
        row.verdict, row.found = ImportRow.WRONG, {"sentence": str(planned.refusal)}
    elif planned.price is None:
        row.verdict, row.found = ImportRow.UNCHANGED, {"sentence": HERE_ALREADY}
    else:
        row.verdict = ImportRow.NEW
        if planned.ends:
            row.found = {"sentence": ENDS.format(dates.show(planned.ends.valid_from))}


def _new_row(file: FileImport, item: Sequence[PriceRow | LeftOut | RowFault]) -> ImportRow:
    first = item[0]
    if not isinstance(first, PriceRow):
        return without_content(file, item)
    values = values_of(first)
    about = f"{values['insurer_slug']} {values['code']}"
    return ImportRow(
        file=file,
        row_no=first.row_no,
        verdict=ImportRow.NEW,
        key=f"{values['valid_from']} {values['code']}",
        likeness=about,
        values=values,
    )
