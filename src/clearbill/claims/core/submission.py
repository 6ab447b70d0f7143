"""Submit a checked claim: its transition and its job in the outbox, in one short transaction.

The check and the document are made before, without holding the database. Whoever changed the claim in between wins:
then nothing is submitted, and what was checked is always what is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from clearbill.bill.lifecycle import Event, Status
from clearbill.bill.problem import Refused
from clearbill.claims.core import transitions
from clearbill.claims.core.cross_checks import agreement
from clearbill.claims.models import Claim, Outbox
from clearbill.invoicing import ledger
from clearbill.invoicing.models import Invoice
from clearbill.people.actor import Actor

CHANGED_DURING_CHECK = "This claim was changed while it was being checked. Look at it again, then submit it."

INVOICE_CHANGED = "The invoice was changed while its claim was being checked. Look at the claim again, then submit it."


@dataclass(frozen=True, slots=True)
class PreparedClaim:
    """A claim that was found ready, and the document that is sent; none where it has been submitted already.

    `invoice_state` is its invoice as `agreement.invoice_state` tells it, as it stood at the check.
    """

    claim: Claim
    reference: str = ""
    document: bytes = b""
    invoice_state: tuple[Any, ...] = ()


def enqueue(actor: Actor, submission: PreparedClaim) -> Claim:
    """Write the claim's new status and its outbox row together, and return the claim.

    One that was submitted meanwhile is returned as it is. Raises Refused where it was changed after the check.
    """
    claim = submission.claim
    if not submission.document:
        return claim
    with transaction.atomic():
        ledger.hold_invoices([claim.invoice_id])
        status, *stands = _lock_and_read(claim)
        if status != Status.CREATED:
            claim.refresh_from_db()
            return require_submitted(claim)
        if agreement.invoice_state(Invoice.objects.get(pk=claim.invoice_id)) != submission.invoice_state:
            raise Refused(INVOICE_CHANGED)
        if stands != [claim.bill, claim.is_restored, claim.is_current, claim.invoice.voided_at]:
            raise Refused(CHANGED_DURING_CHECK)
        _write_outbox_row(actor, submission)
    return claim


def require_submitted(claim: Claim) -> Claim:
    """Return a claim that is no longer Created, where it was submitted. Raises Refused where it was not."""
    if claim.submitted_at is None or claim.status in {Status.REJECTED, Status.CANCELLED}:
        raise Refused(f"This claim is “{claim.status}” and cannot be submitted.")
    return claim


def _lock_and_read(claim: Claim) -> tuple[Any, ...]:
    held = Claim.objects.select_for_update(of=("self",)).filter(pk=claim.pk)
    return tuple(held.values_list("status", "bill", "is_restored", "is_current", "invoice__voided_at").get())


def _write_outbox_row(actor: Actor, submission: PreparedClaim) -> None:
    claim, version = submission.claim, submission.claim.version
    transitions.transition(
        claim,
        Event.SUBMIT,
        by=actor.user,
        now=actor.now,
        source=transitions.PRACTICE,
        reference=submission.reference,
        submitted_at=claim.submitted_at or actor.now,
        submitted_by=actor.user,
        waiting_reason="",
        blocking_count=0,
    )
    Outbox.objects.create(
        practice=claim.practice,
        claim=claim,
        version=version,
        reference=submission.reference,
        document=submission.document,
        bill=claim.bill,
        ready_at=actor.now,
    )
