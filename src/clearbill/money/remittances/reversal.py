"""Reverse a payment entered on an invoice by mistake; the claim goes back to where its ledger puts it."""

from __future__ import annotations

from django.db import transaction

from clearbill.bill import money
from clearbill.bill.lifecycle import Event, Status
from clearbill.bill.problem import Refused
from clearbill.claims.core import transitions
from clearbill.claims.models import Claim
from clearbill.invoicing import ledger, payments
from clearbill.invoicing.models import Invoice, LedgerEntry
from clearbill.money.remittances.allocation import claim_balance, manual, rules
from clearbill.money.remittances.allocation.claim_balance import ClaimBalance
from clearbill.people.actor import Actor


def reverse_payment(actor: Actor, *, entry: LedgerEntry) -> Invoice:
    """Take back a payment that was entered by mistake, and return its invoice.

    Where the claim was settled with this money, it is so no longer: it waits for the rest again. A second click does
    nothing. Raises Refused.
    """
    try:
        with transaction.atomic():
            held = ledger.lock_invoice(actor.practice, entry.invoice)
            was_there = not LedgerEntry.objects.filter(takes_back=entry).exists()
            invoice = payments.reverse_payment(actor, entry=entry)
            if was_there:
                _step_back(actor, held, entry)
    except transitions.ConcurrentChange:
        raise Refused(manual.CLAIM_CHANGED) from None
    return invoice


def _step_back(actor: Actor, invoice: Invoice, entry: LedgerEntry) -> None:
    stands = claim_balance.balances_by_number(invoice.practice_id, [invoice.number]).get(invoice.number)
    if stands is not None and _says_too_much(stands):
        claim = Claim.objects.get(pk=stands.claim.pk)
        note = f"{money.show(entry.amount)} that was entered on its invoice was taken back."
        manual.revert_status(actor, claim, note=note)


def _says_too_much(stands: ClaimBalance) -> bool:
    """Return whether the claim is Paid, or Declined, and its books say that the insurer owes a part."""
    if stands.status == Status.PAID:
        return rules.resulting_event(stands) != Event.PAID
    is_declined = stands.status == Status.DECLINED and manual.insurer_entries(stands.claim).exists()
    return is_declined and rules.resulting_event(stands) != Event.DECLINED
