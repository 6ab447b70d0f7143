"""What somebody typed is not lost on the way out of a page: in a real browser, by link, Back, tab and button."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from tests.browser.conftest import Installation, new_context, sign_in
from tests.patience import wait_until

pytestmark = pytest.mark.browser
LONG_FORMS = {
    "/clients/new": "Last name",
    "/calendar/new": "Client",
    "/invoices/new": "Description",
    "/money/type-in": "Payment reference",
    "/settings/services/new": "Name",
    "/settings/payees/new": "Name",
    "/settings/sites/new": "Name",
    "/settings/prices/new": "Description",
    "/settings/practice": "VAT number",
    "/account/password": "Present password",
}


class Asked:
    """What the browser asked, and what the person answers: to stay, or to go on."""

    def __init__(self, page: Page) -> None:
        self.kinds: list[str] = []
        self.words: list[str] = []
        self.goes_on = False
        page.on("dialog", self._answer)

    def _answer(self, dialog: Dialog) -> None:
        self.kinds.append(dialog.type)
        self.words.append(dialog.message)
        if self.goes_on:
            dialog.accept()
        else:
            dialog.dismiss()


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


def type_into(page: Page, label: str, text: str) -> None:
    """Type as a person does: the browser asks nobody who has not touched the page."""
    page.locator("main").get_by_label(label, exact=True).first.click()
    page.keyboard.type(text)


def follow(page: Page, name: str = "Reports") -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name=name, exact=True).click()


def wait_until_asked(page: Page, asked: Asked, times: int = 1) -> None:
    wait_until(f"it asks {times} times", lambda: len(asked.kinds) >= times, pause=page.wait_for_timeout)


@pytest.mark.parametrize("path", LONG_FORMS)
def test_a_link_away_from_a_typed_form_is_asked_about_and_staying_keeps_what_was_typed(page: Page, path: str) -> None:
    asked, label = Asked(page), LONG_FORMS[path]
    page.goto(path)
    type_into(page, label, "Zoe")
    follow(page)
    wait_until_asked(page, asked)
    assert asked.kinds == ["beforeunload"]
    assert page.url.endswith(path)
    expect(page.locator("main").get_by_label(label, exact=True).first).to_have_value(re.compile("Zoe"))
    asked.goes_on = True
    follow(page)
    page.wait_for_url("**/reports/")


def test_back_and_a_closed_tab_are_asked_about_too(page: Page) -> None:
    asked = Asked(page)
    page.goto("/clients/")
    page.goto("/clients/new")
    type_into(page, "Last name", "Zoe")
    page.evaluate("() => { history.back(); }")
    wait_until_asked(page, asked)
    # Going back has been given up only when the page answers again.
    expect(page.get_by_label("Last name")).to_have_value("Zoe")
    page.close(run_before_unload=True)
    wait_until_asked(page, asked, times=2)
    assert asked.kinds == ["beforeunload", "beforeunload"]
    assert not page.is_closed()
    expect(page.get_by_label("Last name")).to_have_value("Zoe")


def test_nobody_is_asked_where_nothing_differs_from_what_was_loaded(page: Page) -> None:
    asked = Asked(page)
    page.goto("/clients/new")
    type_into(page, "Last name", "Zoe")
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    follow(page)
    page.wait_for_url("**/reports/")
    assert asked.kinds == []


def test_searches_filters_and_ticks_of_a_list_are_left_without_being_asked(page: Page) -> None:
    asked = Asked(page)
    page.goto("/claims/?tab=created")
    page.get_by_label("Tick claim").first.click()
    type_into(page, "Client or number", "Sample")
    follow(page, "Invoices")
    page.wait_for_url("**/invoices/")
    page.get_by_role("search", name="Invoices").get_by_role("searchbox").click()
    page.keyboard.type("Sample")
    follow(page)
    page.wait_for_url("**/reports/")
    assert asked.kinds == []


def test_a_double_click_on_save_is_asked_nothing_and_makes_one_client(page: Page) -> None:
    asked = Asked(page)
    page.goto("/clients/new")
    type_into(page, "First name", "Twice")
    type_into(page, "Last name", "Zclicked")
    page.get_by_role("button", name="Save").last.dblclick()
    expect(page.get_by_role("heading", name="Twice Zclicked")).to_be_visible()
    page.goto("/clients/")
    page.get_by_label("Find", exact=True).fill("Zclicked")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Zclicked, Twice")).to_have_count(1)
    assert asked.kinds == []


def test_a_page_answered_with_errors_still_holds_what_is_not_saved(page: Page) -> None:
    asked = Asked(page)
    page.goto("/clients/new")
    type_into(page, "First name", "Unsaved")
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_role("heading", name="1 thing to fix")).to_be_visible()
    page.get_by_label("Last name").click()
    follow(page)
    wait_until_asked(page, asked)
    assert asked.kinds == ["beforeunload"]
    type_into(page, "Last name", "Zmended")
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_role("heading", name="Unsaved Zmended")).to_be_visible()
    assert asked.kinds == ["beforeunload"]


def test_lines_that_were_asked_for_are_not_saved_either(page: Page) -> None:
    asked = Asked(page)
    page.goto("/money/type-in")
    type_into(page, "Payment reference", "ZPAY9")
    page.get_by_role("button", name="More lines").click()
    expect(page.get_by_label("Payment reference")).to_have_value("ZPAY9")
    page.get_by_label("Payment reference").click()
    follow(page)
    wait_until_asked(page, asked)
    assert asked.kinds == ["beforeunload"]


def open_a_created_claim(page: Page) -> None:
    page.goto("/claims/?tab=created")
    page.locator("tbody td.lead a").first.click()
    page.wait_for_url(re.compile(r"/claims/[0-9a-f-]{36}$"))


def test_collecting_the_data_again_asks_before_it_throws_away_what_was_typed(page: Page) -> None:
    asked = Asked(page)
    open_a_created_claim(page)
    again = page.get_by_role("complementary").get_by_role("button", name="Collect the data again")
    again.click()
    expect(page.get_by_text("The data were collected again.")).to_be_visible()
    assert asked.kinds == []
    type_into(page, "Authorisation Code", "Z-TYPED")
    again.click()
    wait_until_asked(page, asked)
    assert asked.kinds == ["confirm"]
    assert asked.words[0].startswith("What you typed on this page is not saved yet")
    expect(page.get_by_label("Authorisation Code", exact=True)).to_have_value(re.compile("Z-TYPED"))
    asked.goes_on = True
    again.click()
    expect(page.get_by_text("The data were collected again.")).to_be_visible()
    expect(page.get_by_label("Authorisation Code", exact=True)).not_to_have_value(re.compile("Z-TYPED"))
    assert asked.kinds == ["confirm", "confirm"]


def test_collecting_the_data_again_asks_before_it_replaces_what_was_saved_on_the_claim_only(page: Page) -> None:
    asked = Asked(page)
    open_a_created_claim(page)
    page.get_by_label("Also change it on the client").uncheck()
    type_into(page, "Authorisation Code", "Z-SAVED")
    page.get_by_role("button", name="Save and check again").click()
    expect(page.get_by_role("heading", name="The client, invoice or settings say something else")).to_be_visible()
    again = page.get_by_role("button", name="Collect the data again")
    again.click()
    assert asked.kinds == ["confirm"]
    assert "takes their values" in asked.words[0]
    asked.goes_on = True
    again.click()
    expect(page.get_by_text("The data were collected again.")).to_be_visible()
    expect(page.get_by_label("Authorisation Code", exact=True)).not_to_have_value(re.compile("Z-SAVED"))


def narrowed_with_two_ticks(page: Page) -> tuple[str, list[str]]:
    """Narrow the list of claims to one insurer and tick two; return its address and the ticked numbers."""
    page.goto("/claims/?tab=created&sort=-number")
    page.get_by_label("Insurer", exact=True).select_option("bupa")
    page.wait_for_url("**insurer=bupa**")
    ticks = page.get_by_label(re.compile("^Tick claim"))
    names = [ticks.nth(place).get_attribute("aria-label") or "" for place in (0, 2)]
    for name in names:
        page.get_by_label(name).check()
    return page.url, names


def expect_narrowed_with_ticks(page: Page, names: list[str]) -> None:
    expect(page.get_by_label("Insurer", exact=True)).to_have_value("bupa")
    expect(page.locator(".tabs [aria-current]")).to_contain_text("To submit")
    for name in names:
        expect(page.get_by_label(name)).to_be_checked()
    expect(page.locator("[data-tick]:checked")).to_have_count(len(names))


def test_back_from_the_check_of_ticked_claims_finds_filters_and_ticks_again(page: Page) -> None:
    address, names = narrowed_with_two_ticks(page)
    page.get_by_role("button", name="Check and submit the ticked claims").click()
    page.get_by_role("heading", name="Check and submit").wait_for()
    page.get_by_role("button", name=re.compile("^Back")).click()
    page.wait_for_url("**/claims/")
    expect_narrowed_with_ticks(page, names)
    expect(page.get_by_text(re.compile(r"^2 of \d+ ticked"))).to_be_visible()
    # The filters go on from here, though none of them stands in the address.
    page.get_by_role("button", name=re.compile("^Paid")).click()
    page.wait_for_url("**tab=paid**")
    expect(page.get_by_label("Insurer", exact=True)).to_have_value("bupa")
    page.goto(address)
    for name in names:
        page.get_by_label(name).check()
    page.get_by_role("button", name="Check and submit the ticked claims").click()
    page.get_by_role("heading", name="Check and submit").wait_for()
    page.go_back()
    assert page.url == address
    expect_narrowed_with_ticks(page, names)


def test_back_from_all_that_are_ready_finds_the_search_again(page: Page) -> None:
    page.goto("/claims/?tab=created")
    page.get_by_label("Client or number").fill("CB")
    page.keyboard.press("Enter")
    page.wait_for_url("**/claims/")
    page.get_by_role("button", name="Submit all that are ready").click()
    page.get_by_role("heading", name="Submit all that are ready").wait_for()
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_label("Client or number")).to_have_value("CB")
    expect(page.locator(".tabs [aria-current]")).to_contain_text("To submit")
    assert "CB" not in page.url
