"""What only the practice's own records tell about a claim: who is paid, what is billed elsewhere, what is paid."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from clearbill.bill import Bill, Problem, dates, insurers, money
from clearbill.bill.problem import Severity
from clearbill.claims.models import Claim
from clearbill.invoicing import payments
from clearbill.invoicing.claimed import repeats
from clearbill.invoicing.claimed.repeats import Repeat
from clearbill.invoicing.models import LedgerEntry
from clearbill.invoicing.prices import line_prices
from clearbill.workspace.insurers import is_billed
from clearbill.workspace.models import Payee, ProviderNumber
from clearbill.workspace.provider_numbers import insurer_setting

REPEATED = "DUPLICATE-04"

_PAYEE = "providers.payee_provider_number"


def problems(claim: Claim, bill: Bill) -> Iterator[Problem]:
    """Yield what the practice's records say against this bill of the claim."""
    yield from _case_1(claim, bill)
    yield from _repeats(claim)
    yield from _paid_already(claim, bill)
    yield from _switched_off(claim)
    yield from _below_contract(claim)


def open_repeats(claim: Claim) -> list[Repeat]:
    """Return the treatments that another invoice asks for too, without those that somebody has allowed."""
    return [one for one in repeats.repeats(claim.invoice) if str(one.other.pk) not in claim.repeat_invoices]


def _case_1(claim: Claim, bill: Bill) -> Iterator[Problem]:
    """An individual who is paid in person is Payee and Practitioner ID at once."""
    payee, specialist = bill.providers.payee_provider_number, bill.providers.controlling_specialist_number
    if not payee or not specialist or payee.casefold() == specialist.casefold():
        return
    if name := _paid_in_person(claim, payee):
        message = (
            f"{name} is paid in person (Case 1), so Payee and Practitioner ID must be the same number. "
            f"The Payee is {payee} and the Practitioner ID {specialist}."
        )
        fix = "Enter the payee who goes with this practitioner, or the organisation that is paid."
        yield _problem("ROLES-07", _PAYEE, message, fix, "blocks")


def _paid_in_person(claim: Claim, number: str) -> str:
    if claim.payee:
        return claim.payee.name if claim.payee.kind == Payee.PERSON else ""
    rows = ProviderNumber.objects.filter(practitioner__practice=claim.practice_id, number__iexact=number)
    owner = rows.select_related("practitioner").first()
    return owner.practitioner.name if owner else ""


def _repeats(claim: Claim) -> Iterator[Problem]:
    for one in repeats.repeats(claim.invoice):
        where = f"invoice {one.other.number}, {_whose(one)}"
        message = f"The treatment of line {one.place + 1} on {dates.show(one.day)} is also billed on {where}."
        path = f"lines[{one.place}].service_code"
        if str(one.other.pk) in claim.repeat_invoices:
            by = claim.repeat_allowed_by or "Clearbill"
            message = f"{message} {by} allowed it: {claim.repeat_reason}"
            yield _problem(REPEATED, path, message, "", "warns")
        else:
            fix = "Void the one that is too much. Where both are right, say why on this claim."
            yield _problem(REPEATED, path, message, fix, "blocks")


def _whose(one: Repeat) -> str:
    billed = f"to {insurers.name_of(one.other.insurer_slug)}" if one.other.insurer_slug else "to the client"
    return f"{billed}, claim “{one.claim.status}”" if one.claim else billed


def _paid_already(claim: Claim, bill: Bill) -> Iterator[Problem]:
    paid = payments.paid_by_source(claim.invoice)
    asked = bill.totals.net_total or Decimal(0)
    insurer = insurers.name_of(claim.insurer_slug)
    for source, who in ((LedgerEntry.PATIENT, "The client"), (LedgerEntry.INSURER, "The insurer")):
        if (amount := paid.get(source, Decimal(0))) > 0 and asked > 0:
            message = (
                f"{who} has paid {money.show(amount)} on this invoice already, and this claim asks {insurer} for "
                f"{money.show(asked)}."
            )
            fix = "Pay it back, or enter it on the invoice as “Patient already paid” in the place of the payment."
            yield _problem("PAID-01", "totals.net_total", message, fix, "warns")


def _switched_off(claim: Claim) -> Iterator[Problem]:
    insurer = insurers.by_slug(claim.insurer_slug)
    if insurer is None or (setting := insurer_setting(claim.practice, claim.insurer_slug)) is None:
        return
    if not is_billed(insurer, setting):
        message = f"By the Workspace Settings the practice does not bill {insurer.name}."
        fix = "Bill the invoice to the client, or switch the insurer on under Insurers."
        yield _problem("INSURER-20", "insurer_id", message, fix, "warns")


def _below_contract(claim: Claim) -> Iterator[Problem]:
    """A line asks for less than the contract price of its day, and an insurer pays no more than it is asked for."""
    invoice = claim.invoice
    for one in line_prices.below_contract(claim.practice, invoice.insurer_slug, list(invoice.lines.all())):
        fix = "Bill the contract price on the invoice and collect the data again, where the lower one is not meant."
        yield _problem(
            "PRICE-01", f"lines[{one.place}].gross_amount", f"Line {one.place + 1}: {one.sentence}", fix, "warns"
        )


def _problem(code: str, path: str, message: str, fix: str, severity: Severity) -> Problem:
    return Problem(code=code, path=path, message=message, severity=severity, who="practice", fix=fix)
