"""Take in rows of clients: new ones in one go, changes one by one through the services of clients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from clearbill.bill.problem import Refused
from clearbill.clients import bulk_services, merges, policy_services
from clearbill.clients import services as client_services
from clearbill.clients.models import Authorisation, Client, Policy
from clearbill.clients.search import search_index
from clearbill.clients.services import ChosenDiagnosis
from clearbill.db.ids import parse_id
from clearbill.imports.clients.fields import (
    DETAILS,
    POLICY,
    current_values,
    details_of,
    has_policy,
    matching_authorisation,
    policy_of,
)
from clearbill.imports.clients.models import ImportedClient
from clearbill.imports.clients.plan import Plan, difference_to, further_key, key_of, plans
from clearbill.imports.models import FileImport, ImportRow
from clearbill.people.actor import Actor

SKIP, AS_NEW, UPDATE = "skip", "new", "update"

CHANGED_MEANWHILE = "Something changed here since the file was checked. Go through the rest again to see what."

GONE = "The record that was chosen is no longer there. Go through the rest again."


def take_in(actor: Actor, file: FileImport, rows: Sequence[ImportRow]) -> None:
    """Take in the rows as they were checked and decided, and put to each what became of it."""
    planned = plans(file, rows)
    own = _added_by(file, planned)
    new = [plan for plan in planned if _is_new(plan, own)]
    _add(actor, file, new)
    for plan in planned:
        if plan not in new:
            _take_one(actor, file, plan)


def decide(row: ImportRow, do: str) -> dict[str, str]:
    """Return the decision about a row where all are decided at once; {} where it cannot be done.

    Of several likely doubles the first counts.
    """
    doubles = row.found.get("doubles", [])
    if (do == UPDATE and row.verdict == ImportRow.DOUBLE and not doubles) or (
        do == AS_NEW and row.verdict != ImportRow.DOUBLE
    ):
        return {}
    return {"do": do, "client": doubles[0][0]} if doubles else {"do": do}


def _is_new(plan: Plan, own: set[Any]) -> bool:
    row = plan.row
    if row.verdict == ImportRow.DOUBLE:
        return row.decision.get("do") == AS_NEW
    if row.verdict != ImportRow.NEW:
        return False
    others = [client for client, _ in plan.doubles if client.pk not in own]
    return plan.imported is None and not others


def _added_by(file: FileImport, planned: Sequence[Plan]) -> set[Any]:
    """Return those of the likely doubles that came with this file: they were looked at when it was checked."""
    keys = {client.pk for plan in planned for client, _ in plan.doubles}
    known = ImportedClient.objects.filter(practice=file.practice_id, file=file, client__in=keys)
    return set(known.values_list("client", flat=True))


def _add(actor: Actor, file: FileImport, new: Sequence[Plan]) -> None:
    added = bulk_services.create_many(actor, clients=[_new_client(plan.row.values) for plan in new])
    # A number of the other system that stood for somebody else stands for the new client from now on.
    ImportedClient.objects.filter(pk__in=[plan.imported.pk for plan in new if plan.imported]).delete()
    keys = _keys(file, [plan.row for plan in new])
    ImportedClient.objects.bulk_create(
        ImportedClient(
            practice=actor.practice,
            client=one.client,
            policy=one.policy,
            authorisation=one.authorisation,
            source=file.source,
            number=plan.row.key,
            key=keys[plan.row.row_no],
            values=plan.row.values,
            file=file,
        )
        for plan, one in zip(new, added, strict=True)
    )
    search_index.reindex([one.client.pk for one in added])
    for plan in new:
        plan.row.state = ImportRow.TAKEN_IN


def _keys(file: FileImport, rows: Sequence[ImportRow]) -> dict[int, str]:
    """Return by which key the client of each row is known again; no two have the same."""
    wanted = {row.row_no: key_of(row.values, row.key) for row in rows}
    known = ImportedClient.objects.filter(practice=file.practice_id, source=file.source, key__in=wanted.values())
    taken = set(known.values_list("key", flat=True))
    for row in rows:
        if wanted[row.row_no] in taken:
            wanted[row.row_no] = further_key(row)
        taken.add(wanted[row.row_no])
    return wanted


def _new_client(values: Mapping[str, str]) -> bulk_services.NewClient:
    code = values.get("authorisation_code", "")
    return bulk_services.NewClient(
        details=details_of(values),
        policy=policy_of(values) if has_policy(values) else None,
        authorisation={"code": code} if code else None,
    )


def _take_one(actor: Actor, file: FileImport, plan: Plan) -> None:
    try:
        with transaction.atomic():
            _update(actor, file, plan)
            plan.row.state = ImportRow.TAKEN_IN
    except Refused as why:
        plan.row.state, plan.row.before, plan.row.sentence = ImportRow.REFUSED, {}, str(why)[:500]


def _update(actor: Actor, file: FileImport, plan: Plan) -> None:
    """Change the record of a row. Raises Refused, as where it is no longer what was looked at."""
    row = plan.row
    if row.verdict == ImportRow.DOUBLE and row.decision.get("do") == UPDATE:
        _choose(actor, plan)
    elif plan.verdict not in (ImportRow.CHANGED, ImportRow.CONFLICT) or _is_other_than_shown(plan):
        raise Refused(CHANGED_MEANWHILE)
    if plan.client is None:
        raise Refused(GONE)
    values = plan.difference.settled(row.decision.get("fields", {}))
    row.before = {
        "client": str(plan.client.pk),
        "values": current_values(plan.client, plan.policy, values),
        "written": values,
        "policy": plan.policy.pk if plan.policy else None,
        "last": plan.imported.values if plan.imported else None,
    }
    lasted_to = plan.policy.valid_to if plan.policy else None
    policy, authorisation = _write(actor, plan.client, plan.policy, values)
    row.before["added_policy"] = policy.pk if policy and policy != plan.policy else None
    if plan.policy and policy and policy != plan.policy:
        plan.policy.refresh_from_db(fields=["valid_to"])
        row.before["ended"] = [_day(lasted_to), _day(plan.policy.valid_to)]
    row.before["added_authorisation"] = authorisation.pk if authorisation else None
    _remember(actor, file, plan, policy or plan.policy, authorisation)


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _choose(actor: Actor, plan: Plan) -> None:
    """Take the record that a person chose for the one that the row is about."""
    wanted = parse_id(str(plan.row.decision.get("client", "")))
    if wanted is None:
        raise Refused(GONE)
    rows = Client.objects.filter(practice=actor.practice, pk=wanted).select_related("practice")
    client = rows.prefetch_related("policies__authorisations").first()
    plan.client = merges.survivor_of(client) if client else None
    if plan.client:
        plan.policy, plan.difference = difference_to(plan.client, plan.row)


def _is_other_than_shown(plan: Plan) -> bool:
    shown = plan.row.found
    conflicts = {name: tuple(both) for name, both in shown.get("conflicts", {}).items()}
    return plan.difference.changes != shown.get("changes", {}) or plan.difference.conflicts != conflicts


def _write(
    actor: Actor, client: Client, policy: Policy | None, values: Mapping[str, str]
) -> tuple[Policy | None, Authorisation | None]:
    """Write the values, and return the policy that stands for theirs and the authorisation that was added."""
    if any(field in DETAILS for field in values):
        codes = [ChosenDiagnosis(code=one.code, scheme=one.scheme, title=one.title) for one in client.diagnoses.all()]
        client_services.change(actor, client=client, details=details_of(values), diagnoses=codes)
    if any(field in POLICY for field in values):
        policy = _write_policy(actor, client, policy, values)
    code = values.get("authorisation_code", "")
    if policy is None or not code or matching_authorisation(policy, code):
        return policy, None
    return policy, policy_services.add_authorisation(actor, policy=policy, details={"code": code})


def _write_policy(actor: Actor, client: Client, policy: Policy | None, values: Mapping[str, str]) -> Policy | None:
    details = policy_of(values)
    if policy is None:
        return policy_services.add_policy(actor, client=client, details=details) if has_policy(values) else None
    begins = details.get("valid_from")
    is_another = bool({"insurer_slug", "membership_number"} & set(values))
    if is_another and begins and policy.valid_from and begins > policy.valid_from:
        both = {"insurer_slug": policy.insurer_slug, "membership_number": policy.membership_number}
        return policy_services.add_policy(actor, client=client, details=both | details, ends=policy)
    if not details.get("membership_number", "there") or not details.get("insurer_slug", "there"):
        raise Refused(
            "The policy is gone in the file. End it on the page of the client, where its last day can be given."
        )
    return policy_services.change_policy(actor, policy=policy, details=details)


def _remember(
    actor: Actor, file: FileImport, plan: Plan, policy: Policy | None, authorisation: Authorisation | None
) -> None:
    row, imported = plan.row, plan.imported
    own_key = _keys(file, [row])[row.row_no]
    number = row.key
    known = imported or ImportedClient(practice=actor.practice, source=file.source, key=own_key, number=number)
    known.client, known.policy, known.file = plan.client or known.client, policy, file
    known.authorisation = authorisation or known.authorisation
    known.values = {**known.values, **row.values}
    known.save()
