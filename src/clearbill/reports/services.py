"""Keep the practice's account codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from clearbill.people.actor import Actor
from clearbill.reports.journal.queries import codes_of
from clearbill.reports.models import AccountCodes
from clearbill.workspace.settings import lock_practice, save_with_audit


def change_codes(actor: Actor, *, codes: Mapping[str, Any]) -> AccountCodes:
    """Keep these codes: {field of `AccountCodes`: its new value}."""
    with transaction.atomic():
        lock_practice(actor.practice)
        action = "changed the account codes"
        return save_with_audit(actor, row=codes_of(actor.practice), details=codes, changed=action)
