"""The services that a practice offers: add, change, offer or not. Their prices: `workspace.service_rates`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from clearbill.people.actor import Actor
from clearbill.workspace.models import Service, ServiceRate
from clearbill.workspace.service_rates import FIELDS, values_of
from clearbill.workspace.settings import save_with_audit

_NAME_LONGEST = 120


def add(actor: Actor, *, details: Mapping[str, Any]) -> Service:
    """Add a service with its first price and codes, which count from ever. `details` is {field: value} of both."""
    own = {name: value for name, value in details.items() if name not in FIELDS}
    first = {name: value for name, value in details.items() if name in FIELDS}
    with transaction.atomic():
        also = {name: (None, value) for name, value in first.items()}
        service = Service(practice=actor.practice)
        save_with_audit(
            actor, row=service, details=own, added="added the service", changed="changed the service", also=also
        )
        ServiceRate.objects.create(practice=actor.practice, service=service, **first)
    return service


def change(actor: Actor, *, service: Service, details: Mapping[str, Any]) -> Service:
    """Change what a service is called, how long it takes and where it is given."""
    return save_with_audit(actor, row=service, details=details, changed="changed the service")


def duplicate(actor: Actor, *, service: Service) -> Service:
    """Add a copy of a service with all its prices and codes, to be renamed."""
    with transaction.atomic():
        rates = list(service.rates.all())
        own = {"duration_minutes": service.duration_minutes, "setting": service.setting}
        name = f"{service.name[: _NAME_LONGEST - 7]} (copy)"
        copy = add(actor, details={"name": name, **own, **values_of(rates[0])})
        ServiceRate.objects.bulk_create(
            ServiceRate(practice=actor.practice, service=copy, valid_from=rate.valid_from, **values_of(rate))
            for rate in rates[1:]
        )
    return copy
