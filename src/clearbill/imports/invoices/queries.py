"""Reads of what files told of invoices, as a page shows them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from clearbill.db.ids import parse_id
from clearbill.imports.invoices.fields import shown_cells
from clearbill.imports.kind import ShownRow
from clearbill.imports.matching.rows import client_of, clients_of, name_of
from clearbill.imports.models import FileImport, ImportRow

HEADINGS = ("Client", "Invoice", "Date", "Billed to", "Amount", "Open")


def shown_rows(file: FileImport, rows: Sequence[ImportRow]) -> list[ShownRow]:
    """Return the rows as a page shows them."""
    clients = clients_of(file, rows)
    nobody = UUID(int=0)
    found = [(row, clients.get(parse_id(client_of(row)) or nobody)) for row in rows]
    return [
        ShownRow(row=row, name=name_of(row, client), cells=shown_cells(row.values), changes=[], client=client)
        for row, client in found
    ]
