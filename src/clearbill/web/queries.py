"""Reads for Today and the search."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, Q, QuerySet, When
from django.utils import timezone

from clearbill.bill.lifecycle import Status
from clearbill.billing.models import Invoice
from clearbill.claims import queries as claims_queries
from clearbill.claims import work_queries
from clearbill.claims.models import Claim
from clearbill.claims.standing import days_left, standing
from clearbill.clients import queries as clients_queries
from clearbill.diary.models import Appointment
from clearbill.people.models import Practice

OWED_ON = (
    Status.CREATED, Status.REJECTED, Status.SUBMITTED, Status.UNKNOWN, Status.AWAITING_COLLECTION, Status.COLLECTED,
    Status.PART_PAID,
)  # fmt: skip
ROWS = 8
HITS = 10
SOON_DAYS = 14
AGES = ((30, "up to 30 days"), (60, "31 to 60 days"), (90, "61 to 90 days"), (10**9, "over 90 days"))


def search(practice: Practice, text: str) -> dict[str, Any]:
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


def today(practice: Practice, *, now: datetime) -> dict[str, Any]:
    """Answer Today's questions: what must I do, whose move is it, how long have I got, where is the money."""
    on = timezone.localdate(now)
    current = Claim.objects.filter(practice=practice, is_current=True)
    counts = dict(current.order_by().values_list("status").annotate(n=Count("pk")))
    moves = {key: sum(counts.get(one, 0) for one in statuses) for key, (_, statuses) in claims_queries.MOVES.items()}
    unbilled = Appointment.objects.filter(practice=practice, state=Appointment.COMPLETED, invoice_lines=None)
    return {
        "on": on,
        "moves": moves,
        "counts": {status.name.lower(): counts.get(status, 0) for status in Status},
        "rest": moves["practice"] - counts.get(Status.CREATED, 0) - counts.get(Status.REJECTED, 0),
        "work_items": list(work_queries.items(practice)[:ROWS]),
        "work_count": work_queries.open_count(practice),
        "your_moves": _your_moves(practice, on),
        "unbilled_count": unbilled.count(),
        "money": outstanding(practice, on=on),
        **_coming(practice, on, now),
        **claims_queries.health(practice),
    }


def _your_moves(practice: Practice, on: date) -> list[dict[str, Any]]:
    """Return the claims that wait for the practice: those with hardly any time left, then rejected ones first."""
    unsent = Q(status__in=[Status.CREATED, Status.REJECTED])
    urgency = Case(
        When(unsent & Q(bill_by_on__lte=on + timedelta(days=SOON_DAYS)), then=0),
        When(status=Status.REJECTED, then=1),
        When(unsent, then=2),
        default=3,
    )
    rows = claims_queries.worklist(practice, claims_queries.Filters(move="practice"))
    ordered = rows.order_by(urgency, F("bill_by_on").asc(nulls_last=True), "created_at", "pk")
    listed = []
    for claim in ordered[:ROWS]:
        days = days_left(claim, on)
        listed.append(
            {
                "claim": claim,
                "standing": standing(claim, claim.refusal),  # type: ignore[attr-defined]
                "days": days,
                "is_late": days is not None and days < 0,
                "is_soon": days is not None and days <= SOON_DAYS,
            }
        )
    return listed


def _coming(practice: Practice, on: date, now: datetime) -> dict[str, Any]:
    midnight = timezone.make_aware(datetime.combine(on + timedelta(days=1), datetime.min.time()))
    diary = Appointment.objects.filter(
        practice=practice, state=Appointment.BOOKED, ends_at__gte=now, starts_at__lt=midnight
    )
    listed = diary.select_related("client", "service", "practitioner").order_by("starts_at", "pk")
    count = diary.count()
    return {"appointments": list(listed[:ROWS]), "coming_count": count, "more_appointments": max(0, count - ROWS)}


def outstanding(practice: Practice, *, on: date) -> dict[str, Any]:
    """Return what insurers still owe, pounds, by insurer and age of the treatment, largest insurer first."""
    claims = Claim.objects.filter(practice=practice, is_current=True, status__in=OWED_ON)
    table: dict[str, list[Decimal]] = {}
    for slug, treated_on, amount in claims.values_list("insurer_slug", "treated_on", "invoice__open_total"):
        age = (on - treated_on).days if treated_on else 0
        band = next(index for index, (days, _) in enumerate(AGES) if age <= days)
        table.setdefault(slug, [Decimal(0)] * len(AGES))[band] += amount
    ordered = sorted(table.items(), key=lambda entry: -sum(entry[1]))
    largest = max((sum(bands, Decimal(0)) for _, bands in ordered), default=Decimal(0))
    total = sum((sum(bands, Decimal(0)) for bands in table.values()), Decimal(0))
    return {
        "insurers": [_bar(slug, bands, largest) for slug, bands in ordered[:8]],
        "total": total,
        "old": sum((bands[-1] for bands in table.values()), Decimal(0)),
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
