"""What Today shows from all areas."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, Sum, When
from django.utils import timezone

from clearbill.appointments.models import Appointment
from clearbill.bill import dates
from clearbill.bill.lifecycle import Status
from clearbill.claims.core import queries
from clearbill.claims.core.next_step import days_left, next_step
from clearbill.claims.models import Claim
from clearbill.claims.queue import connection_status
from clearbill.claims.tasks import queries as tasks_queries
from clearbill.money.remittances import queries as remittances_queries
from clearbill.people.models import Practice
from clearbill.reports.filters import ReportFilter
from clearbill.reports.kinds import aged_debt, shortfalls, unbilled_visits

ROWS = 8


def today(practice: Practice, *, now: datetime) -> dict[str, Any]:
    """Answer Today's questions: what must I do, whose move is it, how long have I got, where is the money."""
    on = dates.uk_day(now)
    current = Claim.objects.filter(practice=practice, is_current=True)
    counts = dict(current.order_by().values_list("status").annotate(n=Count("pk")))
    moves = {key: sum(counts.get(one, 0) for one in statuses) for key, (_, statuses) in queries.OWNERS.items()}
    late, settle, money = deadlines(practice, on=on), _to_settle(practice), money_by_place(practice, on=on)
    todo = (late["over"], late["soon"], settle["count"], money["short_count"], money["unbilled_count"])
    return {
        "on": on,
        "moves": moves,
        "counts": {status.name.lower(): counts.get(status, 0) for status in Status},
        "rest": moves["practice"] - counts.get(Status.CREATED, 0) - counts.get(Status.REJECTED, 0),
        "work_items": list(tasks_queries.tasks(practice)[:ROWS]),
        "work_count": tasks_queries.open_task_count(practice),
        "your_moves": _your_moves(practice, on),
        "deadlines": late,
        "settle": settle,
        "money": money,
        "has_todo": any(todo),
        **_coming(practice, on, now),
        **connection_status.connection_status(practice),
    }


def deadlines(practice: Practice, *, on: date) -> dict[str, int]:
    """Return how many claims that are not sent are past their insurer's limit, and how many have two weeks at most."""
    counted = {name: Count("pk", filter=which) for name, which in queries.deadline_filters(on).items()}
    return Claim.objects.filter(practice=practice, is_current=True).aggregate(**counted)


def _to_settle(practice: Practice) -> dict[str, Any]:
    """Return how many bills in payments wait for a person, and what was paid for them."""
    return remittances_queries.unallocated(practice).order_by().aggregate(count=Count("pk"), amount=Sum("paid"))


def _your_moves(practice: Practice, on: date) -> list[dict[str, Any]]:
    """Return the claims that wait for the practice: those with hardly any time left, then rejected ones first."""
    due = queries.deadline_filters(on)
    urgency = Case(
        When(due["over"] | due["soon"], then=0),
        When(status=Status.REJECTED, then=1),
        When(status=Status.CREATED, then=2),
        default=3,
    )
    rows = queries.worklist(practice, queries.Filters(move="practice"))
    ordered = rows.order_by(urgency, F("bill_by_on").asc(nulls_last=True), "created_at", "pk")
    listed = []
    for claim in ordered[:ROWS]:
        days = days_left(claim, on)
        listed.append(
            {
                "claim": claim,
                "standing": next_step(claim, claim.refusal),  # type: ignore[attr-defined]
                "days": days,
                "is_late": days is not None and days < 0,
                "is_soon": days is not None and days <= queries.SOON_DAYS,
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


def money_by_place(practice: Practice, *, on: date) -> dict[str, Any]:
    """Return where the money is, pounds: not billed, with insurers by age, short and not decided, with clients."""
    narrowed = ReportFilter(practice=practice, today=on)
    debts, visits = aged_debt.debts(narrowed), unbilled_visits.unbilled(narrowed)
    insurers = [debt for debt in debts if debt.insurer and debt.total]
    clients = next((debt for debt in debts if not debt.insurer), None)
    short_count, short = shortfalls.undecided(practice)
    largest = max((debt.total for debt in insurers), default=Decimal(0))
    return {
        "insurers": [_bar(debt.insurer, debt.bands, largest) for debt in insurers[:ROWS]],
        "ages": aged_debt.BANDS,
        "total": sum((debt.total for debt in insurers), Decimal(0)),
        "old": sum((debt.bands[-1] for debt in insurers), Decimal(0)),
        "clients": clients.total if clients else Decimal(0),
        "client_count": clients.invoices if clients else 0,
        "short": short,
        "short_count": short_count,
        "unbilled": sum((row.amount for row in visits), Decimal(0)),
        "unbilled_count": sum(row.visits for row in visits),
    }


def _bar(slug: str, bands: Iterable[Decimal], largest: Decimal) -> dict[str, Any]:
    """Return one bar of the money chart: each piece's start and width in thousandths of the longest bar."""
    pieces, start = [], 0
    for index, amount in enumerate(bands):
        width = int(1000 * amount / largest) if largest else 0
        if width > 0:
            words = aged_debt.BANDS[index]
            pieces.append({"age": index, "words": words, "amount": amount, "start": start, "width": width})
            start += width
    return {"slug": slug, "total": sum(bands), "pieces": pieces}
