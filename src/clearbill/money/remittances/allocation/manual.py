"""Allocate a claim payment by hand, undo it, ignore it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet, Sum

from clearbill.bill import money
from clearbill.bill.dates import uk_day
from clearbill.bill.lifecycle import ASKED_ABOUT, Event
from clearbill.bill.problem import Refused
from clearbill.claims.core import transitions
from clearbill.claims.models import Claim
from clearbill.invoicing import cover, ledger
from clearbill.invoicing.models import LedgerEntry
from clearbill.money.remittances.allocation import claim_balance, rules
from clearbill.money.remittances.allocation.posting import PostingBatch, is_allowed
from clearbill.money.remittances.models import ClaimPayment
from clearbill.people.actor import Actor
from clearbill.people.models import Practice

WAITING = (ClaimPayment.UNMATCHED, ClaimPayment.SET_ASIDE)

WRONG_CLAIM = "Put to the wrong claim."

CLAIM_CHANGED = "Somebody has settled this meanwhile; see what happened. Nothing was changed."


class Doubtful(Refused):
    """Something speaks against this claim; it can be put to it all the same."""


def allocate(actor: Actor, *, advice: ClaimPayment, claim: Claim, is_sure: bool = True) -> ClaimPayment:
    """Put the advice to this claim, whatever the numbers say.

    Raises Refused, and Doubtful where the person is not sure and something speaks against it.
    """
    with _all_or_nothing():
        row = _held(actor.practice, advice)
        if row.state not in WAITING:
            raise Refused(CLAIM_CHANGED)
        if not row.paid and not row.short:
            raise Refused("It neither pays nor deducts anything, so there is nothing to put to a claim.")
        stands = claim_balance.balance_of(claim) if claim.practice_id == actor.practice.pk else None
        if stands is None or rules.is_unpayable(stands):
            raise Refused("This claim was not sent yet, or its invoice is void, so nothing can be paid on it.")
        if row.paid < 0 and -row.paid > stands.by_insurer:
            most = money.show(max(stands.by_insurer, Decimal("0.00")))
            raise Refused(f"The insurer paid only {most} on this claim, less than is taken back.")
        if not is_sure and (sentence := rules.doubt(row, row.remittance.insurer_slug, stands)):
            raise Doubtful(sentence)
        posting = PostingBatch(row.remittance, now=actor.now, by=actor.user)
        posting.lift(row, stands)
        if not is_allowed(row, stands):
            raise Refused(rules.MISMATCHES["stands"])
        posting.to(row, stands)
        posting.write()
        said = {"payment": row.remittance.payment_reference, "amount": row.paid, "short": row.short}
        actor.audit("put a payment to the claim", claim, changes=said)
    return _fresh(row)


def deallocate(actor: Actor, *, advice: ClaimPayment, reason: str = WRONG_CLAIM) -> ClaimPayment:
    """Take the advice off its claim: every entry that came of it is taken back, with the reason. Raises Refused.

    The actor has no user where the insurer's own later word takes the place of this one.
    """
    with _all_or_nothing():
        row = _held(actor.practice, advice)
        claim = row.claim
        if row.state != ClaimPayment.ALLOCATED or claim is None:
            raise Refused(CLAIM_CHANGED)
        if not claim.is_current:
            raise Refused("Another claim for this invoice has taken its claim’s place. Cancel that one first.")
        invoice = ledger.lock_invoice(actor.practice, claim.invoice)
        for entry in LedgerEntry.objects.filter(advice=row.pk, takes_back=None, taken_back_by=None).order_by("pk"):
            ledger.reverse(invoice, entry, on=uk_day(actor.now), by=actor.user, now=actor.now, reason=reason)
        cover.count_excess(actor, [invoice.pk])
        if (_insurers(claim).aggregate(sum=Sum("amount"))["sum"] or 0) < 0:
            raise Refused("The insurer has taken money back on this claim since. Take that off first.")
        note = f"{money.show(row.paid)} of payment {row.remittance.payment_reference} was taken off: {reason}"
        revert_status(actor, claim, note=note)
        ClaimPayment.objects.filter(pk=row.pk).update(
            state=ClaimPayment.UNMATCHED, why="taken off", claim=None, settled_at=None, settled_by=None
        )
    return _fresh(row)


def ignore(actor: Actor, *, advice: ClaimPayment, reason: str) -> ClaimPayment:
    """Take it out of the queue with a reason, such as a bill from before Clearbill. Raises Refused."""
    if not reason.strip():
        raise Refused("Say why it is set aside.")
    with _all_or_nothing():
        row = _held(actor.practice, advice)
        if row.state != ClaimPayment.UNMATCHED:
            raise Refused(CLAIM_CHANGED)
        ClaimPayment.objects.filter(pk=row.pk).update(
            state=ClaimPayment.SET_ASIDE, aside_reason=reason.strip()[:500], settled_at=actor.now, settled_by=actor.user
        )
        actor.audit(
            "set a payment’s bill aside",
            row.remittance,
            changes={"invoice_number": row.invoice_number, "reason": reason.strip()},
        )
    return _fresh(row)


def unignore(actor: Actor, *, advice: ClaimPayment) -> ClaimPayment:
    """Put what was set aside back into the queue. Raises Refused."""
    with _all_or_nothing():
        row = _held(actor.practice, advice)
        if row.state != ClaimPayment.SET_ASIDE:
            raise Refused(CLAIM_CHANGED)
        ClaimPayment.objects.filter(pk=row.pk).update(state=ClaimPayment.UNMATCHED, settled_at=None, settled_by=None)
        said = {"invoice_number": row.invoice_number}
        actor.audit("brought a payment’s bill back", row.remittance, changes=said)
    return _fresh(row)


def revert_status(actor: Actor, claim: Claim, *, note: str) -> None:
    """Let the claim stand where it would without a payment that was taken off its books.

    Call inside a transaction that holds the invoice. Raises ConcurrentChange.
    """
    before = transitions.status_before_answer(claim)
    transitions.transition(
        claim,
        Event.UNALLOCATED,
        by=actor.user,
        source=transitions.PRACTICE,
        now=actor.now,
        note=note,
        back_to=before,
        next_check_at=actor.now if before in ASKED_ABOUT else None,
        check_count=0,
    )
    stands = claim_balance.balance_of(claim)
    if stands is None or not insurer_entries(claim).exists():
        return
    claim.refresh_from_db()
    event = rules.resulting_event(stands)
    transitions.transition(
        claim,
        event,
        by=actor.user,
        source=transitions.PRACTICE,
        now=actor.now,
        note="Other payments of the insurer stay.",
        next_check_at=None,
    )


def insurer_entries(claim: Claim) -> QuerySet[LedgerEntry]:
    """Return what stands in the books by the insurer's word: what it paid and deducted, and nobody took back."""
    return LedgerEntry.objects.filter(
        invoice=claim.invoice_id, source=LedgerEntry.INSURER, takes_back=None, taken_back_by=None
    )


@contextmanager
def _all_or_nothing() -> Iterator[None]:
    """One transaction. Raises Refused where the claim moved while it was open, as when Healthcode’s answer came."""
    try:
        with transaction.atomic():
            yield
    except transitions.ConcurrentChange:
        raise Refused(CLAIM_CHANGED) from None


def _insurers(claim: Claim) -> QuerySet[LedgerEntry]:
    """Return what the insurer paid and took back on the claim's invoice, with what undoes it."""
    return LedgerEntry.objects.filter(invoice=claim.invoice_id, source=LedgerEntry.INSURER, kind=LedgerEntry.PAID)


def _held(practice: Practice, advice: ClaimPayment) -> ClaimPayment:
    rows = ClaimPayment.objects.select_for_update(of=("self",)).select_related("remittance", "claim__invoice")
    return rows.get(practice=practice, pk=advice.pk)


def _fresh(advice: ClaimPayment) -> ClaimPayment:
    return ClaimPayment.objects.select_related("remittance", "claim").get(pk=advice.pk)
