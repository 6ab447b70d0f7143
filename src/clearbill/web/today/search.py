"""The search box of every page: clients, invoices, claims and payments that fit some words."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, Q, QuerySet, Value, When

from clearbill.claims.core.queries import by_number
from clearbill.claims.models import Claim, Outbox
from clearbill.clients import queries as clients_queries
from clearbill.invoicing.models import Invoice
from clearbill.money.remittances.models import ClaimPayment, Remittance, reference_key
from clearbill.people.models import Practice
from clearbill.people.permissions import Permission, Permissions

HITS = 10

Found = tuple[str, QuerySet[Any]]


def find(practice: Practice, text: str, *, may: Permissions) -> dict[str, Any]:
    """Return the first clients, invoices, claims and payments that fit the text, exact hits first, and how many.

    Clients are found by all that `search_index` knows; their invoices and claims with them. A claim is found by our
    reference and by the insurer's number too, a payment by the insurer's reference. What the person may not see is
    left out; those who see no clients' records find invoices by their number alone, without the client.
    """
    bare = "".join(text.split())
    if not bare:
        return {"groups": [], "total": 0}
    if Permission.SEE_CLINICAL not in may:
        return _grouped(_found_by_number(practice, text, bare)) if Permission.SEE_MONEY in may else _grouped([])
    clients = clients_queries.clients(practice, clients_queries.ClientFilter(text=text, state="all"))
    theirs = clients.order_by().values("pk")
    invoices = Invoice.objects.filter(Q(number__icontains=bare) | Q(client__in=theirs), practice=practice)
    said = ClaimPayment.objects.filter(practice=practice, payor_claim_number__iexact=bare)
    sent = Outbox.objects.filter(practice=practice, reference__iexact=bare)
    claims = Claim.objects.filter(
        by_number(bare)
        | Q(pk__in=said.filter(claim__isnull=False).values("claim"))
        | Q(pk__in=sent.order_by().values("claim"))
        | Q(invoice__client__in=theirs),
        practice=practice,
    )
    payments = _payments(practice, text, bare) | Remittance.objects.filter(pk__in=said.values("remittance"))
    found: list[Found] = [
        ("clients", clients),
        ("invoices", _exact(invoices.select_related("client"), bare).order_by("rank", "-issued_on", "-number")),
        ("claims", _exact(claims.select_related("invoice__client"), bare).order_by("rank", "-created_at")),
        ("payments", payments.order_by("-paid_on", "-created_at")),
    ]
    if Permission.SEE_MONEY not in may:
        found = [one for one in found if one[0] not in {"invoices", "payments"}]
    return _grouped(found)


def _payments(practice: Practice, text: str, bare: str) -> QuerySet[Remittance]:
    by_reference = Q(payment_reference__icontains=bare) | Q(reference_key=reference_key(text))
    return Remittance.objects.filter(by_reference, practice=practice)


def _found_by_number(practice: Practice, text: str, bare: str) -> list[Found]:
    invoices = Invoice.objects.filter(number__icontains=bare, practice=practice)
    return [
        ("amounts", _exact(invoices, bare).order_by("rank", "-issued_on", "-number")),
        ("payments", _payments(practice, text, bare).order_by("-paid_on", "-created_at")),
    ]


def _grouped(found: list[Found]) -> dict[str, Any]:
    counts = {kind: rows.count() for kind, rows in found}
    groups = [{"kind": kind, "rows": list(rows[:HITS]), "count": counts[kind]} for kind, rows in found]
    return {"groups": groups, "total": sum(counts.values())}


def _exact(rows: QuerySet[Any], number: str) -> QuerySet[Any]:
    return rows.annotate(rank=Case(When(number__iexact=number, then=Value(0)), default=Value(1)))
