"""Writes about services."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from clearbill.people.models import Practice, User
from clearbill.workspace.models import Service
from clearbill.workspace.settings import save_with_audit

_NAME_LONGEST = 120


def save(*, practice: Practice, by: User, now: datetime, service: Service, details: Mapping[str, Any]) -> Service:
    """Add or change a service. Invoices already made keep the item code they were made with."""
    return save_with_audit(
        practice=practice,
        by=by,
        now=now,
        row=service,
        details=details,
        added="added the service",
        changed="changed the service",
    )


def duplicate(*, practice: Practice, by: User, now: datetime, service: Service) -> Service:
    """Add a copy of a service, to be renamed."""
    fields = (field.name for field in Service._meta.concrete_fields if field.editable)
    copied = {name: getattr(service, name) for name in fields if name not in {"practice", "name", "is_active"}}
    name = f"{service.name[: _NAME_LONGEST - 7]} (copy)"
    fresh = Service(practice=practice)
    return save(practice=practice, by=by, now=now, service=fresh, details={"name": name, **copied})
