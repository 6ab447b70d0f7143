"""Changing what a service costs, beside what was invoiced by it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from clearbill.bill.problem import Refused
from clearbill.invoicing import services
from clearbill.invoicing.models import Invoice, InvoiceLine
from clearbill.invoicing.prices import rate_changes
from clearbill.invoicing.prices.rate_changes import Manner
from clearbill.people.actor import Actor
from clearbill.people.models import AuditEntry, Practice
from clearbill.workspace.contract_prices.models import ContractPrice
from clearbill.workspace.models import Service, ServiceRate
from clearbill.workspace.service_rates import values_of
from tests import builders
from tests.builders import NOW, TODAY
from tests.claims.at_once import at_once, real_database

__all__ = ["real_database"]
pytestmark = pytest.mark.django_db
P = Decimal
VISIT = datetime(2026, 11, 9, 9, tzinfo=UTC)


@pytest.fixture
def practice() -> Practice:
    return builders.practice()


@pytest.fixture
def service(practice: Practice) -> Service:
    return builders.service(practice, price=P("55.00"), isc="ZPHY02")


def change(
    service: Service, manner: Manner = Manner.FROM_A_DAY, valid_from: date | None = TODAY, **typed: Any
) -> list[str]:
    rate = Service.objects.get(pk=service.pk).rate_on(TODAY)
    details = {"name": service.name, **values_of(rate), **typed}
    return rate_changes.change_service(
        Actor(service.practice, None, NOW), service=service, details=details, manner=manner, valid_from=valid_from
    )


def invoiced(service: Service, starts_at: datetime = VISIT) -> Invoice:
    visit = builders.appointment(service.practice, service=service, starts_at=starts_at)
    return services.invoice_appointments(Actor(service.practice, None, NOW), appointments=[visit])


def prices(service: Service) -> list[tuple[date | None, Decimal, str]]:
    return [(rate.valid_from, rate.price, rate.isc) for rate in ServiceRate.objects.filter(service=service)]


def test_another_price_holds_from_the_day_that_is_given(service: Service) -> None:
    assert change(service, price=P("60.00"), valid_from=date(2027, 1, 1)) == []
    assert prices(service) == [(None, P("55.00"), "ZPHY02"), (date(2027, 1, 1), P("60.00"), "ZPHY02")]


def test_nothing_is_asked_where_only_words_change(service: Service) -> None:
    assert change(service, name="Another name", valid_from=None) == []
    service.refresh_from_db()
    assert service.name == "Another name"
    assert len(prices(service)) == 1


def test_another_price_needs_its_day(service: Service) -> None:
    with pytest.raises(Refused, match="from which day") as refused:
        change(service, price=P("60.00"), name="Not kept", valid_from=None)
    assert refused.value.field == "valid_from"
    service.refresh_from_db()
    assert service.name != "Not kept"


def test_a_code_where_there_was_none_counts_for_the_days_before_too(practice: Practice) -> None:
    service = builders.service(practice, isc="")
    change(service, isc="ZPHY01")
    assert prices(service) == [(None, P("70.00"), "ZPHY01")]


def test_a_correction_changes_the_price_in_force_for_all_its_days(service: Service) -> None:
    change(service, Manner.CORRECTION, price=P("56.00"))
    assert prices(service) == [(None, P("56.00"), "ZPHY02")]
    assert AuditEntry.objects.get().action == "corrected the prices and codes"


def test_what_is_invoiced_by_is_not_corrected_but_followed(service: Service) -> None:
    invoice = invoiced(service)
    with pytest.raises(Refused, match="1 line is invoiced by these prices") as refused:
        change(service, Manner.CORRECTION, price=P("56.00"))
    assert refused.value.field == "manner"
    assert change(service, price=P("56.00"), valid_from=date(2026, 11, 1)) == [
        "1 line of treatment since 1 Nov 2026 is invoiced already and stays as invoiced."
    ]
    assert invoice.lines.get().unit_price == P("55.00")
    services.void(Actor(service.practice, None, NOW), invoice=invoice, reason="Wrong price")
    assert rate_changes.invoiced_by(service.rate_on(TODAY)).count() == 0


def test_a_change_from_the_first_day_of_the_price_in_force_becomes_that_one_while_nothing_is_invoiced_by_it(
    service: Service,
) -> None:
    change(service, price=P("60.00"))
    change(service, price=P("61.00"))
    assert prices(service) == [(None, P("55.00"), "ZPHY02"), (TODAY, P("61.00"), "ZPHY02")]
    invoiced(service, NOW)
    with pytest.raises(Refused, match="invoiced by these prices"):
        change(service, price=P("62.00"))


def test_a_second_change_from_the_same_day_is_refused_and_the_first_stays(service: Service) -> None:
    day = date(2027, 2, 1)
    change(service, price=P("101.00"), valid_from=day)
    with pytest.raises(Refused, match=r"entered from 1 Feb 2027 already \(£101.00\)") as refused:
        change(service, price=P("102.00"), name="Not kept", valid_from=day)
    assert refused.value.field == "valid_from"
    with pytest.raises(Refused, match="entered from 1 Feb 2027 already"):
        change(service, price=P("101.00"), valid_from=day)
    service.refresh_from_db()
    assert service.name != "Not kept"
    assert prices(service) == [(None, P("55.00"), "ZPHY02"), (day, P("101.00"), "ZPHY02")]


def test_todays_price_holds_again_from_a_day_after_a_change_that_is_to_come(service: Service) -> None:
    change(service, price=P("60.00"), isc="ZPHY03", valid_from=date(2027, 2, 1))
    assert change(service, valid_from=date(2027, 3, 1)) == ["Until then £60.00, ZPHY03, Z9911 hold."]
    assert prices(service) == [
        (None, P("55.00"), "ZPHY02"),
        (date(2027, 2, 1), P("60.00"), "ZPHY03"),
        (date(2027, 3, 1), P("55.00"), "ZPHY02"),
    ]


def test_todays_price_holds_from_an_earlier_day_too(service: Service) -> None:
    change(service, price=P("60.00"), valid_from=date(2026, 11, 1))
    change(service, valid_from=date(2026, 10, 1))
    assert prices(service)[:2] == [(None, P("55.00"), "ZPHY02"), (date(2026, 10, 1), P("60.00"), "ZPHY02")]


@pytest.mark.parametrize("day", [date(2026, 10, 1), date(2027, 3, 1)])
def test_a_day_from_which_nothing_would_be_another_is_refused(service: Service, day: date) -> None:
    with pytest.raises(Refused, match="this price and these codes hold already") as refused:
        change(service, valid_from=day)
    assert refused.value.field == "valid_from"


def test_a_first_code_from_another_day_than_today_holds_from_that_day(practice: Practice) -> None:
    service = builders.service(practice, isc="")
    change(service, isc="ZPHY01", valid_from=date(2027, 2, 1))
    assert prices(service) == [(None, P("70.00"), ""), (date(2027, 2, 1), P("70.00"), "ZPHY01")]


def test_what_was_entered_for_later_stays_and_is_said(service: Service) -> None:
    change(service, price=P("60.00"), valid_from=date(2027, 1, 1))
    assert change(service, price=P("57.00")) == [
        "From 1 Jan 2027 the price and the codes hold that were entered for it: £60.00, ZPHY02, Z9911."
    ]
    assert [price for _, price, _ in prices(service)] == [P("55.00"), P("57.00"), P("60.00")]


def test_a_change_by_which_something_is_invoiced_is_not_taken_back(service: Service) -> None:
    change(service, price=P("60.00"), valid_from=date(2026, 11, 9))
    rate = ServiceRate.objects.exclude(valid_from=None).get()
    invoice = invoiced(service)
    actor = Actor(service.practice, None, NOW)
    with pytest.raises(Refused, match="1 line is invoiced"):
        rate_changes.take_back(actor, rate=rate)
    services.void(actor, invoice=invoice, reason="Wrong price")
    rate_changes.take_back(actor, rate=rate)
    assert prices(service) == [(None, P("55.00"), "ZPHY02")]


@pytest.mark.django_db(transaction=True)
def test_two_people_who_change_a_price_from_one_day_at_once_leave_one_change(real_database: None) -> None:
    service = builders.service(builders.practice(), price=P("55.00"))
    for number in range(1, 6):
        day = TODAY + timedelta(days=number)
        results = at_once(
            lambda day=day: change(service, price=P("60.00"), valid_from=day),
            lambda day=day: change(service, price=P("61.00"), valid_from=day),
        )
        assert {type(one) for one in results} == {list, Refused}
        assert service.rates.filter(valid_from=day, price__in=[P("60.00"), P("61.00")]).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_visit_invoiced_while_its_price_is_corrected_has_the_price_that_holds_in_the_end(real_database: None) -> None:
    service = builders.service(builders.practice(), price=P("55.00"))
    for number in range(1, 6):
        after = P(55 + number)
        results = at_once(
            lambda: invoiced(service), lambda price=after: change(service, Manner.CORRECTION, price=price)
        )
        assert all(isinstance(one, list | Invoice | Refused) for one in results)
        for invoice in Invoice.objects.all():
            line = invoice.lines.get()
            assert line.unit_price == line.rule_price == service.rates.get().price
            services.void(Actor(service.practice, None, NOW), invoice=invoice, reason="Again")
        InvoiceLine.objects.all().delete()
        Invoice.objects.all().delete()
        service.rates.update(price=after)


@pytest.mark.parametrize(
    ("typed", "changed"),
    [
        ({"price": P("60.00")}, "price"),
        ({"isc": "ZPHY03"}, "code"),
        ({"procedure_code": "Z9912"}, "code"),
        ({"vat_rate": P(20)}, "VAT"),
    ],
)
def test_a_void_invoice_is_not_restored_at_prices_and_codes_that_were_corrected_since(
    service: Service, typed: dict[str, Any], changed: str
) -> None:
    actor = Actor(service.practice, None, NOW)
    made = invoiced(service)
    services.void(actor, invoice=made, reason="Wrong price")
    change(service, Manner.CORRECTION, **typed)
    with pytest.raises(Refused, match=f"The {changed} of Physiotherapy, first visit on 9 Nov 2026 is another by now"):
        services.restore(actor, invoice=made)
    change(service, Manner.CORRECTION, price=P("55.00"), isc="ZPHY02", procedure_code="Z9911", vat_rate=P(0))
    assert services.restore(actor, invoice=made).voided_at is None


def test_a_void_invoice_is_restored_where_its_prices_hold_no_longer_but_did_on_its_day(service: Service) -> None:
    actor = Actor(service.practice, None, NOW)
    made = invoiced(service)
    services.void(actor, invoice=made, reason="By mistake")
    change(service, price=P("60.00"), valid_from=TODAY)
    assert services.restore(actor, invoice=made).voided_at is None


def test_a_void_invoice_is_not_restored_beside_a_contract_price_that_was_entered_since(service: Service) -> None:
    actor = Actor(service.practice, None, NOW)
    made = invoiced(service)
    services.void(actor, invoice=made, reason="No contract price")
    ContractPrice.objects.create(
        practice=service.practice,
        insurer_slug=made.insurer_slug,
        code="ZPHY02",
        amount=P("50.00"),
        valid_from=date(2026, 1, 1),
    )
    with pytest.raises(Refused, match="The price of"):
        services.restore(actor, invoice=made)
