"""Void a remittance taken in by mistake: reverse its entries, keep what it said."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.db.models import ProtectedError, RestrictedError

from clearbill.bill.problem import Refused
from clearbill.money.remittances.allocation import manual
from clearbill.money.remittances.models import ClaimPayment, Document, Remittance
from clearbill.people.actor import Actor
from clearbill.people.models import Practice

FETCHED = "Healthcode told Clearbill of this payment and would tell it again. Settle its bills one by one instead."

IN_USE = "A line of the bank is matched with this payment. Undo that match first, then take the payment out."


def can_be_voided(remittance: Remittance) -> bool:
    """Return whether it came by hand alone: what the clearing house tells comes again by itself."""
    return remittance.announced_at is None and remittance.document.way != Document.HEALTHCODE


def void(
    actor: Actor, *, remittance: Remittance, reason: str, at_the_bank: Mapping[str, str] | None = None
) -> Document:
    """Take a payment off its claims and out of the list. Raises Refused.

    The books keep every entry and the one that takes it back, the document stays as it came, and the audit trail says
    who did it, with what had been `at_the_bank`. A file can then be answered and taken in again. What the bank keeps
    of the payment is a row of a higher package: `imports.undo` is what a page calls.
    """
    try:
        with transaction.atomic():
            row = _held(actor.practice, remittance)
            for advice in row.advices.filter(state=ClaimPayment.ALLOCATED).order_by("pk").iterator(chunk_size=500):
                manual.deallocate(actor, advice=advice, reason=reason)
            said = {"insurer": row.insurer_slug, "amount": row.amount, "bills": row.advices.count(), "reason": reason}
            said |= at_the_bank or {}
            actor.audit("took out a payment", row, changes=said)
            document = row.document
            row.delete()
            return document
    except (ProtectedError, RestrictedError):
        raise Refused(IN_USE) from None


def _held(practice: Practice, remittance: Remittance) -> Remittance:
    rows = Remittance.objects.select_for_update(of=("self",)).select_related("document")
    row = rows.filter(practice=practice, pk=remittance.pk).first()
    if row is None or not can_be_voided(row):
        raise Refused(FETCHED if row else "This payment has been taken out already.")
    return row
