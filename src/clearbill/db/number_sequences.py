"""Number sequences: each number is given once, in order, also by several processes at a time."""

from __future__ import annotations

from django.db import models, transaction
from django.db.models import F


class NumberSequence(models.Model):
    """The next number of one kind (client, invoice) in one practice. Numbers are never used twice."""

    practice = models.ForeignKey("people.Practice", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    next_value = models.PositiveIntegerField(default=1)

    class Meta:
        app_label = "people"
        constraints = [models.UniqueConstraint(fields=["practice", "kind"], name="one_sequence_per_kind")]


def hold(practice: models.Model, kind: str) -> None:
    """Hold the sequence until the transaction ends: whoever else wants a number of this kind waits."""
    NumberSequence.objects.get_or_create(practice_id=practice.pk, kind=kind)
    NumberSequence.objects.select_for_update(no_key=True).get(practice=practice.pk, kind=kind)


def next_number(practice: models.Model, kind: str) -> int:
    """Return the next number of this kind, from 1. Call inside the transaction that uses it."""
    return next_numbers(practice, kind, 1)[0]


def next_numbers(practice: models.Model, kind: str, count: int) -> range:
    """Return the next numbers of this kind, as many as asked for. Call inside the transaction that uses them.

    The row is updated before it is read, so two transactions at once cannot be given the same number.
    """
    with transaction.atomic():
        NumberSequence.objects.get_or_create(practice_id=practice.pk, kind=kind)
        NumberSequence.objects.filter(practice=practice.pk, kind=kind).update(next_value=F("next_value") + count)
        after = NumberSequence.objects.get(practice=practice.pk, kind=kind).next_value
    return range(after - count, after)
