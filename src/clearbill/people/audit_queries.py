"""What the audit trail shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator

from clearbill.people.models import AuditEntry, Membership, Practice

ROWS_PER_PAGE = 50

# The kinds of things as people call them; a kind not listed is shown with its model's own name.
KINDS = {
    "account": "Bank accounts",
    "appointment": "Appointments",
    "bankline": "Bank lines",
    "claim": "Claims",
    "client": "Clients",
    "codeentry": "Code list",
    "healthcodeconnection": "Healthcode connection",
    "insurersetting": "Insurers",
    "invitation": "Invitations",
    "invoice": "Invoices",
    "membership": "Users",
    "payee": "Payees",
    "practice": "Practice details",
    "practitioner": "Practitioners",
    "remittance": "Payments",
    "service": "Services",
    "site": "Sites",
    "statementfile": "Bank statements",
    "user": "Sign-ins and passwords",
    "usualline": "Everyday bank lines",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One changed field; `before` is None where the entry tells only the new value."""

    field: str
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class TrailLine:
    """One entry as the page shows it: the kind in people's words, and what changed."""

    entry: AuditEntry
    kind: str
    changes: list[Change]


def trail(
    practice: Practice, *, person: str = "", kind: str = "", page: str | None = None
) -> tuple[Page, list[TrailLine]]:
    """Return one page of the trail, newest first. `person` is a user's id or “clearbill”; others are ignored."""
    entries = AuditEntry.objects.filter(practice=practice).order_by("-at", "-created_at")
    if person == "clearbill":
        entries = entries.filter(by=None)
    elif chosen := _uuid(person):
        entries = entries.filter(by_id=chosen)
    if kind in KINDS:
        entries = entries.filter(subject_type=kind)
    shown = Paginator(entries, ROWS_PER_PAGE).get_page(page)
    lines = [
        TrailLine(entry, KINDS.get(entry.subject_type, entry.subject_type), _changes(entry.changes)) for entry in shown
    ]
    return shown, lines


def people(practice: Practice) -> list[tuple[str, str]]:
    """Return (id, name) of everybody who may stand in the trail."""
    members = Membership.objects.filter(practice=practice).select_related("user").order_by("user__full_name")
    return [(str(one.user_id), str(one.user)) for one in members] + [("clearbill", "Clearbill itself")]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _changes(stored: Mapping[str, Any]) -> list[Change]:
    changes = []
    for field, value in stored.items():
        words = field.replace("_", " ")
        name = words[:1].upper() + words[1:]
        if isinstance(value, list) and len(value) == 2:
            changes.append(Change(name, _word(value[0]), _word(value[1])))
        else:
            changes.append(Change(name, None, _word(value)))
    return changes


def _word(value: Any) -> str:
    if value is None or value == "" or value == []:
        return "empty"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_word(item) for item in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_word(item)}" for key, item in value.items())
    return str(value)
