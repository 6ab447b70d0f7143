"""The one way to save what a practice has set: the row and its entry in the audit trail, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model

from clearbill.people import audit
from clearbill.people.actor import Actor
from clearbill.people.models import Practice

Row = TypeVar("Row", bound=Model)


def lock_practice(practice: Practice) -> None:
    """Hold the practice's row until the end of the transaction: changes of its settings come one after the other."""
    Practice.objects.select_for_update(no_key=True).filter(pk=practice.pk).values_list("pk").first()


def save_with_audit(
    actor: Actor,
    *,
    row: Row,
    details: Mapping[str, Any],
    changed: str,
    added: str = "",
    label: str = "",
    also: Mapping[str, tuple[Any, Any]] | None = None,
) -> Row:
    """Save `details` (field: value) on the row, write what changed in the trail, and return the row.

    `changed` is the action of the entry, and `added` that of a row not stored yet, which is told whole; without it a
    new row is told as a change from its defaults. Nothing is written where nothing changed. Compared and saved are the
    fields of `details` only, against the row as it is stored now, so that nobody else's change of another field is
    lost. `also` is {name: (before, after)} of what the caller keeps in other rows in the same transaction.
    """
    with transaction.atomic():
        lock_practice(actor.practice)
        is_new = row._state.adding
        if not is_new:
            row.refresh_from_db(fields=list(details))
        before = audit.snapshot(row)
        for name, value in details.items():
            setattr(row, name, value)
        if is_new:
            row.save(force_insert=True)
        else:
            row.save(update_fields=list(details))
        others = also or {}
        if is_new and added:
            changes = {**details, **{name: after for name, (_, after) in others.items()}}
            actor.audit(added, row, label=label, changes=changes)
            return row
        pairs = {name: [was, after] for name, (was, after) in others.items() if was != after}
        if changes := {**audit.difference(before, row), **pairs}:
            actor.audit(changed, row, label=label, changes=changes)
    return row


def save_sign_in_rules(actor: Actor, *, details: Mapping[str, Any]) -> Practice:
    """Change what the practice demands of the sign-ins of its people."""
    return save_with_audit(actor, row=actor.practice, details=details, changed="changed the rules of the sign-in")


def save_practice(actor: Actor, *, details: Mapping[str, Any]) -> Practice:
    """Change the practice's own details: name, address, account, what stands on its papers."""
    return save_with_audit(actor, row=actor.practice, details=details, changed="changed the practice details")
