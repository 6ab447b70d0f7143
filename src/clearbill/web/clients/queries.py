"""What one client's page shows from several areas."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from clearbill.clients.cover import cover_hints_of
from clearbill.clients.models import Client
from clearbill.people.models import Practice

PAST_SHOWN = 10


def client_page(practice: Practice, client: Client, now: datetime) -> dict[str, Any]:
    """Return what the client's page shows beside the client: appointments, invoices with claims, cover hints."""
    seen = client.appointments.select_related("practitioner", "service")
    past = list(seen.filter(starts_at__lt=now).order_by("-starts_at")[: PAST_SHOWN + 1])
    lines = (client.address_1, client.address_2, client.address_3, client.address_4, client.postcode)
    return {
        "address": [line for line in lines if line],
        "cover": getattr(client, "cover", None),
        "diagnoses": list(client.diagnoses.all()),
        "upcoming": list(seen.filter(starts_at__gte=now).order_by("starts_at")[:PAST_SHOWN]),
        "past": past[:PAST_SHOWN],
        "past_goes_on": len(past) > PAST_SHOWN,
        "hints": cover_hints_of(getattr(client, "cover", None)),
    }


def invoices(client: Client) -> QuerySet[Any]:
    """Return the client's invoices, newest first, each with its claims."""
    return client.invoices.select_related("practitioner").prefetch_related("claims")
