"""How much of an invoice to the insurer the client is asked for already, and how much more may be asked."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import F, Sum

from clearbill.bill import money
from clearbill.bill.money import ZERO
from clearbill.bill.problem import Refused
from clearbill.invoicing import ledger
from clearbill.invoicing.models import Invoice


def patient_share(invoice: Invoice) -> Decimal:
    """Return what the client is asked for of this invoice: its shares that are not void, less what was credited."""
    live = invoice.shares.filter(voided_at=None).aggregate(sum=Sum(F("net_total") - F("credited_total")))
    return (live["sum"] or ZERO).quantize(money.PENNY)


def max_patient_share(invoice: Invoice) -> Decimal:
    """Return what the client may still be asked for: what the insurer has not paid and nobody asks for or gave up."""
    left = max(ZERO, ledger.open_amount(invoice)) + invoice.short_total
    return min(left, invoice.net_total - invoice.credited_total) - patient_share(invoice)


def require_within_max(invoice: Invoice, amount: Decimal) -> None:
    """Raise Refused where asking the client for `amount` more would ask for more than the insurer left."""
    left = max_patient_share(invoice)
    if amount > left:
        most = f"Only {money.show(left)}" if left > 0 else "Nothing"
        raise Refused(
            f"{most} of invoice {invoice.number} can be asked of the client: the rest is paid, given up or asked for."
        )


def reason_locked_by_share(invoice: Invoice) -> str:
    """Return why an invoice for a share, or one of which the client is asked for a share, is not changed, else ""."""
    if share := invoice.shares.filter(voided_at=None).first():
        return f"The client is asked for a share of it on invoice {share.number}. To change it, void that one first."
    if invoice.share_of is None:
        return ""
    return f"This is a share of invoice {invoice.share_of.number}. To change it, void it and make another."


def refuse_while_asked(invoice: Invoice) -> None:
    """Raise Refused where the client is asked for a share of this invoice, so that it cannot be void."""
    if share := invoice.shares.filter(voided_at=None).first():
        raise Refused(f"The client is asked for a share of it on invoice {share.number}. Void that one first.")


def refuse_restoring(share: Invoice) -> None:
    """Raise Refused where this share, standing again, would ask the client for more than the insurer left."""
    if share.share_of_id is not None:
        parent = Invoice.objects.select_for_update(no_key=True).get(pk=share.share_of_id)
        if parent.voided_at:
            raise Refused(f"Invoice {parent.number}, of which this is a share, is void.")
        require_within_max(parent, share.net_total - share.credited_total)
