"""A claim as it would be made of an invoice now: its data collected and checked, nothing saved."""

from __future__ import annotations

from dataclasses import replace

from clearbill.bill import Bill, Problem, dates
from clearbill.bill.lifecycle import Status
from clearbill.claims.core import validation
from clearbill.claims.core.bill_builder import build_bill, read_invoice
from clearbill.claims.models import Claim
from clearbill.invoicing.models import Invoice
from clearbill.people.actor import Actor
from clearbill.workspace.provider_numbers import PayeeChoice

REPEAT_FIELDS = ("repeat_reason", "repeat_allowed_by", "repeat_allowed_at", "repeat_invoices")


def draft(actor: Actor, *, invoice: Invoice, number: str, replaces: Claim | None) -> tuple[Claim, list[Problem]]:
    """Return the claim that would be made, unsaved, and what is wrong with it."""
    on = dates.uk_day(actor.now)
    invoice = read_invoice(invoice.pk)
    bill, payee, specialist = build_bill(invoice, on=on)
    if replaces is not None:
        bill = _with_today(bill, replaces, actor)
    claim = Claim(
        practice=actor.practice,
        invoice=invoice,
        number=number,
        insurer_slug=invoice.insurer_slug,
        practitioner=invoice.practitioner,
        status=Status.CREATED.value,
        status_at=actor.now,
        replaces=replaces,
        created_by=actor.user,
    )
    if replaces is not None:
        _carry_over(replaces, claim)
    name_payee(claim, payee, specialist.reason)
    return claim, validation.snapshot(claim, bill, on=on, built=bill)


def _carry_over(replaced: Claim, claim: Claim) -> None:
    """What was allowed on a claim is allowed on the one in its place: it asks for the same."""
    for name in REPEAT_FIELDS:
        setattr(claim, name, getattr(replaced, name))


def name_payee(claim: Claim, payee: PayeeChoice, specialist_reason: str) -> None:
    """Put on the claim who is paid, and why."""
    claim.payee = payee.payee
    claim.payee_reason = f"{payee.reason} {specialist_reason}".strip()[:300]


def _with_today(bill: Bill, replaced: Claim, actor: Actor) -> Bill:
    """A new claim bears today's date and keeps what was entered by hand on the claim form of the one before."""
    claim_form = validation.stored_bill(replaced).claim_form
    return replace(bill, invoice_date=dates.uk_day(actor.now), claim_form=claim_form)
