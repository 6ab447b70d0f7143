"""Tables of decisions on deductions: who is liable, holds, letters. The money itself is in the ledger."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from clearbill.bill.deductions import LIABLE_PARTIES
from clearbill.claims.models import Claim
from clearbill.db.fields import pounds
from clearbill.invoicing.models import Invoice, LedgerEntry
from clearbill.people.models import Owned, Practice, User

KEY_LENGTH = 300


class LiabilityOverride(models.Model):
    """Who owes a deduction, where a person says something else than the insurer or the table of reasons.

    `key` names the deduction on its invoice: the insurer's code, or its words where it gives none.
    """

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="+", db_index=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="verdicts")
    key = models.CharField(max_length=KEY_LENGTH)
    owed_by = models.CharField("who owes it", max_length=12, choices=list(LIABLE_PARTIES.items()))
    why = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        db_table = "shortfalls_verdict"
        constraints = [models.UniqueConstraint(fields=["invoice", "key"], name="one_verdict_per_deduction")]


class Letter(Owned):
    """A letter that disputes deductions, as it was sent. `facts` is the evidence in it, frozen when it was written."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="letters")
    dated_on = models.DateField()
    text = models.TextField(max_length=6000)
    facts = models.JSONField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["dated_on", "created_at"]


class Decision(Owned):
    """What was decided about one deduction, and for how much of it. It is undone, never changed.

    ASKED stands as long as its share is not void. DISPUTED and WAITING hold nothing: they say that somebody knows, and
    when to look again; a deduction has one of them at most.
    """

    ASKED, WRITTEN_OFF, DISPUTED, WAITING = "asked", "written off", "disputed", "waiting"
    KINDS = [
        (ASKED, "Asked of the patient"),
        (WRITTEN_OFF, "Written off"),
        (DISPUTED, "Disputed"),
        (WAITING, "Waiting"),
    ]

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="decisions")
    key = models.CharField(max_length=KEY_LENGTH)
    words = models.CharField(max_length=300)
    kind = models.CharField(max_length=12, choices=KINDS)
    amount = pounds()
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    note = models.CharField(max_length=500, blank=True)
    come_back_on = models.DateField("come back to it on", null=True, blank=True)
    share = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="invoice for the share"
    )
    letter = models.ForeignKey(
        Letter, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    lifted = models.OneToOneField(LedgerEntry, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    given_up = models.OneToOneField(LedgerEntry, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        ordering = ["at", "created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="decision_about_something"),
            models.CheckConstraint(condition=~Q(kind="asked") | Q(share__isnull=False), name="asked_on_an_invoice"),
            models.CheckConstraint(
                condition=~Q(kind="written off") | Q(lifted__isnull=False, given_up__isnull=False),
                name="written_off_in_the_books",
            ),
            models.UniqueConstraint(
                fields=["invoice", "key"],
                condition=Q(kind__in=["disputed", "waiting"], undone_at=None),
                name="one_mark_per_deduction",
            ),
        ]
