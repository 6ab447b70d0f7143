"""The search box of every page: clients, invoices and claims that fit some words."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from clearbill.claims.models import Claim
from clearbill.clients import queries as clients_queries
from clearbill.invoicing.models import Invoice
from clearbill.people.models import Practice

HITS = 10


def find(practice: Practice, text: str) -> dict[str, Any]:
    """Return the first clients, invoices and claims that fit the text, by number or client, and how many there are."""
    if not text:
        return {"groups": [], "total": 0}
    bare = "".join(text.split())
    clients = clients_queries.clients(practice, clients_queries.ClientFilter(text=text, state="all"))
    theirs = clients.order_by().values("pk")
    invoices = Invoice.objects.filter(Q(number__icontains=bare) | Q(client__in=theirs), practice=practice)
    claims = Claim.objects.filter(
        Q(number__icontains=bare) | Q(clearing_bill_number__iexact=bare) | Q(invoice__client__in=theirs),
        practice=practice,
    )
    found: list[tuple[str, QuerySet[Any]]] = [
        ("clients", clients),
        ("invoices", invoices.select_related("client").order_by("-issued_on", "-number")),
        ("claims", claims.select_related("invoice__client").order_by("-created_at")),
    ]
    counts = {kind: rows.count() for kind, rows in found}
    groups = [{"kind": kind, "rows": list(rows[:HITS]), "count": counts[kind]} for kind, rows in found]
    return {"groups": groups, "total": sum(counts.values())}
