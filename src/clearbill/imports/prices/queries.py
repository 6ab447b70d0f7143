"""Reads of what files told of contract prices, as a page shows them."""

from __future__ import annotations

from collections.abc import Sequence

from clearbill.imports.kind import ShownRow
from clearbill.imports.models import FileImport, ImportRow
from clearbill.imports.prices.fields import shown_cells


def shown_rows(_file: FileImport, rows: Sequence[ImportRow]) -> list[ShownRow]:
    """Return the rows as a page shows them."""
    return [
        ShownRow(row=row, name=row.values.get("code", ""), cells=shown_cells(row.values), changes=[], client=None)
        for row in rows
    ]
