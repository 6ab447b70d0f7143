"""Claims that an insurer should have paid by now, and whose move each is.

The plan. How long to wait is one number for each insurer (`payment_times`), so a claim is late where it was sent
before one moment for each insurer: plain comparisons beside the index on practice, currentness and status, whatever
the number of claims. Each tab's count comes from one aggregate over the same rows; only the page's own rows are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum

from clearbill.bill import insurers
from clearbill.bill.dates import uk_day, uk_moment
from clearbill.bill.lifecycle import Status
from clearbill.claims.models import Claim
from clearbill.money.follow_up.models import Chase
from clearbill.money.follow_up.payment_history import expected_waits, payment_times, sent_at
from clearbill.money.follow_up.payment_times import (
    CHASE_AFTER_DAYS,
    NO_HISTORY,
    Expectation,
    ExpectedWait,
    expected_wait,
    overdue_if_sent_before,
)
from clearbill.people.models import Practice

WAITING = (Status.AWAITING_COLLECTION, Status.COLLECTED, Status.PART_PAID)

WITH_INSURER = (Status.SUBMITTED, Status.UNKNOWN, *WAITING)

YOURS, ASKED, EARLY = "", "asked", "early"

MOVES = {YOURS: "Your move: ask", ASKED: "Asked, their move", EARLY: "Late, too early to ask"}

SORTS = {
    "sent": ("sent_at", "number"),
    "amount": ("invoice__open_total", "number"),
    "insurer": ("insurer_slug", "sent_at"),
    "client": ("invoice__client__last_name", "invoice__client__first_name", "number"),
    "number": ("number",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LateFilter:
    """What the list is narrowed to; unknown values narrow nothing."""

    move: str = YOURS
    insurer: str = ""
    number: str = ""
    sort: str = ""


def late_claims(practice: Practice, wanted: LateFilter, *, on: date) -> QuerySet[Any]:
    """Return the late claims that fit, longest waiting first, each with `sent_at`, `chased_on` and `again_on`."""
    rows = _late(practice, wanted, on).filter(_moves(practice, on)[wanted.move if wanted.move in MOVES else YOURS])
    fields = SORTS.get(wanted.sort.lstrip("-"), SORTS["sent"])
    first = F(fields[0]).desc() if wanted.sort.startswith("-") else F(fields[0]).asc()
    return rows.select_related("invoice__client").order_by(first, *fields[1:], "pk")


def tabs(practice: Practice, wanted: LateFilter, *, on: date) -> list[dict[str, Any]]:
    """Return each tab with its words, how many late claims are in it, and what is open on them, pounds."""
    moves = _moves(practice, on)
    counts = {f"count_{key}": Count("pk", filter=moves[key]) for key in MOVES}
    sums = {f"sum_{key}": Sum("invoice__open_total", filter=moves[key]) for key in MOVES}
    found = _late(practice, wanted, on).aggregate(**counts, **sums)
    return [
        {"key": key, "word": word, "count": found[f"count_{key}"], "open": found[f"sum_{key}"] or Decimal(0)}
        for key, word in MOVES.items()
    ]


def insurers_waited_for(practice: Practice) -> list[str]:
    """Return the insurers of whom a payment is waited for."""
    rows = Claim.objects.filter(practice=practice, is_current=True, status__in=[one.value for one in WAITING])
    return list(rows.order_by("insurer_slug").values_list("insurer_slug", flat=True).distinct())


def expectations(practice: Practice, claims: list[Any], *, on: date) -> list[dict[str, Any]]:
    """Return each of these late claims with what was expected of it and what to do next."""
    known, otherwise = expected_waits(practice, on=on), expected_wait(None, NO_HISTORY)
    return [
        {
            "claim": claim,
            "expected": (expected := _of(known.get(claim.insurer_slug, otherwise), claim, on)),
            "next": next_action(claim, expected),
        }
        for claim in claims
    ]


def expectation_of(claim: Claim, *, on: date) -> Expectation | None:
    """Return when the payment of a claim is expected, None where none is: it is not sent, or all of it has come."""
    if Status(claim.status) not in WITH_INSURER or not claim.is_current or claim.submitted_at is None:
        return None
    row = Claim.objects.filter(pk=claim.pk).annotate(sent_at=sent_at()).values("sent_at", "invoice__open_total").get()
    if row["sent_at"] is None or row["invoice__open_total"] <= 0:
        return None
    pace = payment_times(claim.practice, on=on).get(claim.insurer_slug, NO_HISTORY)
    wait = expected_wait(insurers.by_slug(claim.insurer_slug), pace)
    return Expectation(wait=wait, sent_on=uk_day(row["sent_at"]), today=on)


def next_action(claim: Claim, expected: Expectation) -> str:
    """Return in plain words what to do about a claim that waits; "" while there is nothing to do."""
    if not expected.is_late:
        return ""
    known = insurers.by_slug(claim.insurer_slug)
    name = known.name if known else "The insurer"
    if expected.is_too_early_to_ask:
        return f"Nothing yet: {name} takes questions after {expected.wait.chase_words}."
    if claim.status == Status.AWAITING_COLLECTION:
        return f"Ask Healthcode why {name} has not collected it. Do not send it again."
    if claim.status == Status.PART_PAID:
        return f"Ask {name} when the rest comes, or why it does not."
    return f"Ask {name} whether it has the bill and when it pays; give the invoice number."


def _late(practice: Practice, wanted: LateFilter, on: date) -> QuerySet[Any]:
    rows = _waiting(practice).filter(_sent_too_long_ago(expected_waits(practice, on=on), on, to_ask=False))
    if wanted.insurer:
        rows = rows.filter(insurer_slug=wanted.insurer)
    return rows.filter(number__icontains=wanted.number) if wanted.number else rows


def _waiting(practice: Practice) -> QuerySet[Any]:
    latest = Chase.objects.filter(claim=OuterRef("pk")).order_by("-chased_on", "-pk")
    return Claim.objects.filter(
        practice=practice,
        is_current=True,
        status__in=[one.value for one in WAITING],
        invoice__open_total__gt=0,
        invoice__voided_at=None,
    ).annotate(
        sent_at=sent_at(),
        chased_on=Subquery(latest.values("chased_on")[:1]),
        again_on=Subquery(latest.values("again_on")[:1]),
    )


def _moves(practice: Practice, on: date) -> Mapping[str, Q]:
    """Which of the late claims are in which tab. One that was asked about comes back when it is to be asked again."""
    may_ask = _sent_too_long_ago(expected_waits(practice, on=on), on, to_ask=True)
    waits_for_answer = Q(again_on__gt=on)
    return {
        YOURS: may_ask & (Q(again_on=None) | Q(again_on__lte=on)),
        ASKED: may_ask & waits_for_answer,
        EARLY: ~may_ask,
    }


def _sent_too_long_ago(known: Mapping[str, ExpectedWait], on: date, *, to_ask: bool) -> Q:
    """Return the condition that a claim was sent before its insurer's moment; insurers with the same one share it."""
    by_days: dict[int, list[str]] = {}
    for slug, wait in known.items():
        by_days.setdefault(wait.ask_days if to_ask else wait.late_days, []).append(slug)
    unknown = Q(sent_at__lt=_moment(on, CHASE_AFTER_DAYS)) & ~Q(insurer_slug__in=list(known))
    for days, slugs in by_days.items():
        unknown |= Q(insurer_slug__in=slugs, sent_at__lt=_moment(on, days))
    return unknown


def _moment(on: date, days: int) -> Any:
    return uk_moment(overdue_if_sent_before(on, days), time(0))


def _of(wait: ExpectedWait, claim: Any, on: date) -> Expectation:
    return Expectation(wait=wait, sent_on=uk_day(claim.sent_at), today=on)
