"""Exports that were asked for on a page, which the worker makes."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from clearbill.people.models import Owned, User


class Export(Owned):
    """One export: asked for, made by a worker, kept for a week as a file of the data folder, then deleted.

    `taken_at` is when a worker began; one that died is followed by another. `made_at` is the moment that the file
    shows, None until it is whole. `failure` is a sentence, "" while all is well; `removed_at` is when the file was
    deleted.
    """

    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    asked_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=300, blank=True)
    rows = models.PositiveIntegerField(default=0)
    bytes = models.PositiveBigIntegerField(default=0)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice"], condition=Q(made_at=None, failure=""), name="one_export_at_a_time"
            )
        ]

    @property
    def is_under_way(self) -> bool:
        return self.made_at is None and not self.failure

    @property
    def has_file(self) -> bool:
        return self.made_at is not None and self.removed_at is None
