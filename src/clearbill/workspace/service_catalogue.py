"""The services that a practice offers: add, change, offer or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clearbill.people.actor import Actor
from clearbill.workspace.models import Service
from clearbill.workspace.settings import save_with_audit

_NAME_LONGEST = 120


def save(actor: Actor, *, service: Service, details: Mapping[str, Any]) -> Service:
    """Add or change a service. Invoices already made keep the item code they were made with."""
    return save_with_audit(
        actor, row=service, details=details, added="added the service", changed="changed the service"
    )


def duplicate(actor: Actor, *, service: Service) -> Service:
    """Add a copy of a service, to be renamed."""
    fields = (field.name for field in Service._meta.concrete_fields if field.editable)
    copied = {name: getattr(service, name) for name in fields if name not in {"practice", "name", "is_active"}}
    name = f"{service.name[: _NAME_LONGEST - 7]} (copy)"
    fresh = Service(practice=actor.practice)
    return save(actor, service=fresh, details={"name": name, **copied})
