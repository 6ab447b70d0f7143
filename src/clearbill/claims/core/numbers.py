"""Claim numbers: the invoice's own number, and further ones for follow-on claims of the same invoice."""

from __future__ import annotations

import re

from clearbill.bill.lifecycle import Status
from clearbill.bill.problem import Refused
from clearbill.claims.models import Claim
from clearbill.invoicing.models import Invoice
from clearbill.people.models import Practice

LONGEST_NUMBER = 10


def number_for(practice: Practice, invoice: Invoice) -> str:
    """Return the invoice's own number, or a further one where Healthcode may have seen it on an earlier claim."""
    used = Claim.objects.filter(practice=practice, number=invoice.number)
    if used.exclude(status=Status.CANCELLED.value, submitted_at=None).exists():
        return next_free_number(practice, invoice.number)
    return invoice.number


def next_free_number(practice: Practice, invoice_number: str) -> str:
    """Return the next unused number for a further claim, `CB10071R2` and so on: at most 10 letters and digits."""
    bare = re.sub(r"[^0-9A-Za-z]", "", invoice_number)
    for attempt in range(2, 100):
        end = f"R{attempt}"
        number = bare[: LONGEST_NUMBER - len(end)] + end
        if not Claim.objects.filter(practice=practice, number=number).exists():
            return number
    raise Refused(f"Invoice {invoice_number} has had too many claims. Make a new invoice.")
