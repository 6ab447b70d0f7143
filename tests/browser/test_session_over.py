"""The session ends, or nothing answers, while somebody types: in a real browser, with scripts and without."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Installation, faults, new_context, sign_in

pytestmark = pytest.mark.browser


def end_session(context: BrowserContext) -> None:
    for cookie in context.cookies():
        if cookie["name"].startswith("clearbill_session"):
            context.clear_cookies(name=cookie["name"])


def type_a_client(page: Page, address: str, last_name: str) -> None:
    page.goto(f"{address}/clients/new")
    page.get_by_label("First name").fill("Zoë")
    page.get_by_label("Last name").fill(last_name)
    page.get_by_label("Notes").fill("first line\nsecond line")


@pytest.mark.parametrize("has_scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_client_typed_while_the_session_ended_is_saved_after_the_sign_in(
    chromium: Browser, demo: Installation, has_scripts: bool
) -> None:
    mail, password = demo.signs()
    context = new_context(chromium, java_script_enabled=has_scripts)
    page = context.new_page()
    sign_in(page, demo.address, mail, password)
    type_a_client(page, demo.address, f"O’Kept{has_scripts}")
    end_session(context)
    if has_scripts:
        page.get_by_label("Insurance Provider").select_option("bupa")
        expect(page.locator("#signed-out")).to_contain_text("What you typed is still on this page.")
        assert not faults(page)
        page.get_by_label("Insurance Provider").select_option("")
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_label("E-mail").fill(mail)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="You are signed in again")).to_be_visible()
    if has_scripts:
        assert not faults(page)
    page.get_by_role("button", name="Send what you typed").click()
    expect(page.get_by_role("heading", name=f"Zoë O’Kept{has_scripts}")).to_be_visible()
    expect(page.get_by_text("first line")).to_be_visible()
    context.close()


def test_a_page_from_before_another_sign_in_keeps_what_was_typed(chromium: Browser, demo: Installation) -> None:
    mail, password = demo.signs()
    context = new_context(chromium)
    page = context.new_page()
    sign_in(page, demo.address, mail, password)
    type_a_client(page, demo.address, "Stale")
    other = context.new_page()
    other.goto(f"{demo.address}/today")
    other.get_by_label("Your account").click()
    other.get_by_role("button", name="Sign out").click()
    other.wait_for_url("**/sign-in")
    sign_in(other, demo.address, mail, password)
    page.get_by_role("button", name="Save").last.click()
    page.get_by_role("button", name="Send what you typed").click()
    expect(page.get_by_role("heading", name="Zoë Stale")).to_be_visible()
    context.close()


def test_a_piece_of_a_page_that_does_not_come_is_said_until_one_comes_again(
    chromium: Browser, demo: Installation
) -> None:
    context = new_context(chromium)
    page = context.new_page()
    sign_in(page, demo.address, *demo.signs())
    type_a_client(page, demo.address, "Waiting")
    note = page.get_by_text("Clearbill did not answer.")
    expect(note).to_be_hidden()
    # The browser itself lets the requests fail, as where the network or the server is away.
    context.set_offline(True)
    page.get_by_label("Insurance Provider").select_option("bupa")
    expect(note).to_be_visible()
    assert not faults(page)
    context.set_offline(False)
    page.get_by_label("Insurance Provider").select_option("axa-health")
    expect(note).to_be_hidden()
    expect(page.get_by_label("Last name")).to_have_value("Waiting")
    context.close()
