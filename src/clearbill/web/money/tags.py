"""Template tags with which other pages show a claim's money."""

from __future__ import annotations

from typing import Any

from django import template

from clearbill.bill import dates, money
from clearbill.claims.models import Claim
from clearbill.fileformats.bank.formats import FORMATS
from clearbill.fileformats.file_format import in_words
from clearbill.invoicing.models import Invoice
from clearbill.money.bank import arrival_status, outstanding, remittance_candidates
from clearbill.money.bank.models import BankLine, BankReceipt, Match
from clearbill.money.follow_up import late_claims
from clearbill.money.remittances import overpayments
from clearbill.money.remittances.models import ClaimPayment, Remittance
from clearbill.money.remittances.overpayments import Overpayment
from clearbill.people.permissions import Permission
from clearbill.web.money.bank.forms import ExcuseForm
from clearbill.web.sign_in.access import has_permission

register = template.Library()


@register.simple_tag
def overpaid_on(invoice: Invoice) -> Overpayment | None:
    """Return what the insurer paid too much on an invoice, None where it did not."""
    return overpayments.overpayment_on(invoice)


@register.simple_tag
def statement_formats() -> str:
    """Return the formats in which a bank statement can be brought, as “CSV or OFX”."""
    return in_words(FORMATS)


@register.simple_tag(takes_context=True)
def bank_of(context: dict[str, Any], remittance: Remittance) -> dict[str, Any] | None:
    """Return where a payment stands with the bank, its lines, and lines that it may be.

    None without statements, and for those who may not see the bank.
    """
    if not has_permission(context["request"], Permission.SEE_BANK):
        return None
    practice = remittance.practice
    reach = arrival_status.statement_period(practice)
    row = outstanding.with_outstanding(practice).select_related("arrival").get(pk=remittance.pk)
    stands = arrival_status.arrival_status(row, reach, today=dates.today())
    if stands is None:
        return None
    rows = Match.objects.filter(remittance=remittance, undone_at=None).select_related("line__account", "by")
    matches = list(rows.order_by("line__on", "pk"))
    arrival = getattr(row, "arrival", None)
    is_aside = bool(arrival and arrival.aside_at)
    waits = bool(row.left) and not is_aside
    return {
        "stands": _with_more(stands, row, matches),
        "matches": matches,
        "waits": waits,
        "is_aside": is_aside,
        "arrival": arrival,
        "lines": remittance_candidates.lines_for(practice, outstanding.outstanding_of([row])).get(row.pk, [])
        if waits
        else [],
        "form": ExcuseForm(),
    }


@register.simple_tag
def bank_of_claim(claim: Claim) -> list[dict[str, Any]]:
    """Return the payments of a claim that are in the bank in full: the day and the reference, oldest first."""
    payments = ClaimPayment.objects.filter(claim=claim, state=ClaimPayment.ALLOCATED).values("remittance")
    rows = BankReceipt.objects.filter(remittance__in=payments).exclude(arrived=0).select_related("remittance")
    return [
        {"on": row.arrived_on, "payment": row.remittance}
        for row in rows.order_by("arrived_on", "pk")
        if row.arrived == row.amount
    ]


def _with_more(stands: arrival_status.ArrivalStatus, row: Any, matches: list[Match]) -> arrival_status.ArrivalStatus:
    """The line may hold more than the payment: then nobody has explained the rest of it yet."""
    if row.left or len(matches) != 1 or matches[0].line.state != BankLine.NEW or not matches[0].line.open:
        return stands
    more = money.show(abs(matches[0].line.open))
    return arrival_status.ArrivalStatus(
        f"In the bank, {more} more", "warn", f"{stands.sentence} The line holds {more} more."
    )


@register.inclusion_tag("money/follow_up/_payment.html", takes_context=True)
def expected_payment(context: dict[str, Any], claim: Claim) -> dict[str, Any]:
    """Say when the payment of a claim is expected and when somebody asked about it; nothing where none is expected."""
    expectation = late_claims.expectation_of(claim, on=dates.today())
    chase = claim.chases.select_related("by").first() if expectation else None
    return {"claim": claim, "expected": expectation, "chase": chase, "can": context.get("can", {})}


@register.simple_tag
def expected_sentence(expectation: Any, name: str) -> str:
    """Return what is expected, in words, for the insurer of this name."""
    return str(expectation.sentence(name))
