"""Charge a known excess at the visit: an invoice to the client and its payment, at once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from clearbill.bill.dates import uk_day
from clearbill.bill.problem import Refused
from clearbill.clients.excess import excess_left_on
from clearbill.invoicing import cover, ledger, patient_share, patient_share_limits, payments
from clearbill.invoicing.models import Invoice, LedgerEntry
from clearbill.people.actor import Actor

WORDS = "policy excess, taken at the visit"


def charge(
    actor: Actor,
    *,
    invoice: Invoice,
    amount: Decimal,
    reference: str = "",
    method: str = "",
    share_id: UUID | None = None,
) -> Invoice:
    """Return the invoice for the excess, paid in the way that `method` says.

    A form sent twice with the same `share_id` takes it once.
    Raises Refused where the insurer has answered already, or for more than is open on the insurer's invoice.
    """
    with transaction.atomic():
        row = ledger.lock_invoice(actor.practice, invoice)
        if there := patient_share.existing_share(row, share_id):
            return there
        if sentence := reason_not_chargeable(row):
            raise Refused(sentence)
        parts = [patient_share.ShareLine(WORDS, amount)]
        made = patient_share.invoice_share(actor, invoice=row, parts=parts, share_id=share_id)
        Invoice.objects.filter(pk=made.pk).update(is_excess=True)
        cover.count_excess(actor, [row.pk])
        payments.record_payment(
            actor,
            invoice=made,
            amount=amount,
            received_on=uk_day(actor.now),
            source=LedgerEntry.PATIENT,
            reference=reference,
            method=method,
        )
    return made


def excess_left(invoice: Invoice) -> Decimal | None:
    """Return what is still to pay of the excess of the policy that the invoice is billed under; None if unknown."""
    policy = cover.of_invoice(invoice).policy
    return excess_left_on(policy, _first_day(invoice)) if policy else None


def amount_left(invoice: Invoice) -> Decimal | None:
    """Return what is still to pay of the policy's excess, at most what this invoice has room for; None if unknown."""
    left = excess_left(invoice)
    return min(left, patient_share_limits.max_patient_share(invoice)) if left else None


def is_offered(invoice: Invoice) -> bool:
    """Return whether the invoice’s page offers to take an excess: some is still to pay, or nobody knows or asked."""
    if reason_not_chargeable(invoice):
        return False
    left = excess_left(invoice)
    return bool(left) if left is not None else not invoice.shares.filter(voided_at=None).exists()


def _first_day(invoice: Invoice) -> date:
    return min(line.treated_on for line in invoice.lines.all())


def reason_not_chargeable(invoice: Invoice) -> str:
    """Return why no excess can be taken of this invoice, "" where it can."""
    if invoice.voided_at:
        return "This invoice is void."
    if not invoice.insurer_slug:
        return "This invoice is the client’s own: record a payment on it instead."
    if invoice.short_total or ledger.open_amount(invoice) <= 0:
        return "The insurer has answered already. What it deducted is decided on the shortfall card."
    if patient_share_limits.max_patient_share(invoice) <= 0:
        return "The client was asked for all of it already."
    return ""
