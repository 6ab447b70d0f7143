"""Which client a row of a file is about: by the other system's number, ours, or as doubles of clients are found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from clearbill.clients import merges
from clearbill.clients.doubles import Identity, doubles_of_newcomers, identity
from clearbill.clients.models import Client
from clearbill.clients.search.search_terms import key as name_key
from clearbill.db.ids import parse_id
from clearbill.imports.clients.models import ImportedClient
from clearbill.imports.models import FileImport, ImportRow

BY_NAME_ALONE = "Found by the name alone."

OTHER_NAME = "The number {} is of {} here, and the row has another name."

SEVERAL = "{} clients here could be meant."

NOT_FOUND = "No client here fits. Import the clients first, or add this one, and go through the rest again."


@dataclass(frozen=True, slots=True)
class Found:
    """The client of a row; where `sentence` is not empty a person has to say so, of the `likely` ones, if any."""

    client: Client | None = None
    likely: tuple[Client, ...] = ()
    sentence: str = ""


def find_clients(file: FileImport, rows: Sequence[ImportRow]) -> dict[int, Found]:
    """Return for each row who its client is. Statements are as many for one row as for hundreds."""
    numbered = _numbered(file, {row.values["client_key"] for row in rows} - {""})
    found = {
        row.row_no: _by_number(row.values, client)
        for row in rows
        if (client := numbered.get(row.values["client_key"])) is not None
    }
    others = [row for row in rows if row.row_no not in found]
    alike = doubles_of_newcomers(file.practice, [_identity(row.values) for row in others])
    return found | {row.row_no: _by_likeness(likely) for row, likely in zip(others, alike, strict=True)}


def chosen_or_found(file: FileImport, rows: Sequence[ImportRow]) -> dict[int, Found]:
    """Return the same, with the client whom a person chose for a row where somebody did."""
    chosen = {row.row_no: parse_id(str(row.decision.get("client", ""))) for row in rows}
    keys = {key for key in chosen.values() if key}
    clients = {one.pk: one for one in Client.objects.filter(practice=file.practice_id, merged_into=None, pk__in=keys)}
    found = find_clients(file, rows)
    for row_no, key in chosen.items():
        if key in clients:
            found[row_no] = Found(clients[key], found[row_no].likely, found[row_no].sentence)
    return found


def _numbered(file: FileImport, numbers: set[str]) -> dict[str, Client]:
    """Return clients by their number in the other system, else by their number here."""
    found = {row.number: row for row in Client.objects.filter(practice=file.practice_id, number__in=numbers)}
    imported = ImportedClient.objects.filter(practice=file.practice_id, source=file.source, key__in=numbers)
    found |= {one.key: one.client for one in imported.select_related("client")}
    return {number: merges.survivor_of(client) for number, client in found.items()}


def _by_number(values: Mapping[str, str], client: Client) -> Found:
    """The number counts, unless the row tells of somebody else."""
    names = [(values["first_name"], client.first_name), (values["last_name"], client.last_name)]
    given = [(name_key(theirs), name_key(ours)) for theirs, ours in names if theirs]
    is_other_day = values["birth_date"] != (client.birth_date.isoformat() if client.birth_date else "")
    if given and all(theirs != ours for theirs, ours in given) and (is_other_day or not values["birth_date"]):
        return Found(client, (client,), OTHER_NAME.format(values["client_key"], client.name))
    return Found(client, (client,))


def _by_likeness(likely: Sequence[tuple[Client, str]]) -> Found:
    clients = tuple(client for client, _ in likely)
    if not likely:
        return Found(sentence=NOT_FOUND)
    sure = [client for client, why in likely if why != "Same name"]
    if len(sure) == 1:
        return Found(sure[0], (sure[0],))
    if len(clients) > 1:
        return Found(None, clients, SEVERAL.format(len(clients)))
    return Found(clients[0], clients, BY_NAME_ALONE)


def _identity(values: Mapping[str, str]) -> Identity:
    born = date.fromisoformat(values["birth_date"]) if values["birth_date"] else None
    return identity({name: values[name] for name in ("first_name", "last_name", "email", "phone")}, [], birth_date=born)
