"""Keep the practice's account codes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from clearbill.people.models import Practice, User
from clearbill.reports.journal.queries import codes_of
from clearbill.reports.models import AccountCodes
from clearbill.workspace.settings import lock_practice, save_with_audit


def change_codes(*, practice: Practice, by: User, now: datetime, codes: Mapping[str, Any]) -> AccountCodes:
    """Keep these codes: {field of `AccountCodes`: its new value}."""
    with transaction.atomic():
        lock_practice(practice)
        action = "changed the account codes"
        return save_with_audit(practice=practice, by=by, now=now, row=codes_of(practice), details=codes, changed=action)
