"""Payments that came by letter, typed in by hand."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from clearbill.bill import money
from clearbill.bill.deductions import NOBODY, PATIENT
from clearbill.bill.problem import Refused
from clearbill.claims.core import transitions
from clearbill.clearinghouse.remittance import RemittanceClaim, RemittanceDeduction, RemittanceLine, RemittanceSummary
from clearbill.money.remittances import source_documents, store
from clearbill.money.remittances.allocation import automatic
from clearbill.money.remittances.allocation.automatic import AllocationResult
from clearbill.money.remittances.models import Document, Remittance
from clearbill.people.actor import Actor
from clearbill.people.models import Practice

ANNOUNCED = "Healthcode has told Clearbill of this payment already, with all its bills."

MOVING = "A claim of this payment is moving just now, so nothing was kept. Try again in a moment."

_LIABLE = {PATIENT: True, NOBODY: False}


@dataclass(frozen=True, slots=True, kw_only=True)
class EnteredBill:
    """What a letter says of one bill; pounds. `owed_by` is “patient”, “nobody”, or "" where the letter is silent."""

    invoice_number: str
    paid: Decimal
    deducted: Decimal = Decimal("0.00")
    reason: str = ""
    owed_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnteredPayment:
    """A payment as it was typed. `form_id` is the form's own: the same form sent twice is one payment."""

    form_id: UUID
    insurer_slug: str
    payment_reference: str
    paid_on: date
    bills: tuple[EnteredBill, ...]

    @property
    def amount(self) -> Decimal:
        return money.total(bill.paid for bill in self.bills)

    def content(self) -> bytes:
        """Return it as it is kept."""
        return json.dumps(asdict(self), indent=1, default=str, ensure_ascii=False).encode()


class EntryRefused(Refused):
    """Nothing was kept; the message is a sentence. `bill` is the place of the bill at fault, None for the payment."""

    def __init__(self, sentence: str, bill: int | None = None) -> None:
        super().__init__(sentence)
        self.bill = bill


@dataclass(frozen=True, slots=True)
class EntryResult:
    """What came of it; `allocated` is None where the same form had been sent before."""

    remittance: Remittance
    allocated: AllocationResult | None


def enter(actor: Actor, *, typed: EnteredPayment) -> EntryResult:
    """Keep a payment that was typed and put it to claims, all of it or nothing. Raises Refused.

    Bills that were forgotten are added to a payment that was typed or came as a file.
    """
    try:
        with transaction.atomic():
            document, is_first = source_documents.store(actor, way=Document.TYPED, content=io.BytesIO(typed.content()))
            remittance, is_new = _hold(actor.practice, document, typed)
            if not is_new and not is_first:
                return EntryResult(remittance, None)
            if not is_new:
                _refuse_what_is_known(remittance, typed.bills)
            store.store_remittance(
                practice=actor.practice,
                document=document,
                insurer_slug=typed.insurer_slug,
                summary=_summary(typed),
                claims=[_claim(bill) for bill in typed.bills],
            )
            store.set_total(remittance)
            allocated = automatic.auto_allocate(remittance, now=actor.now)
            said = {"bills": len(typed.bills), "amount": typed.amount}
            actor.audit("typed in a payment", remittance, changes=said)
    except transitions.ConcurrentChange:
        raise EntryRefused(MOVING) from None
    return EntryResult(remittance, allocated)


def _hold(practice: Practice, document: Document, typed: EnteredPayment) -> tuple[Remittance, bool]:
    return store.get_or_create_locked(
        practice=practice, document=document, insurer_slug=typed.insurer_slug, summary=_summary(typed)
    )


def _refuse_what_is_known(remittance: Remittance, bills: Sequence[EnteredBill]) -> None:
    if remittance.announced_at is not None:
        raise EntryRefused(ANNOUNCED)
    keys = {store.deduplication_key(bill.invoice_number, 1): place for place, bill in reversed(list(enumerate(bills)))}
    there = remittance.advices.filter(key__in=keys).order_by("position").first()
    if there is not None:
        sentence = f"This payment is here already, with {money.show(there.paid)} for this bill."
        raise EntryRefused(sentence, keys[there.key])


def _summary(typed: EnteredPayment) -> RemittanceSummary:
    return RemittanceSummary(
        remittance_id="",
        insurer_id="",
        payment_reference=typed.payment_reference,
        paid_on=typed.paid_on,
        amount=typed.amount,
    )


def _claim(bill: EnteredBill) -> RemittanceClaim:
    deduction = RemittanceDeduction(
        code="", reason=bill.reason, amount=bill.deducted, patient_liable=_LIABLE.get(bill.owed_by)
    )
    line = RemittanceLine(
        line_no=1, claimed=Decimal("0.00"), paid=bill.paid, deductions=(deduction,) if bill.deducted else ()
    )
    return RemittanceClaim(invoice_number=bill.invoice_number, paid=bill.paid, lines=(line,))
