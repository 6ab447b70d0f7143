"""Write the audit trail. Services call this inside the transaction of the change they make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Model

from clearbill.people.audit import values
from clearbill.people.models import AuditEntry, Practice, User


def write(
    *,
    practice: Practice,
    by: User | None,
    at: datetime,
    action: str,
    subject: Model,
    label: str = "",
    changes: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Add one entry: `action` is a past-tense sentence part such as “changed the client”.

    `by` None means Clearbill itself (the worker). `changes` maps a field to [before, after] or to its new value.
    """
    row = entry(practice=practice, by=by, at=at, action=action, subject=subject, label=label, changes=changes)
    row.save(force_insert=True)
    return row


def write_many(entries: Iterable[AuditEntry]) -> None:
    """Add many entries, each made by `entry`, in one go."""
    AuditEntry.objects.bulk_create(entries, batch_size=500)


def entry(
    *,
    practice: Practice,
    by: User | None,
    at: datetime,
    action: str,
    subject: Model,
    label: str = "",
    changes: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Return an entry that is not yet stored; its parts are those of `write`."""
    return AuditEntry(
        practice=practice,
        by=by,
        by_name=str(by) if by else "Clearbill",
        at=at,
        action=action,
        subject_type=subject._meta.model_name or "",
        subject_id=str(subject.pk),
        subject_label=(label or _name_of(subject))[:200],
        changes={key: values.to_json(value, key) for key, value in (changes or {}).items()},
    )


def snapshot(row: Model) -> dict[str, Any]:
    """Return the row's present field values, to be compared with `difference` after the change."""
    fields = [field for field in row._meta.concrete_fields if field.editable]
    return {field.name: values.to_json(field.value_from_object(row), field.name) for field in fields}


def difference(before: Mapping[str, Any], row: Model) -> dict[str, list[Any]]:
    """Return {field: [before, after]} for the fields whose value is no longer what `snapshot` saw."""
    after = snapshot(row)
    return {key: [before.get(key), value] for key, value in after.items() if before.get(key) != value}


def _name_of(subject: Model) -> str:
    """Return what the row is called, "" where its kind has no names."""
    return "" if type(subject).__str__ is Model.__str__ else str(subject)
