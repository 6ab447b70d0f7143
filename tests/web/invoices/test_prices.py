"""Which price a line is billed at, as the pages show it, ask about it and keep what was said."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.test import Client as Browser

from clearbill.invoicing.models import Invoice, InvoiceLine
from clearbill.people.models import AuditEntry, Membership, Practice, Role
from clearbill.workspace.contract_prices.models import ContractPrice
from clearbill.workspace.models import Service, ServiceRate
from tests import builders

pytestmark = pytest.mark.django_db
P = Decimal


@pytest.fixture
def owner() -> Membership:
    return builders.member(builders.practice())


@pytest.fixture
def practice(owner: Membership) -> Practice:
    return owner.practice


@pytest.fixture
def desk(owner: Membership) -> Browser:
    return builders.signed_in(owner)


@pytest.fixture
def reception(practice: Practice) -> Browser:
    return builders.signed_in(builders.member(practice, Role.RECEPTIONIST))


@pytest.fixture
def service(practice: Practice) -> Service:
    """£55.00 until the end of October, £60.00 and ZPHY09 since; Vitality agreed £52.00 for either code."""
    row = builders.service(practice, price=P("55.00"), isc="ZPHY02", procedure_code="Z9912")
    ServiceRate.objects.create(
        practice=practice,
        service=row,
        valid_from=date(2026, 11, 1),
        price=P("60.00"),
        isc="ZPHY09",
        procedure_code="Z9912",
    )
    agree(practice, "52.00", code="Z9912")
    return row


def agree(practice: Practice, amount: str, **fields: Any) -> ContractPrice:
    given = {"insurer_slug": "vitalityhealth", "valid_from": date(2026, 1, 1), **fields}
    return ContractPrice.objects.create(practice=practice, amount=P(amount), **given)


def typed(service: Service, *lines: dict[str, str], **fields: str) -> dict[str, str]:
    practice = service.practice
    given = {
        "client": str(builders.client(practice, insurer="vitalityhealth").pk),
        "client_words": "Ms Testa Sample",
        "practitioner": str(builders.practitioner(practice).pk),
        "insurer": "as-covered",
        "issued_on": "10 Nov 2026",
        "lines-TOTAL_FORMS": str(len(lines)),
        "lines-INITIAL_FORMS": "0",
    }
    rows = [{"service": str(service.pk), "treated_on": "9/11/2026", **line} for line in lines]
    sent = {f"lines-{place}-{name}": text for place, row in enumerate(rows) for name, text in row.items()}
    return {**given, **sent, **fields}


def page(answer: Any) -> str:
    assert answer.status_code == 200
    return " ".join(unescape(answer.content.decode()).split())


def made() -> InvoiceLine:
    return Invoice.objects.get().lines.get()


@pytest.mark.parametrize(
    ("payer", "day", "price", "code"),
    [
        ("as-covered", "9/11/2026", "52.00", "ZPHY09"),
        ("client", "9/11/2026", "60.00", "ZPHY09"),
        ("client", "31/10/2026", "55.00", "ZPHY02"),
        ("bupa", "31/10/2026", "55.00", "ZPHY02"),
    ],
)
def test_a_line_that_leaves_price_and_code_empty_has_those_of_its_day_and_payer(
    reception: Browser, service: Service, payer: str, day: str, price: str, code: str
) -> None:
    data = typed(service, {"treated_on": day}, insurer=payer)
    assert reception.post("/invoices/new", data).status_code == 302
    assert (made().unit_price, made().item_code) == (P(price), code)


def test_the_invoice_says_where_its_price_comes_from(reception: Browser, service: Service) -> None:
    reception.post("/invoices/new", typed(service, {}))
    shown = page(reception.get(f"/invoices/{Invoice.objects.get().pk}"))
    assert "Where the prices come from" in shown
    assert "Contract price of VitalityHealth from 1 Jan 2026; your own price is £60.00." in shown


def test_another_price_is_asked_about_at_its_line_and_nothing_typed_is_lost(desk: Browser, service: Service) -> None:
    data = typed(service, {"description": "Long talk"}, {"treated_on": "8/11/2026", "unit_price": "50"}, note="Thanks")
    shown = page(desk.post("/invoices/new", data))
    told = (
        "Line 2, Reason for another price: The price on 8 Nov 2026 is £52.00. Contract price of VitalityHealth from "
        "1 Jan 2026; your own price is £60.00. £2.00 would be lost. Enter £52.00, or say why £50.00 is billed."
    )
    assert told in shown
    assert all(words in shown for words in ("Long talk", 'value="50"', "Thanks"))
    assert not Invoice.objects.exists()
    assert desk.post("/invoices/new", {**data, "lines-1-price_reason": "Short visit"}).status_code == 302
    invoice = Invoice.objects.get()
    assert [row.unit_price for row in invoice.lines.all()] == [P("52.00"), P("50.00")]
    shown = page(desk.get(f"/invoices/{invoice.pk}"))
    assert "£50.00 instead of £52.00." in shown
    assert "“Short visit”" in shown
    assert "instead of £52.00 (Short visit)" in str(AuditEntry.objects.get(action="made the invoice").changes)
    assert "Short visit" in page(desk.get("/settings/audit"))


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.PRACTITIONER])
def test_who_may_not_bill_another_price_is_told_so_at_the_price(
    practice: Practice, service: Service, role: str
) -> None:
    browser = builders.signed_in(builders.member(practice, role))
    data = typed(service, {"unit_price": "50", "price_reason": "I say so"})
    shown = page(browser.post("/invoices/new", data))
    assert "Line 1, Price: The price on 9 Nov 2026 is £52.00." in shown
    assert "Enter £52.00. You may not bill another price; an owner or an administrator may." in shown
    assert not Invoice.objects.exists()


def edited(invoice: Invoice, **fields: str) -> dict[str, str]:
    row = invoice.lines.get()
    line = {
        "service": str(row.service_id),
        "treated_on": f"{row.treated_on:%d/%m/%Y}",
        "description": row.description,
        "item_code": row.item_code,
        "procedure_code": row.procedure_code,
        "units": str(row.units),
        "unit_price": str(row.unit_price),
        "price_reason": row.price_reason,
    }
    given = {
        "practitioner": str(invoice.practitioner_id),
        "insurer": invoice.insurer_slug or "client",
        "issued_on": "10 Nov 2026",
        "lines-TOTAL_FORMS": "1",
        "lines-INITIAL_FORMS": "1",
    }
    return {**given, **{f"lines-0-{name}": text for name, text in line.items()}, **fields}


def test_an_overridden_price_is_left_alone_by_who_may_not_override_until_they_touch_it(
    desk: Browser, reception: Browser, service: Service
) -> None:
    desk.post("/invoices/new", typed(service, {"unit_price": "50", "price_reason": "Short visit"}))
    invoice = Invoice.objects.get()
    address = f"/invoices/{invoice.pk}/edit"
    assert reception.post(address, edited(invoice, **{"lines-0-description": "At home"})).status_code == 302
    assert (made().description, made().unit_price, made().price_reason) == ("At home", P("50.00"), "Short visit")
    for touched in ({"lines-0-unit_price": "49"}, {"lines-0-price_reason": "Another reason"}):
        assert "You may not bill another price" in page(reception.post(address, edited(invoice, **touched)))
    assert reception.post(address, edited(invoice, **{"lines-0-unit_price": "52"})).status_code == 302
    assert (made().unit_price, made().price_reason) == (P("52.00"), "")


def test_what_would_be_lost_is_said_where_an_older_invoice_asks_for_less_than_agreed(
    desk: Browser, service: Service
) -> None:
    desk.post("/invoices/new", typed(service, {"units": "2"}, insurer="bupa"))
    invoice = Invoice.objects.get()
    address = f"/invoices/{invoice.pk}"
    assert "Less is billed" not in page(desk.get(address))
    agree(service.practice, "95.00", insurer_slug="bupa", code="ZPHY09")
    shown = page(desk.get(address))
    assert "Less is billed than BUPA agreed to pay" in shown
    assert "Line 1: £70.00 is lost: the contract price of BUPA from 1 Jan 2026 is £95.00" in shown
    assert desk.post(f"{address}/edit", edited(invoice, **{"lines-0-note": ""})).status_code == 302
    assert made().unit_price == P("60.00")


def test_who_enters_a_contract_price_is_told_what_is_invoiced_at_another_one_already(
    desk: Browser, service: Service
) -> None:
    desk.post("/invoices/new", typed(service, {}, insurer="bupa"))
    data = {"insurer_slug": "bupa", "code": "ZPHY09", "amount": "95", "valid_from": "1/11/2026"}
    shown = page(desk.post("/settings/prices/new", data, follow=True))
    assert "1 line is invoiced already at another price and stays so: see Prices you bill under Expected." in shown
    data = {**data, "code": "Z9912", "amount": "60"}
    assert "at another price" not in page(desk.post("/settings/prices/new", data, follow=True))


def test_the_form_is_told_the_price_of_each_line_as_it_is_typed(desk: Browser, service: Service) -> None:
    data = typed(service, {}, {"treated_on": "31/10/2026"}, {"treated_on": "rubbish"}, {"service": ""})
    found = desk.post("/invoices/line-prices", data).json()
    assert found["question"] == ""
    assert set(found["lines"]) == {"lines-0", "lines-1"}
    assert found["lines"]["lines-0"] == {
        "price": "52.00",
        "is_set": True,
        "is_contract": True,
        "sentence": "Contract price of VitalityHealth from 1 Jan 2026; your own price is £60.00.",
        "own": {"item_code": "ZPHY09", "procedure_code": "Z9912", "vat_rate": "0.00"},
    }
    assert found["lines"]["lines-1"]["own"]["item_code"] == "ZPHY02"
    found = desk.post("/invoices/line-prices", {**data, "insurer": "client"}).json()
    assert [one["price"] for one in found["lines"].values()] == ["60.00", "55.00"]


def test_the_form_is_told_that_a_person_has_to_choose_who_is_billed(desk: Browser, service: Service) -> None:
    client = builders.client(service.practice, insurer="vitalityhealth")
    client.policies.update(valid_to=date(2026, 10, 1))
    found = desk.post("/invoices/line-prices", typed(service, {}, client=str(client.pk))).json()
    assert "Choose who is billed." in found["question"]
    assert found["lines"]["lines-0"]["price"] == "60.00"


def test_the_prices_of_a_form_are_for_the_practices_own(service: Service) -> None:
    stranger = builders.signed_in(builders.member(builders.practice("Elsewhere")))
    assert stranger.post("/invoices/line-prices", typed(service, {})).json()["lines"] == {}
    accountant = builders.signed_in(builders.member(service.practice, Role.ACCOUNTANT))
    assert accountant.post("/invoices/line-prices", typed(service, {})).status_code == 403
    assert stranger.post("/invoices/line-prices?invoice=rubbish", {}).json() == {"lines": {}, "question": ""}


def test_unbilled_visits_show_the_price_of_their_day_and_payer_and_are_invoiced_at_it(
    desk: Browser, practice: Practice, service: Service
) -> None:
    insured = builders.appointment(
        practice, service=service, client=builders.client(practice, insurer="vitalityhealth")
    )
    builders.appointment(
        practice,
        service=service,
        client=builders.client(practice, insurer=""),
        starts_at=builders.NOW.replace(month=10, day=30),
    )
    shown = page(desk.get("/invoices/unbilled"))
    assert "worth £107.00 before VAT" in shown
    assert "£52.00" in shown
    assert "your own £60.00" in shown
    assert "ZPHY02" in shown
    desk.post("/invoices/unbilled", {"visit": [str(insured.pk)]})
    assert made().unit_price == P("52.00")


def test_a_visit_that_a_person_has_to_choose_for_is_priced_for_whom_they_choose(
    desk: Browser, practice: Practice, service: Service
) -> None:
    client = builders.client(practice, insurer="vitalityhealth")
    client.policies.update(valid_to=date(2026, 10, 1))
    visit = builders.appointment(practice, service=service, client=client)
    form = page(desk.get(f"/invoices/new?visit={visit.pk}"))
    assert 'value="60.00"' not in form
    data = typed(
        service,
        {"appointment": str(visit.pk), "item_code": "ZPHY09"},
        client=str(client.pk),
        insurer=f"policy:{client.policies.get().pk}",
        practitioner=str(visit.practitioner_id),
    )
    assert desk.post("/invoices/new", data).status_code == 302
    assert made().unit_price == P("52.00")
