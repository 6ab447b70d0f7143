"""What an insurer says that it paid: one payment, what it says of each bill, and of each line. Pounds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

T = TypeVar("T")


class PagedList(list[T]):
    """The entries of a list that came in pages. `received`: the bytes of each page as they came."""

    def __init__(self, entries: Iterable[T] = (), *, received: Iterable[bytes] = ()) -> None:
        super().__init__(entries)
        self.received = tuple(received)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemittanceSummary:
    """One payment of an insurer, as its summary announces it; pounds."""

    remittance_id: str
    insurer_id: str
    payment_reference: str
    created_at: datetime | None = None
    paid_on: date | None = None
    amount: Decimal = Decimal("0.00")
    payee_number: str = ""
    claims: tuple[RemittanceClaim, ...] = ()
    """What the summary itself says of each bill: number and amount paid; the details say more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemittanceDeduction:
    """Why less was paid on a line; `patient_liable` is None where the insurer does not say."""

    code: str
    reason: str
    amount: Decimal
    patient_liable: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemittanceLine:
    """What one payment says of one line; pounds."""

    line_no: int
    claimed: Decimal
    paid: Decimal
    deductions: tuple[RemittanceDeduction, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RemittanceClaim:
    """What one payment says of one bill; pounds."""

    invoice_number: str
    clearing_bill_number: str = ""
    payor_claim_number: str = ""
    membership_number: str = ""
    patient_name: str = ""
    claimed: Decimal = Decimal("0.00")
    paid: Decimal = Decimal("0.00")
    previously_paid: Decimal = Decimal("0.00")
    lines: tuple[RemittanceLine, ...] = ()
    notes: tuple[str, ...] = ()
