"""What is expected of the insurers: the prices agreed with each, what was let go, and when one was asked. Pounds."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from clearbill.billing.models import pounds
from clearbill.claims.models import Claim
from clearbill.people.models import Owned, Practice, User


class ContractPrice(Owned):
    """What one insurer has agreed to pay for one unit of a service treated from one day to another, without VAT.

    `code` is the item code or procedure code on the invoice's line; `valid_to` is the last day, None while no end is
    agreed. Prices of one code never overlap: the service sees to it, with the practice held. A price that claims are
    measured by is never edited away: another follows it, or it is withdrawn with a reason and kept.
    """

    FIRST, FOLLOW_UP = "first", "follow-up"
    VISITS = [("", "Neither"), (FIRST, "First visit"), (FOLLOW_UP, "Follow-up visit")]

    insurer_slug = models.CharField(max_length=40)
    code = models.CharField(max_length=20)
    description = models.CharField(max_length=200, blank=True)
    visit = models.CharField(max_length=9, choices=VISITS, blank=True)
    amount = pounds()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_because = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["insurer_slug", "code", "-valid_from"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="contract_price_is_something"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="contract_price_ends_after_it_begins",
            ),
            models.UniqueConstraint(
                fields=["practice", "insurer_slug", "code", "valid_from"],
                condition=Q(withdrawn_at=None),
                name="one_contract_price_from_a_day",
            ),
            models.UniqueConstraint(
                fields=["practice", "insurer_slug", "code"],
                condition=Q(withdrawn_at=None, valid_to=None),
                name="one_contract_price_without_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} with {self.insurer_slug} from {self.valid_from}"


class Dismissal(models.Model):
    """An underpayment that is let go, with the reason. It holds for this amount: another one is told of again.

    `line_no` counts the bill's lines from 1; 0 is the bill as a whole.
    """

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="+", db_index=False)
    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="+", db_index=False)
    line_no = models.PositiveSmallIntegerField()
    amount = pounds()
    reason = models.CharField(max_length=300)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["claim", "line_no"], name="one_dismissal_per_line")]


class Chase(models.Model):
    """Somebody asked about a claim on a UK day; the claim is theirs again after `again_on`."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="+", db_index=False)
    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="chases")
    chased_on = models.DateField()
    again_on = models.DateField()
    note = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        ordering = ["-chased_on", "-pk"]
        constraints = [models.CheckConstraint(condition=Q(again_on__gt=F("chased_on")), name="asked_again_later")]
