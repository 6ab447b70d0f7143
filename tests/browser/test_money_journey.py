"""The money of one claim comes home in a real browser: from the insurer that pays short to the bank’s line.

On the demo, with its worker and stand-in. The steps run in order, on one page, as a person would take them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from clearbill.bill import dates
from tests.browser.conftest import Installation, faults, new_context, sign_in
from tests.patience import wait_until

pytestmark = pytest.mark.browser
SHORT = 20.00


@dataclass
class Story:
    """What the steps hand on to each other."""

    claim: str = ""
    number: str = ""
    reference: str = ""
    arrived: str = ""
    share: str = ""


@pytest.fixture(scope="module")
def story() -> Story:
    return Story()


@pytest.fixture(scope="module")
def page(chromium: Browser, demo: Installation) -> Iterator[Page]:
    context = new_context(chromium, viewport={"width": 1280, "height": 900}, base_url=demo.address)
    page = context.new_page()
    sign_in(page, demo.address, *demo.signs())
    yield page
    context.close()


def pounds(text: str) -> float:
    found = re.search(r"£([\d,]+\.\d\d)", text)
    assert found, text
    return float(found[1].replace(",", ""))


def fact(page: Page, name: str) -> str:
    """What stands beside a name in the first list of facts that has it."""
    return (
        page.locator("dt", has_text=re.compile(f"^{name}$"))
        .first.locator("xpath=following-sibling::dd[1]")
        .inner_text()
    )


def test_00_a_collected_claim_is_paid_short_by_its_insurer(page: Page, demo: Installation, story: Story) -> None:
    page.goto("/claims/?tab=collected")
    page.locator("main tbody tr", has_text="BUPA").filter(has_not_text="Global").first.get_by_role("link").first.click()
    story.claim = page.url
    story.number = page.locator("main p", has_text="Claims /").first.inner_text().split("/")[-1].strip()
    theirs = fact(page, "Healthcode’s number")
    page.goto(f"{demo.sandbox}/bills/{theirs}")
    paid = pounds(page.get_by_text("is not paid").inner_text()) - SHORT
    page.get_by_label("Amount to pay, in pounds").fill(f"{paid:.2f}")
    page.get_by_role("button", name="Pay short").click()
    expect(page.get_by_role("heading", name="Payments")).to_be_visible()
    story.reference = page.locator("table.stack tbody td").first.inner_text()
    story.arrived = f"{paid:.2f}"


def test_01_healthcode_is_asked_and_the_claim_is_part_paid_by_itself(page: Page, story: Story) -> None:
    page.goto("/money/")
    page.get_by_role("button", name="Ask Healthcode now").click()
    payment = page.get_by_role("link", name=story.reference)

    def is_listed() -> bool:
        page.reload()
        return payment.count() > 0

    wait_until("the payment is listed", is_listed, pause=page.wait_for_timeout, pause_seconds=0.5)
    payment.first.click()
    expect(page.locator("main .head")).to_contain_text(story.arrived)
    page.get_by_role("link", name=story.number).first.click()
    page.goto(story.claim)
    expect(page.locator(".chip", has_text="Part paid").first).to_be_visible()
    assert faults(page) == []


def test_02_the_shortfall_is_asked_of_the_patient_with_one_button(page: Page, story: Story) -> None:
    page.get_by_role("link", name=re.compile("shortfall|Decide", re.IGNORECASE)).first.click()
    expect(page.get_by_text("Left to decide")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("button", name="Invoice to the patient").click()
    link = page.get_by_role("heading", name="Invoices to the patient").locator("xpath=following-sibling::ul//a").first
    story.share = link.inner_text()
    link.click()
    expect(page.get_by_role("heading", name=f"Invoice {story.share}")).to_be_visible()
    answer = page.request.get(page.get_by_role("link", name="PDF").first.get_attribute("href") or "")
    assert answer.body().startswith(b"%PDF")


def test_03_both_payments_are_found_on_the_bank_statement(page: Page, story: Story) -> None:
    on = dates.today().isoformat()
    lines = [
        "Date,Description,Amount",
        f"{on},BUPA {story.reference},{story.arrived}",
        f"{on},{story.share},{SHORT:.2f}",
    ]
    page.goto("/money/bank")
    page.get_by_role("link", name="Bring a statement").click()
    page.locator("input[type=file]").set_input_files(
        {"name": "statement.csv", "mimeType": "text/csv", "buffer": "\r\n".join(lines).encode()}
    )
    page.get_by_role("button", name="Look into the file").click()
    # Two amounts without a minus: what they are is asked, not guessed.
    page.get_by_label("every line is money in").check()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="2 good, 0 wrong")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("button", name="Take in the statement").click()
    page.goto("/money/bank")
    line = page.locator("table", has_text="State").locator("tr", has_text=f"BUPA {story.reference}")
    expect(line.locator(".chip")).to_contain_text("Matched")


def test_04_the_patients_line_is_recorded_on_the_invoice_and_nothing_is_open(page: Page, story: Story) -> None:
    waiting = page.locator("tr", has_text=story.share).filter(has=page.get_by_role("button"))
    waiting.get_by_role("button", name="Record as paid by the patient").click()
    expect(page.locator(".said").first).to_be_visible()
    page.goto("/invoices/")
    page.get_by_role("link", name=story.share).first.click()
    expect(page.get_by_text("Nothing is open.")).to_be_visible()


def test_05_one_click_undoes_the_match_of_the_bank_and_one_makes_it_again(page: Page, story: Story) -> None:
    page.goto("/money/bank")
    page.get_by_role("link", name=f"BUPA {story.reference}").first.click()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".said").first).to_be_visible()
    page.goto("/money/bank")
    waiting = page.locator("tr", has_text=story.reference).filter(has=page.get_by_role("button", name="Match"))
    expect(waiting).to_contain_text("The payment reference is in the text")
    waiting.get_by_role("button", name="Match").click()
    expect(page.locator(".said").first).to_be_visible()
    page.get_by_role("link", name=f"BUPA {story.reference}").first.click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()


def test_06_the_books_balance_to_the_penny(page: Page, story: Story) -> None:
    page.goto(story.claim)
    page.get_by_role("link", name=re.compile("shortfall|Decide", re.IGNORECASE)).first.click()
    books = page.get_by_role("heading", name="The books").locator("xpath=following-sibling::dl")
    sums = {
        name: pounds(books.locator(f"dt:text-is('{name}') + dd").inner_text())
        for name in ("Billed", "Paid", "Short", "Written off", "Open")
    }
    assert sums["Billed"] == sums["Paid"] + sums["Short"] + sums["Written off"] + sums["Open"]
    assert (sums["Short"], sums["Open"]) == (SHORT, 0)
    expect(page.get_by_text("Left to decide").locator("xpath=following-sibling::dd")).to_have_text("£0.00")
    assert faults(page) == []
