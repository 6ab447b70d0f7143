"""Poll Healthcode for remittances, each insurer in its turn."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Exists, OuterRef

from clearbill.bill import insurers
from clearbill.bill.dates import uk_day
from clearbill.bill.insurers import Insurer
from clearbill.claims.models import Claim
from clearbill.claims.queue import backoff
from clearbill.clearinghouse.port import BillRejected, ClearingError, ClearingHouse, NotOffered, NotPermitted
from clearbill.clearinghouse.remittance import RemittanceClaim, RemittanceSummary
from clearbill.money.remittances import corrections, store
from clearbill.money.remittances.allocation import automatic
from clearbill.money.remittances.models import ClaimPayment, Document, Remittance, RemittancePoll, reference_key
from clearbill.people.actor import Actor
from clearbill.people.encryption import DecryptionFailed
from clearbill.people.models import Practice
from clearbill.workspace.connection import ClientFactory
from clearbill.workspace.models import HealthcodeConnection

logger = logging.getLogger(__name__)

LONGEST_LOOK_BACK = timedelta(days=89)
"""Healthcode considers 90 days; one to spare. What it told before, and nobody fetched, is to be had as a file alone."""

OVERLAP = timedelta(days=2)
"""What an insurer announces late is found all the same; what was seen before changes nothing."""

NOT_TO_BE_HAD = (BillRejected, NotPermitted, NotOffered)
"""How Healthcode says that this subscription does not get an answer, however often it is asked."""

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
        RemittancePoll.objects.filter(pk=fetch.pk).update(fetched_at=now, problem="", **_missed(fetch, now))
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


def missed_days(fetch: RemittancePoll, *, now: datetime) -> tuple[date, date] | None:
    """Return the first and the last day of which Healthcode tells nothing any more, None where nothing was missed."""
    if fetch.missed_from and fetch.missed_to:
        return fetch.missed_from, fetch.missed_to
    if fetch.fetched_at is None or fetch.fetched_at >= now - LONGEST_LOOK_BACK:
        return None
    return uk_day(fetch.fetched_at), uk_day(now - LONGEST_LOOK_BACK)


def fill_missed_days(actor: Actor, *, insurer_slug: str) -> None:
    """Note that a person has brought what an insurer paid in the days that were missed. A second click does nothing."""
    with transaction.atomic():
        fetch = RemittancePoll.objects.select_for_update().get(practice=actor.practice, insurer_slug=insurer_slug)
        if fetch.missed_from is None:
            return
        said = {"insurer": insurer_slug, "from": fetch.missed_from, "to": fetch.missed_to}
        actor.audit("noted that missed payments were brought", actor.practice, changes=said)
        fetch.missed_from = fetch.missed_to = None
        fetch.save(update_fields=["missed_from", "missed_to"])


def _missed(fetch: RemittancePoll, now: datetime) -> dict[str, date | None]:
    """Return what to keep of the days that were missed; those of an earlier time stay the first ones."""
    if fetch.fetched_at is None or fetch.fetched_at >= now - LONGEST_LOOK_BACK:
        return {}
    return {
        "missed_from": fetch.missed_from or uk_day(fetch.fetched_at),
        "missed_to": uk_day(now - LONGEST_LOOK_BACK),
    }


def _fetch(fetch: RemittancePoll, insurer: Insurer, house: ClearingHouse, now: datetime) -> int:
    oldest = now - LONGEST_LOOK_BACK
    since = max(fetch.fetched_at - OVERLAP, oldest) if fetch.fetched_at else oldest
    pages = house.remittances(insurer_id=insurer.healthcode_id, since=since)
    fresh = [summary for summary in pages if not _is_known(fetch, summary, since)]
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


def _known(fetch: RemittancePoll, summary: RemittanceSummary) -> Remittance | None:
    """Return the payment, however it came here."""
    key = reference_key(summary.payment_reference)
    rows = Remittance.objects.filter(practice=fetch.practice_id, insurer_slug=fetch.insurer_slug, reference_key=key)
    return rows.first()


def _is_known(fetch: RemittancePoll, summary: RemittanceSummary, since: datetime) -> bool:
    """Return whether the payment is here as Healthcode tells it, with all its bills, each put somewhere."""
    known = _known(fetch, summary)
    if known is None or known.announced_at is None or corrections.may_be_corrected(known, summary, since=since):
        return False
    return known.advices.exists() and not known.advices.filter(state=ClaimPayment.NEW).exists()


def _take_in(
    fetch: RemittancePoll,
    insurer: Insurer,
    house: ClearingHouse,
    summary: RemittanceSummary,
    document: Document,
    now: datetime,
) -> None:
    claims, received = _bills_of(house, insurer, summary)
    document = _keep(fetch, received, now) if received else document
    known = _known(fetch, summary)
    if known is not None and claims:
        actor = Actor(fetch.practice, None, now)
        corrections.correct(actor, remittance=known, summary=summary, claims=claims, document=document)
    taken_in = store.store_remittance(
        practice=fetch.practice, document=document, insurer_slug=insurer.slug, summary=summary, claims=claims
    )
    automatic.auto_allocate(taken_in.remittance, now=now)


def _bills_of(
    house: ClearingHouse, insurer: Insurer, summary: RemittanceSummary
) -> tuple[list[RemittanceClaim], tuple[bytes, ...]]:
    """Return what a payment says of each bill, and the bytes that said it, none where the summary did.

    Details are a part of the larger subscription. Without them the summary says at least what was paid on which bill,
    and where it does not, the payment asked for alone may.
    """
    try:
        details = house.remittance_claims(insurer_id=insurer.healthcode_id, payment_reference=summary.payment_reference)
        if details:
            return list(details), details.received
    except NOT_TO_BE_HAD:
        logger.info("%s: the details of a payment are not to be had", insurer.slug)
    if summary.claims or not summary.remittance_id:
        return list(summary.claims), ()
    try:
        alone = house.remittance(remittance_id=summary.remittance_id)
    except NOT_TO_BE_HAD:
        logger.info("%s: the bills of a payment are not to be had", insurer.slug)
        return [], ()
    return [claim for one in alone for claim in one.claims], alone.received


def _keep(fetch: RemittancePoll, received: tuple[bytes, ...], now: datetime) -> Document:
    content = b"\n".join(received)
    return store.store_document(Actor(fetch.practice, None, now), way=Document.HEALTHCODE, content=content)
