"""Bulk creation: claims made of many invoices, started by a person, made one by one by the worker, stopped by a person.

Each claim is made in a transaction of its own, with its entry: whoever is killed or takes over makes none twice.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import DatabaseError, transaction
from django.db.models import F

from clearbill.bill import dates
from clearbill.bill.problem import Refused
from clearbill.claims.bulk.unclaimed import unclaimed
from clearbill.claims.core import services
from clearbill.claims.models import BulkCreation, BulkCreationEntry, Claim
from clearbill.invoicing.models import Invoice
from clearbill.people.actor import Actor
from clearbill.people.models import Practice

SLICE = 25

CANDIDATES = 5

NOTHING_TO_CREATE = "Each of these invoices has a claim by now, or needs none."

UNFORESEEN = "Something unforeseen happened with this invoice. Open it and create its claim by itself."

logger = logging.getLogger(__name__)


def start(actor: Actor, *, invoice_ids: Sequence[UUID] | None = None) -> BulkCreation:
    """Begin to make the claims of these invoices, or of all that have none, those with the least time left first.

    An invoice that waits in a running creation is left to it. Where that leaves none, the running one is returned, so
    a second click starts no second one. Raises Refused where no invoice needs a claim.
    """
    with transaction.atomic():
        # Whoever starts one at the same moment waits here, and then finds the invoices held.
        Practice.objects.select_for_update(no_key=True).get(pk=actor.practice.pk)
        without_claim = [one.invoice_id for one in unclaimed(actor.practice, on=dates.uk_day(actor.now))]
        wanted = without_claim if invoice_ids is None else [pk for pk in without_claim if pk in set(invoice_ids)]
        held = _held(actor.practice)
        chosen = [pk for pk in wanted if pk not in held]
        if not chosen and (running := next((held[pk] for pk in wanted if pk in held), None)) is not None:
            return BulkCreation.objects.get(pk=running)
        return _make(actor, chosen)


def running_creations(practice: Practice) -> list[BulkCreation]:
    """Return the bulk creations of the practice that are under way, the latest first."""
    return list(BulkCreation.objects.filter(practice=practice, state=BulkCreation.RUNNING))


def stop(actor: Actor, *, creation: BulkCreation) -> None:
    """Make no further claim of the creation. One that is no longer running stays as it is."""
    with transaction.atomic():
        if _end(creation, BulkCreation.STOPPED, actor.now):
            creation.entries.filter(state=BulkCreationEntry.WAITING).update(state=BulkCreationEntry.LEFT)
            actor.audit("stopped creating claims", creation)


def create_next_slice(*, now: datetime) -> bool:
    """Make the next few claims of the creation that has waited longest, and return whether there were any."""
    running = BulkCreation.objects.filter(state=BulkCreation.RUNNING).select_related("practice", "by")
    for creation in running.order_by(F("served_at").asc(nulls_first=True), "pk")[:CANDIDATES]:
        entries = _waiting(creation)
        for entry in entries:
            _create(entry, Actor(creation.practice, creation.by, now))
        BulkCreation.objects.filter(pk=creation.pk).update(served_at=now)
        if not creation.entries.filter(state=BulkCreationEntry.WAITING).exists():
            _end(creation, BulkCreation.FINISHED, now)
        if entries:
            return True
    return False


def _held(practice: Practice) -> dict[UUID, UUID]:
    waiting = BulkCreationEntry.objects.filter(
        creation__practice=practice, creation__state=BulkCreation.RUNNING, state=BulkCreationEntry.WAITING
    )
    return dict(waiting.values_list("invoice_id", "creation_id"))


def _make(actor: Actor, chosen: Sequence[UUID]) -> BulkCreation:
    if not chosen:
        raise Refused(NOTHING_TO_CREATE)
    creation = BulkCreation.objects.create(
        practice=actor.practice, by=actor.person, total=len(chosen), started_at=actor.now
    )
    BulkCreationEntry.objects.bulk_create(
        [BulkCreationEntry(creation=creation, invoice_id=pk) for pk in chosen], batch_size=500
    )
    actor.audit("started to create claims", creation, changes={"invoices": len(chosen)})
    return creation


def _waiting(creation: BulkCreation) -> Iterable[BulkCreationEntry]:
    waiting = creation.entries.filter(state=BulkCreationEntry.WAITING).select_related("invoice__practice")
    return list(waiting.select_related("invoice__client", "invoice__practitioner")[:SLICE])


def _create(entry: BulkCreationEntry, actor: Actor) -> None:
    """Make one claim. Another worker that has the same entry in hand waits for ours, and then finds it done."""
    try:
        with transaction.atomic():
            if _write(entry, BulkCreationEntry.CREATED):
                claim = services.create_or_follow_on(actor, invoice=_fresh(entry))
                BulkCreationEntry.objects.filter(pk=entry.pk).update(claim=claim)
    except Refused as refusal:
        _write(entry, BulkCreationEntry.REFUSED, sentence=str(refusal)[:500])
    except DatabaseError:
        # Not the invoice's fault: its entry still waits.
        raise
    except Exception:
        logger.exception("a claim of a bulk creation could not be made")
        _write(entry, BulkCreationEntry.REFUSED, sentence=UNFORESEEN)


def _fresh(entry: BulkCreationEntry) -> Invoice:
    return Invoice.objects.select_related("practice", "client", "practitioner").get(pk=entry.invoice_id)


def _write(entry: BulkCreationEntry, state: str, **changes: str | Claim) -> bool:
    waiting = BulkCreationEntry.objects.filter(pk=entry.pk, state=BulkCreationEntry.WAITING)
    return waiting.update(state=state, **changes) == 1


def _end(creation: BulkCreation, state: str, now: datetime) -> bool:
    running = BulkCreation.objects.filter(pk=creation.pk, state=BulkCreation.RUNNING)
    return running.update(state=state, ended_at=now) == 1
