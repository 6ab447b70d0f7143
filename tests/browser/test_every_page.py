"""Every page of the demo, at a desk and on a telephone, light and dark: axe, width, errors; and the keyboard alone."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import patience
from tests.browser.conftest import Installation, faults, new_context, sign_in
from tests.demo.pages import FIRST_OF, PAGES, REPORTS, one_of_each

pytestmark = pytest.mark.browser
# Files that leave something open: in which order the day and the month stand, whose a name is, and rows that are wrong.
FILES = {
    "/money/bank/statements/new": "Date,Description,Amount\n03/04/2026,Invented Lettings,12.50\nnever,Nobody,1.00\n",
    "/money/import": "Insurer,Payment reference,Payment date,Invoice number,Paid\n"
    "Bupa,ZPAY1,03/04/2026,CB10003,55.00\nBupa,ZPAY1,03/04/2026,CB10004,much\n",
    "/settings/imports": "ID,Surname,Postcode,Zip,DOB\n1,Sample,SW1A 1AA,,03/04/1990\n2,Other,,E1 6AN,never\n",
    "/settings/imports#appointments": "Appointment ID,Client name,Date,Start time,Practitioner,Service,Status\n"
    "A1,Testa Sample,03/04/2027,09:30,Rosa Thornbury,Massage,Booked\nA2,Testa Sample,never,9,Nobody,Massage,Booked\n",
    "/settings/imports#invoices": "Invoice number,Client name,Invoice date,Amount,Paid,Billed to\n"
    "Z1,Testa Sample,03/04/2026,55.00,20.00,Bestcare\nZ2,Testa Sample,never,much,0,\n",
}
LOOKS = {"desk, light": (1280, "light"), "telephone, dark": (360, "dark")}


DOUBT = """
import django; django.setup()
from clearbill.claims.core import transitions
from clearbill.claims.models import Claim
for claim in Claim.objects.filter(status="Unknown (checking)")[:1]:
    transitions.open_task(claim, kind="unsettled", sentence="Healthcode has not said whether it has this bill.")
for claim in Claim.objects.filter(status="Awaiting collection", is_current=True)[:1]:
    transitions.open_task(claim, kind="not found", sentence="Healthcode no longer knows this bill.")
"""


@pytest.fixture(scope="module")
def doubts(demo: Installation) -> None:
    """Work that only a person can settle, as the worker leaves it after a day."""
    given = {**demo.environment, "DJANGO_SETTINGS_MODULE": "clearbill.config.settings"}
    subprocess.run([sys.executable, "-c", DOUBT], env=given, check=True, timeout=patience.SECONDS)


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, demo: Installation, doubts: None) -> Iterator[dict[str, object]]:
    context = new_context(chromium, base_url=demo.address)
    sign_in(context.new_page(), demo.address, *demo.signs())
    state = context.storage_state()
    yield {"storage_state": state, "base_url": demo.address}
    context.close()


@pytest.fixture(params=LOOKS)
def page(chromium: Browser, signed_in: dict[str, object], request: pytest.FixtureRequest) -> Iterator[Page]:
    width, scheme = LOOKS[request.param]
    context = new_context(chromium, viewport={"width": width, "height": 800}, color_scheme=scheme, **signed_in)
    yield context.new_page()
    context.close()


def check(page: Page, path: str) -> list[str]:
    """Return what is wrong with the page as it stands."""
    wrong = [f"{path}: {fault}" for fault in faults(page)]
    beyond = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if beyond > 0:
        wrong.append(f"{path}: {beyond} px wider than the screen")
    return wrong


def opened(page: Page, path: str) -> list[str]:
    """Go to an address and return what is wrong there."""
    answer = page.goto(path)
    if path.startswith("/calendar"):
        page.wait_for_load_state("networkidle")
    expected = 404 if path == "/nothing-here" else 200
    if answer is None or answer.status != expected or page.url.split("/", 3)[3] != path.lstrip("/"):
        return [f"{path}: shows {page.url} with {answer and answer.status}"]
    return check(page, path)


def addresses(demo: Installation) -> list[str]:
    """Return the address of one thing of every kind that the demo came with: what becomes of it, its page stays."""
    with closing(sqlite3.connect(demo.as_it_came)) as database:
        return one_of_each(lambda question: database.execute(question).fetchall())


def listened(page: Page) -> list[str]:
    """Return the list that the page's errors will be written into."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def test_no_page_has_a_fault_or_is_wider_than_its_screen(page: Page) -> None:
    said = listened(page)
    wrong = [fault for path in PAGES for fault in opened(page, path)]
    for path, link in FIRST_OF.items():
        page.goto(path)
        page.locator(link).first.click()
        page.wait_for_load_state("networkidle")
        wrong += check(page, f"one of {path}")
    assert wrong == []
    assert [line for line in said if "404" not in line] == []


