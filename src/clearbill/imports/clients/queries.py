"""Reads of what files told of clients: which client a row became, and both sides of what a person decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db.models import QuerySet

from clearbill.clients.models import Client
from clearbill.db.ids import parse_id
from clearbill.imports.clients.compare import first_of, things
from clearbill.imports.clients.fields import LABELS, TOGETHER_LABELS, current_values, has_policy, shown
from clearbill.imports.clients.models import ImportedClient
from clearbill.imports.clients.plan import difference_to, further_key, key_of
from clearbill.imports.kind import ComparedField, ShownRow
from clearbill.imports.models import FileImport, ImportRow

HEADINGS = ("Client", "Date of birth", "Policy")


def added_by(file: FileImport, rows: Sequence[ImportRow]) -> dict[int, ImportedClient]:
    """Return what is kept of the clients whom the rows became, by the number of the row."""
    keys: dict[str, int] = {}
    for row in rows:
        if row.values:
            keys.setdefault(key_of(row.values, row.key), row.row_no)
            keys[further_key(row)] = row.row_no
    found = ImportedClient.objects.filter(practice=file.practice_id, source=file.source, key__in=keys)
    related = found.select_related("client", "policy").prefetch_related("client__policies__authorisations")
    # That of the row alone comes last, and counts where there are both.
    return {keys[one.key]: one for one in sorted(related, key=lambda one: "#" in one.key)}


def shown_rows(file: FileImport, rows: Sequence[ImportRow]) -> list[ShownRow]:
    """Return the rows as a page shows them."""
    added = added_by(file, [row for row in rows if row.state == ImportRow.TAKEN_IN])
    known = {key for row in rows if (key := parse_id(str(row.found.get("client", ""))))}
    clients = {one.pk: one for one in Client.objects.filter(practice=file.practice_id, pk__in=known)}
    return [_shown(row, added, clients) for row in rows]


def candidates(file: FileImport, row: ImportRow) -> list[Client]:
    """Return the records that a row may be about, the likeliest first."""
    named = [row.found.get("client", ""), *(key for key, _ in row.found.get("doubles", []))]
    keys = [key for one in named if (key := parse_id(str(one)))]
    rows = Client.objects.filter(practice=file.practice_id, pk__in=keys).prefetch_related("policies__authorisations")
    found = {client.pk: client for client in rows}
    return list({client.pk: client for key in keys if (client := found.get(key))}.values())


def compared(_file: FileImport, row: ImportRow, client: Client) -> list[ComparedField]:
    """Return each field that differs between a row and a record, or is the same and tells who it is."""
    policy, difference = difference_to(client, row)
    ours = current_values(client, policy, row.values)
    asked = row.found.get("conflicts", {}) if row.verdict == ImportRow.CONFLICT else difference.conflicts
    return [
        ComparedField(
            name=first_of(names[0]),
            label=TOGETHER_LABELS.get(names[0], LABELS[names[0]]),
            ours=_told(names, ours),
            theirs=_told(names, row.values),
            is_asked=any(name in asked for name in names),
        )
        for names in things(row.values)
        if _told(names, ours) or _told(names, row.values)
    ]


def _told(names: Sequence[str], values: Mapping[str, str]) -> str:
    """Return the values of fields that are one thing, each in its line."""
    return "\n".join(filter(None, (shown(name, values[name]) for name in names)))


def _shown(row: ImportRow, added: Mapping[int, ImportedClient], clients: Mapping[UUID, Client]) -> ShownRow:
    values = row.values
    names = (values.get(name, "") for name in ("title", "first_name", "last_name"))
    insurer = shown("insurer_slug", values.get("insurer_slug", ""))
    before = row.before.get("values") or row.found.get("here", {})
    changes = row.before.get("written") or row.found.get("changes", {})
    known = clients.get(parse_id(str(row.found.get("client", ""))) or UUID(int=0))
    return ShownRow(
        row=row,
        name=" ".join(filter(None, names)),
        cells=(
            shown("birth_date", values.get("birth_date", "")),
            f"{insurer} {values['membership_number']}" if has_policy(values) else "",
        ),
        changes=[
            (LABELS[name], shown(name, before.get(name, "")), shown(name, text)) for name, text in changes.items()
        ],
        client=added[row.row_no].client if row.row_no in added else known,
    )


def numbers_of(client_ids: Sequence[UUID]) -> QuerySet[ImportedClient, tuple[UUID, str]]:
    """Return client and number for each number that these clients have in other systems."""
    rows = ImportedClient.objects.filter(client__in=client_ids).exclude(number="").order_by("created_at", "pk")
    return rows.values_list("client_id", "number")


def other_numbers(client: Client) -> QuerySet[ImportedClient]:
    """Return how a client is numbered in other systems, the first import first."""
    return ImportedClient.objects.filter(client=client).exclude(number="").order_by("created_at", "pk")
