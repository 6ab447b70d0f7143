"""What of the audit trail tells about clients, and is withheld from those who see no clients' records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import copy

from clearbill.people.audit import legacy_entries
from clearbill.people.models import AuditEntry
from clearbill.people.permissions import Permission, Permissions

WITHHELD = "Withheld: it tells about clients"

# Kinds of things about which an entry is told whole: they belong to the practice, and to no client.
OF_THE_PRACTICE = frozenset(
    {
        "account",
        "accountcodes",
        "bankline",
        "cancellationpolicy",
        "contractprice",
        "healthcodeconnection",
        "ignorerule",
        "insurersetting",
        "invitation",
        "membership",
        "payee",
        "payeeexception",
        "practice",
        "practitioner",
        "service",
        "site",
        "statementfile",
        "user",
    }
)

# Of these the number is told, and of what changed the money and the days alone.
OF_MONEY = frozenset({"claim", "invoice", "remittance"})

AMOUNTS = frozenset(
    {
        "amount",
        "credited_total",
        "discount_total",
        "gross_total",
        "insurer_slug",
        "issued_on",
        "method",
        "net_total",
        "number",
        "on",
        "paid",
        "paid_on",
        "paid_total",
        "patient_paid",
        "patient_paid_method",
        "received_on",
        "short",
        "short_total",
        "source",
        "vat_total",
        "written_off_total",
    }
)


def readable(entry: AuditEntry, may: Permissions) -> AuditEntry:
    """Return the entry as somebody with these permissions may read it; what is stored stays as it is."""
    kind = legacy_entries.present_kind(entry.subject_type)
    if Permission.SEE_CLINICAL in may or kind in OF_THE_PRACTICE:
        return entry
    shown = copy(entry)
    if kind in OF_MONEY:
        shown.changes = {field: value for field, value in entry.changes.items() if field in AMOUNTS}
    else:
        shown.subject_label, shown.changes = WITHHELD, {}
    return shown


def readable_all(entries: Iterable[AuditEntry], may: Permissions) -> Iterator[AuditEntry]:
    """Yield these entries as somebody with these permissions may read them."""
    return (readable(entry, may) for entry in entries)
