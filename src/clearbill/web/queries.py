"""Reads for Today and the search."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from clearbill.bill.lifecycle import Status
from clearbill.billing.models import Invoice, Payment
from clearbill.claims.models import Claim, WorkItem
from clearbill.clients.models import Client
from clearbill.diary.models import Appointment
from clearbill.people.models import Practice
from clearbill.practice import connection

WITH_HEALTHCODE = (Status.SUBMITTED, Status.UNKNOWN, Status.AWAITING_COLLECTION)
WITH_INSURER = (Status.COLLECTED, Status.PART_PAID)
NEXT_APPOINTMENTS = 12
AGES = ((30, "up to 30 days"), (60, "31 to 60 days"), (90, "61 to 90 days"), (10_000, "over 90 days"))


def search(practice: Practice, text: str) -> dict[str, Any]:
    """Return up to ten clients, invoices and claims of the practice that fit the text, and how many in all."""
    if not text:
        return {"clients": [], "invoices": [], "claims": [], "total": 0}
    named = Q()
    for word in text.split():
        named &= Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(number__iexact=word)
    bare = text.replace(" ", "")
    all_clients = Client.objects.filter(practice=practice)
    clients = list(all_clients.filter(named | Q(cover__membership_number__iexact=bare)).distinct()[:10])
    numbered = {"practice": practice, "number__icontains": bare}
    invoices = list(Invoice.objects.filter(**numbered).select_related("client")[:10])
    claims = list(Claim.objects.filter(**numbered).select_related("invoice__client")[:10])
    total = len(clients) + len(invoices) + len(claims)
    return {"clients": clients, "invoices": invoices, "claims": claims, "total": total}


def today(practice: Practice, *, now: datetime) -> dict[str, Any]:
    """Answer Today's questions: what must I do, whose move is it, how long have I got, where is the money."""
    on = timezone.localdate(now)
    current = Claim.objects.filter(practice=practice, is_current=True)
    counts = dict(current.values_list("status").annotate(n=Count("pk")).values_list("status", "n"))
    begin = timezone.make_aware(datetime.combine(on, datetime.min.time()))
    diary = Appointment.objects.filter(
        practice=practice, state=Appointment.BOOKED, ends_at__gte=now, starts_at__lt=begin + timedelta(days=1)
    ).select_related("client", "service", "practitioner")
    coming = list(diary.order_by("starts_at"))
    linked = connection.of(practice)
    return {
        "on": on,
        "connection": linked,
        "rejected": list(_claims(current.filter(status=Status.REJECTED))[:6]),
        "to_submit": list(_claims(current.filter(status=Status.CREATED))[:6]),
        "work_items": list(WorkItem.objects.filter(practice=practice, settled_at=None).select_related("claim")[:6]),
        "due": list(_claims(_due(current, on)).order_by("bill_by_on")[:6]),
        "unbilled": Appointment.objects.filter(
            practice=practice, state=Appointment.COMPLETED, invoice_lines=None
        ).count(),
        "appointments": coming[:NEXT_APPOINTMENTS],
        "more_appointments": max(0, len(coming) - NEXT_APPOINTMENTS),
        "moves": {
            "practice": counts.get(Status.CREATED, 0) + counts.get(Status.REJECTED, 0),
            "healthcode": sum(counts.get(status, 0) for status in WITH_HEALTHCODE),
            "insurer": sum(counts.get(status, 0) for status in WITH_INSURER),
        },
        "rejected_count": counts.get(Status.REJECTED, 0),
        "to_submit_count": counts.get(Status.CREATED, 0),
        "unknown_count": counts.get(Status.UNKNOWN, 0),
        "waiting_count": counts.get(Status.SUBMITTED, 0),
        "money": outstanding(practice, on=on),
    }  # fmt: skip


def outstanding(practice: Practice, *, on: date) -> dict[str, Any]:
    """Return what insurers still owe, pounds, by insurer and age of the treatment, largest insurer first."""
    owing = [*WITH_HEALTHCODE, *WITH_INSURER, Status.CREATED, Status.REJECTED]
    paid = (
        Payment.objects.filter(invoice=OuterRef("invoice")).values("invoice").annotate(sum=Sum("amount")).values("sum")
    )
    claims = Claim.objects.filter(practice=practice, is_current=True, status__in=owing).annotate(
        open_amount=F("net_total") - Coalesce(Subquery(paid), Decimal(0), output_field=DecimalField())
    )
    table: dict[str, list[Decimal]] = {}
    for slug, treated_on, amount in claims.values_list("insurer_slug", "treated_on", "open_amount"):
        age = (on - treated_on).days if treated_on else 0
        band = next(index for index, (days, _) in enumerate(AGES) if age <= days)
        table.setdefault(slug, [Decimal(0)] * len(AGES))[band] += amount
    ordered = sorted(table.items(), key=lambda entry: -sum(entry[1]))
    largest = max((sum(bands, Decimal(0)) for _, bands in ordered), default=Decimal(0))
    return {
        "insurers": [_bar(slug, bands, largest) for slug, bands in ordered[:8]],
        "total": sum((sum(bands) for bands in table.values()), Decimal(0)),
        "ages": [words for _, words in AGES],
    }


def _bar(slug: str, bands: Iterable[Decimal], largest: Decimal) -> dict[str, Any]:
    """Return one bar of the money chart: each piece's start and width in thousandths of the longest bar."""
    pieces, start = [], 0
    for index, amount in enumerate(bands):
        width = int(1000 * amount / largest) if largest else 0
        if width > 0:
            pieces.append({"age": index, "words": AGES[index][1], "amount": amount, "start": start, "width": width})
            start += width
    return {"slug": slug, "total": sum(bands), "pieces": pieces}


def _due(claims: QuerySet[Claim], on: date) -> QuerySet[Claim]:
    soon = on + timedelta(days=30)
    return claims.filter(status__in=[Status.CREATED, Status.REJECTED], bill_by_on__lte=soon)


def _claims(claims: QuerySet[Claim]) -> QuerySet[Claim]:
    return claims.select_related("invoice__client").order_by("created_at")
