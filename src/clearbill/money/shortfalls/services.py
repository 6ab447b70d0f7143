"""What a person decides about deductions: invoice the patient, write off, override who is liable. Each is done once.

Every act holds the invoice's row and works the card out anew, so that two people at once, or a double click, never
decide on the same pound twice. A form gives its decision an id: sent again, it finds the decision there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from clearbill.bill import deductions, money
from clearbill.bill.dates import uk_day
from clearbill.bill.problem import Refused
from clearbill.claims.models import Claim
from clearbill.invoicing import ledger, patient_share
from clearbill.invoicing.models import Invoice, LedgerEntry
from clearbill.money.shortfalls import holds, queries
from clearbill.money.shortfalls.models import Decision, LiabilityOverride
from clearbill.money.shortfalls.shortfall import Deduction, Shortfall
from clearbill.people import audit
from clearbill.people.models import Practice, User


def invoice_patient(
    *,
    practice: Practice,
    by: User | None,
    now: datetime,
    claim: Claim,
    amounts: Mapping[str, Decimal],
    share_id: UUID | None = None,
) -> Invoice:
    """Make one invoice to the patient for these deductions, pounds by key, and return it. Raises Refused.

    No more than the insurer deducted and nobody decided on, and only what the patient owes.
    """
    with transaction.atomic():
        invoice, card = queries.lock_with_shortfall(practice, claim.invoice)
        if there := patient_share.existing_share(invoice, share_id):
            return there
        chosen = [(_owed_by_patient(card, key, amount), amount) for key, amount in amounts.items()]
        parts = [patient_share.ShareLine(one.reason.share or one.name, amount) for one, amount in chosen]
        made = patient_share.invoice_share(
            practice=practice, by=by, now=now, invoice=invoice, parts=parts, share_id=share_id
        )
        for one, amount in chosen:
            _decide(invoice, one, Decision.ASKED, amount, by, now, share=made)
            if amount == one.left:
                holds.end(invoice, one.key, by=by, now=now)
        _note(claim, by, now, "asked the patient for what is short", {"invoice": made.number, **_told(chosen)})
    return made


def write_off(
    *,
    practice: Practice,
    by: User | None,
    now: datetime,
    claim: Claim,
    key: str,
    amount: Decimal,
    reason: str,
    decision_id: UUID | None = None,
) -> Decision:
    """Give up what the insurer deducted: it is no longer short but written off. Raises Refused."""
    if not reason.strip():
        raise Refused("Say why it is written off.")
    with transaction.atomic():
        invoice, card = queries.lock_with_shortfall(practice, claim.invoice)
        if there := _made(invoice, decision_id):
            return there
        one = _with_left(card, key, amount)
        entries = [
            ledger.post(
                invoice,
                kind=kind,
                amount=sign * amount,
                on=uk_day(now),
                source=LedgerEntry.PRACTICE,
                by=by,
                now=now,
                reason=reason.strip(),
            )
            for kind, sign in ((LedgerEntry.SHORT, -1), (LedgerEntry.WRITTEN_OFF, 1))
        ]
        made = _decide(
            invoice,
            one,
            Decision.WRITTEN_OFF,
            amount,
            by,
            now,
            decision_id=decision_id,
            note=reason.strip()[:500],
            lifted=entries[0],
            given_up=entries[1],
        )
        if amount == one.left:
            holds.end(invoice, key, by=by, now=now)
        _note(claim, by, now, "wrote off what is short", {"reason": reason.strip(), **_told([(one, amount)])})
    return made


def undo_write_off(*, practice: Practice, by: User | None, now: datetime, claim: Claim, decision: Decision) -> None:
    """Take a write-off back: what was written off is short again. A second click does nothing.

    What the insurer has paid after all meanwhile does not become short again.
    """
    with transaction.atomic():
        invoice, _ = queries.lock_with_shortfall(practice, claim.invoice)
        row = Decision.objects.select_related("lifted", "given_up").get(practice=practice, pk=decision.pk)
        if row.undone_at or row.lifted is None or row.given_up is None:
            return
        for entry in (row.given_up, row.lifted):
            ledger.reverse(invoice, entry, on=uk_day(now), by=by, now=now, reason="Not written off after all.")
        _lift_what_was_paid(invoice, by, now)
        Decision.objects.filter(pk=row.pk).update(undone_at=now, undone_by=by)
        _note(claim, by, now, "took a write-off back", {"deduction": row.words, "amount": row.amount})


def override_liability(
    *, practice: Practice, by: User | None, now: datetime, claim: Claim, key: str, owed_by: str, why: str = ""
) -> None:
    """Keep who owes a deduction, whatever the insurer or the table says. Raises Refused.

    Where it contradicts the insurer's own word, a reason must be given.
    """
    with transaction.atomic():
        invoice, card = queries.lock_with_shortfall(practice, claim.invoice)
        one = card.of(key)
        if one is None or owed_by not in deductions.LIABLE_PARTIES:
            raise Refused("This deduction is no longer there. Reload the page to see what is.")
        if _contradicts(one, owed_by) and not why.strip():
            raise Refused("The insurer says otherwise. Say why you know better; it is kept.")
        changes = {"deduction": one.name, "owed_by": [one.owed_by, owed_by], "why": why.strip()}
        if owed_by == one.usual and not why.strip():
            LiabilityOverride.objects.filter(invoice=invoice, key=key).delete()
        else:
            said = {"owed_by": owed_by, "why": why.strip()[:300], "at": now, "by": by, "practice": practice}
            LiabilityOverride.objects.update_or_create(invoice=invoice, key=key, defaults=said)
        _note(claim, by, now, "said who owes what is short", changes)


def _contradicts(one: Deduction, owed_by: str) -> bool:
    """The insurer said of the patient: owes it, or does not."""
    return one.said is not None and one.said != (owed_by == deductions.PATIENT)


def _owed_by_patient(card: Shortfall, key: str, amount: Decimal) -> Deduction:
    one = _with_left(card, key, amount)
    if one.owed_by != deductions.PATIENT:
        said = "The insurer says that the patient does not owe" if one.said is False else "It is not certain who owes"
        raise Refused(f"{said} “{one.name}”. Where you know better, say so first at “Who owes it”, with the reason.")
    return one


def _with_left(card: Shortfall, key: str, amount: Decimal) -> Deduction:
    """Return the deduction, of which at least `amount` is left to decide. Raises Refused."""
    one = card.of(key)
    if one is None or not one.left:
        raise Refused("Nothing of this deduction is left to decide. Somebody may have done it meanwhile.")
    if amount <= 0:
        raise Refused("The amount must be more than nothing.")
    if amount > one.left:
        raise Refused(f"Only {money.show(one.left)} of “{one.name}” is left to decide.")
    return one


def _made(invoice: Invoice, decision_id: UUID | None) -> Decision | None:
    return Decision.objects.filter(invoice=invoice, pk=decision_id).first() if decision_id else None


def _decide(
    invoice: Invoice,
    one: Deduction,
    kind: str,
    amount: Decimal,
    by: User | None,
    now: datetime,
    *,
    decision_id: UUID | None = None,
    share: Invoice | None = None,
    note: str = "",
    lifted: LedgerEntry | None = None,
    given_up: LedgerEntry | None = None,
) -> Decision:
    fields = {"pk": decision_id} if decision_id and not Decision.objects.filter(pk=decision_id).exists() else {}
    return Decision.objects.create(
        **fields,
        practice_id=invoice.practice_id,
        invoice=invoice,
        key=one.key,
        words=one.name[:300],
        kind=kind,
        amount=amount,
        at=now,
        by=by,
        note=note,
        share=share,
        lifted=lifted,
        given_up=given_up,
    )


def _lift_what_was_paid(invoice: Invoice, by: User | None, now: datetime) -> None:
    """More is paid and short than was asked: so much of it was paid after all, by the insurer's last payment."""
    paid = LedgerEntry.objects.filter(
        queries.STANDING, invoice=invoice, kind=LedgerEntry.PAID, source=LedgerEntry.INSURER, amount__gt=0
    )
    last, amount = paid.order_by("pk").last(), min(invoice.short_total, -ledger.open_amount(invoice))
    if last is None or amount <= 0:
        return
    entry = {
        "practice": invoice.practice_id,
        "invoice": invoice.pk,
        "at": now,
        "on": uk_day(now),
        "kind": LedgerEntry.SHORT,
        "source": LedgerEntry.INSURER,
        "amount": -amount,
        "reference": last.reference,
        "reason": "Paid after all.",
        "code": "",
        "advice": last.advice,
        "takes_back": None,
        "by": by,
    }
    ledger.post_many([entry])


def _told(chosen: list[tuple[Deduction, Decimal]]) -> dict[str, list[str]]:
    return {"deductions": [f"{one.name}: {money.show(amount)}" for one, amount in chosen]}


def _note(claim: Claim, by: User | None, now: datetime, action: str, changes: Mapping[str, object]) -> None:
    audit.write(practice=claim.practice, by=by, at=now, action=action, subject=claim, changes=changes)
