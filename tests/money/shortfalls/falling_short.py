"""Claims that an insurer paid less on, made for tests."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from clearbill.claims.models import Claim
from clearbill.clearinghouse.remittance import RemittanceClaim, RemittanceDeduction
from clearbill.invoicing.models import Invoice
from clearbill.money.remittances.allocation import manual
from clearbill.money.remittances.models import ClaimPayment
from clearbill.money.shortfalls import queries, services
from clearbill.money.shortfalls.shortfall import Shortfall
from tests.claims.desk import Desk
from tests.money.remittances.paying import pounds, taken_in, told
from tests.money.remittances.test_allocation import collected

REASONS = {
    "ZSF01": ("Policy excess", True),
    "ZSF02": ("Benefit limit reached", True),
    "ZSF03": ("Fee above the agreed rate", False),
    "ZSF06": ("No authorisation", None),
}


def deduction(code: str, amount: str | int) -> RemittanceDeduction:
    words, liable = REASONS[code]
    return RemittanceDeduction(code=code, reason=words, amount=pounds(amount), patient_liable=liable)


def says(claim: Claim, *deductions: RemittanceDeduction, paid: str | int | None = None) -> RemittanceClaim:
    """A payment that takes these deductions off the claim."""
    short = sum((one.amount for one in deductions), Decimal("0.00"))
    word = told(claim, claim.net_total - short if paid is None else paid)
    return replace(word, lines=(replace(word.lines[0], deductions=deductions),))


def short(desk: Desk, *deductions: tuple[str, str | int], **fields: Any) -> Claim:
    """A claim over £70 from which the insurer deducted this, by code; £20 excess unless told otherwise."""
    claim = collected(desk, **fields)
    given = [deduction(code, amount) for code, amount in deductions or [("ZSF01", 20)]]
    taken_in(desk, says(claim, *given), reference=f"PAY{claim.number}")
    claim.refresh_from_db()
    return claim


def pays_after_all(desk: Desk, claim: Claim, amount: str | int, reference: str = "PAYAFTERALL") -> ClaimPayment:
    """The insurer pays what it had deducted; a person puts it to the claim."""
    taken_in(desk, told(claim, amount), reference=reference)
    advice = ClaimPayment.objects.latest("pk")
    return manual.allocate(desk.actor(), advice=advice, claim=claim)


def card(claim: Claim) -> Shortfall:
    return queries.shortfall_on(Invoice.objects.get(pk=claim.invoice_id))


def books(claim: Claim) -> tuple[Decimal, ...]:
    row = Invoice.objects.get(pk=claim.invoice_id)
    assert row.net_total == (
        row.paid_total + row.short_total + row.open_total + row.written_off_total + row.credited_total
    )
    return row.paid_total, row.short_total, row.written_off_total, row.open_total


def ask(desk: Desk, claim: Claim, code: str = "ZSF01", amount: str | int = 20, **given: Any) -> Invoice:
    return services.invoice_patient(desk.actor(), claim=claim, amounts={code: pounds(amount)}, **given)


def give_up(desk: Desk, claim: Claim, code: str = "ZSF01", amount: str | int = 20, **given: Any) -> Any:
    return services.write_off(
        desk.actor(), claim=claim, key=code, amount=pounds(amount), reason="Not worth it", **given
    )
