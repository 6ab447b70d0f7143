"""Changing what a service costs and its codes, beside what was invoiced by them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from clearbill.bill import dates, money
from clearbill.bill.dates import uk_day
from clearbill.bill.problem import Refused
from clearbill.bill.text import plural
from clearbill.invoicing.models import InvoiceLine
from clearbill.people.actor import Actor
from clearbill.workspace import service_catalogue, service_rates
from clearbill.workspace.models import Service, ServiceRate
from clearbill.workspace.settings import lock_practice


class Manner(StrEnum):
    """How other prices and codes are meant."""

    FROM_A_DAY = "from a day"
    CORRECTION = "correction"


def change_service(
    actor: Actor, *, service: Service, details: Mapping[str, Any], manner: Manner, valid_from: date | None
) -> list[str]:
    """Change a service and return what else the person should know, in sentences.

    `details` is {field: value} of the service and of the rate in force today. Other prices and codes hold from
    `valid_from`, or correct those in force. A code where there was none is filled in for all days of the rate in
    force, and a change that begins on the very day becomes this one. Raises Refused where no day is given, or
    something was invoiced by what is to be corrected.
    """
    own = {name: value for name, value in details.items() if name not in service_rates.FIELDS}
    with transaction.atomic():
        lock_practice(actor.practice)
        service_catalogue.change(actor, service=service, details=own)
        rate = Service.objects.get(pk=service.pk).rate_on(uk_day(actor.now))
        changed = {
            name: value
            for name, value in details.items()
            if name in service_rates.FIELDS and value != getattr(rate, name)
        }
        if not changed:
            return []
        if all(name in service_rates.CODES and not getattr(rate, name) for name in changed):
            service_rates.correct(actor, rate=rate, changed=changed)
            return []
        if manner == Manner.CORRECTION:
            _require_not_invoiced(rate)
            service_rates.correct(actor, rate=rate, changed=changed)
            return _later(rate)
        if valid_from is None:
            raise Refused("Say from which day the other price or code holds.", "valid_from")
        if there := service.rates.filter(valid_from=valid_from).first():
            _require_not_invoiced(there)
            service_rates.correct(actor, rate=there, changed=changed)
            return _later(there)
        new = service_rates.follow(actor, service=service, changed=changed, valid_from=valid_from)
        return [*_invoiced_already(new), *_later(new)]


def take_back(actor: Actor, *, rate: ServiceRate) -> None:
    """Take a change from a day on back. Raises Refused where something was invoiced by it."""
    with transaction.atomic():
        lock_practice(actor.practice)
        _require_not_invoiced(rate)
        service_rates.take_back(actor, rate=rate)


def invoiced_by(rate: ServiceRate) -> QuerySet[InvoiceLine]:
    """Return the lines of invoices that stand, of the service and the days of this rate."""
    lines = InvoiceLine.objects.live().filter(service=rate.service_id)
    if rate.valid_from:
        lines = lines.filter(treated_on__gte=rate.valid_from)
    last = service_rates.last_day(rate)
    return lines.filter(treated_on__lte=last) if last else lines


def _require_not_invoiced(rate: ServiceRate) -> None:
    Service.objects.select_for_update(no_key=True).get(pk=rate.service_id)
    if count := invoiced_by(rate).count():
        raise Refused(
            f"{count:,} {plural(count, 'line is', 'lines are')} invoiced by these prices and codes, so they stay. "
            "Let other ones hold from a day on; what is invoiced keeps what it says.",
            "manner",
        )


def _invoiced_already(rate: ServiceRate) -> list[str]:
    count = invoiced_by(rate).count()
    if not count or rate.valid_from is None:
        return []
    lines = f"{count:,} {plural(count, 'line', 'lines')} of treatment since {dates.show(rate.valid_from)}"
    return [f"{lines} {plural(count, 'is', 'are')} invoiced already and {plural(count, 'stays', 'stay')} as invoiced."]


def _later(rate: ServiceRate) -> list[str]:
    after = service_rates.next_after(rate)
    if after is None or after.valid_from is None:
        return []
    told = ", ".join(part for part in (money.show(after.price), after.isc, after.procedure_code) if part)
    return [f"From {dates.show(after.valid_from)} the price and the codes hold that were entered for it: {told}."]
