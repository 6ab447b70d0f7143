"""What an insurer paid too much on an invoice: it is the insurer's money until it is refunded."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from clearbill.bill import insurers, money
from clearbill.claims.models import Claim
from clearbill.invoicing import ledger, payments
from clearbill.invoicing.models import Invoice
from clearbill.money.remittances.allocation import rules


@dataclass(frozen=True, slots=True)
class Overpayment:
    """Pounds that an insurer paid too much, its name, and the claim on which it can be given back, if there is one."""

    amount: Decimal
    insurer: str
    claim: Claim | None


def overpayment_on(invoice: Invoice) -> Overpayment | None:
    """Return what the insurer paid too much on this invoice, None where it did not.

    Of what was paid too much, the patient's part comes first: it can be paid back at once.
    """
    if not invoice.insurer_slug or ledger.open_amount(invoice) >= 0:
        return None
    amount = -ledger.open_amount(invoice) - payments.refundable(invoice)
    if amount <= 0:
        return None
    known = insurers.by_slug(invoice.insurer_slug)
    current: Claim | None = Claim.objects.filter(invoice=invoice, is_current=True).first()
    is_payable = current is not None and current.status in rules.PAYABLE
    return Overpayment(amount, known.name if known else "The insurer", current if is_payable else None)


def refund_reference(claim: Claim) -> str:
    """Return the words by which a payment back is known, unless the person has others."""
    return f"Refund {claim.number}"


def pounds(amount: Decimal) -> str:
    """Return an amount that goes back, as it is typed in."""
    return f"-{amount.quantize(money.PENNY)}"
