"""Make two records of one person one: what belongs to the one that goes away then belongs to the one that stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from clearbill.bill.problem import Refused
from clearbill.clients.merges import ClientMerge, MergedAway, survivor_of
from clearbill.clients.models import Client
from clearbill.clients.search import search_index
from clearbill.invoicing.claimed.claim_link import mark_claims_stale
from clearbill.invoicing.client_merge import relations
from clearbill.invoicing.client_merge.changes import Changes
from clearbill.invoicing.client_merge.comparison import GROUPS, LONGEST_NOTES, NOTES, Overlap, overlaps, version
from clearbill.invoicing.client_merge.united_policies import unite
from clearbill.invoicing.models import Invoice
from clearbill.people import audit
from clearbill.people.actor import Actor

ASK, FIRST_COUNTS, SECOND_COUNTS, SAME = "ask", "first", "second", "same"
"""What becomes of two primary policies of the same days: both stay so, one gives way, or they are one."""

CHANGED_MEANWHILE = (
    "One of the two records was changed after you opened this page. It shows what is stored now, and your choices are "
    "as you left them. Look once more, then merge."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeChoices:
    """What a person chose: the groups of fields (`comparison.GROUPS`) that the record which goes away gives its value
    to, whether the notes of both are kept, and what becomes of overlapping policies by `Overlap.name`, where the first
    policy is that of the record which stays. `shown` is the version that the page showed, "" for whatever is stored.
    """

    taken: frozenset[str] = frozenset()
    keeps_both_notes: bool = False
    policies: Mapping[str, str] = field(default_factory=dict)
    shown: str = ""


def merge(actor: Actor, *, survivor: Client, merged: Client, choices: MergeChoices) -> ClientMerge:
    """Let `survivor` stand for both. The other record is kept, leads there, and `taking_apart` restores it.

    Claims keep the data that they were made with. Raises Refused, and MergedAway where one of the two was merged
    before.
    """
    with transaction.atomic():
        survivor, merged = _held(actor, survivor, merged, choices.shown)
        row = ClientMerge.objects.create(
            practice=actor.practice, survivor=survivor, merged=merged, merged_at=actor.now, by=actor.user
        )
        changes, before, moved = Changes(row), audit.snapshot(survivor), relations.told(merged)
        for pair in overlaps(survivor, merged):
            _settle(changes, pair, choices.policies.get(pair.name, ASK))
        for model, name, keys in relations.rows_of(merged):
            # A statement's mailing has the key as text.
            ids = (str(merged.pk), str(survivor.pk)) if name == "subject_id" else (merged.pk, survivor.pk)
            changes.set_all(model, name, keys, before=ids[0], after=ids[1])
        for group, values in _values(survivor, merged, choices).items():
            changes.set_fields(survivor, values, whole=len(GROUPS[group]) > 1)
        if not merged.archived_at:
            changes.set_fields(survivor, {"archived_at": None})
        codes = changes.add_diagnoses(survivor, merged.diagnoses.all())
        changes.set_fields(merged, {"merged_into": survivor.pk})
        changes.keep()
        _tell(actor, row, audit.difference(before, survivor), moved, codes)
        search_index.reindex([survivor.pk, merged.pk])
        mark_client_stale(survivor)
    return row


def _held(actor: Actor, survivor: Client, merged: Client, shown: str) -> list[Client]:
    """Return both as they are now, held, where they can become one. Raises Refused, MergedAway."""
    if survivor.pk == merged.pk:
        raise Refused("This is the same record. Choose the other one of this person.")
    if {survivor.practice_id, merged.practice_id} != {actor.practice.pk}:
        raise Refused("The two records are of different practices, so they cannot become one.")
    held = relations.hold_both(survivor, merged)
    for one in held:
        if one.merged_into_id is not None:
            raise MergedAway(survivor_of(one))
    if shown and shown != version(*held):
        raise Refused(CHANGED_MEANWHILE)
    return held


def mark_client_stale(client: Client) -> None:
    """Note on the client’s waiting claims that they are to be checked again."""
    if invoice := Invoice.objects.filter(client=client).first():
        mark_claims_stale(invoice)


def _values(survivor: Client, merged: Client, choices: MergeChoices) -> dict[str, dict[str, Any]]:
    """Return what the survivor says afterwards in each group of fields that changes. Raises Refused."""
    found = {
        group: {name: getattr(merged, name) for name in fields}
        for group, fields in GROUPS.items()
        if group in choices.taken
    }
    if choices.keeps_both_notes:
        notes = "\n\n".join(one for one in (survivor.notes, merged.notes) if one)
        if len(notes) > LONGEST_NOTES:
            raise Refused(f"The notes of both are longer than {LONGEST_NOTES:,} characters. Shorten one first.", NOTES)
        found[NOTES] = {NOTES: notes}
    return {group: values for group, values in found.items() if _differs(survivor, values)}


def _differs(row: Client, values: Mapping[str, Any]) -> bool:
    return any(getattr(row, name) != value for name, value in values.items())


def _settle(changes: Changes, pair: Overlap, choice: str) -> None:
    if choice == FIRST_COUNTS:
        changes.set_fields(pair.second, {"is_primary": False})
    elif choice == SECOND_COUNTS:
        changes.set_fields(pair.first, {"is_primary": False})
    elif choice == SAME and pair.is_same:
        unite(changes, pair.first, pair.second)


def _tell(actor: Actor, row: ClientMerge, changed: Mapping[str, Any], moved: str, codes: list[str]) -> None:
    survivor, merged = row.survivor, row.merged
    told: dict[str, Any] = {**changed, "record": f"{merged.name}, {merged.number}"}
    if moved:
        told["moved"] = moved
    if codes:
        told["added_codes"] = codes
    actor.audit("merged another record into the client", survivor, changes=told)
    actor.audit("merged the record into another one", merged, changes={"record": f"{survivor.name}, {survivor.number}"})
