"""Poll Healthcode for remittances, each insurer in its turn."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Exists, OuterRef

from clearbill.bill import insurers
from clearbill.bill.insurers import Insurer
from clearbill.bill.problem import Refused
from clearbill.claims.models import Claim
from clearbill.claims.queue import backoff
from clearbill.clearinghouse.port import BillRejected, ClearingError, ClearingHouse
from clearbill.clearinghouse.remittance import RemittanceClaim, RemittanceSummary
from clearbill.money.remittances import store
from clearbill.money.remittances.allocation import automatic, manual
from clearbill.money.remittances.models import ClaimPayment, Document, Remittance, RemittancePoll, reference_key
from clearbill.people.actor import Actor
from clearbill.people.encryption import DecryptionFailed
from clearbill.people.models import Practice
from clearbill.workspace.connection import ClientFactory
from clearbill.workspace.models import HealthcodeConnection

logger = logging.getLogger(__name__)

OTHER_FIGURES = "Healthcode tells other figures of it."


def correct(remittance: Remittance, claims: list[RemittanceClaim], *, now: datetime) -> int:
    """Give each bill of a payment the figures that Healthcode tells, where others were here; return how many.

    What had come of the other figures is taken back, and the bill is new again. One that cannot be taken back stays.
    """
    told = {one["key"]: one for one in store.advices_of(remittance, claims)}
    others = [
        advice
        for advice in remittance.advices.filter(key__in=told)
        if (advice.paid, advice.short) != (told[advice.key]["paid"], told[advice.key]["short"])
    ]
    return sum(_take_its_place(advice, told[advice.key], now) for advice in others)


def _take_its_place(advice: ClaimPayment, told: Mapping[str, Any], now: datetime) -> bool:
    figures = {name: told[name] for name in ("claimed", "paid", "previously_paid", "short", "lines", "note")}
    try:
        with transaction.atomic():
            if advice.state == ClaimPayment.ALLOCATED:
                manual.deallocate(Actor(advice.practice, None, now), advice=advice, reason=OTHER_FIGURES)
            ClaimPayment.objects.filter(pk=advice.pk).update(state=ClaimPayment.NEW, why="", aside_reason="", **figures)
    except Refused as why:
        logger.warning("a payment differs from what Healthcode tells of it: %s", why)
        return False
    return True


INITIAL_LOOK_BACK = timedelta(days=89)

OVERLAP = timedelta(days=2)

"""What an insurer announces late is found all the same; what was seen before changes nothing."""

AGAIN = "Clearbill tries again; tell whoever looks after this installation."


class PollIncomplete(Exception):
    """Some payments were not taken in; the message is a sentence for the Money page."""


def poll_next(*, now: datetime, house_of: ClientFactory) -> bool:
    """Ask about one insurer of one practice, if one is due, and put what it paid to the claims. Says whether one was.

    Raises nothing of the clearing house’s: what went wrong is said on the Money page, and it is asked again later.
    """
    fetch = _take(now)
    if fetch is None:
        return schedule_polls(now=now) > 0
    connection = HealthcodeConnection.objects.filter(practice=fetch.practice_id).first()
    insurer = insurers.by_slug(fetch.insurer_slug)
    if connection is None or insurer is None or not _is_billed(fetch):
        return True
    try:
        count = _fetch(fetch, insurer, house_of(connection), now)
        RemittancePoll.objects.filter(pk=fetch.pk).update(fetched_at=now, problem="")
        logger.info("asked what %s has paid: %d new", insurer.slug, count)
    except (ClearingError, DecryptionFailed, PollIncomplete) as failure:
        sentence = failure.sentence if isinstance(failure, ClearingError) else str(failure)
        wait = backoff.retry_after_seconds(failure)
        next_at = now + (backoff.REMITTANCE_RETRY if wait is None else timedelta(seconds=wait))
        RemittancePoll.objects.filter(pk=fetch.pk).update(problem=sentence[:300], next_at=next_at)
        logger.info("asked what %s has paid: %s", insurer.slug, type(failure).__name__)
    return True


def schedule_polls(*, now: datetime) -> int:
    """Arrange that each connected practice is told what each insurer pays that tells it by Healthcode."""
    there = RemittancePoll.objects.filter(practice=OuterRef("practice"))
    practices = HealthcodeConnection.objects.filter(~Exists(there)).values_list("practice", flat=True)
    fresh = [
        RemittancePoll(practice_id=practice, insurer_slug=insurer.slug, next_at=now)
        for practice in practices
        for insurer in insurers.all_insurers()
        if sends_remittances(insurer)
    ]
    return len(RemittancePoll.objects.bulk_create(fresh, ignore_conflicts=True))


def sends_remittances(insurer: Insurer | None) -> bool:
    """Return whether this insurer sends its remittances through Healthcode."""
    return insurer is not None and insurer.remittances is not None and insurer.remittances.value == "yes"


def poll_now(*, practice: Practice, now: datetime) -> int:
    """Let the worker ask about all insurers of the practice at once. Returns about how many."""
    schedule_polls(now=now)
    return RemittancePoll.objects.filter(practice=practice).update(next_at=now)


def _take(now: datetime) -> RemittancePoll | None:
    due = RemittancePoll.objects.filter(backoff.is_due("next_at", now, backoff.MAX_REMITTANCE_WAIT))
    while (fetch := due.order_by("next_at").first()) is not None:
        next_at = now + timedelta(seconds=settings.REMITTANCE_PAUSE_SECONDS)
        if RemittancePoll.objects.filter(pk=fetch.pk, next_at=fetch.next_at).update(next_at=next_at):
            return fetch
    return None


def _is_billed(fetch: RemittancePoll) -> bool:
    claims = Claim.objects.filter(practice=fetch.practice_id, insurer_slug=fetch.insurer_slug)
    return claims.filter(submitted_at__isnull=False).exists()


def _fetch(fetch: RemittancePoll, insurer: Insurer, house: ClearingHouse, now: datetime) -> int:
    since = (fetch.fetched_at - OVERLAP) if fetch.fetched_at else now - INITIAL_LOOK_BACK
    pages = house.remittances(insurer_id=insurer.healthcode_id, since=since)
    fresh = [summary for summary in pages if not _is_known(fetch, summary)]
    if fresh:
        document = _keep(fetch, pages.received, now)
        left = sum(not _taken_in(fetch, insurer, house, summary, document, now) for summary in fresh)
        if left:
            raise PollIncomplete(f"{left} of {len(fresh)} payments could not be taken in; the others are. {AGAIN}")
    return len(fresh)


def _taken_in(
    fetch: RemittancePoll,
    insurer: Insurer,
    house: ClearingHouse,
    summary: RemittanceSummary,
    document: Document,
    now: datetime,
) -> bool:
    """Take one payment in and return whether that went well: one that does not holds up no other."""
    try:
        _take_in(fetch, insurer, house, summary, document, now)
    except (ClearingError, DatabaseError):
        raise
    except Exception:
        logger.exception("a payment of %s could not be taken in", insurer.slug)
        return False
    return True


def _is_known(fetch: RemittancePoll, summary: RemittanceSummary) -> bool:
    """Return whether the payment is here as Healthcode tells it, with all its bills, each put somewhere."""
    known = Remittance.objects.filter(
        practice=fetch.practice_id,
        insurer_slug=fetch.insurer_slug,
        reference_key=reference_key(summary.payment_reference),
        announced_at__isnull=False,
    )
    return known.filter(advices__isnull=False).exists() and not known.filter(advices__state=ClaimPayment.NEW).exists()


def _take_in(
    fetch: RemittancePoll,
    insurer: Insurer,
    house: ClearingHouse,
    summary: RemittanceSummary,
    document: Document,
    now: datetime,
) -> None:
    claims = list(summary.claims)
    try:
        details = house.remittance_claims(insurer_id=insurer.healthcode_id, payment_reference=summary.payment_reference)
        if details:
            claims, document = list(details), _keep(fetch, details.received, now)
    except BillRejected:
        # Details are a part of the larger subscription; the summary says at least what was paid on which bill.
        logger.info("%s: only the summary of a payment is to be had", insurer.slug)
    taken_in = store.store_remittance(
        practice=fetch.practice, document=document, insurer_slug=insurer.slug, summary=summary, claims=claims
    )
    if not taken_in.is_new:
        correct(taken_in.remittance, claims, now=now)
    automatic.auto_allocate(taken_in.remittance, now=now)


def _keep(fetch: RemittancePoll, received: tuple[bytes, ...], now: datetime) -> Document:
    content = b"\n".join(received)
    return store.store_document(Actor(fetch.practice, None, now), way=Document.HEALTHCODE, content=content)
