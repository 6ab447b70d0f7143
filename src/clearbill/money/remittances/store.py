"""Store a remittance with its claim payments. The same one, in whatever form it comes again, changes nothing."""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Sum

from clearbill.bill import money
from clearbill.clearinghouse.remittance import RemittanceClaim, RemittanceSummary
from clearbill.db import statements
from clearbill.money.remittances import source_documents
from clearbill.money.remittances.models import ClaimPayment, Document, PaymentAdjustment, Remittance, reference_key
from clearbill.people.actor import Actor
from clearbill.people.models import Practice

AT_ONCE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreResult:
    """What came of it: the payment, and whether it was new."""

    remittance: Remittance
    is_new: bool


def store_document(actor: Actor, *, way: str, content: bytes, name: str = "") -> Document:
    """Keep a document as it came and return it; the same bytes are kept once."""
    return source_documents.store(actor, way=way, content=io.BytesIO(content), name=name)[0]


def store_remittance(
    *,
    practice: Practice,
    document: Document,
    insurer_slug: str,
    summary: RemittanceSummary,
    claims: Iterable[RemittanceClaim],
) -> StoreResult:
    """Keep one payment and what it says of each bill. What is known of it already is left as it is."""
    with transaction.atomic():
        remittance, is_new = get_or_create_locked(
            practice=practice, document=document, insurer_slug=insurer_slug, summary=summary
        )
        _write(remittance, claims)
    return StoreResult(remittance=remittance, is_new=is_new)


def get_or_create_locked(
    *, practice: Practice, document: Document, insurer_slug: str, summary: RemittanceSummary
) -> tuple[Remittance, bool]:
    """Return the payment, held until the transaction ends, and whether it is new.

    What the clearing house announces of a payment that came in another form first is added to it.
    """
    announced_at = summary.created_at or (document.received_at if document.way == Document.HEALTHCODE else None)
    remittance, is_new = Remittance.objects.select_for_update().get_or_create(
        practice=practice,
        insurer_slug=insurer_slug,
        reference_key=reference_key(summary.payment_reference),
        defaults={
            "document": document,
            "payment_reference": summary.payment_reference[:60],
            "payee_number": summary.payee_number[:20],
            "announced_at": announced_at,
            "paid_on": summary.paid_on,
            "amount": summary.amount,
        },
    )
    if announced_at and remittance.announced_at is None:
        remittance.announced_at, remittance.amount = announced_at, summary.amount
        remittance.paid_on = summary.paid_on or remittance.paid_on
        remittance.payee_number = summary.payee_number[:20] or remittance.payee_number
        remittance.save(update_fields=["announced_at", "amount", "paid_on", "payee_number"])
    return remittance, is_new


def set_total(remittance: Remittance) -> None:
    """Make the amount of a payment that nobody announced the sum of its bills and adjustments."""
    if remittance.announced_at is None:
        paid = remittance.advices.aggregate(sum=Sum("paid"))["sum"]
        adjusted = remittance.adjustments.aggregate(sum=Sum("amount"))["sum"]
        remittance.amount = money.total([paid, adjusted])
        remittance.save(update_fields=["amount"])


def deduplication_key(named: str, ordinal: int) -> str:
    """Return the key of what a payment says of a bill: its number, and which occurrence of it this is."""
    return f"{''.join(named.split()).upper()[:50]}#{ordinal}"


def advices_of(remittance: Remittance, claims: Iterable[RemittanceClaim]) -> Iterator[dict[str, Any]]:
    """Yield all fields of the advice of each bill, in their order."""
    seen: Counter[str] = Counter()
    for position, claim in enumerate(claims, start=1):
        named = deduplication_key(claim.invoice_number or claim.clearing_bill_number, 0)
        seen[named] += 1
        yield advice(remittance, claim, position=position, ordinal=seen[named])


def _write(remittance: Remittance, claims: Iterable[RemittanceClaim]) -> None:
    told = advices_of(remittance, claims)
    while several := list(islice(told, AT_ONCE)):
        insert(several)


def insert(advices: Sequence[Mapping[str, Any]]) -> int:
    """Write those of the advices, each given by all its fields, that are not here yet; return how many these were."""
    return statements.insert_many(ClaimPayment, advices, unless_there=True)


def insert_adjustments(adjustments: Sequence[Mapping[str, Any]]) -> int:
    """Write those of the adjustments that are not here yet; return how many these were."""
    return statements.insert_many(PaymentAdjustment, adjustments, unless_there=True)


def adjustment_key(amount: Decimal, reason: str, ordinal: int) -> str:
    """Return the key of an adjustment: what it says, without regard to case and blanks, and which of its like it is."""
    said = f"{amount}|{''.join(reason.split()).casefold()}"
    return f"{hashlib.blake2b(said.encode('utf-8', 'surrogatepass'), digest_size=16).hexdigest()}#{ordinal}"


def adjustment(remittance: Remittance, *, amount: Decimal, reason: str, position: int, ordinal: int) -> dict[str, Any]:
    """Return all fields of a new adjustment, for `insert_adjustments`."""
    return {
        "practice": remittance.practice_id,
        "remittance": remittance.pk,
        "key": adjustment_key(amount, reason, ordinal),
        "position": position,
        "amount": amount,
        "reason": reason[:500],
    }


def advice(remittance: Remittance, claim: RemittanceClaim, *, position: int, ordinal: int) -> dict[str, Any]:
    """Return all fields of the new advice that says this of a bill, for `insert`."""
    return {
        "practice": remittance.practice_id,
        "remittance": remittance.pk,
        "key": deduplication_key(claim.invoice_number or claim.clearing_bill_number, ordinal),
        "position": position,
        "invoice_number": claim.invoice_number[:40],
        "clearing_bill_number": claim.clearing_bill_number[:40],
        "payor_claim_number": claim.payor_claim_number[:40],
        "membership_number": claim.membership_number[:40],
        "patient_name": claim.patient_name[:120],
        "claimed": claim.claimed,
        "paid": claim.paid,
        "previously_paid": claim.previously_paid,
        "short": shortfall_of(claim),
        "lines": [_line(line) for line in claim.lines],
        "note": "; ".join(claim.notes)[:500],
        "state": ClaimPayment.NEW,
        "why": "",
        "aside_reason": "",
        "claim": None,
        "settled_at": None,
        "settled_by": None,
    }


def shortfall_of(claim: RemittanceClaim) -> Decimal:
    """Return what the insurer says it deducted, pounds. What it neither paid nor deducted stays open."""
    return money.total(deduction.amount for line in claim.lines for deduction in line.deductions)


def _line(line: Any) -> dict[str, Any]:
    return {
        "line_no": line.line_no,
        "claimed": str(line.claimed),
        "paid": str(line.paid),
        "deductions": [
            {
                "code": deduction.code,
                "reason": deduction.reason,
                "amount": str(deduction.amount),
                "patient_liable": deduction.patient_liable,
            }
            for deduction in line.deductions
        ],
    }
