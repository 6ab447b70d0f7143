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

    `details` is {field: value} of the service and of its prices and codes, as they are to hold from `valid_from`, or
    as those in force today are corrected to. A code where there is none today is filled in for all days of the rate in
    force, unless another day than today is given. From the first day of the rate in force it is that rate which is
    corrected. Raises Refused where a change has no day or makes none, where a change from that very day is there that
    is not in force, or something was invoiced by what is to be corrected.
    """
    own = {name: value for name, value in details.items() if name not in service_rates.FIELDS}
    rates = {name: value for name, value in details.items() if name in service_rates.FIELDS}
    with transaction.atomic():
        lock_practice(actor.practice)
        service_catalogue.change(actor, service=service, details=own)
        today = uk_day(actor.now)
        in_force = Service.objects.get(pk=service.pk).rate_on(today)
        changed = _changed(in_force, rates)
        is_its_first_day = valid_from is not None and valid_from == in_force.valid_from
        if manner == Manner.CORRECTION or is_its_first_day:
            return _correct(actor, in_force, changed)
        if valid_from in (None, today):
            if not changed:
                return []
            if _fills_in_codes(in_force, changed):
                service_rates.correct(actor, rate=in_force, changed=changed)
                return []
        if valid_from is None:
            raise Refused("Say from which day the other price or code holds.", "valid_from")
        return _follow(actor, service, rates, valid_from)


def _changed(rate: ServiceRate, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value != getattr(rate, name)}


def _fills_in_codes(rate: ServiceRate, changed: Mapping[str, Any]) -> bool:
    return all(name in service_rates.CODES and not getattr(rate, name) for name in changed)


def _correct(actor: Actor, rate: ServiceRate, changed: Mapping[str, Any]) -> list[str]:
    if not changed:
        return []
    if not _fills_in_codes(rate, changed):
        _require_not_invoiced(rate)
    service_rates.correct(actor, rate=rate, changed=changed)
    return _later(rate)


def _follow(actor: Actor, service: Service, values: Mapping[str, Any], valid_from: date) -> list[str]:
    before = service.rate_on(valid_from)
    changed = _changed(before, values)
    if before.valid_from != valid_from and not changed:
        day = dates.show(valid_from)
        raise Refused(
            f"On {day} this price and these codes hold already. Change one of them, or give another day.", "valid_from"
        )
    new = service_rates.follow(actor, service=service, changed=changed, valid_from=valid_from)
    return [*_until_then(before, uk_day(actor.now)), *_invoiced_already(new), *_later(new)]


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


def _until_then(before: ServiceRate, today: date) -> list[str]:
    """Say which price and codes hold up to the new ones, where those are to come themselves."""
    if before.valid_from is None or before.valid_from <= today:
        return []
    return [f"Until then {_told(before)} {'hold' if before.isc or before.procedure_code else 'holds'}."]


def _later(rate: ServiceRate) -> list[str]:
    after = service_rates.next_after(rate)
    if after is None or after.valid_from is None:
        return []
    return [
        f"From {dates.show(after.valid_from)} the price and the codes hold that were entered for it: {_told(after)}."
    ]


def _told(rate: ServiceRate) -> str:
    return ", ".join(part for part in (money.show(rate.price), rate.isc, rate.procedure_code) if part)
