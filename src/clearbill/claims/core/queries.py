"""Reads of claims: the worklist with its counts, one claim with its timeline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils import timezone

from clearbill.bill import dates
from clearbill.bill.lifecycle import ASKED_ABOUT, SETTLED, Event, Status
from clearbill.claims.core.cross_checks import mapping_refusals
from clearbill.claims.core.next_step import NEEDS_PRACTICE
from clearbill.claims.models import Claim, ClaimEvent, Exchange, Outbox
from clearbill.clients.search.search_index import search
from clearbill.people.models import Practice
from clearbill.workspace.models import HealthcodeConnection, Payee, Practitioner, ProviderNumber, Site

_S = Status

TABS: dict[str, tuple[str, tuple[Status, ...]]] = {
    "": ("All", tuple(Status)),
    "you": ("Needs you", NEEDS_PRACTICE),
    "created": ("To submit", (_S.CREATED,)),
    "rejected": ("Rejected", (_S.REJECTED,)),
    "unknown": ("Unknown", (_S.UNKNOWN,)),
    "healthcode": ("With Healthcode", (_S.SUBMITTED, _S.AWAITING_COLLECTION)),
    "collected": ("Collected", (_S.COLLECTED,)),
    "paid": ("Paid or declined", (_S.PAID, _S.PART_PAID, _S.DECLINED)),
}

OWNERS: dict[str, tuple[str, tuple[Status, ...]]] = {
    "practice": ("Your move", NEEDS_PRACTICE),
    "healthcode": ("Healthcode’s move", (_S.SUBMITTED, _S.UNKNOWN)),
    "insurer": ("The insurer’s move", (_S.AWAITING_COLLECTION, _S.COLLECTED)),
}

SOON_DAYS = 14

AGES = {
    "7": "Older than a week",
    "30": "Older than 30 days",
    "90": "Older than 90 days",
    "soon": "Two weeks left",
    "over": "Past the limit",
}

SORTS = {
    "number": "number",
    "client": "invoice__client__last_name",
    "insurer": "insurer_slug",
    "treated": "treated_on",
    "amount": "net_total",
    "status": "status",
    "age": "created_at",
    "deadline": "bill_by_on",
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the worklist is narrowed to; unknown values narrow nothing."""

    tab: str = ""
    insurer: str = ""
    practitioner: str = ""
    move: str = ""
    age: str = ""
    text: str = ""
    sort: str = ""

    @property
    def is_narrowed(self) -> bool:
        return any((self.tab, self.insurer, self.practitioner, self.move, self.age, self.text))


def deadline_filters(on: date) -> dict[str, Q]:
    """Return which claims are not sent on this UK day though the insurer's limit is past, `over`, or near, `soon`."""
    unsent, soon = Q(status__in=[Status.CREATED.value, Status.REJECTED.value]), on + timedelta(days=SOON_DAYS)
    return {
        "over": unsent & Q(bill_by_on__lt=on),
        "soon": unsent & Q(bill_by_on__gte=on, bill_by_on__lte=soon),
    }


def worklist(practice: Practice, filters: Filters) -> QuerySet[Claim]:
    """Return the current claims that fit, with all that a row shows."""
    rows = _narrowed(practice, filters).filter(status__in=[one.value for one in TABS[filters.tab][1]])
    column = SORTS.get(filters.sort.lstrip("-"), "")
    order = [f"-{column}" if filters.sort.startswith("-") else column] if column else []
    return (
        rows.select_related("invoice__client", "practitioner")
        .annotate(refusal=_latest_refusal(), pair_refused_at=mapping_refusals.refused_at())
        .order_by(*order, "-created_at", "-number")
    )


def counts(practice: Practice, filters: Filters) -> list[dict[str, Any]]:
    """Return each tab with its word and how many claims it holds under the other filters, in one query."""
    found = dict(_narrowed(practice, filters).order_by().values_list("status").annotate(n=Count("pk")))
    return [
        {"key": key, "word": word, "count": sum(found.get(one.value, 0) for one in statuses)}
        for key, (word, statuses) in TABS.items()
    ]


def open_sum(practice: Practice) -> dict[str, Any]:
    """Return how many claims are not yet settled, and what they come to in pounds."""
    rows = Claim.objects.filter(practice=practice, is_current=True).exclude(status__in=sorted(SETTLED))
    return rows.aggregate(count=Count("pk"), total=Sum("net_total"))


def filter_choices(practice: Practice) -> dict[str, Any]:
    """Return the insurers and practitioners that appear among the practice's claims."""
    rows = Claim.objects.filter(practice=practice, is_current=True)
    return {
        "insurers": list(rows.order_by("insurer_slug").values_list("insurer_slug", flat=True).distinct()),
        "practitioners": list(Practitioner.objects.filter(practice=practice).only("pk", "name")),
    }


def claims_with_details(practice: Practice) -> QuerySet[Claim]:
    """Return the practice's claims with what the claim page needs of each."""
    return Claim.objects.filter(practice=practice).select_related(
        "practice", "invoice__client", "invoice__policy", "practitioner", "payee", "replaces", "submitted_by"
    )


