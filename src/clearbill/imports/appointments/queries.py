"""Reads of what files told of appointments, as a page shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from clearbill.appointments.models import Appointment
from clearbill.clients.models import Client
from clearbill.db.ids import parse_id
from clearbill.imports.appointments.fields import LABELS, show_when, shown
from clearbill.imports.kind import ComparedField, ShownRow
from clearbill.imports.matching.known_names import KnownNames
from clearbill.imports.matching.rows import client_of, clients_of, compared_clients, name_of
from clearbill.imports.models import FileImport, ImportRow

HEADINGS = ("Client", "When", "Practitioner", "Service", "Status")

_STATES = dict(Appointment.STATES)


def shown_rows(file: FileImport, rows: Sequence[ImportRow]) -> list[ShownRow]:
    """Return the rows as a page shows them."""
    clients = clients_of(file, rows)
    names = KnownNames(file.practice, file.answers)
    return [_shown(row, clients, names) for row in rows]


def compared(file: FileImport, row: ImportRow, client: Client) -> list[ComparedField]:
    """Return what tells whether the row is about the client; where both sides changed the visit, its fields."""
    if row.verdict == ImportRow.CONFLICT:
        names, here = KnownNames(file.practice, file.answers), row.found.get("here", {})
        return [
            ComparedField(name, LABELS[name], shown(name, here.get(name, ""), names), shown(name, theirs, names))
            for name, theirs in row.found.get("changes", {}).items()
        ]
    return compared_clients(file, row, client)


def _shown(row: ImportRow, clients: Mapping[UUID, Client], names: KnownNames) -> ShownRow:
    values = row.values
    client = clients.get(parse_id(client_of(row)) or UUID(int=0))
    here = row.found.get("here", {})
    changes = row.found.get("changes", {})
    when = f"{values['starts_at']}/{values['ends_at']}".rstrip("/") if values else ""
    status = values.get("status", "")
    return ShownRow(
        row=row,
        name=name_of(row, client),
        cells=(
            show_when(when),
            _name(names, "practitioner", values),
            _name(names, "service", values),
            _STATES.get(status, status),
        ),
        changes=[
            (LABELS[name], shown(name, here.get(name, ""), names), shown(name, text, names))
            for name, text in changes.items()
        ],
        client=client,
    )


def _name(names: KnownNames, column: str, values: Mapping[str, str]) -> str:
    """Return what stands in the file, as it is called here where that is known."""
    found = names.find(column, values.get(column, "")) if values else None
    return str(getattr(found, "name", "") or values.get(column, ""))
