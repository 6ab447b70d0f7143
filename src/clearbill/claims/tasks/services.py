"""Close a task."""

from __future__ import annotations

from django.db import transaction

from clearbill.claims.models import Task
from clearbill.people.actor import Actor


def close_task(actor: Actor, *, item: Task, settlement: str = "") -> bool:
    """Mark a work item as settled, with what was done about it, and return whether it still was open.

    A second call changes nothing.
    """
    with transaction.atomic():
        still = Task.objects.filter(practice=actor.practice, pk=item.pk, settled_at=None)
        was_open = still.update(settled_at=actor.now, settled_by=actor.user, settlement=settlement[:500]) == 1
        if was_open:
            changes = {"settlement": settlement} if settlement else {}
            action = "settled work on the claim" if item.claim else "settled work after the restore"
            subject = item.claim or item
            actor.audit(action, subject, changes=changes)
    return was_open
