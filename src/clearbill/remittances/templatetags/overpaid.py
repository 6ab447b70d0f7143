"""What pages of other rooms show of money that an insurer paid too much."""

from __future__ import annotations

from django import template

from clearbill.billing.models import Invoice
from clearbill.remittances import overpaid
from clearbill.remittances.overpaid import Overpaid

register = template.Library()


@register.simple_tag
def overpaid_on(invoice: Invoice) -> Overpaid | None:
    """Return what the insurer paid too much on an invoice, None where it did not."""
    return overpaid.of(invoice)
