"""Take the guide's pictures from a running demo, so that they show what Clearbill really looks like."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser.conftest import FLAGS, Running, sign_in  # noqa: E402

GUIDE = ROOT / "docs" / "guide"


def main() -> None:
    running = Running()
    try:
        installation = running.installation(running.start("clearbill", "demo", until="Ctrl-C"))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            page = browser.new_page(viewport={"width": 1280, "height": 860})
            sign_in(page, installation.address, *installation.signs())
            for name, go in PICTURES.items():
                go(page, installation.address)
                page.wait_for_load_state("networkidle")
                page.screenshot(path=GUIDE / f"{name}.png")
            browser.close()
    finally:
        running.end()


def at(path: str) -> object:
    return lambda page, address: page.goto(f"{address}{path}")


def a_service(page: Page, address: str) -> None:
    page.goto(f"{address}/settings/services")
    page.locator("details.menu summary").nth(1).click()
    page.get_by_role("link", name="Edit").first.click()


def a_client(page: Page, address: str) -> None:
    page.goto(f"{address}/clients/")
    page.locator("main table tbody a").first.click()
    page.get_by_role("link", name="Edit").first.click()
    page.get_by_role("heading", name="UK Private Health Insurance").evaluate("one => one.scrollIntoView()")


def the_calendar(page: Page, address: str) -> None:
    page.goto(f"{address}/calendar/")
    page.locator(".ec-event").first.click()


def a_claim(page: Page, address: str) -> None:
    page.goto(f"{address}/claims/?tab=created")
    page.locator("main table tbody a").first.click()


def a_claim_to_settle(page: Page, address: str) -> None:
    page.goto(f"{address}/claims/work")
    page.locator("main table tbody a").first.click()


PICTURES = {
    "connected": at("/settings/integrations/healthcode"),
    "users": at("/settings/users"),
    "service": a_service,
    "payees": at("/settings/payees"),
    "readiness": at("/settings/readiness"),
    "insurance": a_client,
    "calendar": the_calendar,
    "claim": a_claim,
    "claims": at("/claims/"),
    "settle": a_claim_to_settle,
}


if __name__ == "__main__":
    main()
