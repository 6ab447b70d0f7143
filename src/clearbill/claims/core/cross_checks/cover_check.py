"""Whether a claim is made under the policy of the day of treatment, and within what was authorised."""

from __future__ import annotations

from clearbill.appointments.authorised_sessions import AuthorisationUse, use_by_authorisation
from clearbill.bill import dates, money
from clearbill.bill.insurers import bare
from clearbill.bill.text import plural
from clearbill.clients.policies import told
from clearbill.invoicing import cover
from clearbill.invoicing.models import Invoice


def of_another_policy(invoice: Invoice, membership_number: str) -> str:
    """Return why this number, which stands on a claim of the invoice, is that of another policy of the client.

    "" where it is the right one, and where it is none of the client's: a person then entered it on the claim.
    """
    covered = cover.of_invoice(invoice)
    number = bare(membership_number)
    if covered.policy is not None and bare(covered.policy.membership_number) == number:
        return ""
    known = [policy for policy in invoice.client.policies.all() if bare(policy.membership_number) == number]
    if not known:
        return ""
    if covered.policy is None:
        return f"{covered.policy_question} Choose the policy on the claim."
    return f"The claim has the number of {told(known[0])}; the treatment falls under {told(covered.policy)}."


def use_of(invoice: Invoice) -> AuthorisationUse | None:
    """Return what is used of the authorisation that the invoice is billed under, None where there is none."""
    row = cover.of_invoice(invoice).authorisation
    return use_by_authorisation(invoice.client).get(row.pk) if row else None


def beyond(invoice: Invoice) -> str:
    """Return what of the invoice is beyond its authorisation or outside its dates, "" where nothing is."""
    use = use_of(invoice)
    if use is None:
        return cover.of_invoice(invoice).authorisation_question
    row, last = use.authorisation, max(line.treated_on for line in invoice.lines.all())
    outside = [line.treated_on for line in invoice.lines.all() if not row.covers(line.treated_on, line.item_code)]
    if outside:
        return f"{row} does not cover the treatment on {dates.show(min(outside))}."
    number = use.session_of(last)
    if row.sessions is not None and number > row.sessions:
        sessions = f"{row.sessions} {plural(row.sessions, 'session')}"
        return f"{row} allows {sessions}; the treatment on {dates.show(last)} is number {number}."
    if row.amount is not None and use.amount_used > row.amount:
        return f"{row} allows {money.show(row.amount)}; the treatments so far come to {money.show(use.amount_used)}."
    return ""
