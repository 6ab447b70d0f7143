"""Undo what rows of clients did, as long as nothing stands on it: a client that is in use by now is kept and named."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from clearbill.bill.problem import Refused
from clearbill.clients import bulk_services, policy_services
from clearbill.clients import services as client_services
from clearbill.clients.merges import ClientMerge
from clearbill.clients.models import Authorisation, Client, ClientDiagnosis, Policy
from clearbill.clients.services import ChosenDiagnosis
from clearbill.imports.clients.fields import DETAILS, POLICY, current_values, details_of, policy_of
from clearbill.imports.clients.models import ImportedClient
from clearbill.imports.clients.queries import added_by
from clearbill.imports.models import FileImport, ImportRow
from clearbill.invoicing.client_merge.relations import in_words, name_of, relations
from clearbill.people.actor import Actor

MADE_WITH = {"clients.policy.client", "imports.importedclient.client"}
"""Relations to a client that the import made itself."""

CHANGED = "{} was changed here since."

MERGED = "{} was merged with another record since."

NEWER = "{} was changed by a newer file since. Undo that one first."

CHANGED_BACK = "{} was changed here since, so what the file changed stays."


def undo(actor: Actor, file: FileImport, rows: Sequence[ImportRow]) -> None:
    """Take back what the rows did, and put to each what became of it."""
    _delete(actor, file, [row for row in rows if not row.before])
    for row in rows:
        if row.before:
            _change_back(actor, row)


def _delete(actor: Actor, file: FileImport, rows: Sequence[ImportRow]) -> None:
    """Delete the clients that the rows added."""
    known = added_by(file, rows)
    kept = _in_use(file, list(known.values()))
    for row in rows:
        row.sentence = kept.get(known[row.row_no].client_id, "") if row.row_no in known else ""
        row.state = ImportRow.KEPT if row.sentence else ImportRow.UNDONE
    gone = [one.client for one in known.values() if one.client_id not in kept]
    bulk_services.delete_many(actor, clients=gone)


def _in_use(file: FileImport, imported: Sequence[ImportedClient]) -> dict[UUID, str]:
    """Return for those of the clients who have to stay why, in words, by key."""
    keys = [one.client_id for one in imported]
    counts: dict[UUID, dict[Any, int]] = {}
    for field in relations():
        if name_of(field) not in MADE_WITH:
            _count(counts, field.model, field.name, keys)
    _count(counts, ClientDiagnosis, "client", keys)
    merged = set(ClientMerge.objects.filter(survivor__in=keys).values_list("survivor", flat=True))
    merged |= set(ClientMerge.objects.filter(merged__in=keys).values_list("merged", flat=True))
    return {one.client_id: why for one in imported if (why := _why_kept(file, one, counts, merged))}


def _count(counts: dict[UUID, dict[Any, int]], model: Any, name: str, keys: Sequence[UUID]) -> None:
    for key in model._base_manager.filter(**{f"{name}__in": keys}).values_list(name, flat=True):
        of_client = counts.setdefault(key, {})
        of_client[model] = of_client.get(model, 0) + 1


def _why_kept(file: FileImport, one: ImportedClient, counts: dict[UUID, dict[Any, int]], merged: set[UUID]) -> str:
    client = one.client
    called = f"{client.name}, {client.number},"
    if client.pk in merged:
        return MERGED.format(called)
    if one.file_id != file.pk:
        return NEWER.format(called)
    if on_it := counts.get(client.pk):
        return f"{called} has {in_words(on_it.items())} by now."
    policies = [policy.pk for policy in client.policies.all()]
    codes = [row.pk for policy in client.policies.all() for row in policy.authorisations.all()]
    is_more = policies != ([one.policy_id] if one.policy_id else [])
    is_more = is_more or codes != ([one.authorisation_id] if one.authorisation_id else [])
    is_changed = current_values(client, one.policy, one.values) != one.values
    return CHANGED.format(called) if is_more or is_changed or client.archived_at else ""


def _change_back(actor: Actor, row: ImportRow) -> None:
    try:
        with transaction.atomic():
            _restore(actor, row)
            row.state = ImportRow.UNDONE
    except Refused as why:
        row.state, row.sentence = ImportRow.KEPT, str(why)[:500]


def _restore(actor: Actor, row: ImportRow) -> None:
    """Put back what the row changed. Raises Refused where somebody changed it since."""
    before = row.before
    clients = Client.objects.filter(pk=before["client"])
    client = clients.prefetch_related("policies__authorisations", "diagnoses").first()
    if client is None:
        return
    policy = Policy.objects.filter(pk=before["added_policy"] or before["policy"]).first()
    written = {name: value for name, value in before["written"].items() if name != "authorisation_code"}
    if current_values(client, policy, written) != written:
        raise Refused(CHANGED_BACK.format(f"{client.name}, {client.number},"))
    if authorisation := Authorisation.objects.filter(pk=before["added_authorisation"]).first():
        policy_services.change_authorisation(actor, authorisation=authorisation, details={"entered_in_error": True})
    _restore_policy(actor, before, policy, written)
    if any(name in DETAILS for name in written):
        codes = [ChosenDiagnosis(code=one.code, scheme=one.scheme, title=one.title) for one in client.diagnoses.all()]
        client_services.change(actor, client=client, details=details_of(before["values"]), diagnoses=codes)
    known = ImportedClient.objects.filter(practice=actor.practice, client=client, file=row.file_id)
    if before["last"] is None:
        known.delete()
    else:
        known.update(values=before["last"])


def _restore_policy(actor: Actor, before: dict[str, Any], policy: Policy | None, written: dict[str, str]) -> None:
    if policy is None or not any(name in POLICY for name in written):
        return
    if before["added_policy"]:
        policy_services.change_policy(actor, policy=policy, details={"entered_in_error": True})
        _restore_last_day(actor, before)
    else:
        policy_services.change_policy(actor, policy=policy, details=policy_of(before["values"]))


def _restore_last_day(actor: Actor, before: dict[str, Any]) -> None:
    """Let the policy that the added one had ended last as long as before. Raises Refused where that changed since."""
    old = Policy.objects.select_related("client").filter(pk=before["policy"]).first()
    if old is None or "ended" not in before:
        return
    was, is_now = (date.fromisoformat(day) if day else None for day in before["ended"])
    if old.valid_to != is_now:
        raise Refused(CHANGED_BACK.format(f"{old.client.name}, {old.client.number},"))
    if was != is_now:
        policy_services.change_policy(actor, policy=old, details={"valid_to": was})
