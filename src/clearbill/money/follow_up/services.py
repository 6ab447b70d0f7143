"""Dismiss an underpayment, record a chase, and undo either."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from clearbill.bill import money
from clearbill.claims.models import Claim
from clearbill.money.follow_up.models import Chase, DismissedUnderpayment
from clearbill.money.follow_up.underpayment import Underpayment
from clearbill.people.actor import Actor


def dismiss(actor: Actor, *, claim: Claim, found: Underpayment, reason: str) -> None:
    """Let an underpayment go, at the amount that is missing now. Another amount on the same line is told of again."""
    with transaction.atomic():
        DismissedUnderpayment.objects.update_or_create(
            claim=claim,
            line_no=found.line_no,
            defaults={
                "practice": actor.practice,
                "amount": found.missing,
                "reason": reason,
                "at": actor.now,
                "by": actor.person,
            },
        )
        told = {"line": found.line_no, "missing": money.show(found.missing), "reason": reason}
        actor.audit("dismissed an underpayment", claim, changes=told)


def undo_dismissal(actor: Actor, *, dismissal: DismissedUnderpayment) -> None:
    """Show the underpayment again."""
    with transaction.atomic():
        claim = dismissal.claim
        told = {"line": dismissal.line_no, "missing": money.show(dismissal.amount)}
        if DismissedUnderpayment.objects.filter(pk=dismissal.pk).delete()[0]:
            actor.audit("brought back an underpayment", claim, changes=told)


def record_chase(actor: Actor, *, claim: Claim, chased_on: date, again_on: date, note: str) -> Chase:
    """Note that somebody asked about the claim on a UK day; the same note on the same day is kept once."""
    with transaction.atomic():
        Claim.objects.select_for_update().filter(pk=claim.pk).values_list("pk").first()
        given = {"practice": actor.practice, "claim": claim, "chased_on": chased_on, "again_on": again_on, "note": note}
        if there := Chase.objects.filter(**given, by=actor.person).first():
            return there
        chase = Chase.objects.create(**given, at=actor.now, by=actor.person)
        told = {"chased_on": chased_on, "again_on": again_on}
        actor.audit("asked about the claim", claim, changes=told)
    return chase


def delete_chase(actor: Actor, *, chase: Chase) -> None:
    """Remove a note that somebody asked. The audit trail keeps that it was there."""
    with transaction.atomic():
        claim, told = chase.claim, {"chased_on": chase.chased_on}
        if Chase.objects.filter(pk=chase.pk).delete()[0]:
            actor.audit("took back asking about the claim", claim, changes=told)
