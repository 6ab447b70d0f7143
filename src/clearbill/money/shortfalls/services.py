"""What a person decides about deductions: invoice the patient, write off, override who is liable. Each is done once.

Every act holds the invoice's row and calculates the shortfall again, so that two people at once, or a double click,
never decide on the same pound twice. A form gives its decision an id: sent again, it finds the decision there.
"""

from __future__ import annotations

from collections.abc import Mapping
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
from clearbill.people.actor import Actor


def invoice_patient(
    actor: Actor, *, claim: Claim, amounts: Mapping[str, Decimal], share_id: UUID | None = None
) -> Invoice:
    """Make one invoice to the patient for these deductions, pounds by key, and return it. Raises Refused.

    No more than the insurer deducted and nobody decided on, and only what the patient owes.
    """
    with transaction.atomic():
        invoice, card = queries.lock_with_shortfall(actor.practice, claim.invoice)
        if there := patient_share.existing_share(invoice, share_id):
            return there
        chosen = [(_owed_by_patient(card, key, amount), amount) for key, amount in amounts.items()]
        parts = [patient_share.ShareLine(one.reason.share or one.name, amount) for one, amount in chosen]
        made = patient_share.invoice_share(actor, invoice=invoice, parts=parts, share_id=share_id)
        for one, amount in chosen:
            _decide(actor, invoice, one, Decision.ASKED, amount, share=made)
            if amount == one.left:
                holds.end(actor, invoice, one.key)
        _note(actor, claim, "asked the patient for what is short", {"invoice": made.number, **_told(chosen)})
    return made


def write_off(
    actor: Actor, *, claim: Claim, key: str, amount: Decimal, reason: str, decision_id: UUID | None = None
) -> Decision:
    """Give up what the insurer deducted: it is no longer short but written off. Raises Refused."""
    if not reason.strip():
        raise Refused("Say why it is written off.")
    with transaction.atomic():
        invoice, card = queries.lock_with_shortfall(actor.practice, claim.invoice)
        if there := _made(invoice, decision_id):
            return there
        one = _with_left(card, key, amount)
        entries = [
            ledger.post(
                invoice,
                kind=kind,
                amount=sign * amount,
                on=uk_day(actor.now),
                source=LedgerEntry.PRACTICE,
                by=actor.user,
                now=actor.now,
                reason=reason.strip(),
            )
            for kind, sign in ((LedgerEntry.SHORT, -1), (LedgerEntry.WRITTEN_OFF, 1))
        ]
        made = _decide(
            actor,
            invoice,
            one,
            Decision.WRITTEN_OFF,
            amount,
            decision_id=decision_id,
            note=reason.strip()[:500],
            lifted=entries[0],
            given_up=entries[1],
        )
        if amount == one.left:
            holds.end(actor, invoice, key)
        _note(actor, claim, "wrote off what is short", {"reason": reason.strip(), **_told([(one, amount)])})
    return made


def undo_write_off(actor: Actor, *, claim: Claim, decision: Decision) -> None:
    """Take a write-off back: what was written off is short again. A second click does nothing.

    What the insurer has paid after all meanwhile does not become short again.
    """
    with transaction.atomic():
        invoice, _ = queries.lock_with_shortfall(actor.practice, claim.invoice)
        row = Decision.objects.select_related("lifted", "given_up").get(practice=actor.practice, pk=decision.pk)
        if row.undone_at or row.lifted is None or row.given_up is None:
            return
        for entry in (row.given_up, row.lifted):
            ledger.reverse(
                invoice, entry, on=uk_day(actor.now), by=actor.user, now=actor.now, reason="Not written off after all."
            )
        _lift_what_was_paid(actor, invoice)
        Decision.objects.filter(pk=row.pk).update(undone_at=actor.now, undone_by=actor.user)
        _note(actor, claim, "took a write-off back", {"deduction": row.words, "amount": row.amount})


def override_liability(actor: Actor, *, claim: Claim, key: str, owed_by: str, why: str = "") -> None:
    """Keep who owes a deduction, whatever the insurer or the table says. Raises Refused.

    Where it contradicts the insurer's own word, a reason must be given.
    """
    with transaction.atomic():
        invoice, card = queries.lock_with_shortfall(actor.practice, claim.invoice)
        one = card.of(key)
        if one is None or owed_by not in deductions.LIABLE_PARTIES:
            raise Refused("This deduction is no longer there. Reload the page to see what is.")
        if _contradicts(one, owed_by) and not why.strip():
            raise Refused("The insurer says otherwise. Say why you know better; it is kept.")
        changes = {"deduction": one.name, "owed_by": [one.owed_by, owed_by], "why": why.strip()}
        if owed_by == one.usual and not why.strip():
            LiabilityOverride.objects.filter(invoice=invoice, key=key).delete()
        else:
            said = {
                "owed_by": owed_by,
                "why": why.strip()[:300],
                "at": actor.now,
                "by": actor.user,
                "practice": actor.practice,
            }
            LiabilityOverride.objects.update_or_create(invoice=invoice, key=key, defaults=said)
        _note(actor, claim, "said who owes what is short", changes)


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
    actor: Actor,
    invoice: Invoice,
    one: Deduction,
    kind: str,
    amount: Decimal,
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
        at=actor.now,
        by=actor.user,
        note=note,
        share=share,
        lifted=lifted,
        given_up=given_up,
    )


def _lift_what_was_paid(actor: Actor, invoice: Invoice) -> None:
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
        "at": actor.now,
        "on": uk_day(actor.now),
        "kind": LedgerEntry.SHORT,
        "source": LedgerEntry.INSURER,
        "amount": -amount,
        "reference": last.reference,
        "reason": "Paid after all.",
        "code": "",
        "advice": last.advice,
        "takes_back": None,
        "by": actor.user,
    }
    ledger.post_many([entry])


def _told(chosen: list[tuple[Deduction, Decimal]]) -> dict[str, list[str]]:
    return {"deductions": [f"{one.name}: {money.show(amount)}" for one, amount in chosen]}


def _note(actor: Actor, claim: Claim, action: str, changes: Mapping[str, object]) -> None:
    actor.audit(action, claim, changes=changes)
