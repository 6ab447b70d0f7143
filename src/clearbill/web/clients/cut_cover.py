"""A policy that is cut short although visits outside its new days are invoiced: the person is asked once."""

from __future__ import annotations

from copy import copy
from datetime import date
from typing import Any

from clearbill.bill.text import enumerated
from clearbill.clients.models import Policy
from clearbill.clients.policy_services import CoverEdit
from clearbill.invoicing import cover
from clearbill.invoicing.models import Invoice
from clearbill.workspace.contract_prices.periods import ONE_DAY

_MOST_NAMED = 5


def told(policy: Policy, **changes: Any) -> str:
    """Return which invoices these fields of the policy would leave outside its days; "" where there are none."""
    after = copy(policy)
    for name, value in changes.items():
        setattr(after, name, value)
    cut = cover.billed_under(policy, but_not_under=after)
    if not cut:
        return ""
    named = [_named(invoice) for invoice in cut[:_MOST_NAMED]]
    rest = [f"{len(cut) - _MOST_NAMED:,} more"] if len(cut) > _MOST_NAMED else []
    billed = f"For days that {policy} would no longer cover, it is billed already: {enumerated([*named, *rest])}."
    return f"{billed} What is billed stays as it is."


def followed(policy: Policy, begins: date | None) -> str:
    """Return the same for a policy that another one follows from that day on."""
    ends = begins - ONE_DAY if begins else None
    if ends is None or (policy.valid_to and policy.valid_to <= ends):
        return ""
    return told(policy, valid_to=ends)


def of_edit(edit: CoverEdit | None) -> str:
    """Return the same for what Edit Details says of the policy in use."""
    if edit is None or edit.policy is None:
        return ""
    if edit.details is None:
        return told(edit.policy, **({"valid_to": edit.ends_on} if edit.ends_on else {"entered_in_error": True}))
    if edit.is_new_policy:
        return followed(edit.policy, edit.details.get("valid_from"))
    return told(edit.policy, valid_from=edit.details["valid_from"], valid_to=edit.details["valid_to"])


def _named(invoice: Invoice) -> str:
    claim = invoice.claims.filter(is_current=True).first()
    return f"invoice {invoice.number}" + (f" with its claim ({claim.get_status_display()})" if claim else "")
