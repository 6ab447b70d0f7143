"""The prices and codes of a service by their days."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from clearbill.bill.problem import Refused
from clearbill.people.actor import Actor
from clearbill.people.models import AuditEntry, Practice
from clearbill.workspace import service_rates
from clearbill.workspace.models import Service, ServiceRate
from tests import builders
from tests.builders import NOW

pytestmark = pytest.mark.django_db
P = Decimal
DECEMBER, JANUARY = date(2026, 12, 31), date(2027, 1, 1)


@pytest.fixture
def practice() -> Practice:
    return builders.practice()


@pytest.fixture
def service(practice: Practice) -> Service:
    return builders.service(practice, price=P("55.00"), isc="ZPHY02")


def follow(service: Service, valid_from: date, **changed: Any) -> ServiceRate:
    return service_rates.follow(
        Actor(service.practice, None, NOW), service=service, changed=changed, valid_from=valid_from
    )


def prices(service: Service) -> list[tuple[date | None, Decimal, str]]:
    return [(rate.valid_from, rate.price, rate.isc) for rate in ServiceRate.objects.filter(service=service)]


def test_a_change_from_a_day_on_leaves_the_days_before_alone(service: Service) -> None:
    follow(service, JANUARY, price=P("60.00"))
    assert prices(service) == [(None, P("55.00"), "ZPHY02"), (JANUARY, P("60.00"), "ZPHY02")]
    assert service.rate_on(DECEMBER).price == P("55.00")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject_label) == ("changed the prices and codes", service.name)
    assert entry.changes == {
        "valid_from": {"$day": "2027-01-01"},
        "price": [{"$pounds": "55.00"}, {"$pounds": "60.00"}],
    }


def test_what_is_not_changed_is_as_it_is_on_that_day_and_not_as_it_is_today(service: Service) -> None:
    follow(service, JANUARY, price=P("60.00"))
    follow(service, date(2027, 3, 1), isc="ZPHY09")
    assert prices(service)[-1] == (date(2027, 3, 1), P("60.00"), "ZPHY09")


def test_no_two_changes_begin_on_one_day(service: Service) -> None:
    follow(service, JANUARY, price=P("60.00"))
    with pytest.raises(Refused, match="entered from 1 Jan 2027 already") as refused:
        follow(service, JANUARY, price=P("61.00"))
    assert refused.value.field == "valid_from"
    for valid_from in (JANUARY, None):
        with pytest.raises(IntegrityError), transaction.atomic():
            ServiceRate.objects.create(
                practice=service.practice, service=service, valid_from=valid_from, price=P("1.00")
            )


def test_a_change_that_is_taken_back_leaves_what_held_before(service: Service) -> None:
    follow(service, JANUARY, price=P("60.00"))
    later = follow(service, date(2027, 3, 1), price=P("65.00"))
    service_rates.take_back(Actor(service.practice, None, NOW), rate=later)
    assert Service.objects.get().rate_on(date(2027, 6, 1)).price == P("60.00")
    assert AuditEntry.objects.filter(action="took back a change of the prices and codes").count() == 1


def test_the_first_price_of_a_service_is_not_taken_back(service: Service) -> None:
    with pytest.raises(Refused, match="first price and codes"):
        service_rates.take_back(Actor(service.practice, None, NOW), rate=service.rates.get())
    assert service.rates.count() == 1


@pytest.mark.parametrize(("day", "price"), [(DECEMBER, "55.00"), (JANUARY, "60.00")])
def test_the_list_reads_the_price_of_a_day_with_the_services(service: Service, day: date, price: str) -> None:
    follow(service, JANUARY, price=P("60.00"))
    other = builders.service(builders.practice("Hillside"), price=P("9.00"))
    rows = service_rates.with_rates(Service.objects.order_by("name"), day)
    assert {row.pk: row.price for row in rows} == {service.pk: P(price), other.pk: P("9.00")}
