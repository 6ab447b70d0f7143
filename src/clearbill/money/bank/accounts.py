"""What a practice's bank accounts are called, and which are closed."""

from __future__ import annotations

from django.db import transaction

from clearbill.bill.problem import Refused
from clearbill.money.bank.models import Account
from clearbill.people.actor import Actor
from clearbill.workspace import settings


def save_account(actor: Actor, *, account: Account, name: str, is_closed: bool) -> Account:
    """Save what an account is called, and whether it is closed. Raises Refused where another account has the name."""
    with transaction.atomic():
        settings.lock_practice(actor.practice)
        if account.merged_into_id:
            raise Refused("This account is merged into another one. Take the merge apart first.")
        if Account.objects.filter(practice=actor.practice, name=name).exclude(pk=account.pk).exists():
            raise Refused("Another account has this name.")
        details = {"name": name, "is_closed": is_closed}
        return settings.save_with_audit(actor, row=account, details=details, changed="changed a bank account")
