"""The prices and codes of a service by their days: change them from a day on, correct them, take them back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from clearbill.bill import dates, money
from clearbill.bill.problem import Refused
from clearbill.fileformats import WrittenTable
from clearbill.people import audit
from clearbill.people.actor import Actor
from clearbill.workspace.contract_prices.periods import ONE_DAY
from clearbill.workspace.models import Service, ServiceRate
from clearbill.workspace.settings import lock_practice

FIELDS = ("price", "vat_rate", "isc", "procedure_code")

CODES = ("isc", "procedure_code")


def values_of(rate: ServiceRate) -> dict[str, Any]:
    """Return what a rate says, by field."""
    return {name: getattr(rate, name) for name in FIELDS}


def next_after(rate: ServiceRate) -> ServiceRate | None:
    """Return the rate that follows this one, None where none does."""
    later = ServiceRate.objects.filter(service=rate.service_id).exclude(valid_from=None)
    if rate.valid_from:
        later = later.filter(valid_from__gt=rate.valid_from)
    return later.order_by("valid_from").first()


def last_day(rate: ServiceRate) -> date | None:
    """Return the last day of a rate, None while nothing follows it."""
    after = next_after(rate)
    return after.valid_from - ONE_DAY if after and after.valid_from else None


def with_rates(services: QuerySet[Service], day: date) -> QuerySet[Any]:
    """Return the services with the price and the codes of a UK day, each under its own name."""
    of_day = ServiceRate.objects.filter(Q(valid_from=None) | Q(valid_from__lte=day), service=OuterRef("pk"))
    latest = of_day.order_by(F("valid_from").desc(nulls_last=True))
    return services.annotate(**{name: Subquery(latest.values(name)[:1]) for name in FIELDS})


def table(services: QuerySet[Any]) -> WrittenTable:
    """Return services as read by `with_rates`, to be written as a file."""
    columns = {
        "Service": "name",
        "Minutes": "duration_minutes",
        "Industry Standard Code": "isc",
        "Procedure code": "procedure_code",
        "Price": "price",
        "VAT rate": "vat_rate",
        "Offered": "is_active",
    }
    return WrittenTable(list(columns), services.values_list(*columns.values()))


def joined(*, service: str, day: str) -> str:
    """Return the SQL join that puts the `rate` of the day of treatment to the id of a service."""
    table = ServiceRate._meta.db_table
    return f"""
        JOIN {table} rate ON rate.id = (SELECT r.id FROM {table} r WHERE r.service_id = {service}
            AND (r.valid_from IS NULL OR r.valid_from <= {day}) ORDER BY r.valid_from DESC NULLS LAST LIMIT 1)"""  # nosec B608: names of our own


def follow(actor: Actor, *, service: Service, changed: Mapping[str, Any], valid_from: date) -> ServiceRate:
    """Let these prices and codes hold from a day on; whatever is not among them stays as it is on that day.

    Raises Refused where a rate begins on that very day already.
    """
    with transaction.atomic():
        held = _held(actor, service)
        before = held.rate_on(valid_from)
        if before.valid_from == valid_from:
            day, price = dates.show(valid_from), money.show(before.price)
            raise Refused(
                f"Another price or code is entered from {day} already ({price}). Take that back below, "
                "or give another day.",
                "valid_from",
            )
        values = {**values_of(before), **changed}
        rate = ServiceRate.objects.create(practice=actor.practice, service=held, valid_from=valid_from, **values)
        told = {name: [getattr(before, name), value] for name, value in changed.items()}
        actor.audit("changed the prices and codes", held, changes={"valid_from": valid_from, **told})
    return rate


def correct(actor: Actor, *, rate: ServiceRate, changed: Mapping[str, Any]) -> None:
    """Change what a rate says for all of its days."""
    with transaction.atomic():
        held = _held(actor, rate.service)
        before = audit.snapshot(rate)
        for name, value in changed.items():
            setattr(rate, name, value)
        rate.save(update_fields=list(changed))
        if changes := audit.difference(before, rate):
            since = {"valid_from": rate.valid_from} if rate.valid_from else {}
            actor.audit("corrected the prices and codes", held, changes={**since, **changes})


def take_back(actor: Actor, *, rate: ServiceRate) -> None:
    """Take a change back: what held before goes on. Raises Refused for the first rate of a service."""
    if rate.valid_from is None:
        raise Refused("These are the first price and codes of the service; they can only be changed.")
    with transaction.atomic():
        held = _held(actor, rate.service)
        if ServiceRate.objects.filter(pk=rate.pk).delete()[0]:
            changes = {"valid_from": rate.valid_from, **values_of(rate)}
            actor.audit("took back a change of the prices and codes", held, changes=changes)


def _held(actor: Actor, service: Service) -> Service:
    """Hold the service until the end of the transaction; an invoice that is being made of it is waited for."""
    lock_practice(actor.practice)
    return Service.objects.select_for_update(no_key=True).get(practice=actor.practice, pk=service.pk)
