"""What one unit of a service costs a payer on a day: the contract price of the day, else the practice's own."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from clearbill.people.models import Practice
from clearbill.workspace.contract_prices.models import ContractPrice
from clearbill.workspace.models import Service, ServiceRate
from clearbill.workspace.pricing import PriceBook, price_on
from tests import builders
from tests.builders import NOW

pytestmark = pytest.mark.django_db
P = Decimal
NOVEMBER, JANUARY = date(2026, 11, 9), date(2027, 1, 1)


@pytest.fixture
def practice() -> Practice:
    return builders.practice()


@pytest.fixture
def service(practice: Practice) -> Service:
    """£55.00 and ZPHY02; from January £60.00 and ZPHY09."""
    row = builders.service(practice, price=P("55.00"), isc="ZPHY02")
    ServiceRate.objects.create(
        practice=practice, service=row, valid_from=JANUARY, price=P("60.00"), isc="ZPHY09", procedure_code="Z9911"
    )
    return row


def agreed(practice: Practice, amount: str, **fields: Any) -> ContractPrice:
    given = {"insurer_slug": "vitalityhealth", "code": "ZPHY02", "valid_from": date(2026, 1, 1), **fields}
    return ContractPrice.objects.create(practice=practice, amount=P(amount), **given)


@pytest.mark.parametrize(
    ("day", "price", "isc"),
    [
        (date(2020, 1, 1), "55.00", "ZPHY02"),
        (date(2026, 12, 31), "55.00", "ZPHY02"),
        (JANUARY, "60.00", "ZPHY09"),
        (date(2030, 1, 1), "60.00", "ZPHY09"),
    ],
)
def test_the_day_of_treatment_says_price_and_code(service: Service, day: date, price: str, isc: str) -> None:
    found = price_on(service, "", day)
    assert (found.amount, found.rate.isc) == (P(price), isc)


@pytest.mark.parametrize("amount", ["52.00", "95.00"])
def test_a_contract_price_goes_before_the_own_one_whether_it_is_lower_or_higher(
    practice: Practice, service: Service, amount: str
) -> None:
    agreed(practice, amount)
    found = price_on(service, "vitalityhealth", NOVEMBER)
    assert found.amount == P(amount)
    assert found.sentence == "Contract price of VitalityHealth from 1 Jan 2026; your own price is £55.00."


@pytest.mark.parametrize(
    ("fields", "payer"),
    [
        ({"valid_from": date(2026, 11, 10)}, "vitalityhealth"),
        ({"valid_to": date(2026, 11, 8)}, "vitalityhealth"),
        ({"withdrawn_at": NOW}, "vitalityhealth"),
        ({"code": "ZPHY01"}, "vitalityhealth"),
        ({"insurer_slug": "bupa"}, "vitalityhealth"),
        ({}, ""),
    ],
    ids=["later", "ended", "withdrawn", "another-code", "another-insurer", "the-client-pays"],
)
def test_the_own_price_holds_where_nothing_is_agreed_for_the_day(
    practice: Practice, service: Service, fields: dict[str, Any], payer: str
) -> None:
    agreed(practice, "52.00", **fields)
    found = price_on(service, payer, NOVEMBER)
    assert (found.amount, found.contract) == (P("55.00"), None)
    none_agreed = "Your own price, as no contract price of VitalityHealth was entered."
    assert found.sentence == (none_agreed if payer else "Your own price.")


def test_the_item_code_goes_before_the_procedure_code(practice: Practice, service: Service) -> None:
    agreed(practice, "50.00", code="Z9911")
    assert price_on(service, "vitalityhealth", NOVEMBER).amount == P("50.00")
    agreed(practice, "52.00")
    assert price_on(service, "vitalityhealth", NOVEMBER).amount == P("52.00")


def test_the_codes_on_the_line_count_where_they_are_not_the_services_own(practice: Practice, service: Service) -> None:
    agreed(practice, "41.00", code="ZODD01")
    book = PriceBook(practice)
    assert book.price(service, "vitalityhealth", NOVEMBER).amount == P("55.00")
    assert book.price(service, "vitalityhealth", NOVEMBER, codes=("ZODD01", "")).amount == P("41.00")


def test_another_practices_prices_are_none_of_ours(service: Service) -> None:
    agreed(builders.practice("Hillside"), "10.00")
    assert price_on(service, "vitalityhealth", NOVEMBER).amount == P("55.00")


def test_many_lines_are_priced_by_one_query_for_agreed_prices(
    practice: Practice, service: Service, django_assert_num_queries: Any
) -> None:
    for insurer in ("bupa", "aviva", "vitalityhealth"):
        agreed(practice, "52.00", insurer_slug=insurer)
    row = Service.objects.prefetch_related("rates").get()
    book = PriceBook(practice)
    with django_assert_num_queries(2):
        found = [book.price(row, insurer, NOVEMBER) for insurer in ("bupa", "aviva", "wpa", "") for _ in range(20)]
    assert {price.amount for price in found} == {P("52.00"), P("55.00")}


def test_a_service_of_nothing_has_no_price_until_one_is_agreed(practice: Practice) -> None:
    free = builders.service(practice, isc="ZPHY02", price=P("0.00"))
    assert not price_on(free, "vitalityhealth", NOVEMBER).is_set
    agreed(practice, "52.00")
    assert price_on(free, "vitalityhealth", NOVEMBER).is_set
