"""Writes about insurers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from clearbill.bill.insurers import Insurer
from clearbill.people import audit
from clearbill.people.models import Practice, User
from clearbill.practice.models import InsurerSetting


def save(
    *, practice: Practice, by: User, now: datetime, insurer: Insurer, details: Mapping[str, Any]
) -> InsurerSetting:
    """Save what the practice knows of one insurer beyond the published facts."""
    with transaction.atomic():
        row = InsurerSetting.objects.filter(practice=practice, insurer_slug=insurer.slug).first()
        before = audit.snapshot(row) if row else {}
        row = row or InsurerSetting(practice=practice, insurer_slug=insurer.slug)
        for name, value in details.items():
            setattr(row, name, value)
        row.save()
        changes = audit.difference(before, row) if before else dict(details)
        if changes:
            audit.write(
                practice=practice, by=by, at=now, action="changed the insurer", subject=row, label=insurer.name,
                changes=changes,
            )  # fmt: skip
    return row
