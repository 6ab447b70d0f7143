"""Payments that came by post, typed in by hand: kept as they were typed, then the same way as any other."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from clearbill.bill import money
from clearbill.claims.core import transitions as moves
from clearbill.clearinghouse.remittance import RemittanceClaim, RemittanceDeduction, RemittanceLine, RemittanceSummary
from clearbill.money.remittances import source_documents as documents
from clearbill.money.remittances import store as importing
from clearbill.money.remittances.allocation import automatic as allocating
from clearbill.money.remittances.allocation.automatic import Allocated
from clearbill.money.remittances.models import Document, Remittance
from clearbill.people import audit
from clearbill.people.models import Practice, User

ANNOUNCED = "Healthcode has told Clearbill of this payment already, with all its bills."

MOVING = "A claim of this payment is moving just now, so nothing was kept. Try again in a moment."

PATIENT, NOBODY = "patient", "nobody"

_LIABLE = {PATIENT: True, NOBODY: False}


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedBill:
    """What a letter says of one bill; pounds. `owed_by` is “patient”, “nobody”, or "" where the letter is silent."""

    invoice_number: str
    paid: Decimal
    deducted: Decimal = Decimal("0.00")
    reason: str = ""
    owed_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedPayment:
    """A payment as it was typed. `form_id` is the form's own: the same form sent twice is one payment."""

    form_id: UUID
    insurer_slug: str
    payment_reference: str
    paid_on: date
    bills: tuple[TypedBill, ...]

    @property
    def amount(self) -> Decimal:
        return money.total(bill.paid for bill in self.bills)

    def content(self) -> bytes:
        """Return it as it is kept."""
        return json.dumps(asdict(self), indent=1, default=str, ensure_ascii=False).encode()


class NotTypedIn(Exception):
    """Nothing was kept; the message is a sentence. `bill` is the place of the bill at fault, None for the payment."""

    def __init__(self, sentence: str, bill: int | None = None) -> None:
        super().__init__(sentence)
        self.bill = bill


@dataclass(frozen=True, slots=True)
class TypedIn:
    """What came of it; `allocated` is None where the same form had been sent before."""

    remittance: Remittance
    allocated: Allocated | None


def record(*, practice: Practice, by: User, now: datetime, typed: TypedPayment) -> TypedIn:
    """Keep a payment that was typed and put it to claims, all of it or nothing. Raises NotTypedIn.

    Bills that were forgotten are added to a payment that was typed or came as a file.
    """
    try:
        with transaction.atomic():
            document, is_first = documents.keep(
                practice=practice, way=Document.TYPED, content=io.BytesIO(typed.content()), now=now, by=by
            )
            remittance, is_new = _hold(practice, document, typed)
            if not is_new and not is_first:
                return TypedIn(remittance, None)
            if not is_new:
                _refuse_what_is_known(remittance, typed.bills)
            importing.take_in(
                practice=practice, document=document, insurer_slug=typed.insurer_slug, summary=_summary(typed),
                claims=[_claim(bill) for bill in typed.bills],
            )  # fmt: skip
            importing.sum_up(remittance)
            allocated = allocating.allocate(remittance, now=now)
            said = {"bills": len(typed.bills), "amount": typed.amount}
            audit.write(practice=practice, by=by, at=now, action="typed in a payment", subject=remittance, changes=said)
    except moves.MovedMeanwhile:
        raise NotTypedIn(MOVING) from None
    return TypedIn(remittance, allocated)


def _hold(practice: Practice, document: Document, typed: TypedPayment) -> tuple[Remittance, bool]:
    return importing.hold(
        practice=practice, document=document, insurer_slug=typed.insurer_slug, summary=_summary(typed)
    )


def _refuse_what_is_known(remittance: Remittance, bills: Sequence[TypedBill]) -> None:
    if remittance.announced_at is not None:
        raise NotTypedIn(ANNOUNCED)
    keys = {importing.key_of(bill.invoice_number, 1): place for place, bill in reversed(list(enumerate(bills)))}
    there = remittance.advices.filter(key__in=keys).order_by("position").first()
    if there is not None:
        sentence = f"This payment is here already, with {money.show(there.paid)} for this bill."
        raise NotTypedIn(sentence, keys[there.key])


def _summary(typed: TypedPayment) -> RemittanceSummary:
    return RemittanceSummary(
        remittance_id="",
        insurer_id="",
        payment_reference=typed.payment_reference,
        paid_on=typed.paid_on,
        amount=typed.amount,
    )


def _claim(bill: TypedBill) -> RemittanceClaim:
    deduction = RemittanceDeduction(
        code="", reason=bill.reason, amount=bill.deducted, patient_liable=_LIABLE.get(bill.owed_by)
    )
    line = RemittanceLine(
        line_no=1, claimed=Decimal("0.00"), paid=bill.paid, deductions=(deduction,) if bill.deducted else ()
    )
    return RemittanceClaim(invoice_number=bill.invoice_number, paid=bill.paid, lines=(line,))
