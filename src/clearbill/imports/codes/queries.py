"""Reads of what files told of codes, as a page shows them."""

from __future__ import annotations

from collections.abc import Sequence

from clearbill.imports.codes.fields import HEADINGS, LABELS, shown
from clearbill.imports.kind import ShownRow
from clearbill.imports.models import FileImport, ImportRow


def shown_rows(_file: FileImport, rows: Sequence[ImportRow]) -> list[ShownRow]:
    """Return the rows as a page shows them."""
    return [_shown_row(row) for row in rows]


def _shown_row(row: ImportRow) -> ShownRow:
    if not row.values:
        return ShownRow(row=row, name="", cells=("",) * (len(HEADINGS) - 1), changes=[], client=None)
    theirs = shown(row.values)
    ours = shown(row.found["ours"]) if "ours" in row.found else theirs
    changes = [(LABELS[name], ours[name], theirs[name]) for name in ("title", "price") if ours[name] != theirs[name]]
    cells = (theirs["title"], theirs["kind"], theirs["price"])
    return ShownRow(row=row, name=theirs["code"], cells=cells, changes=changes, client=None)
