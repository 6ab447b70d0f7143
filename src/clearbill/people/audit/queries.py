"""What the audit trail shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Model, Q, QuerySet

from clearbill.db.ids import parse_id
from clearbill.people.audit import clinical_entries, labels, legacy_entries
from clearbill.people.audit.row_names import RowNames
from clearbill.people.models import AuditEntry, Membership, Practice
from clearbill.people.permissions import Permissions

ROWS_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class TrailLine:
    """One entry as the page shows it: what it is about, its kind, and what changed, in people's words."""

    entry: AuditEntry
    subject: str
    kind: str
    changes: list[labels.Change]


def trail(
    practice: Practice, *, may: Permissions, person: str = "", kind: str = "", page: str | None = None
) -> tuple[Page, list[TrailLine]]:
    """Return one page of the trail, with its lines in words; see `entries`. `may` is what its reader may see."""
    shown = Paginator(entries(practice, person=person, kind=kind), ROWS_PER_PAGE).get_page(page)
    names = RowNames(practice, ((legacy_entries.present_kind(entry.subject_type), entry.changes) for entry in shown))
    return shown, [_line(clinical_entries.readable(entry, may), names) for entry in shown]


def entries(practice: Practice, *, person: str = "", kind: str = "") -> QuerySet[AuditEntry]:
    """Return what the trail holds, newest first. `person` is a user's id or “clearbill”; others are ignored."""
    found = AuditEntry.objects.filter(practice=practice).order_by("-at", "-created_at")
    if person == "clearbill":
        found = found.filter(by=None)
    elif chosen := parse_id(person):
        found = found.filter(by_id=chosen)
    if kind in labels.KINDS:
        found = found.filter(subject_type__in=legacy_entries.stored_kinds(kind))
    return found


def _line(entry: AuditEntry, names: RowNames) -> TrailLine:
    kind = legacy_entries.present_kind(entry.subject_type)
    return TrailLine(
        entry=entry,
        subject=legacy_entries.present_label(kind, entry.subject_label),
        kind=labels.kind_of(kind),
        changes=labels.describe_changes(kind, entry.action, entry.changes, names),
    )


def last_change(subjects: Sequence[Model], *, since: datetime, field: str) -> AuditEntry | None:
    """Return the last entry since then that tells of the field on one of these rows, else the last of any field."""
    of_rows = Q()
    for row in subjects:
        of_rows |= Q(subject_type=row._meta.model_name, subject_id=str(row.pk))
    entries = AuditEntry.objects.filter(of_rows, at__gte=since)
    found = list(entries.order_by("-at", "-created_at")[:50])
    telling = (entry for entry in found if field in entry.changes or _tells(entry.changes, field))
    return next(telling, found[0] if found else None)


def _tells(changes: Mapping[str, Any], field: str) -> bool:
    """Return whether one of the changes is that of several fields, and this is among them."""
    values = (side for pair in changes.values() for side in (pair if isinstance(pair, list) else [pair]))
    return any(isinstance(value, Mapping) and field in value for value in values)


def people(practice: Practice) -> list[tuple[str, str]]:
    """Return (id, name) of everybody who may stand in the trail."""
    members = Membership.objects.filter(practice=practice).select_related("user").order_by("user__full_name")
    return [(str(one.user_id), str(one.user)) for one in members] + [("clearbill", "Clearbill itself")]
