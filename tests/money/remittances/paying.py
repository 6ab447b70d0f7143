"""What insurers say that they paid, made for tests: a payment, and what it says of each bill."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from clearbill.bill import insurers
from clearbill.bill.dates import uk_day
from clearbill.claims.models import Claim
from clearbill.clearinghouse.remittance import RemittanceClaim, RemittanceDeduction, RemittanceLine, RemittanceSummary
from clearbill.money.remittances import store
from clearbill.money.remittances.allocation import automatic
from clearbill.money.remittances.models import ClaimPayment, Document, Remittance
from tests.builders import TODAY
from tests.claims.desk import Desk


def pounds(amount: str | int) -> Decimal:
    return Decimal(amount).quantize(Decimal("0.01"))


def told(claim: Claim, paid: str | int | None = None, *, short: str | int = 0, **fields: Any) -> RemittanceClaim:
    """What a payment says of this claim: all of it, unless told otherwise."""
    claimed = fields.pop("claimed", claim.net_total)
    deducted = pounds(short)
    deductions = (
        (RemittanceDeduction(code="ZSF01", reason="Policy excess", amount=deducted, patient_liable=True),)
        if deducted
        else ()
    )
    amount = claim.net_total - deducted if paid is None else pounds(paid)
    given = {
        "invoice_number": claim.number,
        "clearing_bill_number": claim.clearing_bill_number,
        "membership_number": claim.invoice.client.policies.get().membership_number,
        "patient_name": f"{claim.invoice.client.last_name}, {claim.invoice.client.first_name}",
        "claimed": claimed,
        "paid": amount,
        "lines": (RemittanceLine(line_no=1, claimed=claimed, paid=amount, deductions=deductions),),
        **fields,
    }
    return RemittanceClaim(**given)


def summary(
    reference: str = "PAY900001", amount: str | int = 70, insurer_id: str = "bup", *, on: date = TODAY
) -> RemittanceSummary:
    return RemittanceSummary(
        remittance_id=f"pr-{reference}",
        insurer_id=insurer_id,
        payment_reference=reference,
        paid_on=on + timedelta(days=1),
        amount=pounds(amount),
    )


def taken_in(desk: Desk, *claims: RemittanceClaim, reference: str = "PAY900001") -> Remittance:
    """A payment of the insurer that the desk's claims are with, kept and allocated."""
    document = store.store_document(desk.actor(), way=Document.TYPED, content=repr(claims).encode())
    insurer = insurers.find("bup")
    assert insurer
    result = store.store_remittance(
        practice=desk.practice,
        document=document,
        insurer_slug=insurer.slug,
        claims=claims,
        summary=summary(reference, on=uk_day(desk.now)),
    )
    automatic.auto_allocate(result.remittance, now=desk.now)
    return result.remittance


def advices() -> list[tuple[str, str]]:
    return list(ClaimPayment.objects.order_by("pk").values_list("state", "why"))
