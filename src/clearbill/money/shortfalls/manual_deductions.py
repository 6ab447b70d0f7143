"""Deductions read in an insurer's letter: recorded in the ledger and reversed."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from clearbill.bill import money
from clearbill.bill.dates import uk_day
from clearbill.bill.lifecycle import Status
from clearbill.bill.problem import Refused
from clearbill.claims.models import Claim
from clearbill.invoicing import cover, ledger
from clearbill.invoicing.models import LedgerEntry
from clearbill.money.shortfalls import queries
from clearbill.people.actor import Actor

ANSWERED = (Status.PART_PAID, Status.DECLINED)

"""The insurer has spoken of the claim; what is open on it was not paid."""


def record_deduction(actor: Actor, *, claim: Claim, amount: Decimal, words: str) -> None:
    """Note why an insurer paid less, in its words: what was open is short from now on. Raises Refused."""
    if not words.strip():
        raise Refused("Say why the insurer paid less.")
    with transaction.atomic():
        invoice, _ = queries.lock_with_shortfall(actor.practice, claim.invoice)
        row = Claim.objects.get(pk=claim.pk)
        if row.status not in ANSWERED or not row.is_current:
            raise Refused(f"This claim is “{row.status}”: nothing was deducted from it.")
        is_open = ledger.open_amount(invoice)
        if not 0 < amount <= is_open:
            raise Refused(f"{money.show(max(is_open, Decimal('0.00')))} is open on this invoice; note no more.")
        noted = invoice.entries.filter(kind=LedgerEntry.SHORT, advice=None, takes_back=None, taken_back_by=None)
        if noted.filter(amount=amount, reason=words.strip()[:300]).exists():
            raise Refused("This deduction is noted already. For a second one, say it in other words.")
        ledger.post(
            invoice,
            kind=LedgerEntry.SHORT,
            amount=amount,
            on=uk_day(actor.now),
            source=LedgerEntry.INSURER,
            by=actor.user,
            now=actor.now,
            reason=words.strip(),
        )
        said = {"amount": amount, "reason": words.strip()}
        actor.audit("noted a deduction", claim, changes=said)
        cover.count_excess(actor, [invoice.pk])


def reverse_deduction(actor: Actor, *, claim: Claim, entry: LedgerEntry) -> None:
    """Take back a deduction that was noted by mistake and not decided on. A second click does nothing."""
    with transaction.atomic():
        invoice, card = queries.lock_with_shortfall(actor.practice, claim.invoice)
        row = LedgerEntry.objects.get(practice=actor.practice, invoice=invoice, pk=entry.pk)
        if not is_manual(row):
            raise Refused("This came with a payment of the insurer. Take the payment off the claim instead.")
        if LedgerEntry.objects.filter(takes_back=row).exists():
            return
        one = card.of(row.code or row.reason)
        if one is None or one.left < row.amount:
            raise Refused("Something was decided about it already. Take that back first.")
        ledger.reverse(invoice, row, on=uk_day(actor.now), by=actor.user, now=actor.now, reason="Noted by mistake.")
        said = {"amount": row.amount, "reason": row.reason}
        actor.audit("took a deduction back", claim, changes=said)
        cover.count_excess(actor, [invoice.pk])


def is_manual(entry: LedgerEntry) -> bool:
    """Return whether a person noted this deduction, rather than a payment bringing it."""
    is_deduction = entry.kind == LedgerEntry.SHORT and entry.source == LedgerEntry.INSURER and entry.amount > 0
    return is_deduction and entry.advice is None and entry.takes_back_id is None
