"""What the insurer did with a collected claim: paid it, paid a part, declined it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from clearbill.bill import money
from clearbill.bill.lifecycle import Event, StepNotAllowed
from clearbill.billing import books
from clearbill.billing import services as billing
from clearbill.billing.models import Entry, Invoice
from clearbill.claims import moves
from clearbill.claims.models import Claim
from clearbill.claims.services import ClaimRefused
from clearbill.people.models import Practice, User

OUTCOMES = {Event.PAID: "Paid", Event.PART_PAID: "Part paid", Event.DECLINED: "Declined"}


def record_outcome(
    *,
    practice: Practice,
    by: User,
    now: datetime,
    claim: Claim,
    event: Event,
    amount: Decimal | None,
    on: date,
    reason: str = "",
    reference: str = "",
    seen: int | None = None,
) -> Claim:
    """Note what the insurer did on UK day `on`; an amount is also kept as a payment on the invoice.

    `seen` is the claim's latest event (its id) on the page from which it is recorded: a second click, or a page from
    before, records nothing. Raises ClaimRefused for that, for an amount that does not go with the outcome, and for a
    claim that cannot have one.
    """
    note = f"{money.show(amount)} received. {reason}".strip() if amount else reason
    try:
        with transaction.atomic():
            invoice = books.hold(practice, claim.invoice)
            _refuse_unless_as_seen(claim, seen)
            _refuse_unless_it_fits(invoice, event, amount)
            moves.move(claim, event, by=by, now=now, source=moves.INSURER, note=note, next_check_at=None)
            if amount:
                billing.record_payment(
                    practice=practice,
                    by=by,
                    now=now,
                    invoice=invoice,
                    amount=amount,
                    received_on=on,
                    source=Entry.INSURER,
                    reference=reference,
                )
    except StepNotAllowed:
        raise ClaimRefused(f"This claim is “{claim.status}” and cannot be recorded as {event}.") from None
    return claim


def _refuse_unless_as_seen(claim: Claim, seen: int | None) -> None:
    """Held until the outcome is written, so that two people at once are one after the other."""
    Claim.objects.select_for_update().filter(pk=claim.pk).values_list("pk").first()
    last = claim.events.order_by("-pk").values_list("pk", flat=True).first()
    if seen not in (None, last):
        raise ClaimRefused(
            "Something was recorded on this claim meanwhile; see what happened. Nothing was added to it."
        )


def _refuse_unless_it_fits(invoice: Invoice, event: Event, amount: Decimal | None) -> None:
    """An outcome and its amount say the same: nothing, a part, or all of what is open on the invoice."""
    if event not in OUTCOMES:
        raise ClaimRefused("The outcome is paid, part paid or declined.")
    if event == Event.DECLINED:
        if amount:
            raise ClaimRefused("A declined claim has no amount. Choose “Part paid” where the insurer paid something.")
        return
    if not amount:
        raise ClaimRefused("Enter the amount that the insurer paid.")
    is_open = books.open_amount(invoice)
    if amount > is_open:
        raise ClaimRefused(f"Only {money.show(is_open)} is open on this invoice.")
    if event == Event.PART_PAID and amount == is_open:
        raise ClaimRefused(f"{money.show(amount)} is all that is open. Choose “Paid”.")
    if event == Event.PAID and amount < is_open:
        raise ClaimRefused(f"{money.show(is_open - amount)} would stay open. Choose “Part paid”.")
