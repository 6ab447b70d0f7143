"""The keyboard alone, at a desk and on a telephone: what has the focus is seen, and it stays where one was."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Installation, faults, new_context, sign_in

pytestmark = pytest.mark.browser
HIDDEN = """() => {
  const one = document.activeElement, box = one.getBoundingClientRect();
  if (one === document.body || box.height > 600) return "";
  const at = document.elementFromPoint(box.left + Math.min(box.width / 2, 40), box.top + box.height / 2);
  const isSeen = at && (one === at || one.contains(at) || at.contains(one) || [...(one.labels ?? [])].includes(at));
  return isSeen ? "" : `${one.tagName} ${one.name ?? ""} ${one.innerText} at ${box.left | 0}, ${box.top | 0}`;
}"""


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, demo: Installation) -> Iterator[dict[str, object]]:
    context = new_context(chromium, base_url=demo.address)
    sign_in(context.new_page(), demo.address, *demo.signs())
    yield {"storage_state": context.storage_state(), "base_url": demo.address}
    context.close()


@pytest.fixture(params=[1280, 360], ids=["desk", "telephone"])
def page(chromium: Browser, signed_in: dict[str, object], request: pytest.FixtureRequest) -> Iterator[Page]:
    context = new_context(chromium, viewport={"width": request.param, "height": 800}, **signed_in)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("path", ["/claims/?tab=created", "/invoices/", "/money/expected", "/settings/users"])
def test_whatever_has_the_focus_is_to_be_seen(page: Page, path: str) -> None:
    page.goto(path)
    hidden = []
    for _ in range(70):
        page.keyboard.press("Tab")
        hidden.append(page.evaluate(HIDDEN))
    assert [one for one in hidden if one] == []


def test_headings_that_sort_have_no_fault_while_they_are_shown_for_the_keyboard(page: Page) -> None:
    page.goto("/invoices/")
    page.locator("thead a").first.focus()
    expect(page.locator("thead a").first).to_be_in_viewport()
    assert faults(page) == []


def test_the_arrow_keys_walk_through_a_filter_and_enter_chooses(page: Page) -> None:
    page.goto("/claims/")
    insurer = page.get_by_label("Insurer", exact=True)
    third = insurer.locator("option").nth(2).get_attribute("value") or "none"
    insurer.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(insurer).to_have_value(third)
    assert page.url.endswith("/claims/")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**insurer={third}**")


def test_a_filter_that_was_walked_through_is_sent_when_it_is_left(page: Page) -> None:
    page.goto("/claims/")
    page.get_by_label("Age or time left", exact=True).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    expect(page).to_have_url(re.compile(r"age=7\b"))


def test_typing_goes_on_in_the_first_of_the_lines_that_were_asked_for(page: Page) -> None:
    page.goto("/money/type-in")
    before = page.get_by_label("Invoice number").count()
    page.get_by_role("button", name="More lines").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Invoice number")).to_have_count(before + 3)
    expect(page.get_by_label("Invoice number").nth(before)).to_be_focused()
    expect(page.get_by_label("Invoice number").nth(before)).to_be_in_viewport()


def test_a_page_that_follows_by_itself_leaves_the_focus_where_it_was(page: Page) -> None:
    page.goto("/claims/?tab=created")
    page.get_by_label(re.compile("^Tick claim")).nth(1).check()
    page.get_by_role("button", name="Check and submit the ticked claims").click()
    page.get_by_role("button", name="Submit 1 claim", exact=True).click()
    back = page.get_by_role("link", name="To the claims")
    back.focus()
    expect(page.get_by_role("heading", name="Sent to Healthcode: 1 of 1")).to_be_visible()
    expect(back).to_be_focused()


def test_a_claim_that_moves_on_leaves_the_focus_where_it_was(page: Page) -> None:
    page.goto("/claims/?tab=created")
    page.locator("tr").filter(has_text="Ready").locator("td.lead a").nth(1).click()
    page.get_by_role("button", name="Submit Claim").first.click()
    shown = page.get_by_role("link", name="What was sent, what came back")
    shown.first.focus()
    first = page.locator("#standing").get_attribute("hx-get")
    expect(page.locator("#standing")).not_to_have_attribute("hx-get", first or "")
    expect(shown.first).to_be_focused()


@pytest.mark.parametrize(
    "path", ["/claims/", "/invoices/", "/money/shortfalls", "/settings/codes", "/settings/services"]
)
def test_a_list_that_was_searched_leaves_the_focus_in_the_search(page: Page, path: str) -> None:
    page.goto(path)
    search = page.locator("main").get_by_role("search").get_by_role("searchbox")
    search.focus()
    page.keyboard.type("Z")
    page.keyboard.press("Enter")
    page.locator("main[data-answered]").wait_for()
    expect(search).to_be_focused()
    expect(search).to_have_value("Z")
    expect(search).to_be_in_viewport()
