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
    page.locator("main tbody details.menu summary").first.click()
    page.get_by_role("link", name="Edit").first.click()


def a_client(page: Page, address: str) -> None:
    page.goto(f"{address}/clients/")
    page.locator("main table tbody a").first.click()
    page.get_by_role("link", name="Edit").first.click()
    page.get_by_role("heading", name="UK Private Health Insurance").evaluate("one => one.scrollIntoView()")


def the_calendar(page: Page, address: str) -> None:
    page.goto(f"{address}/calendar/?view=week")
    page.locator(".ec-event").first.click()


def a_claim(page: Page, address: str) -> None:
    page.goto(f"{address}/claims/?tab=created")
    page.locator("main table tbody a").first.click()


def a_claim_to_settle(page: Page, address: str) -> None:
    page.goto(f"{address}/claims/work")
    page.locator("main table tbody a").first.click()


def the_first_of(path: str, links: str) -> object:
    """Go to a list and open the first page that it leads to by such links."""

    def go(page: Page, address: str) -> None:
        page.goto(f"{address}{path}")
        page.locator(f"main {links}").first.click()

    return go


def a_file_with_faults(page: Page, address: str) -> None:
    rows = ["Invoice,Paid,Payment reference,Insurer", "CB10340,90.00,PAY990001,BUPA", "CB10223,ninety,PAY990001,BUPA"]
    content = "\r\n".join([*rows, ",45.00,PAY990001,BUPA"]).encode()
    page.goto(f"{address}/money/import")
    page.set_input_files("input[type=file]", {"name": "payment.csv", "mimeType": "text/csv", "buffer": content})
    page.locator("main form button").first.click()


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
    "today": at("/today"),
    "money": at("/money/"),
    "import": a_file_with_faults,
    "shortfall": the_first_of("/money/shortfalls", "a[href^='/money/shortfalls/']"),
    "bank": at("/money/bank"),
    "invoice": the_first_of("/invoices/?insurer=client&paid=open", "table tbody a"),
    "expected": at("/money/expected"),
    "report": at("/reports/days-to-payment"),
    "accounts": at("/money/accounts"),
}


if __name__ == "__main__":
    main()
