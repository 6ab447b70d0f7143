"""What Today shows from all areas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Sum, When
from django.utils import timezone

from clearbill.appointments.models import Appointment
from clearbill.bill import dates, money
from clearbill.bill.lifecycle import Status
from clearbill.claims.bulk import unclaimed
from clearbill.claims.core import queries
from clearbill.claims.core.next_step import days_left, next_step
from clearbill.claims.models import Claim
from clearbill.claims.queue import connection_status
from clearbill.claims.tasks import queries as tasks_queries
from clearbill.invoicing import missed_visits
from clearbill.invoicing.claimed import outstanding
from clearbill.invoicing.claimed.outstanding import Place
from clearbill.money.remittances import queries as remittances_queries
from clearbill.money.shortfalls import list_queries
from clearbill.people.models import Practice
from clearbill.people.permissions import Permission, Permissions
from clearbill.reports.filters import ReportFilter
from clearbill.reports.kinds import aged_debt, shortfalls, unbilled_visits

ROWS = 8


def today(practice: Practice, *, now: datetime, may: Permissions) -> dict[str, Any]:
    """Answer Today's questions: what must I do, whose move is it, how long have I got, where is the money.

    Each part is there for those who may see what it is about.
    """
    on = dates.uk_day(now)
    places = money_by_place(practice, on=on) if Permission.SEE_MONEY in may else {}
    told: dict[str, Any] = {"on": on, "money": places}
    if Permission.SEE_CLINICAL in may:
        told |= _work(practice, on, places) | connection_status.connection_status(practice)
    if Permission.SEE_APPOINTMENTS in may:
        told |= _coming(practice, on, now)
    return told


def _work(practice: Practice, on: date, places: Mapping[str, Any]) -> dict[str, Any]:
    """Return whose move the claims are, and what is to be done; sums of money where `places` has them."""
    current = Claim.objects.filter(practice=practice, is_current=True)
    counts = dict(current.order_by().values_list("status").annotate(n=Count("pk")))
    moves = {key: sum(counts.get(one, 0) for one in statuses) for key, (_, statuses) in queries.OWNERS.items()}
    late, settle = deadlines(practice, on=on), _to_settle(practice) if places else {}
    missed = missed_visits.to_charge(practice).count()
    put_right = list_queries.count_to_put_right(practice)
    without_claim = unclaimed.summed(unclaimed.unclaimed(practice, on=on))
    corrected = remittances_queries.new_corrections(practice).count()
    todo = (
        corrected,
        without_claim.count,
        late["over"],
        late["soon"],
        settle.get("count"),
        places.get("short_count"),
        put_right,
        places.get("unbilled_count"),
        missed,
    )
    return {
        "moves": moves,
        "counts": {status.name.lower(): counts.get(status, 0) for status in Status},
        "rest": moves["practice"] - counts.get(Status.CREATED, 0) - counts.get(Status.REJECTED, 0),
        "work_items": list(tasks_queries.tasks(practice)[:ROWS]),
        "work_count": tasks_queries.open_task_count(practice),
        "your_moves": _your_moves(practice, on),
        "deadlines": late,
        "unclaimed": without_claim,
        "missed_count": missed,
        "put_right_count": put_right,
        "corrected_count": corrected,
        "settle": settle,
        "has_todo": any(todo),
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
    """Return where the money is, pounds: not invoiced, each of `outstanding.PLACES`, short; with insurers by age too.

    No pound is in two places, and all together is what is owed.
    """
    visits = unbilled_visits.unbilled(ReportFilter(practice=practice, today=on))
    places, insurers = _places(practice, on)
    short_count, short = shortfalls.undecided(practice)
    unbilled = sum((row.amount for row in visits), Decimal("0.00"))
    largest = max((sum(bands, Decimal(0)) for _, bands in insurers), default=Decimal(0))
    return {
        "insurers": [_bar(slug, bands, largest) for slug, bands in insurers[:ROWS]],
        "ages": aged_debt.BANDS,
        "places": places,
        "total": places[Place.INSURERS]["amount"],
        "old": sum((bands[-1] for _, bands in insurers), Decimal("0.00")),
        "clients": places[Place.CLIENTS]["amount"],
        "client_count": places[Place.CLIENTS]["count"],
        "short": short,
        "short_count": short_count,
        "unbilled": unbilled,
        "unbilled_count": sum(row.visits for row in visits),
        "together": unbilled + short + sum((place["amount"] for place in places.values()), Decimal("0.00")),
    }


def _places(practice: Practice, on: date) -> tuple[dict[Place, dict[str, Any]], list[tuple[str, list[Decimal]]]]:
    """Return count and amount of each place, and what is with each insurer by age, the largest sum first."""
    whens = [When(issued_on__gte=on - timedelta(days=days), then=index) for index, days in enumerate(aged_debt.DAYS)]
    rows = outstanding.outstanding(practice).annotate(
        band=Case(*whens, default=len(aged_debt.DAYS), output_field=IntegerField())
    )
    places: dict[Place, dict[str, Any]] = {
        place: {"words": words, "count": 0, "amount": Decimal("0.00")} for place, words in outstanding.PLACES.items()
    }
    insurers: dict[str, list[Decimal]] = {}
    grouped = rows.order_by().values_list("place", "insurer_slug", "band").annotate(n=Count("pk"), sum=Sum("owed"))
    for place, slug, band, count, owed in grouped:
        amount = Decimal(owed).quantize(money.PENNY)
        places[Place(place)]["count"] += count
        places[Place(place)]["amount"] += amount
        if place == Place.INSURERS:
            insurers.setdefault(slug, [Decimal("0.00")] * len(aged_debt.BANDS))[band] += amount
    return places, sorted(insurers.items(), key=lambda one: (-sum(one[1]), one[0]))


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
