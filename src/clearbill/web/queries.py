"""Reads for Today and the search."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from clearbill.billing.models import Invoice
from clearbill.claims.models import Claim
from clearbill.clients.models import Client
from clearbill.people.models import Practice


def search(practice: Practice, text: str) -> dict[str, Any]:
    """Return up to ten clients, invoices and claims of the practice that fit the text, and how many in all."""
    if not text:
        return {"clients": [], "invoices": [], "claims": [], "total": 0}
    named = Q()
    for word in text.split():
        named &= Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(number__iexact=word)
    bare = text.replace(" ", "")
    clients = list(
        Client.objects.filter(practice=practice).filter(named | Q(cover__membership_number__iexact=bare)).distinct()[:10]
    )
    invoices = list(Invoice.objects.filter(practice=practice, number__icontains=bare).select_related("client")[:10])
    claims = list(Claim.objects.filter(practice=practice, number__icontains=bare).select_related("invoice__client")[:10])
    return {
        "clients": clients,
        "invoices": invoices,
        "claims": claims,
        "total": len(clients) + len(invoices) + len(claims),
    }


def today(practice: Practice) -> dict[str, Any]:
    return {}
