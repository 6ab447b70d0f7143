"""What is wrong on a page is told once, on top, and each sentence leads to its field."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Installation, faults, new_context, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, demo: Installation) -> Iterator[dict[str, object]]:
    context = new_context(chromium, base_url=demo.address)
    sign_in(context.new_page(), demo.address, *demo.signs())
    yield {"storage_state": context.storage_state(), "base_url": demo.address}
    context.close()


@pytest.fixture
def page(chromium: Browser, signed_in: dict[str, object]) -> Iterator[Page]:
    context = new_context(chromium, **signed_in)
    yield context.new_page()
    context.close()


def check_the_one_summary(page: Page) -> list[str]:
    """Follow each entry of the summary to its field; return the entries."""
    summary = page.locator("[data-focus]")
    expect(summary).to_have_count(1)
    expect(summary).to_be_focused()
    expect(page.get_by_role("alert")).to_have_count(1)
    entries = summary.get_by_role("listitem")
    links = summary.get_by_role("link")
    expect(links).to_have_count(entries.count())
    for place in range(entries.count()):
        target = (links.nth(place).get_attribute("href") or "").removeprefix("#")
        links.nth(place).click()
        expect(page.locator(f"[id='{target}']")).to_be_focused()
        expect(page.locator(f"[id='{target}']")).to_have_attribute("aria-invalid", "true")
    assert faults(page) == []
    return entries.all_inner_texts()


def test_a_new_invoice_has_one_summary_for_its_head_and_its_lines(page: Page) -> None:
    page.goto("/invoices/new")
    page.get_by_role("button", name="+ Add line").click()
    for price in page.get_by_label("Price", exact=True).all():
        price.fill("much")
    page.get_by_role("button", name="Make invoice").click()
    said = check_the_one_summary(page)
    assert any(line.startswith("Practitioner: ") for line in said)
    assert {line.split(": ")[0] for line in said} >= {"Line 1, Price", "Line 2, Price"}


def test_a_typed_in_letter_has_one_summary_that_numbers_its_bills(page: Page) -> None:
    page.goto("/money/type-in")
    page.get_by_label("Invoice number").nth(1).fill("CB1")
    page.get_by_role("button", name="Keep this payment").click()
    said = check_the_one_summary(page)
    assert any(line.startswith("Bill 2, Paid: ") for line in said)


def test_an_amount_that_is_too_much_for_a_shortfall_is_told_at_the_amount(page: Page) -> None:
    page.goto("/money/shortfalls")
    page.locator("tbody a").first.click()
    page.get_by_role("heading", level=1).wait_for()
    page.get_by_text("Write it off", exact=True).first.click()
    form = page.locator("details[open] form").first
    form.get_by_label("Amount").fill("99999")
    form.get_by_label("Reason").fill("Too small to dispute")
    form.get_by_role("button", name="Write off").click()
    said = check_the_one_summary(page)
    assert re.match(r"Amount: Only £[\d,.]+ of “.+” is left to decide", said[0])


def test_a_claim_that_a_payment_cannot_go_to_is_told_at_the_number(page: Page) -> None:
    page.goto("/claims/?tab=created")
    not_sent = page.locator("tbody td.lead a").first.inner_text()
    page.goto("/money/")
    page.get_by_role("link", name="Settle").or_(page.locator("a[href^='/money/bills/']")).first.click()
    page.get_by_text("Another claim", exact=True).click()
    page.get_by_label("Invoice number").fill(not_sent)
    page.get_by_role("button", name="Put it to this claim").click()
    assert check_the_one_summary(page) == [
        "Invoice number: This claim was not sent yet, or its invoice is void, so nothing can be paid on it."
    ]


def test_the_reference_of_a_payment_is_named_as_needed_where_money_came(page: Page) -> None:
    page.goto("/money/type-in")
    field = page.locator(".field").filter(has=page.get_by_label("Payment reference"))
    expect(field).to_contain_text("needed where money came")
    expect(field).not_to_contain_text("optional")
    page.get_by_label("Insurer").select_option("bupa")
    page.get_by_label("Paid on").fill("1 Jul 2026")
    page.get_by_label("Invoice number").first.fill("CB1")
    page.get_by_label("Paid", exact=True).first.fill("10")
    page.get_by_role("button", name="Keep this payment").click()
    assert check_the_one_summary(page) == [
        "Payment reference: Money came: enter the reference, so that the bank can be matched."
    ]
    expect(field).to_contain_text("Money came: enter the reference")
