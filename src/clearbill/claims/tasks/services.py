"""Close a task."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from clearbill.claims.models import Task
from clearbill.people import audit
from clearbill.people.models import Practice, User


def close_task(*, practice: Practice, by: User, now: datetime, item: Task, settlement: str = "") -> bool:
    """Mark a work item as settled, with what was done about it, and say whether it still was open.

    A second call changes nothing.
    """
    with transaction.atomic():
        still = Task.objects.filter(practice=practice, pk=item.pk, settled_at=None)
        was_open = still.update(settled_at=now, settled_by=by, settlement=settlement[:500]) == 1
        if was_open:
            changes = {"settlement": settlement} if settlement else {}
            action = "settled work on the claim" if item.claim else "settled work after the restore"
            subject = item.claim or item
            audit.write(practice=practice, by=by, at=now, action=action, subject=subject, changes=changes)
    return was_open
