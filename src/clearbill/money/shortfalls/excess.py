"""Charge a known excess at the visit: an invoice to the client and its payment, at once."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from django.db import transaction

from clearbill.bill.dates import uk_day
from clearbill.bill.problem import Refused
from clearbill.clients import cover
from clearbill.clients.models import Cover
from clearbill.invoicing import ledger, patient_share, patient_share_limits, payments
from clearbill.invoicing.models import Invoice, LedgerEntry
from clearbill.people.actor import Actor

WORDS = "policy excess, taken at the visit"


def charge(
    actor: Actor, *, invoice: Invoice, amount: Decimal, reference: str = "", share_id: UUID | None = None
) -> Invoice:
    """Return the invoice for the excess, paid. A form sent twice with the same `share_id` takes it once.

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
        cover.reduce_excess(actor, client=row.client, taken=amount)
        payments.record_payment(
            actor,
            invoice=made,
            amount=amount,
            received_on=uk_day(actor.now),
            source=LedgerEntry.PATIENT,
            reference=reference,
        )
    return made


def amount_left(invoice: Invoice) -> Decimal | None:
    """Return what is still to pay of the policy's excess, at most what this invoice has room for; None if unknown."""
    left = Cover.objects.filter(client=invoice.client_id).values_list("excess_left", flat=True).first()
    return min(left, patient_share_limits.max_patient_share(invoice)) if left else None


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