def timeline(claim: Claim) -> list[ClaimEvent]:
    """Return what happened to the claim, newest first."""
    return list(claim.events.select_related("by", "exchange").order_by("-at", "-pk"))


def latest_rejection(events: list[ClaimEvent]) -> list[dict[str, Any]]:
    """Return the problems of the latest rejection among these events."""
    latest = next((event for event in events if event.event == Event.REFUSED), None)
    return list(latest.problems) if latest else []


def known_numbers(practice: Practice) -> dict[str, list[tuple[str, str]]]:
    """Return the numbers that a person may mean, each with its name: of practitioners, payees and sites."""
    numbers = ProviderNumber.objects.filter(practitioner__practice=practice).select_related("practitioner")
    return {
        "practitioner-numbers": sorted({(one.number, one.practitioner.name) for one in numbers}),
        "payee-numbers": [(one.number, one.name) for one in Payee.objects.filter(practice=practice) if one.number],
        "site-numbers": [
            (one.site_number, one.name) for one in Site.objects.filter(practice=practice) if one.site_number
        ],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingProgress:
    """How far a sending is: its row while it is open, when it was tried first, and when Clearbill acts next."""

    row: Outbox | None
    first_sent_at: datetime | None
    next_at: datetime | None
    is_put_off: bool


def sending_progress(claim: Claim, connection: HealthcodeConnection | None) -> SendingProgress:
    """Return how far the claim's sending is. A pause of the connection puts off what comes next."""
    rows = claim.outbox.defer("document", "bill").filter(state__in=[Outbox.READY, Outbox.SENDING, Outbox.UNCERTAIN])
    row = rows.first()
    next_at = claim.next_check_at
    if row is not None and row.state != Outbox.UNCERTAIN:
        next_at = row.ready_at if row.state == Outbox.READY else None
    paused_until = connection.paused_until if connection else None
    is_put_off = bool(next_at and paused_until and paused_until > next_at)
    return SendingProgress(
        row=row,
        first_sent_at=first_sent_at(row) if row else None,
        next_at=paused_until if is_put_off else next_at,
        is_put_off=is_put_off,
    )


def claims_by_ids(practice: Practice, ids: list[Any]) -> QuerySet[Claim]:
    """Return the practice's claims among `ids`, with what their status cells show."""
    return Claim.objects.filter(practice=practice, pk__in=ids).annotate(
        refusal=_latest_refusal(), pair_refused_at=mapping_refusals.refused_at()
    )


def may_change_soon(claim: Claim, now: datetime) -> bool:
    """Return whether the page should keep looking: its status is asked about and may change by itself."""
    return Status(claim.status) in ASKED_ABOUT and (
        claim.next_check_at is None or claim.next_check_at < now + timedelta(days=1)
    )


def _latest_refusal() -> Subquery:
    refused = ClaimEvent.objects.filter(claim=OuterRef("pk"), event=Event.REFUSED.value).order_by("-pk")
    return Subquery(refused.values("problems")[:1])


def _narrowed(practice: Practice, filters: Filters) -> QuerySet[Claim]:
    rows = Claim.objects.filter(practice=practice, is_current=True)
    if filters.insurer:
        rows = rows.filter(insurer_slug=filters.insurer)
    if filters.practitioner:
        rows = rows.filter(practitioner_id=filters.practitioner)
    if filters.move:
        rows = rows.filter(status__in=[one.value for one in OWNERS[filters.move][1]])
    if filters.age.isdecimal():
        rows = rows.filter(created_at__lt=timezone.now() - timedelta(days=int(filters.age)))
    elif filters.age:
        rows = rows.filter(deadline_filters(dates.today())[filters.age])
    if filters.text:
        rows = rows.filter(search(practice, filters.text, client="invoice__client", own=by_number))
    return rows


def by_number(word: str, claim: str = "") -> Q:
    """Return the condition that a claim, whose relation from the row is `claim`, is called so by one of its numbers."""
    before = f"{claim}__" if claim else ""
    return (
        Q(**{f"{before}number__icontains": word})
        | Q(**{f"{before}clearing_bill_number__iexact": word})
        | Q(**{f"{before}reference__iexact": word})
    )


MOST_EXCHANGES = 8


def sendings(claim: Claim) -> list[Outbox]:
    """Return every sending of the claim, newest first."""
    return list(claim.outbox.defer("document").order_by("-pk"))


def last_sent(claim: Claim) -> Outbox | None:
    """Return the latest sending of the claim that was tried; None where nothing has gone out."""
    return claim.outbox.defer("document").filter(attempts__gt=0).order_by("-pk").first()


def first_sent_at(row: Outbox) -> datetime | None:
    """Return when this sending was tried first; None where it never was."""
    tried = Exchange.objects.filter(claim=row.claim_id, reference=row.reference, operation="submitBill")
    first: datetime | None = tried.order_by("started_at").values_list("started_at", flat=True).first()
    return first or row.taken_at


def recent_exchanges(claim: Claim) -> list[Exchange]:
    """Return what was said to Healthcode and what came of it, newest first, without the bytes."""
    return list(claim.exchanges.defer("sent", "received").order_by("-started_at", "-pk")[:MOST_EXCHANGES])
