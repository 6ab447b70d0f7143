"""Reads of what files told of appointments, as a page shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from clearbill.appointments.models import Appointment
from clearbill.bill import dates
from clearbill.clients.models import Client
from clearbill.db.ids import parse_id
from clearbill.imports.appointments.fields import LABELS, show_when, shown
from clearbill.imports.appointments.places import Places
from clearbill.imports.kind import ComparedField, ShownRow
from clearbill.imports.models import FileImport, ImportRow

HEADINGS = ("Client", "When", "Practitioner", "Service", "Status")

_STATES = dict(Appointment.STATES)


def shown_rows(file: FileImport, rows: Sequence[ImportRow]) -> list[ShownRow]:
    """Return the rows as a page shows them."""
    keys = {key for row in rows if (key := parse_id(_client_of(row)))}
    clients = {one.pk: one for one in Client.objects.filter(practice=file.practice_id, pk__in=keys)}
    places = Places(file.practice, file.answers)
    return [_shown(row, clients, places) for row in rows]


def candidates(file: FileImport, row: ImportRow) -> list[Client]:
    """Return the clients whom a row may be about."""
    keys = [key for one in row.found.get("likely", [row.found.get("client", "")]) if (key := parse_id(one))]
    rows = Client.objects.filter(practice=file.practice_id, pk__in=keys).prefetch_related("policies")
    found = {client.pk: client for client in rows}
    return [found[key] for key in keys if key in found]


def compared(file: FileImport, row: ImportRow, client: Client) -> list[ComparedField]:
    """Return what tells whether the row is about the client; where both sides changed the visit, its fields."""
    if row.verdict == ImportRow.CONFLICT:
        places, here = Places(file.practice, file.answers), row.found.get("here", {})
        return [
            ComparedField(name, LABELS[name], shown(name, here.get(name, ""), places), shown(name, theirs, places))
            for name, theirs in row.found.get("changes", {}).items()
        ]
    values = row.values
    born = client.birth_date.isoformat() if client.birth_date else ""
    both = (
        ("Name", client.name, f"{values['first_name']} {values['last_name']}".strip()),
        ("Date of birth", _day(born), _day(values["birth_date"])),
        ("E-mail", client.email, values["email"]),
        ("Phone", client.phone, values["phone"]),
        ("Number", client.number, values["client_key"]),
    )
    return [ComparedField(label, label, ours, theirs) for label, ours, theirs in both if ours or theirs]


def _client_of(row: ImportRow) -> str:
    return str(row.decision.get("client") or row.found.get("client", ""))


def _shown(row: ImportRow, clients: Mapping[UUID, Client], places: Places) -> ShownRow:
    values = row.values
    client = clients.get(parse_id(_client_of(row)) or UUID(int=0))
    named = f"{values.get('first_name', '')} {values.get('last_name', '')}".strip()
    here = row.found.get("here", {})
    changes = row.found.get("changes", {})
    when = f"{values['starts_at']}/{values['ends_at']}".rstrip("/") if values else ""
    status = values.get("status", "")
    return ShownRow(
        row=row,
        name=named or (client.name if client else "") or values.get("client_key", ""),
        cells=(
            show_when(when),
            _name(places, "practitioner", values),
            _name(places, "service", values),
            _STATES.get(status, status),
        ),
        changes=[
            (LABELS[name], shown(name, here.get(name, ""), places), shown(name, text, places))
            for name, text in changes.items()
        ],
        client=client,
    )


def _name(places: Places, column: str, values: Mapping[str, str]) -> str:
    """Return what stands in the file, as it is called here where that is known."""
    found = places.find(column, values.get(column, "")) if values else None
    return str(getattr(found, "name", "") or values.get(column, ""))


def _day(text: str) -> str:
    return dates.show_iso(text)
