"""Every list page hands out what it shows, as CSV and as Excel, by one menu."""

from __future__ import annotations

import csv
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone
from lxml import html
from python_calamine import CalamineWorkbook

from clearbill.appointments.models import Appointment
from clearbill.bill import dates
from clearbill.clients.models import Client
from clearbill.exports.lists import LISTS
from clearbill.invoicing import payments
from clearbill.invoicing.models import LedgerEntry
from clearbill.people.models import Role
from clearbill.workspace.models import CodeEntry
from tests import builders
from tests.claims.desk import Desk
from tests.money.bank.teller import csv as statement
from tests.money.bank.teller import taken
from tests.money.follow_up.agreed import agreed
from tests.money.remittances.paying import taken_in, told
from tests.money.remittances.test_allocation import collected

pytestmark = pytest.mark.django_db

LISTED = {
    "/clients/": LISTS["clients"].headings,
    "/invoices/": LISTS["invoices"].headings,
    "/invoices/unbilled": LISTS["appointments"].headings,
    "/claims/?tab=all": LISTS["claims"].headings,
    "/claims/to-create": LISTS["invoices"].headings,
    "/calendar/": LISTS["appointments"].headings,
    "/money/": LISTS["remittances"].headings,
    "/money/shortfalls": None,
    "/money/takings": None,
    "/money/bank": [*LISTS["bank-lines"].headings, "Matched with"],
    "/reports/income": None,
    "/settings/audit": LISTS["audit"].headings,
    "/settings/services": None,
    "/settings/codes": None,
    "/settings/prices": None,
}
"""The list pages, each with its columns where `clearbill export` writes the same list."""


@pytest.fixture
def browser() -> Browser:
    """A practice with something on every list."""
    desk = Desk()
    claim = collected(desk)
    agreed(desk)
    taken_in(desk, told(claim, "50", short=20))
    desk.invoice()
    payments.record_payment(
        desk.actor(),
        invoice=desk.invoice(),
        amount=Decimal(5),
        received_on=dates.today(),
        source=LedgerEntry.PATIENT,
    )
    taken(desk, statement("20/11/2026,=HYPERLINK(1),12.00"))
    # The calendar opens at its own today, of which the first minute is over at any time of the day.
    first_minute = timezone.make_aware(datetime.combine(dates.today(), time(0, 1)))
    builders.appointment(desk.practice, starts_at=first_minute, state=Appointment.COMPLETED)
    CodeEntry.objects.create(practice=desk.practice, kind="isc", code="ZX1", title="A code", price=Decimal("7"))
    return builders.signed_in(desk.owner)


def rows_of(browser: Browser, address: str, form: str, **given: str) -> list[list[Any]]:
    """Return the cells of the list as a file, days and numbers as the text of the CSV file."""
    parted = "&" if "?" in address else "?"
    answer = browser.post(address, {**given, "file": form}) if given else browser.get(f"{address}{parted}file={form}")
    assert answer.status_code == 200
    assert answer["Content-Disposition"].endswith(f'.{form}"')
    assert answer["Cache-Control"] == "no-store"
    content = answer.getvalue()
    if form == "csv":
        return list(csv.reader(content.decode("utf-8-sig").splitlines()))
    return CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()


def same(cells: list[list[Any]]) -> list[list[Any]]:
    return [list(map(_comparable, row)) for row in cells]


def _comparable(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(cell, date):
        return cell.isoformat()
    try:
        return float(cell)
    except ValueError:
        return str(cell)


@pytest.mark.parametrize("address", LISTED)
def test_a_list_comes_as_csv_and_as_excel_with_the_same_cells(browser: Browser, address: str) -> None:
    page = browser.get(address).content.decode()
    assert ">Export<" in page.replace("\n", "").replace(" ", "")
    as_csv, as_excel = (rows_of(browser, address, form) for form in ("csv", "xlsx"))
    assert len(as_csv) > 1
    assert same(as_excel) == same(as_csv)
    if columns := LISTED[address]:
        assert as_csv[0] == columns


@pytest.mark.parametrize("address", LISTED)
def test_enter_in_a_search_is_answered_with_the_page_and_not_with_a_file(browser: Browser, address: str) -> None:
    """A browser presses the first button of the form, wherever on the page it stands."""
    page = html.fromstring(browser.get(address).content)
    for name in set(page.xpath("//details[contains(@class, 'export')]//button/@form")):
        [form] = page.xpath(f"//form[@id='{name}']")
        buttons = form.xpath(f".//button[not(@form)] | //button[@form='{name}']")
        assert buttons[0].get("name") != "file"


def test_the_file_is_narrowed_as_the_page_is(browser: Browser) -> None:
    practice = Client.objects.first().practice  # type: ignore[union-attr]
    builders.client(practice, last_name="Quillfeather")
    found = rows_of(browser, "/clients/", "csv", q="Quillfeather")
    assert [row[4] for row in found] == ["Last name", "Quillfeather"]
    assert len(rows_of(browser, "/invoices/", "csv", words="nobody of that name")) == 1
    assert len(rows_of(browser, "/claims/?tab=created", "csv")) == 1


def test_a_list_is_handed_out_to_those_who_see_it_alone() -> None:
    practice = builders.practice()
    stranger = builders.signed_in(builders.member(builders.practice()))
    builders.client(practice, last_name="Quillfeather")
    assert "Quillfeather" not in str(rows_of(stranger, "/clients/", "csv"))
    desk = builders.signed_in(builders.member(practice, Role.RECEPTIONIST))
    assert desk.get("/settings/audit?file=csv").status_code == 403
    assert Browser().get("/clients/?file=csv").status_code == 302


def test_another_form_is_no_file(browser: Browser) -> None:
    assert "<h1>Clients</h1>" in browser.get("/clients/?file=pdf").content.decode()
