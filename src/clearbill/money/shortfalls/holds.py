"""Hold a deduction until a day: it waits, or is disputed by a letter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from clearbill.bill.dates import uk_day
from clearbill.bill.problem import Refused
from clearbill.claims.models import Claim
from clearbill.invoicing.models import Invoice
from clearbill.money.shortfalls import letters, queries
from clearbill.money.shortfalls.models import Decision, Letter
from clearbill.money.shortfalls.shortfall import Deduction, Shortfall
from clearbill.people.actor import Actor

HOLDS = (Decision.DISPUTED, Decision.WAITING)


def hold(actor: Actor, *, claim: Claim, key: str, come_back_on: date, note: str) -> Decision:
    """Let a deduction wait until a day to come, with a note on what for. A mark it has gives way. Raises Refused."""
    if not note.strip():
        raise Refused("Say what it waits for.")
    with transaction.atomic():
        invoice, card = queries.lock_with_shortfall(actor.practice, claim.invoice)
        one = _undecided(card, key)
        made = _mark(actor, invoice, one, Decision.WAITING, _to_come(come_back_on, actor.now), note=note.strip())
        said = {"deduction": one.name, "come_back_on": come_back_on, "note": note.strip()}
        actor.audit("put off what is short", claim, changes=said)
    return made


def dispute(
    actor: Actor, *, claim: Claim, keys: Sequence[str], text: str, come_back_on: date, letter_id: UUID | None = None
) -> Letter:
    """Keep a letter that disputes these deductions, and mark them so until a day to come. Raises Refused.

    A form sent twice with the same `letter_id` makes one letter.
    """
    if not text.strip():
        raise Refused("Write why you disagree.")
    with transaction.atomic():
        invoice, card = queries.lock_with_shortfall(actor.practice, claim.invoice)
        if letter_id and (there := Letter.objects.filter(practice=actor.practice, claim=claim, pk=letter_id).first()):
            return there
        if not keys:
            raise Refused("Choose at least one deduction to dispute.")
        chosen = [_undecided(card, key) for key in dict.fromkeys(keys)]
        until = _to_come(come_back_on, actor.now)
        is_free = letter_id is not None and not Letter.objects.filter(pk=letter_id).exists()
        letter = Letter.objects.create(
            **({"pk": letter_id} if is_free else {}),
            practice=actor.practice,
            claim=claim,
            dated_on=uk_day(actor.now),
            text=text.strip(),
            facts=letters.letter_facts(
                claim, card, disputed=chosen, signed_by=actor.user.full_name if actor.user else ""
            ),
            by=actor.user,
        )
        for one in chosen:
            _mark(actor, invoice, one, Decision.DISPUTED, until, letter=letter)
        said = {"deductions": [one.name for one in chosen], "come_back_on": come_back_on}
        actor.audit("disputed what is short", claim, changes=said)
    return letter


def release(actor: Actor, *, claim: Claim, decision: Decision) -> None:
    """Take a mark off: its deduction is to be decided again. The letter stays. A second click does nothing."""
    with transaction.atomic():
        queries.lock_with_shortfall(actor.practice, claim.invoice)
        rows = Decision.objects.filter(practice=actor.practice, pk=decision.pk, kind__in=HOLDS, undone_at=None)
        if rows.update(undone_at=actor.now, undone_by=actor.user):
            said = {"deduction": decision.words, "mark": decision.kind}
            actor.audit("took a mark off what is short", claim, changes=said)


def end(actor: Actor, invoice: Invoice, key: str) -> None:
    """End the mark of a deduction, if it has one. Call inside a transaction that holds the invoice."""
    live = Decision.objects.filter(invoice=invoice, key=key, kind__in=HOLDS, undone_at=None)
    live.update(undone_at=actor.now, undone_by=actor.user)


def _mark(
    actor: Actor,
    invoice: Invoice,
    one: Deduction,
    kind: str,
    come_back_on: date,
    *,
    note: str = "",
    letter: Letter | None = None,
) -> Decision:
    end(actor, invoice, one.key)
    return Decision.objects.create(
        practice_id=invoice.practice_id,
        invoice=invoice,
        key=one.key,
        words=one.name[:300],
        kind=kind,
        amount=one.left,
        at=actor.now,
        by=actor.user,
        note=note[:500],
        come_back_on=come_back_on,
        letter=letter,
    )


def _undecided(card: Shortfall, key: str) -> Deduction:
    one = card.of(key)
    if one is None or not one.left:
        raise Refused("Nothing of this deduction is left to decide. Somebody may have done it meanwhile.")
    return one


def _to_come(day: date, now: datetime) -> date:
    if day <= uk_day(now):
        raise Refused("Choose a day to come, so that it is seen again.")
    return day
