"""An invoice by hand: price and codes follow the day and whoever is billed, until somebody types another price."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import builders, patience
from tests.browser.conftest import ROOT, Running, new_context, sign_in

pytestmark = pytest.mark.browser
# The service rose twenty days ago, from £55.00 to £60.00; BUPA agreed £95.00 for its new code.
RISEN = """
import django; django.setup()
from datetime import timedelta
from decimal import Decimal
from clearbill.bill import dates
from clearbill.people.models import Role
from clearbill.workspace.contract_prices.models import ContractPrice
from clearbill.workspace.models import ServiceRate
from tests import builders
practice = builders.practice()
builders.member(practice, email="owner@example.org")
builders.member(practice, Role.RECEPTIONIST, email="desk@example.org")
builders.practitioner(practice)
builders.client(practice, first_name="Bartholomew")
service = builders.service(practice, name="Follow-up", price=Decimal("55.00"), isc="ZPHY02")
risen = dates.today() - timedelta(days=20)
ServiceRate.objects.create(practice=practice, service=service, valid_from=risen, price=Decimal("60.00"), isc="ZPHY09")
ContractPrice.objects.create(
    practice=practice, insurer_slug="bupa", code="ZPHY09", amount=Decimal("95.00"), valid_from=risen
)
"""


@pytest.fixture(scope="module")
def place(chromium: Browser) -> Iterator[str]:
    running = Running()
    there = running.installation(running.start("clearbill", "serve", until="Ctrl-C"))
    given = {**there.environment, "DJANGO_SETTINGS_MODULE": "clearbill.config.settings"}
    subprocess.run([sys.executable, "-c", RISEN], env=given, cwd=ROOT, check=True, timeout=patience.SECONDS)
    yield there.address
    assert set(running.end()) == {0}


def form_of(chromium: Browser, place: str, email: str) -> Page:
    page = new_context(chromium, base_url=place).new_page()
    sign_in(page, place, email, builders.PASSWORD)
    page.goto("/invoices/new")
    page.get_by_role("combobox", name="Client").fill("Sample")
    page.locator("li[role=option]").first.click()
    page.get_by_label("Service", exact=True).select_option(label="Follow-up")
    expect(page.get_by_label("Price", exact=True)).to_have_value("95.00")
    return page


def test_price_and_code_follow_the_day_and_the_payer_until_another_price_is_typed(
    chromium: Browser, place: str
) -> None:
    page = form_of(chromium, place, "owner@example.org")
    price, code = page.get_by_label("Price", exact=True), page.get_by_label("Item code")
    note, reason = page.locator("[data-price-note]").first, page.get_by_label("Reason for another price").first
    expect(note).to_contain_text("Contract price of BUPA from")
    expect(note).to_contain_text("your own price is £60.00")
    page.get_by_label("Billed to").select_option("client")
    expect(price).to_have_value("60.00")
    page.get_by_label("Date", exact=True).fill("1 Jan 2026")
    page.get_by_label("Date", exact=True).press("Tab")
    expect(price).to_have_value("55.00")
    expect(code).to_have_value("ZPHY02")
    expect(reason).to_be_hidden()
    price.fill("50")
    price.press("Tab")
    expect(note).to_contain_text("The price of this day is £55.00.")
    expect(reason).to_be_visible()
    page.get_by_label("Billed to").select_option("bupa")
    expect(note).to_contain_text("as no contract price of BUPA was entered")
    expect(price).to_have_value("50")
    reason.fill("A short visit")
    page.get_by_role("button", name="Make invoice").click()
    expect(page.get_by_text("£50.00 instead of £55.00.")).to_be_visible()
    expect(page.get_by_text("“A short visit”")).to_be_visible()
    page.get_by_role("link", name="Edit", exact=True).click()
    expect(page.get_by_label("Reason for another price").first).to_have_value("A short visit")
    page.context.close()


def test_who_may_not_bill_another_price_is_told_before_they_send_the_form(chromium: Browser, place: str) -> None:
    page = form_of(chromium, place, "desk@example.org")
    price, note = page.get_by_label("Price", exact=True), page.locator("[data-price-note]").first
    price.fill("90")
    expect(note).to_contain_text("£5.00 would be lost. You may not bill another price")
    expect(page.get_by_label("Reason for another price").first).to_be_hidden()
    price.fill("95")
    expect(note).not_to_contain_text("You may not")
    page.get_by_role("button", name="Make invoice").click()
    expect(page.get_by_role("heading", name="Invoice CB")).to_be_visible()
    page.context.close()
