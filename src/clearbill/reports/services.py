"""Keep the practice's account codes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from clearbill.people import audit
from clearbill.people.models import Practice, User
from clearbill.reports.chart_of_accounts import FIELDS
from clearbill.reports.models import AccountCodes


def change_codes(*, practice: Practice, by: User, now: datetime, codes: Mapping[str, str]) -> AccountCodes:
    """Keep these codes; `codes` has one for each account, and the tax rate."""
    with transaction.atomic():
        Practice.objects.select_for_update().get(pk=practice.pk)
        row = AccountCodes.objects.filter(practice=practice).first() or AccountCodes(practice=practice)
        names = (*FIELDS.values(), "tax_rate")
        changes = {name: [getattr(row, name), codes[name]] for name in names if getattr(row, name) != codes[name]}
        for name in names:
            setattr(row, name, codes[name])
        row.save()
        if changes:
            action = "changed the account codes"
            audit.write(practice=practice, by=by, at=now, action=action, subject=row, changes=changes)
    return row
