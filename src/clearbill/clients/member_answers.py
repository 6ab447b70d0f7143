"""What an insurer's member list answered about a client: kept with its day, shown on the client and on claims."""

from __future__ import annotations

from django.db import models, transaction

from clearbill.bill.insurers import bare
from clearbill.clients import merges
from clearbill.clients.member_check import MemberCheck
from clearbill.clients.models import Client, Policy
from clearbill.people.actor import Actor
from clearbill.people.models import Owned, User


class MemberListAnswer(Owned):
    """One answer. `insurer_slug` and `membership_number` are what was asked with; the rest is what was said."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="member_answers")
    insurer_slug = models.CharField("insurer", max_length=40)
    membership_number = models.CharField(max_length=50)
    asked_at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    outcome = models.CharField("what came of it", max_length=12)
    sentence = models.CharField(max_length=500)
    cover_from = models.DateField(null=True, blank=True)
    cover_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["-asked_at"]
        indexes = [models.Index(fields=["client", "-asked_at"], name="member_answer_latest")]

    def __str__(self) -> str:
        return self.sentence

    @property
    def is_match(self) -> bool:
        return self.outcome == "match"


def keep(actor: Actor, *, client: Client, policy: Policy, found: MemberCheck) -> MemberListAnswer | None:
    """Keep what was answered. What was not asked at all, for want of a connection, is no answer and is not kept.

    An answer that comes after the record was merged into another one is kept with that one.
    """
    if not found.is_asked:
        return None
    with transaction.atomic():
        client = merges.hold(merges.survivor_of(Client.objects.get(pk=client.pk)))
        row = MemberListAnswer.objects.create(
            practice=actor.practice,
            client=client,
            insurer_slug=policy.insurer_slug,
            membership_number=bare(policy.membership_number),
            asked_at=actor.now,
            by=actor.user,
            outcome=found.outcome,
            sentence=found.sentence[:500],
            cover_from=found.answer.cover_from if found.answer else None,
            cover_to=found.answer.cover_to if found.answer else None,
        )
        actor.audit("asked the insurer’s member list", client)
    return row


def latest(client: Client, *, insurer_slug: str, membership_number: str) -> MemberListAnswer | None:
    """Return the latest answer of this insurer about the client under this number; None where it was not asked."""
    rows = MemberListAnswer.objects.filter(client=client, insurer_slug=insurer_slug)
    return rows.filter(membership_number=bare(membership_number)).select_related("by").first()
