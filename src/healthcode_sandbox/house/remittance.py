"""What a payment says: one payment of one insurer, its bills and their lines, and how the ledger keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from healthcode_sandbox.house.bill_status import KeptBill

NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidLine:
    """What a payment says of one line. `short` is what was deducted for `reason`, "" where nothing was."""

    line_no: int
    claimed: Decimal
    paid: Decimal
    short: Decimal = NOTHING
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidClaim:
    """What a payment says of one bill. `paid` is below zero where the insurer takes money back (A38)."""

    id: int
    bill: KeptBill
    invoice_no: str
    patient: str
    previously_paid: Decimal
    note: str
    lines: tuple[PaidLine, ...]

    @property
    def claimed(self) -> Decimal:
        return sum((line.claimed for line in self.lines), NOTHING)

    @property
    def paid(self) -> Decimal:
        return sum((line.paid for line in self.lines), NOTHING)

    @property
    def short(self) -> Decimal:
        return sum((line.short for line in self.lines), NOTHING)

    @property
    def reason(self) -> str:
        """The code of the reason for what was deducted, or ""."""
        return next((line.reason for line in self.lines if line.reason), "")

    @property
    def insurers_number(self) -> str:
        """The insurer's own number of the claim."""
        return f"ZC-{5_550_000 + self.bill.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One payment of one insurer to one payee; below zero where more was taken back than paid.

    `updated_at` is when the insurer corrected it last, else when it was created.
    """

    id: int
    site: str
    insurer: str
    payee: str
    reference: str
    created_at: datetime
    updated_at: datetime
    paid_on: date
    claims: tuple[PaidClaim, ...]

    @property
    def amount(self) -> Decimal:
        return sum((claim.paid for claim in self.claims), NOTHING)


def claim_facts(
    *, invoice_no: str, patient: str, previously_paid: Decimal, note: str, lines: Sequence[PaidLine]
) -> dict[str, Any]:
    """Return what the ledger keeps of one bill in a payment."""
    return {
        "invoice_no": invoice_no,
        "patient": patient,
        "previously_paid": str(previously_paid),
        "note": note,
        "lines": [[line.line_no, str(line.claimed), str(line.paid), str(line.short), line.reason] for line in lines],
    }


def read_claim(claim_id: int, bill: KeptBill, facts: dict[str, Any]) -> PaidClaim:
    """Return what `claim_facts` wrote."""
    return PaidClaim(
        id=claim_id,
        bill=bill,
        invoice_no=facts["invoice_no"],
        patient=facts.get("patient") or bill.facts["patient"],
        previously_paid=Decimal(facts["previously_paid"]),
        note=facts["note"],
        lines=tuple(
            PaidLine(line_no=number, claimed=Decimal(claim), paid=Decimal(paid), short=Decimal(short), reason=reason)
            for number, claim, paid, short, reason in facts["lines"]
        ),
    )


def paid_per_line(facts: dict[str, Any]) -> list[Decimal]:
    """Return the pounds that a payment gave to each line, in the order of the bill."""
    return [Decimal(paid) for _, _, paid, _, _ in facts["lines"]]
