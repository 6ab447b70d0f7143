"""An installation whose services had one price each: it becomes their rate without a first day, and goes back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from clearbill.workspace.models import Service, ServiceRate
from tests import builders, migration_history

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
BEFORE = [("practice", "0003_names"), ("billing", "0010_policy_chosen")]
KEPT = ("price", "vat_rate", "isc", "procedure_code")


@pytest.fixture
def then() -> Iterator[Any]:
    """The tables of then; those of now come back whatever happens."""
    migration_history.executor().migrate(BEFORE)
    try:
        yield migration_history.executor().loader.project_state(BEFORE).apps
    finally:
        now()


def now() -> None:
    executor = migration_history.executor()
    executor.migrate(executor.loader.graph.leaf_nodes())


def test_what_a_service_cost_becomes_its_rate_from_ever(then: Any) -> None:
    practice = builders.practice()
    given = {
        "price": Decimal("55.50"),
        "vat_rate": Decimal("20.00"),
        "isc": "ZPHY02",
        "procedure_code": "Z9912",
        "setting": "D",
    }
    of_then = then.get_model("practice", "Service").objects
    one = of_then.create(practice_id=practice.pk, name="Physiotherapy", duration_minutes=45, **given)
    free = of_then.create(practice_id=practice.pk, name="Chat", price=Decimal("0.00"), is_active=False)
    now()
    service = Service.objects.get(pk=one.pk)
    assert (service.name, service.duration_minutes, service.setting, service.is_active) == (
        "Physiotherapy",
        45,
        "D",
        True,
    )
    rate = service.rates.get()
    assert (rate.practice_id, rate.valid_from) == (practice.pk, None)
    assert {name: getattr(rate, name) for name in KEPT} == {name: given[name] for name in KEPT}
    assert Service.objects.get(pk=free.pk).rates.get().price == Decimal("0.00")


def test_going_back_a_service_has_the_price_of_today_and_comes_forward_with_it_again(then: Any) -> None:
    now()
    service = builders.service(builders.practice(), price=Decimal("55.00"))
    for since, price in ((date(2020, 1, 1), "60.00"), (date(2999, 1, 1), "65.00")):
        ServiceRate.objects.create(practice=service.practice, service=service, valid_from=since, price=Decimal(price))
    migration_history.executor().migrate([("practice", "0006_service_rates")])
    now()
    assert [(rate.valid_from, rate.price) for rate in service.rates.all()] == [(None, Decimal("60.00"))]


def test_going_back_a_service_has_the_price_that_began_last(then: Any) -> None:
    now()
    service = builders.service(builders.practice(), price=Decimal("55.00"))
    ServiceRate.objects.create(
        practice=service.practice, service=service, valid_from=date(2020, 1, 1), price=Decimal("60.00"), isc="ZPHY09"
    )
    migration_history.executor().migrate(BEFORE)
    row = then.get_model("practice", "Service").objects.get(pk=service.pk)
    assert (row.price, row.isc, row.procedure_code) == (Decimal("60.00"), "ZPHY09", "")