def test_no_page_of_one_thing_has_a_fault_or_is_wider_than_its_screen(page: Page, demo: Installation) -> None:
    said = listened(page)
    assert [fault for path in addresses(demo) for fault in opened(page, path)] == []
    assert said == []


@pytest.mark.parametrize("where", FILES)
def test_a_file_with_faults_is_shown_without_a_fault_before_it_is_taken_in(page: Page, where: str) -> None:
    address, _, kind = where.partition("#")
    page.goto(address)
    if kind:
        page.get_by_label("What is in the file?").select_option(kind)
    if page.get_by_label("name of another account").count():
        page.get_by_label("name of another account").fill("Savings")
    page.locator("input[type=file]").set_input_files(
        {"name": "brought.csv", "mimeType": "text/csv", "buffer": FILES[where].encode()}
    )
    page.get_by_role("button", name="Look into the file").click()
    page.wait_for_url(re.compile(r"/[0-9a-f-]{36}$"))
    assert check(page, f"a file brought at {where}") == []


def test_the_sign_in_page_has_no_fault(chromium: Browser, demo: Installation) -> None:
    for width, scheme in LOOKS.values():
        context = new_context(chromium, viewport={"width": width, "height": 800}, color_scheme=scheme)
        page = context.new_page()
        page.goto(f"{demo.address}/")
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        assert check(page, "/sign-in") == []
        context.close()


def test_a_claim_is_submitted_with_the_keyboard_alone(chromium: Browser, signed_in: dict[str, object]) -> None:
    context = new_context(chromium, **signed_in)
    page = context.new_page()
    page.goto("/today")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    _tab_to(page, "Claims")
    page.keyboard.press("Enter")
    page.wait_for_url("**/claims/")
    _tab_to(page, re.compile(r"^To submit"))
    page.keyboard.press("Enter")
    page.wait_for_url("**tab=created**")
    _tab_to(page, re.compile(r"^CB\d+"), skip=re.compile("fix"))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/claims/[0-9a-f-]{36}"))
    _tab_to(page, "Submit Claim")
    page.keyboard.press("Enter")
    expect(page.locator("#standing .chip").first).not_to_have_text("Created")
    context.close()


def test_a_doubt_is_settled_with_the_keyboard_alone(chromium: Browser, signed_in: dict[str, object]) -> None:
    context = new_context(chromium, **signed_in)
    page = context.new_page()
    page.goto("/today")
    _tab_to(page, re.compile(r"^CB\d+"))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/claims/work/[0-9a-f-]{36}"))
    _tab_to(page, "Download the evidence")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert re.fullmatch(r"claim-CB\w+-evidence\.zip", download.value.suggested_filename)
    page.reload()
    page.get_by_label("Healthcode’s number").focus()
    page.keyboard.type("9000000999")
    _tab_to(page, "Healthcode has it")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/claims/[0-9a-f-]{36}$"))
    expect(page.get_by_text("Noted: Healthcode has it.")).to_be_visible()
    page.go_back()
    page.reload()
    expect(page.get_by_role("heading", name="Settled")).to_be_visible()
    context.close()


def test_the_search_is_a_key_away(chromium: Browser, signed_in: dict[str, object]) -> None:
    context = new_context(chromium, **signed_in)
    page = context.new_page()
    page.goto("/today")
    page.keyboard.press("/")
    page.keyboard.type("Sample")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Search", level=1)).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("Sample")).first).to_be_visible()
    assert "Sample" not in page.url
    context.close()


def _tab_to(page: Page, name: str | re.Pattern[str], *, skip: re.Pattern[str] | None = None) -> None:
    """Press Tab until something with this text has the focus."""
    for _ in range(150):
        page.keyboard.press("Tab")
        words, row = page.evaluate(
            "() => { const one = document.activeElement; const row = one.closest('tr');"
            " return [one.innerText.trim(), row ? row.innerText : ''] }"
        )
        fits = words == name if isinstance(name, str) else bool(name.search(words))
        if fits and not (skip and skip.search(row)):
            return
    raise AssertionError(f"{name} cannot be reached with the Tab key")


@pytest.mark.parametrize("report", REPORTS)
def test_a_report_is_printed_as_a_table_on_few_pages(
    chromium: Browser, demo: Installation, signed_in: dict[str, object], report: str
) -> None:
    context = new_context(chromium, storage_state=signed_in, base_url=demo.address)
    page = context.new_page()
    page.goto(report)
    printed = page.pdf(prefer_css_page_size=True)
    context.close()
    assert printed.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) <= 3
