"""Whose insurance pays: the policy and the authorisation of the day of treatment, or the question for a person.

And what an invoice uses of its policy’s excess.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import F, Sum
from django.db.models.functions import Round

from clearbill.appointments.models import Appointment
from clearbill.bill import deductions, money
from clearbill.bill.dates import uk_day
from clearbill.bill.problem import Refused
from clearbill.clients import policies
from clearbill.clients.excess import use_excess
from clearbill.clients.models import Authorisation, Client, Policy
from clearbill.clients.policies import Treatment
from clearbill.invoicing.models import Invoice, LedgerEntry
from clearbill.people.actor import Actor


class CoverUnclear(Refused):
    """The days of treatment do not say who is billed: a person has to choose, and the sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceCover:
    """The policy and the authorisation that an invoice to an insurer is billed under.

    A question that is not "" is for a person: the days of treatment do not say which it is.
    """

    policy: Policy | None = None
    authorisation: Authorisation | None = None
    policy_question: str = ""
    authorisation_question: str = ""


@dataclass(frozen=True, slots=True)
class VisitCover:
    """Who is billed for a visit: `policy` None is the client, unless a `question` is to be answered first."""

    policy: Policy | None
    authorisation: Authorisation | None
    question: str = ""

    @property
    def insurer_slug(self) -> str:
        return self.policy.insurer_slug if self.policy else ""


def of_visit(visit: Appointment) -> VisitCover:
    """Return what the client had on the day of the visit."""
    day = uk_day(visit.starts_at)
    choice = policies.policy_on(visit.client, day)
    if choice.policy is None:
        return VisitCover(None, None, choice.question)
    treatment = Treatment(day, visit.service.rate_on(day).isc)
    return VisitCover(choice.policy, policies.authorisation_for(choice.policy, [treatment]).authorisation)


def told_on(client: Client, day: date) -> str:
    """Return in a sentence who is billed for a visit of the client on this UK day, or what has to be chosen first."""
    choice = policies.policy_on(client, day)
    if choice.policy is None:
        return choice.question or "The client has no insurance here, so the client pays."
    return f"Billed to {policies.told(choice.policy)}."


def insurer_of(client: Client, days: Iterable[date]) -> str:
    """Return the slug of the client's insurer on these UK days of treatment, "" for a client without any policy.

    Raises CoverUnclear where a person has to choose.
    """
    choice = policies.policy_for(policies.policies_of(client), days)
    if choice.question:
        raise CoverUnclear(f"{choice.question} Choose who is billed.", "insurer")
    return choice.policy.insurer_slug if choice.policy else ""


def of_invoice(invoice: Invoice) -> InvoiceCover:
    """Return what the invoice is billed under: what a person chose for it, else what its days of treatment say."""
    if not invoice.insurer_slug:
        return InvoiceCover()
    treatments = [Treatment(line.treated_on, line.item_code) for line in invoice.lines.all()]
    policy, question = _policy_of(invoice, [one.on for one in treatments])
    if policy is None:
        return InvoiceCover(policy_question=question)
    chosen = invoice.authorisation
    if chosen is not None and chosen.policy_id == policy.pk and not chosen.entered_in_error:
        return InvoiceCover(policy=policy, authorisation=chosen)
    choice = policies.authorisation_for(policy, treatments)
    return InvoiceCover(policy=policy, authorisation=choice.authorisation, authorisation_question=choice.question)


def count_excess(actor: Actor, invoice_ids: Iterable[UUID]) -> None:
    """Bring “excess still to pay” of the policies up to date with what these invoices to insurers use of it.

    That is what the insurer deducted as excess, or what was taken at the visit where that is more. Call inside the
    transaction that changed it.
    """
    rows = Invoice.objects.filter(pk__in=list(invoice_ids)).exclude(insurer_slug="")
    changed = [
        (policy, row, used - row.excess_counted)
        for row in rows.select_related("client", "policy", "authorisation").prefetch_related("lines")
        if (used := _excess_used(row)) != row.excess_counted and (policy := of_invoice(row).policy)
    ]
    # In one order, so that no two wait for each other’s policies.
    for policy, row, amount in sorted(changed, key=lambda one: (one[0].pk, one[1].pk)):
        first_day = min(line.treated_on for line in row.lines.all())
        moved = use_excess(actor, policy=policy, amount=amount, on=first_day)
        Invoice.objects.filter(pk=row.pk).update(excess_counted=Round(F("excess_counted") + moved, 2))


def is_excess(insurer_slug: str, *, code: str, words: str) -> bool:
    """Return whether an insurer means the policy’s excess by this code, else by these words."""
    return deductions.reason_for(insurer_slug, code=code, words=words).key == "excess"


def _excess_used(invoice: Invoice) -> Decimal:
    taken = invoice.shares.filter(is_excess=True, voided_at=None).aggregate(
        sum=Sum(F("net_total") - F("credited_total"))
    )
    deducted = invoice.entries.filter(
        kind=LedgerEntry.SHORT, source=LedgerEntry.INSURER, takes_back=None, taken_back_by=None
    )
    by_insurer = money.total(
        one.amount for one in deducted if is_excess(invoice.insurer_slug, code=one.code, words=one.reason)
    )
    return max(by_insurer, (taken["sum"] or money.ZERO).quantize(money.PENNY))


def billed_under(policy: Policy, *, but_not_under: Policy) -> list[Invoice]:
    """Return the invoices that stand and are billed under the policy for a day that the other version does not cover.

    `but_not_under` is the policy as it is to be.
    """
    rows = policy.client.invoices.filter(voided_at=None, share_of=None, insurer_slug=policy.insurer_slug)
    found = []
    for invoice in rows.select_related("policy", "authorisation").prefetch_related("lines").order_by("number"):
        days = [line.treated_on for line in invoice.lines.all()]
        is_cut = any(policy.is_valid_on(day) and not but_not_under.is_valid_on(day) for day in days)
        if is_cut and of_invoice(invoice).policy == policy:
            found.append(invoice)
    return found


def _policy_of(invoice: Invoice, days: Sequence[date]) -> tuple[Policy | None, str]:
    chosen = invoice.policy
    if chosen is not None and chosen.insurer_slug == invoice.insurer_slug and not chosen.entered_in_error:
        return chosen, ""
    choice = policies.policy_with(invoice.client, invoice.insurer_slug, days)
    return choice.policy, choice.question
