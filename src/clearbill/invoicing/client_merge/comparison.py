"""Two records of one person side by side: where they differ, which value is the newer one, which policies overlap."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from clearbill.bill import dates
from clearbill.bill.insurers import bare
from clearbill.clients.models import Client, Policy
from clearbill.clients.policies import policies_of
from clearbill.people import audit
from clearbill.people.audit import labels
from clearbill.people.models import AuditEntry

NOTES = "notes"

ADDRESS = "address"

GROUPS: dict[str, tuple[str, ...]] = {
    "title": ("title",),
    "first_name": ("first_name",),
    "other_names": ("other_names",),
    "last_name": ("last_name",),
    "birth_date": ("birth_date",),
    "sex": ("sex",),
    "email": ("email",),
    "phone": ("phone",),
    ADDRESS: ("address_1", "address_2", "address_3", "address_4", "postcode", "country"),
    "gp_name": ("gp_name",),
    NOTES: (NOTES,),
}
"""What of a record is chosen as one: an address is not put together from two."""

LONGEST_NOTES = 4000


@dataclass(frozen=True, slots=True)
class Compared:
    """One group of fields of two records, in words. `takes_second`: what the second says is the newer one."""

    name: str
    label: str
    first: Sequence[str]
    second: Sequence[str]
    takes_second: bool

    @property
    def differs(self) -> bool:
        return self.first != self.second


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two primary policies, one of each record, valid on the same days. `is_same`: insurer and number agree."""

    first: Policy
    second: Policy
    is_same: bool

    @property
    def name(self) -> str:
        return f"{min(self.first.pk, self.second.pk)}-{max(self.first.pk, self.second.pk)}"


def compare(first: Client, second: Client) -> list[Compared]:
    """Return every group of fields with what each record says, the newer value told by the audit trail."""
    known_since = [_last_changes(client) for client in (first, second)]
    found = []
    for name, fields in GROUPS.items():
        mine, theirs = in_words(first, name), in_words(second, name)
        ages = [
            max(since.get(field, row.created_at) for field in fields)
            for since, row in _with(known_since, first, second)
        ]
        takes_second = bool(theirs) and (not mine or ages[1] > ages[0])
        found.append(Compared(name, label_of(name), mine, theirs, takes_second))
    return found


def in_words(client: Client, name: str) -> list[str]:
    """Return what the record says in this group of fields, a line each, as a page shows it; nothing where empty."""
    if name == ADDRESS:
        return client.address
    return [words for field in GROUPS[name] if (words := _shown(client, field))]


def label_of(name: str) -> str:
    """Return what a group of fields is called."""
    return "Address" if name == ADDRESS else labels.label_of("client", name)


def overlaps(first: Client, second: Client) -> list[Overlap]:
    """Return the pairs of primary policies, one of each record, of which both would be billed for some days."""
    ours, others = _primary(first), _primary(second)
    return [Overlap(mine, its, _is_same(mine, its)) for mine in ours for its in others if _meet(mine, its)]


def version(first: Client, second: Client) -> str:
    """Return a short word that is another one once one of the two records, or a policy of theirs, was changed."""
    rows = [*sorted((first, second), key=lambda one: one.pk)]
    policies = Policy.objects.filter(client__in=rows).order_by("pk")
    told = [(str(row.pk), audit.snapshot(row)) for row in [*rows, *policies]]
    return hashlib.sha256(json.dumps(told, default=str).encode()).hexdigest()[:16]


def _with(known_since: list[dict[str, datetime]], *clients: Client) -> list[tuple[dict[str, datetime], Client]]:
    return list(zip(known_since, clients, strict=True))


def _last_changes(client: Client) -> dict[str, datetime]:
    """Return when each field was last given a value, as far as the audit trail tells."""
    entries = AuditEntry.objects.filter(practice=client.practice_id, subject_type="client", subject_id=str(client.pk))
    found: dict[str, datetime] = {}
    for at, changes in entries.order_by("at", "created_at").values_list("at", "changes"):
        found |= dict.fromkeys(changes, at)
    return found


def _shown(client: Client, field: str) -> str:
    value: Any = client.get_sex_display() if field == "sex" and client.sex else getattr(client, field)
    return dates.show(value) if isinstance(value, date) else str(value or "")


def _primary(client: Client) -> list[Policy]:
    return [policy for policy in policies_of(client) if policy.is_primary]


def _is_same(one: Policy, other: Policy) -> bool:
    return one.insurer_slug == other.insurer_slug and bare(one.membership_number) == bare(other.membership_number)


def _meet(one: Policy, other: Policy) -> bool:
    """Return whether some day lies in both."""
    begins = max(policy.valid_from or date.min for policy in (one, other))
    return begins <= min(policy.valid_to or date.max for policy in (one, other))
