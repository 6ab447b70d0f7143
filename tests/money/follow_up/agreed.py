"""Contract prices and payments for the tests of what is expected."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from clearbill.bill.lifecycle import Status
from clearbill.claims.models import Claim
from clearbill.clearinghouse.remittance import RemittanceClaim, RemittanceDeduction, RemittanceLine
from clearbill.invoicing.models import Invoice, InvoiceLine
from clearbill.money.follow_up import underpayments
from clearbill.money.follow_up.underpayment import Underpayment
from clearbill.money.follow_up.underpayments import UnderpaymentFilter
from clearbill.workspace.contract_prices import services
from clearbill.workspace.contract_prices.models import ContractPrice
from tests.claims.desk import Desk
from tests.money.remittances.paying import pounds, taken_in, told

JANUARY = date(2026, 1, 1)


def agreed(desk: Desk, code: str = "ZPHY01", amount: str | int = 70, **fields: Any) -> ContractPrice:
    """A price of the desk's practice with BUPA from 1 Jan 2026, without end."""
    details = {"insurer_slug": "bupa", "code": code, "amount": pounds(amount), "valid_from": JANUARY, **fields}
    return services.add(desk.actor(), details=details)


def collected(desk: Desk, **fields: Any) -> Claim:
    claim = desk.submitted(**fields)
    desk.send()
    Claim.objects.filter(pk=claim.pk).update(status=Status.COLLECTED.value)
    claim.refresh_from_db()
    return claim


def with_lines(desk: Desk, *lines: tuple[str, str | int], **fields: Any) -> Invoice:
    """An invoice with a line for each (code, price)."""
    total = sum((pounds(price) for _, price in lines), Decimal("0.00"))
    invoice = desk.invoice(gross_total=total, net_total=total - fields.get("patient_paid", Decimal(0)), **fields)
    first = invoice.lines.get()
    InvoiceLine.objects.filter(pk=first.pk).delete()
    for position, (code, price) in enumerate(lines, 1):
        InvoiceLine.objects.create(
            invoice=invoice,
            position=position,
            description=f"Service {code}",
            item_code=code,
            treated_on=first.treated_on,
            unit_price=pounds(price),
            gross=pounds(price),
            net=pounds(price),
        )
    return invoice


def line(
    number: int,
    paid: str | int,
    *,
    short: str | int = 0,
    liable: bool | None = False,
    code: str = "",
    reason: str = "Agreed rate",
) -> RemittanceLine:
    """What a payment says of one line."""
    cut = RemittanceDeduction(code=code, reason=reason, amount=pounds(short), patient_liable=liable)
    return RemittanceLine(
        line_no=number, claimed=pounds(paid) + pounds(short), paid=pounds(paid), deductions=(cut,) if short else ()
    )


def said(claim: Claim, *lines: RemittanceLine) -> RemittanceClaim:
    """What a payment says of a claim, line by line."""
    paid = sum((one.paid for one in lines), Decimal("0.00"))
    claimed = sum((one.claimed for one in lines), Decimal("0.00"))
    return told(claim, paid, claimed=claimed, lines=lines)


def paid(desk: Desk, claim: Claim, *lines: RemittanceLine, reference: str = "PAY900001") -> None:
    taken_in(desk, said(claim, *lines), reference=reference)


def found(desk: Desk, **wanted: Any) -> list[Underpayment]:
    return underpayments.underpayments(desk.practice, UnderpaymentFilter(**wanted)).rows
