"""What a person does with a payment’s word of a bill: say which claim it is for, take that back, set it aside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet, Sum

from clearbill.bill import money
from clearbill.bill.dates import uk_day
from clearbill.bill.lifecycle import Event
from clearbill.claims.core import transitions as moves
from clearbill.claims.models import Claim
from clearbill.invoicing import ledger as books
from clearbill.invoicing.models import Entry, Invoice
from clearbill.money.remittances.allocation import claim_balance as standing
from clearbill.money.remittances.allocation import rules as matching
from clearbill.money.remittances.allocation.posting import Posting, goes_with
from clearbill.money.remittances.models import Advice
from clearbill.people import audit
from clearbill.people.models import Practice, User

WAITING = (Advice.UNMATCHED, Advice.SET_ASIDE)

MOVED = "Somebody has settled this meanwhile; see what happened. Nothing was changed."


class NotSettled(Exception):
    """It cannot be done; the message is a sentence for the person who asked for it."""


def match(*, practice: Practice, by: User, now: datetime, advice: Advice, claim: Claim) -> Advice:
    """Put the advice to this claim, whatever the numbers say. Raises NotSettled."""
    with _all_or_nothing():
        row = _held(practice, advice)
        if row.state not in WAITING:
            raise NotSettled(MOVED)
        if not row.paid and not row.short:
            raise NotSettled("It neither pays nor deducts anything, so there is nothing to put to a claim.")
        stands = standing.of_claim(claim) if claim.practice_id == practice.pk else None
        if stands is None or matching.cannot_be_paid(stands):
            raise NotSettled("This claim was not sent yet, or its invoice is void, so nothing can be paid on it.")
        if row.paid < 0 and -row.paid > stands.by_insurer:
            most = money.show(max(stands.by_insurer, Decimal("0.00")))
            raise NotSettled(f"The insurer paid only {most} on this claim, less than is taken back.")
        posting = Posting(row.remittance, now=now, by=by)
        posting.lift(row, stands)
        if not goes_with(row, stands):
            raise NotSettled(matching.WHY["stands"])
        posting.to(row, stands)
        posting.write()
        said = {"payment": row.remittance.payment_reference, "amount": row.paid, "short": row.short}
        audit.write(practice=practice, by=by, at=now, action="put a payment to the claim", subject=claim, changes=said)
    return _fresh(row)


def undo(*, practice: Practice, by: User | None, now: datetime, advice: Advice) -> Advice:
    """Take the advice off its claim: every entry that came of it is taken back. Raises NotSettled.

    `by` is None where the insurer's own later word takes the place of this one.
    """
    with _all_or_nothing():
        row = _held(practice, advice)
        claim = row.claim
        if row.state != Advice.ALLOCATED or claim is None:
            raise NotSettled(MOVED)
        if not claim.is_current:
            raise NotSettled("Another claim for this invoice has taken its claim’s place. Cancel that one first.")
        invoice = Invoice.objects.select_for_update(no_key=True).get(pk=claim.invoice_id)
        for entry in Entry.objects.filter(advice=row.pk, takes_back=None, taken_back_by=None).order_by("pk"):
            books.take_back(invoice, entry, on=uk_day(now), by=by, now=now, reason="Put to the wrong claim.")
        if (_insurers(claim).aggregate(sum=Sum("amount"))["sum"] or 0) < 0:
            raise NotSettled("The insurer has taken money back on this claim since. Take that off first.")
        note = f"{money.show(row.paid)} of payment {row.remittance.payment_reference} was not for this claim."
        step_back(claim, note=note, by=by, now=now)
        Advice.objects.filter(pk=row.pk).update(
            state=Advice.UNMATCHED, why="taken off", claim=None, settled_at=None, settled_by=None
        )
    return _fresh(row)


def set_aside(*, practice: Practice, by: User, now: datetime, advice: Advice, reason: str) -> Advice:
    """Take it out of the queue with a reason, such as a bill from before Clearbill. Raises NotSettled."""
    if not reason.strip():
        raise NotSettled("Say why it is set aside.")
    with _all_or_nothing():
        row = _held(practice, advice)
        if row.state != Advice.UNMATCHED:
            raise NotSettled(MOVED)
        Advice.objects.filter(pk=row.pk).update(
            state=Advice.SET_ASIDE, aside_reason=reason.strip()[:500], settled_at=now, settled_by=by
        )
        audit.write(
            practice=practice, by=by, at=now, action="set a payment’s bill aside", subject=row.remittance,
            changes={"invoice_number": row.invoice_number, "reason": reason.strip()},
        )  # fmt: skip
    return _fresh(row)


def bring_back(*, practice: Practice, by: User, now: datetime, advice: Advice) -> Advice:
    """Put what was set aside back into the queue. Raises NotSettled."""
    with _all_or_nothing():
        row = _held(practice, advice)
        if row.state != Advice.SET_ASIDE:
            raise NotSettled(MOVED)
        Advice.objects.filter(pk=row.pk).update(state=Advice.UNMATCHED, settled_at=None, settled_by=None)
        said = {"invoice_number": row.invoice_number}
        audit.write(
            practice=practice, by=by, at=now, action="brought a payment’s bill back", subject=row.remittance,
            changes=said,
        )  # fmt: skip
    return _fresh(row)


def step_back(claim: Claim, *, note: str, by: User | None, now: datetime) -> None:
    """Let the claim stand where it would without a payment that was taken off its books.

    Call inside a transaction that holds the invoice. Raises MovedMeanwhile.
    """
    moves.move(claim, Event.UNALLOCATED, by=by, source=moves.PRACTICE, now=now, note=note)
    stands = standing.of_claim(claim)
    if stands is None or not of_insurer(claim).exists():
        return
    claim.refresh_from_db()
    event = matching.event_of(stands)
    moves.move(claim, event, by=by, source=moves.PRACTICE, now=now, note="Other payments of the insurer stay.")


def of_insurer(claim: Claim) -> QuerySet[Entry]:
    """Return what stands in the books by the insurer's word: what it paid and deducted, and nobody took back."""
    return Entry.objects.filter(invoice=claim.invoice_id, source=Entry.INSURER, takes_back=None, taken_back_by=None)


@contextmanager
def _all_or_nothing() -> Iterator[None]:
    """One transaction. Raises NotSettled where the claim moved while it was open, as when Healthcode’s answer came."""
    try:
        with transaction.atomic():
            yield
    except moves.MovedMeanwhile:
        raise NotSettled(MOVED) from None


def _insurers(claim: Claim) -> QuerySet[Entry]:
    """Return what the insurer paid and took back on the claim's invoice, with what undoes it."""
    return Entry.objects.filter(invoice=claim.invoice_id, source=Entry.INSURER, kind=Entry.PAID)


def _held(practice: Practice, advice: Advice) -> Advice:
    rows = Advice.objects.select_for_update(of=("self",)).select_related("remittance", "claim")
    return rows.get(practice=practice, pk=advice.pk)


def _fresh(advice: Advice) -> Advice:
    return Advice.objects.select_related("remittance", "claim").get(pk=advice.pk)
