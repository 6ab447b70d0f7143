"""What is written of payees and sites alike: what they are, which is the default; and what is offered at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import transaction

from clearbill.bill.problem import Refused
from clearbill.people.actor import Actor
from clearbill.workspace.models import Payee, Service, Site
from clearbill.workspace.settings import lock_practice, save_with_audit

PayeeOrSite = TypeVar("PayeeOrSite", Payee, Site)


def save(
    actor: Actor, *, row: PayeeOrSite, details: Mapping[str, Any], also: Mapping[str, tuple[Any, Any]] | None = None
) -> PayeeOrSite:
    """Add or change a payee or site, with `also` as `save_with_audit` has it. The first becomes the default."""
    noun = row._meta.verbose_name
    with transaction.atomic():
        lock_practice(actor.practice)
        if row._state.adding:
            row.is_default = not type(row)._default_manager.filter(practice=actor.practice, is_default=True).exists()
        return save_with_audit(
            actor, row=row, details=details, added=f"added the {noun}", changed=f"changed the {noun}", also=also
        )


def make_default(actor: Actor, *, row: Payee | Site) -> None:
    """Make this payee or site the practice's default. Raises Refused for an inactive one."""
    with transaction.atomic():
        if not row.is_active:
            raise Refused(f"{row} is not active. Activate it first, then make it the default.")
        noun = row._meta.verbose_name
        rows = type(row)._default_manager.filter(practice=actor.practice)
        before = rows.filter(is_default=True).first()
        rows.filter(is_default=True).exclude(pk=row.pk).update(is_default=False)
        if rows.filter(pk=row.pk, is_default=False).update(is_default=True):
            changes = {"default": [str(before) if before else "", str(row)]}
            actor.audit(f"made the {noun} the default", row, changes=changes)


def set_active(actor: Actor, *, row: Payee | Site | Service, is_active: bool) -> None:
    """Offer a payee, site or service, or no longer. A payee or site no longer active is not the default either."""
    changes = {"is_active": is_active}
    if not is_active and not isinstance(row, Service):
        changes["is_default"] = False
    with transaction.atomic():
        there = type(row)._default_manager.filter(practice=actor.practice, pk=row.pk, is_active=not is_active)
        if there.update(**changes):
            action = f"{'activated' if is_active else 'deactivated'} the {row._meta.verbose_name}"
            actor.audit(action, row)
