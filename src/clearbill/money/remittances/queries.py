"""Reads of remittances and claim payments for the pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from clearbill.bill import insurers
from clearbill.claims.models import Claim
from clearbill.money.remittances import poll
from clearbill.money.remittances.models import ClaimPayment, PaymentCorrection, Remittance, RemittancePoll
from clearbill.people.models import Practice

_WAITS = Q(advices__state__in=[ClaimPayment.NEW, ClaimPayment.UNMATCHED])


def payments(practice: Practice, *, insurer: str = "") -> QuerySet[Any]:
    """Return the insurers' payments, newest first, with `bills`, `waiting` (bills to settle) and `short` in pounds."""
    rows = Remittance.objects.filter(practice=practice)
    if insurer:
        rows = rows.filter(insurer_slug=insurer)
    return rows.annotate(
        bills=Count("advices"), waiting=Count("advices", filter=_WAITS), short=Sum("advices__short")
    ).order_by("-paid_on", "-created_at")


def payment(practice: Practice) -> QuerySet[Any]:
    return payments(practice).select_related("document__by")


def advices(remittance: Remittance) -> QuerySet[ClaimPayment]:
    """Return what a payment says of each bill, in its order, with its claim and client."""
    return remittance.advices.select_related("claim__invoice__client").order_by("position")


def amounts(remittance: Remittance) -> QuerySet[Any, Any]:
    """Return what a payment says of each bill in numbers alone, in its order: neither patients nor reasons."""
    return remittance.advices.order_by("position").values("invoice_number", "claimed", "paid", "short")


def unallocated(practice: Practice, *, state: str = ClaimPayment.UNMATCHED) -> QuerySet[ClaimPayment]:
    """Return what waits for a person, oldest payment first."""
    rows = ClaimPayment.objects.filter(practice=practice, state=state).select_related("remittance")
    return rows.order_by("remittance__paid_on", "pk")


def advice(practice: Practice) -> QuerySet[ClaimPayment]:
    return ClaimPayment.objects.filter(practice=practice).select_related("remittance", "claim", "settled_by")


def claim_for_entry(practice: Practice, claim_id: UUID) -> Claim | None:
    """Return the current claim with this id, with its client and invoice, None where the practice has none."""
    rows = Claim.objects.filter(practice=practice, is_current=True).select_related("invoice__client")
    return rows.filter(pk=claim_id).first()


def insurers_paid(practice: Practice) -> list[str]:
    """Return the insurers of which there are payments."""
    slugs = Remittance.objects.filter(practice=practice).order_by("insurer_slug").values_list("insurer_slug", flat=True)
    return list(slugs.distinct())


def poll_status(practice: Practice, *, now: datetime) -> list[dict[str, Any]]:
    """Return for each insurer that was asked about when, when next, and what went wrong; troubled ones first.

    `missed` are the first and the last day of which Healthcode tells nothing any more, None where there are none.
    """
    rows = RemittancePoll.objects.filter(practice=practice).exclude(fetched_at=None, problem="")
    told = [
        {"fetch": row, "insurer": insurers.name_of(row.insurer_slug), "missed": poll.missed_days(row, now=now)}
        for row in rows
    ]
    return sorted(told, key=lambda one: (one["fetch"].problem == "", one["insurer"]))


def new_corrections(practice: Practice) -> QuerySet[PaymentCorrection]:
    """Return what insurers corrected and nobody has said that they know of, oldest first."""
    rows = PaymentCorrection.objects.filter(practice=practice, seen_at=None).select_related("remittance")
    return rows.order_by("told_at", "pk")


def without_bills(practice: Practice) -> QuerySet[Remittance]:
    """Return the payments that Healthcode announced without a word on their bills, oldest first."""
    rows = Remittance.objects.filter(practice=practice, announced_at__isnull=False, advices=None).exclude(amount=0)
    return rows.order_by("announced_at", "pk")
