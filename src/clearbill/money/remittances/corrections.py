"""What an insurer tells otherwise of a payment that is here: reversed in the books, posted anew, shown to a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from clearbill.bill.money import ZERO
from clearbill.bill.problem import Refused
from clearbill.clearinghouse.remittance import RemittanceClaim, RemittanceSummary
from clearbill.money.remittances import store
from clearbill.money.remittances.allocation import manual
from clearbill.money.remittances.models import ClaimPayment, Document, PaymentCorrection, Remittance
from clearbill.people.actor import Actor

OTHER_FIGURES = "Healthcode tells other figures of it."

NOT_NAMED = "The insurer corrected the payment and no longer names this bill."

_FIGURES = ("claimed", "paid", "previously_paid", "short", "lines", "note")

_NOTHING: Mapping[str, Any] = {"paid": ZERO, "short": ZERO, "lines": [], "note": ""}


def may_be_corrected(remittance: Remittance, summary: RemittanceSummary, *, since: datetime) -> bool:
    """Return whether Healthcode may tell other figures of a payment than those here.

    It tells again what was created, or changed, since that moment: what was created before it, was changed.
    """
    if summary.created_at is not None and summary.created_at < since:
        return True
    if summary.amount != remittance.amount:
        return True
    here: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for number, paid in remittance.advices.order_by().values_list("invoice_number", "paid"):
        here[number] += paid
    told: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for claim in summary.claims:
        told[claim.invoice_number[:40]] += claim.paid
    return bool(told) and any(told[number] != here[number] for number in {*told, *here})


def correct(
    actor: Actor,
    *,
    remittance: Remittance,
    summary: RemittanceSummary,
    claims: Sequence[RemittanceClaim],
    document: Document,
) -> PaymentCorrection | None:
    """Give a payment the figures that Healthcode tells of it, and keep what changed; None where nothing did.

    What had come of the other figures is taken back, and the bill is new again, to be allocated. One that cannot be
    taken back keeps its figures, with the reason.
    """
    with transaction.atomic():
        row = Remittance.objects.select_for_update().get(pk=remittance.pk)
        before, is_announced = row.amount, row.announced_at is not None
        told = {advice["key"]: advice for advice in store.advices_of(row, claims)}
        bills = list(_changes(actor, row, told, is_announced))
        if is_announced and (summary.amount, summary.paid_on) != (row.amount, row.paid_on):
            row.amount, row.paid_on = summary.amount, summary.paid_on or row.paid_on
            row.save(update_fields=["amount", "paid_on"])
        if not bills and summary.amount == before:
            return None
        newest = row.corrections.first()
        if newest is not None and summary.amount == before and all(_is_refused_again(one, newest) for one in bills):
            return newest
        actor.audit("took in a correction of a payment", row, changes={"amount": summary.amount, "bills": len(bills)})
        return PaymentCorrection.objects.create(
            practice=actor.practice,
            remittance=row,
            document=document,
            told_at=actor.now,
            amount_before=before,
            amount=summary.amount,
            bills=bills,
        )


def mark_seen(actor: Actor, *, correction: PaymentCorrection) -> None:
    """Note that a person knows of a correction. A second click does nothing."""
    with transaction.atomic():
        rows = PaymentCorrection.objects.filter(practice=actor.practice, pk=correction.pk, seen_at=None)
        if rows.update(seen_at=actor.now, seen_by=actor.user):
            actor.audit("saw the correction of a payment", correction.remittance)


def _changes(
    actor: Actor, remittance: Remittance, told: Mapping[str, Mapping[str, Any]], is_announced: bool
) -> Iterator[dict[str, str]]:
    """Change what differs, and yield each change."""
    here = {advice.key: advice for advice in remittance.advices.order_by("position", "pk")}
    numbers = {one["invoice_number"] for one in told.values()}
    for key, advice in here.items():
        if key in told:
            if _differs(advice, told[key]):
                yield _change(actor, advice, {name: told[key][name] for name in _FIGURES}, ClaimPayment.NEW)
        elif (advice.paid or advice.short) and (is_announced or advice.invoice_number in numbers):
            yield _change(actor, advice, _NOTHING, ClaimPayment.SET_ASIDE)
    if is_announced:
        yield from (_told_of({"paid": ZERO, "short": ZERO}, one) for key, one in told.items() if key not in here)


def _differs(advice: ClaimPayment, told: Mapping[str, Any]) -> bool:
    """Return whether other figures are told. A summary tells no deductions: then what is paid decides."""
    if not told["lines"]:
        return bool(advice.paid != told["paid"])
    return bool((advice.paid, advice.short) != (told["paid"], told["short"]))


def _change(actor: Actor, advice: ClaimPayment, figures: Mapping[str, Any], state: str) -> dict[str, str]:
    before = {"paid": advice.paid, "short": advice.short, "invoice_number": advice.invoice_number}
    fields = {"state": state, "why": "", "aside_reason": "", "settled_at": None, "settled_by": None, **figures}
    if state == ClaimPayment.SET_ASIDE:
        fields |= {"aside_reason": NOT_NAMED, "settled_at": actor.now}
    try:
        with transaction.atomic():
            if advice.state == ClaimPayment.ALLOCATED:
                manual.deallocate(actor, advice=advice, reason=OTHER_FIGURES)
            ClaimPayment.objects.filter(pk=advice.pk).update(**fields)
    except Refused as why:
        return _told_of(before, {**before, **figures}, str(why))
    return _told_of(before, {**before, **figures})


def _is_refused_again(bill: Mapping[str, str], newest: PaymentCorrection) -> bool:
    return bool(bill["refused"]) and bill in newest.bills


def _told_of(before: Mapping[str, Any], after: Mapping[str, Any], refused: str = "") -> dict[str, str]:
    return {
        "invoice_number": after["invoice_number"],
        "paid_before": str(before["paid"]),
        "paid": str(after["paid"]),
        "short_before": str(before["short"]),
        "short": str(after["short"]),
        "refused": refused,
    }
