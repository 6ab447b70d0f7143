"""Tables of what is followed up: underpayments that were dismissed, chases of an insurer."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from clearbill.claims.models import Claim
from clearbill.db.fields import pounds
from clearbill.people.models import Practice, User
from clearbill.workspace.contract_prices.models import ContractPrice  # noqa: F401  (its table is this app's)


class DismissedUnderpayment(models.Model):
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
        db_table = "expected_dismissal"
        constraints = [models.UniqueConstraint(fields=["claim", "line_no"], name="one_dismissal_per_line")]


class Chase(models.Model):
    """Somebody asked about a claim on a UK day; the claim is theirs again after `again_on`."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="+", db_index=False)
    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="chases")
    chased_on = models.DateField("asked on")
    again_on = models.DateField("ask again on")
    note = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        ordering = ["-chased_on", "-pk"]
        constraints = [models.CheckConstraint(condition=Q(again_on__gt=F("chased_on")), name="asked_again_later")]
