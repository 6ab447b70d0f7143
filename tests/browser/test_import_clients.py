"""A long list of clients, from the page of clients until it is undone: in a real browser, with a real worker."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Installation, faults, new_context, sign_in

pytestmark = pytest.mark.browser

COUNT = 420


def listed() -> bytes:
    """Clients with an insurer that is not known, one of whom is wrong."""
    rows = [
        f"{number},Testa{number},Listed,{1940 + number % 60}-03-04,Bestcare,ZZ{number:06}" for number in range(COUNT)
    ]
    rows.append("wrong,Testa,Listed,31/02/1990,,")
    return "\n".join(["Client ID,First name,Last name,DOB,Insurer,Membership number", *rows, ""]).encode()


@pytest.fixture
def page(chromium: Browser, demo: Installation) -> Iterator[Page]:
    context = new_context(chromium, viewport={"width": 1280, "height": 900}, base_url=demo.address)
    page = context.new_page()
    sign_in(page, demo.address, *demo.signs())
    yield page
    context.close()


def test_a_long_list_is_brought_answered_followed_and_undone(page: Page) -> None:
    page.goto("/clients/")
    page.get_by_role("link", name="Import clients").click()
    page.get_by_label("Where does it come from?").select_option("Cliniko")
    page.locator("input[type=file]").set_input_files(
        {"name": "clients.csv", "mimeType": "text/csv", "buffer": listed()}
    )
    page.get_by_role("button", name="Look into the file").click()
    expect(page.get_by_role("heading", name="The file leaves something open")).to_be_visible()
    assert faults(page) == []
    page.get_by_label("The file names the insurer “Bestcare”").select_option("Aviva")
    page.get_by_role("button", name="Go on").click()
    # The worker checks what is left of it, and the page follows by itself.
    expect(page.get_by_role("heading", name="What is in the file")).to_be_visible()
    expect(page.get_by_text("31/02/1990")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("button", name=f"Take in {COUNT} rows").click()
    expect(page.get_by_role("heading", name="A file taken in")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("link", name="Testa7 Listed").click()
    expect(page.get_by_role("heading", name="Testa7 Listed")).to_be_visible()
    expect(page.get_by_text("Aviva").first).to_be_visible()
    page.go_back()
    page.get_by_role("button", name="Undo this import").click()
    expect(page.get_by_role("heading", name="An import that was undone")).to_be_visible()
    page.goto("/clients/")
    page.get_by_label("Find").fill("Listed")
    expect(page.get_by_text(re.compile("^ *0 clients found"))).to_be_attached()
