"""What a restore leaves to be asked of the clearing house, practice by practice."""

from __future__ import annotations

from django.db import models

from clearbill.people.models import Owned


class Reconciliation(Owned):
    """How far Healthcode has been asked what was sent after the backup was taken: of each practice’s last restore.

    What was created by `stood_until` stood in the backup. `ask_at` is when the next question is due, or until when a
    worker holds the row; `next_value` is the next invoice number to ask for, at least up to `least_value`, and
    `misses` how many in a row were not found; `invoice_cursor` is the last invoice asked about. `is_open` while there
    is anything to ask, even after the whole was finished once.
    """

    taken_at = models.DateTimeField()
    restored_at = models.DateTimeField()
    stood_until = models.DateTimeField()
    ask_at = models.DateTimeField(db_index=True)
    failures = models.PositiveSmallIntegerField(default=0)
    next_value = models.PositiveIntegerField()
    least_value = models.PositiveIntegerField()
    misses = models.PositiveIntegerField(default=0)
    numbers_done_at = models.DateTimeField(null=True, blank=True)
    invoice_cursor = models.UUIDField(null=True, blank=True)
    invoices_done_at = models.DateTimeField(null=True, blank=True)
    is_open = models.BooleanField(default=True, db_index=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice"], name="one_reconciliation_per_practice")]
