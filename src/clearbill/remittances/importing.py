"""Take in what insurers say that they paid. The same payment, in whatever form it comes again, changes nothing."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from clearbill import rows
from clearbill.bill import money
from clearbill.clearing.remittance import RemittanceClaim, RemittanceSummary
from clearbill.people.models import Practice, User
from clearbill.remittances.models import Advice, Document, Remittance

AT_ONCE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenIn:
    """What came of it: the payment, whether it was new, and how many bills it spoke of that we had not heard of."""

    remittance: Remittance
    is_new: bool
    new_advices: int


def keep(
    *, practice: Practice, way: str, content: bytes, now: datetime, name: str = "", by: User | None = None
) -> Document:
    """Keep a document as it came and return it; the same bytes are kept once."""
    digest = hashlib.sha256(content).hexdigest()
    document, _ = Document.objects.get_or_create(
        practice=practice,
        sha256=digest,
        defaults={"way": way, "name": name[:200], "content": content, "received_at": now, "by": by},
    )
    return document


def take_in(
    *,
    practice: Practice,
    document: Document,
    insurer_slug: str,
    summary: RemittanceSummary,
    claims: Iterable[RemittanceClaim],
) -> TakenIn:
    """Keep one payment and what it says of each bill. What is known of it already is left as it is."""
    with transaction.atomic():
        remittance, is_new = Remittance.objects.get_or_create(
            practice=practice,
            insurer_slug=insurer_slug,
            payment_reference=summary.payment_reference[:60],
            defaults={
                "document": document,
                "payee_number": summary.payee_number[:20],
                "announced_at": summary.created_at,
                "paid_on": summary.paid_on,
                "amount": summary.amount,
            },
        )
        fresh = _write(remittance, claims)
    return TakenIn(remittance=remittance, is_new=is_new, new_advices=fresh)


def _write(remittance: Remittance, claims: Iterable[RemittanceClaim]) -> int:
    seen: Counter[str] = Counter()
    waiting: list[dict[str, Any]] = []
    fresh = 0
    for position, claim in enumerate(claims, start=1):
        waiting.append(_advice(remittance, claim, position, seen))
        if len(waiting) == AT_ONCE:
            fresh += rows.insert_many(Advice, waiting, unless_there=True)
            waiting.clear()
    return fresh + rows.insert_many(Advice, waiting, unless_there=True)


def _advice(remittance: Remittance, claim: RemittanceClaim, position: int, seen: Counter[str]) -> dict[str, Any]:
    named = "".join((claim.invoice_number or claim.clearing_bill_number).split()).upper()[:50]
    seen[named] += 1
    return {
        "practice": remittance.practice_id,
        "remittance": remittance.pk,
        "key": f"{named}#{seen[named]}",
        "position": position,
        "invoice_number": claim.invoice_number[:40],
        "clearing_bill_number": claim.clearing_bill_number[:40],
        "payor_claim_number": claim.payor_claim_number[:40],
        "membership_number": claim.membership_number[:40],
        "patient_name": claim.patient_name[:120],
        "claimed": claim.claimed,
        "paid": claim.paid,
        "previously_paid": claim.previously_paid,
        "short": short_of(claim),
        "lines": [_line(line) for line in claim.lines],
        "note": "; ".join(claim.notes)[:500],
        "state": Advice.NEW,
        "why": "",
        "aside_reason": "",
        "claim": None,
        "settled_at": None,
        "settled_by": None,
    }


def short_of(claim: RemittanceClaim) -> Decimal:
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
