"""An unattended screen shows nobody's data, and gives back what was typed: in a real browser, by its own clock."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Installation, faults, new_context, sign_in

pytestmark = pytest.mark.browser


def test_a_page_that_nobody_touches_covers_itself_until_the_password(chromium: Browser, demo: Installation) -> None:
    mail, password = demo.signs()
    context = new_context(chromium)
    page = context.new_page()
    page.clock.install()
    sign_in(page, demo.address, mail, password)
    page.goto(f"{demo.address}/clients/new")
    page.get_by_label("Last name").fill("Half-typed")
    page.clock.fast_forward("14:00")
    expect(page.get_by_role("heading", name="Locked")).to_be_hidden()
    with page.expect_response("**/account/lock") as told:
        page.clock.fast_forward("02:00")
    assert told.value.status == 204
    expect(page.get_by_role("heading", name="Locked")).to_be_visible()
    expect(page.get_by_label("Last name")).to_be_hidden()
    assert not faults(page)

    other = context.new_page()
    other.goto(f"{demo.address}/today")
    expect(other.get_by_role("heading", name="Locked")).to_be_visible()
    other.close()

    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Unlock").click()
    expect(page.get_by_text("This is not the password.")).to_be_visible()
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Unlock").click()
    expect(page.get_by_label("Last name")).to_have_value("Half-typed")
    page.get_by_label("First name").fill("Zoë")
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_role("heading", name="Zoë Half-typed")).to_be_visible()
    context.close()
