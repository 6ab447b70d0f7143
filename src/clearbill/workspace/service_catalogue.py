"""Writes about services."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from clearbill.people import audit
from clearbill.people.models import Practice, User
from clearbill.workspace.models import Service

_NAME_LONGEST = 120


def create(*, practice: Practice, by: User, now: datetime, details: Mapping[str, Any]) -> Service:
    """Add a service."""
    with transaction.atomic():
        service = Service.objects.create(practice=practice, **details)
        audit.write(practice=practice, by=by, at=now, action="added the service", subject=service, changes=details)
    return service


def change(*, practice: Practice, by: User, now: datetime, service: Service, details: Mapping[str, Any]) -> Service:
    """Save a service. Invoices already made keep the item code they were made with."""
    with transaction.atomic():
        before = audit.snapshot(service)
        for name, value in details.items():
            setattr(service, name, value)
        service.save()
        if changes := audit.difference(before, service):
            audit.write(
                practice=practice, by=by, at=now, action="changed the service", subject=service, changes=changes
            )
    return service


def duplicate(*, practice: Practice, by: User, now: datetime, service: Service) -> Service:
    """Add a copy of a service, to be renamed."""
    copied = {
        name: getattr(service, name)
        for name in ("isc", "procedure_code", "price", "vat_rate", "duration_minutes", "setting")
    }
    name = f"{service.name[: _NAME_LONGEST - 7]} (copy)"
    return create(practice=practice, by=by, now=now, details={"name": name, **copied})


def set_active(*, practice: Practice, by: User, now: datetime, service: Service, is_active: bool) -> None:
    """Offer a service for new appointments and invoices, or no longer."""
    with transaction.atomic():
        if not Service.objects.filter(pk=service.pk, is_active=not is_active).update(is_active=is_active):
            return
        action = "activated the service" if is_active else "deactivated the service"
        audit.write(practice=practice, by=by, at=now, action=action, subject=service)
