"""Invoice the client for a part of an invoice to the insurer: an excess, or what the insurer deducted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from clearbill.bill import money
from clearbill.bill.dates import uk_day
from clearbill.bill.problem import Refused
from clearbill.invoicing import ledger, patient_share_limits, services
from clearbill.invoicing.drafts import InvoiceDraft, LineDraft
from clearbill.invoicing.models import Invoice
from clearbill.people.actor import Actor


@dataclass(frozen=True, slots=True)
class ShareLine:
    """One line of a share: why the client owes it, in words that follow “Your share of invoice …:”, and pounds."""

    words: str
    amount: Decimal


def invoice_share(
    actor: Actor, *, invoice: Invoice, parts: Sequence[ShareLine], share_id: UUID | None = None
) -> Invoice:
    """Make an invoice to the client for parts of this one. A form sent twice with the same `share_id` makes one.

    The amounts hold their VAT already, so none is added. Raises Refused where they come to more than the
    insurer has left open or deducted and nobody asks for yet.
    """
    with transaction.atomic():
        row = ledger.lock_invoice(actor.practice, invoice)
        if there := existing_share(row, share_id):
            return there
        if row.voided_at or not row.insurer_slug:
            raise Refused("A share can be asked for of an invoice to an insurer that is not void.")
        if not parts or any(part.amount <= 0 for part in parts):
            raise Refused("A share must be more than nothing.")
        total = money.total(part.amount for part in parts)
        patient_share_limits.require_within_max(row, total)
        new = services.create(
            actor,
            draft=_draft(row, actor.now),
            lines=_lines(row, parts),
            invoice_id=_free(share_id),
            share_of=row,
        )
        said = {"share": new.number, "amount": total}
        actor.audit("asked the client for a share", row, changes=said)
    return new


def existing_share(invoice: Invoice, share_id: UUID | None) -> Invoice | None:
    """Return the share that was made with this id already, or None."""
    return invoice.shares.filter(pk=share_id).first() if share_id else None


def _free(share_id: UUID | None) -> UUID | None:
    """The id of a form, unless another invoice has it."""
    return share_id if share_id and not Invoice.objects.filter(pk=share_id).exists() else None


def _draft(row: Invoice, now: datetime) -> InvoiceDraft:
    return InvoiceDraft(
        client=row.client, practitioner=row.practitioner, site=row.site, insurer_slug="", issued_on=uk_day(now)
    )


def _lines(row: Invoice, parts: Sequence[ShareLine]) -> list[LineDraft]:
    treated_on = row.lines.order_by("treated_on").values_list("treated_on", flat=True).first() or row.issued_on
    start = f"Your share of invoice {row.number}: "
    return [
        LineDraft(description=f"{start}{part.words}"[:200], treated_on=treated_on, unit_price=part.amount)
        for part in parts
    ]
