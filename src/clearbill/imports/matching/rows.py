"""What rows about clients have in common: their client, a decision for all of them, and rows that say nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils.text import capfirst

from clearbill.bill import dates
from clearbill.clients.models import Client
from clearbill.db.ids import parse_id
from clearbill.fileformats import LeftOut, RowFault
from clearbill.imports.kind import ComparedField
from clearbill.imports.models import FileImport, ImportRow


def without_content(file: FileImport, item: Sequence[Any]) -> ImportRow:
    """Return the row, not yet stored, of what was left out of a file with its reason, or is wrong with its faults."""
    first = item[0]
    if isinstance(first, LeftOut):
        reason = f"{capfirst(first.reason)}."
        return ImportRow(file=file, row_no=first.row_no, verdict=ImportRow.LEFT_OUT, sentence=reason)
    told = [[fault.field, fault.sentence, fault.shown] for fault in item if isinstance(fault, RowFault)]
    return ImportRow(file=file, row_no=first.row_no, verdict=ImportRow.WRONG, faults=told)


def decide(row: ImportRow, do: str) -> dict[str, str]:
    """Return the decision about a row where all are decided at once; {} where a person has to choose a client."""
    if row.verdict == ImportRow.CONFLICT:
        return {"do": do} if do in ("skip", "update") else {}
    if do == "skip":
        return {"do": do}
    likely = row.found.get("likely", [])
    return {"do": do, "client": likely[0]} if do == "new" and len(likely) == 1 else {}


def client_of(row: ImportRow) -> str:
    """Return the id of the client whom a row is about, as far as it is known."""
    return str(row.decision.get("client") or row.found.get("client", ""))


def clients_of(file: FileImport, rows: Sequence[ImportRow]) -> dict[UUID, Client]:
    """Return the clients of rows by id."""
    keys = {key for row in rows if (key := parse_id(client_of(row)))}
    return {one.pk: one for one in Client.objects.filter(practice=file.practice_id, pk__in=keys)}


def name_of(row: ImportRow, client: Client | None) -> str:
    """Return the name of the client as the file has it, else as it is here, else the number in the other system."""
    named = f"{row.values.get('first_name', '')} {row.values.get('last_name', '')}".strip()
    return named or (client.name if client else "") or str(row.values.get("client_key", ""))


def candidates(file: FileImport, row: ImportRow) -> list[Client]:
    """Return the clients whom a row may be about."""
    keys = [key for one in row.found.get("likely", [row.found.get("client", "")]) if (key := parse_id(one))]
    rows = Client.objects.filter(practice=file.practice_id, pk__in=keys).prefetch_related("policies")
    found = {client.pk: client for client in rows}
    return [found[key] for key in keys if key in found]


def compared_clients(_file: FileImport, row: ImportRow, client: Client) -> list[ComparedField]:
    """Return what tells whether a row is about a client."""
    values = row.values
    born = client.birth_date.isoformat() if client.birth_date else ""
    both = (
        ("Name", client.name, f"{values['first_name']} {values['last_name']}".strip()),
        ("Date of birth", dates.show_iso(born), dates.show_iso(values["birth_date"])),
        ("E-mail", client.email, values["email"]),
        ("Phone", client.phone, values["phone"]),
        ("Number", client.number, values["client_key"]),
    )
    return [ComparedField(label, label, ours, theirs) for label, ours, theirs in both if ours or theirs]
