"""What one client's page shows from several areas."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet, Sum

from clearbill.appointments.queries import booked_ahead
from clearbill.bill import dates, money
from clearbill.bill.text import plural
from clearbill.clients.cover import cover_hints_of
from clearbill.clients.member_answers import MemberListAnswer, latest
from clearbill.clients.models import Client
from clearbill.invoicing import queries as billing
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
        "member_answer": _member_answer(client),
    }


def left_open(practice: Practice, client: Client, now: datetime) -> str:
    """Return what is still open with the client, in a sentence; "" where nothing is."""
    booked = booked_ahead(client.appointments.all(), now)
    unbilled = billing.unbilled(practice, client_id=client.pk).count()
    owed = client.invoices.filter(voided_at=None, open_total__gt=0).aggregate(sum=Sum("open_total"))["sum"]
    found = [
        f"{len(booked)} booked {plural(len(booked), 'visit')}, the next on {dates.show_moment(booked[0].starts_at)}"
        if booked
        else "",
        f"{unbilled} {plural(unbilled, 'visit')} not yet invoiced" if unbilled else "",
        f"{money.show(owed)} owed on invoices" if owed else "",
    ]
    return f"Still open: {'; '.join(one for one in found if one)}." if any(found) else ""


def _member_answer(client: Client) -> MemberListAnswer | None:
    cover = getattr(client, "cover", None)
    if cover is None:
        return None
    return latest(client, insurer_slug=cover.insurer_slug, membership_number=cover.membership_number)


def invoices(client: Client) -> QuerySet[Any]:
    """Return the client's invoices, newest first, each with its claims."""
    return client.invoices.select_related("practitioner").prefetch_related("claims")
