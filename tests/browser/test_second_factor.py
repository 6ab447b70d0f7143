"""A passkey in a real browser, with the virtual authenticator of Chromium: added, as the second step, and alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Installation, faults, new_context, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = new_context(chromium)
    page = context.new_page()
    device = context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield page
    context.close()


def by_name(address: str) -> str:
    """Passkeys belong to a name; a number is none."""
    return address.replace("127.0.0.1", "localhost")


def test_a_passkey_is_added_asked_for_and_signs_in_alone(page: Page, demo: Installation) -> None:
    address, (_, password), mail = by_name(demo.address), demo.signs(), "sam@riverside.example"
    sign_in(page, address, mail, password)
    page.goto(f"{address}/account/second-factor")
    assert not faults(page)
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("Laptop at the desk")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    expect(page.locator("#recovery-codes li")).to_have_count(10)
    assert not faults(page)
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save as a file").click()
    assert saved.value.suggested_filename == "clearbill-recovery-codes.txt"
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("Laptop at the desk, added on")).to_be_visible()
    assert not faults(page)

    sign_out(page)
    page.get_by_label("E-mail").fill(mail)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    assert not faults(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_label("Your account")).to_be_visible()

    sign_out(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_label("Your account")).to_be_visible()

    page.goto(f"{address}/account/second-factor")
    page.get_by_role("link", name="Remove Laptop at the desk").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("The passkey is removed.")).to_be_visible()


def sign_out(page: Page) -> None:
    page.get_by_label("Your account").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
