"""Pages on which files of invoices are brought, looked at, taken in; and what the pages say of an imported invoice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import lxml.html
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from clearbill.imports.models import FileImport
from clearbill.invoicing.models import Invoice
from clearbill.people.models import Role
from tests import builders
from tests.imports.invoices.test_import import Desk, line, listed
from tests.web.workspace.imports.test_pages import words

pytestmark = pytest.mark.django_db


class Pages(Desk):
    """The desk, and a browser."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.browser = builders.signed_in(self.membership)

    def upload(self, content: bytes) -> Any:
        file = SimpleUploadedFile("invoices.csv", content)
        given = {"kind": "invoices", "file": file, "source": "", **builders.shown_to(self.membership)}
        return self.browser.post("/settings/imports", given, follow=True)

    def send(self, step: str, **given: str) -> Any:
        address = f"/settings/imports/{FileImport.objects.get().pk}/{step}"
        return self.browser.post(address, given | builders.shown_to(self.membership), follow=True)


@pytest.fixture
def pages() -> Iterator[Pages]:
    with time_machine.travel(builders.NOW):
        yield Pages()


def test_from_the_file_to_an_invoice_without_a_claim(pages: Pages) -> None:
    page = pages.upload(listed([line("INV-1"), line("INV-2", open="49.99")]))
    assert "£49.99 is said to be open." in words(page)
    page = pages.browser.get(page.request["PATH_INFO"], {"show": "new"})
    cells = lxml.html.fromstring(page.content).xpath("//table[contains(@class, 'cards')]//td[@data-label]")
    shown = {cell.get("data-label"): cell.text_content().strip() for cell in cells}
    assert shown == {
        "Row": "2",
        "Invoice": "INV-1",
        "Date": "2 Oct 2026",
        "Billed to": "BUPA",
        "Amount": "£70.00",
        "Open": "£50.00",
        "Remarks": "",
    }
    pages.send("take-in", only="good")
    invoice = Invoice.objects.get()
    page = words(pages.browser.get(f"/invoices/{invoice.pk}"))
    assert "This invoice came from another system and was claimed there" in page
    assert "Paid before it was imported" in page
    assert "Create Claim" not in page
    pages.send("undo")
    assert not Invoice.objects.exists()


def test_the_template_is_read_without_a_question(pages: Pages) -> None:
    template = b"".join(pages.browser.get("/settings/imports/template", {"kind": "invoices"}).streaming_content)
    pages.upload(template)
    assert not FileImport.objects.get().found.get("questions")


def test_who_may_not_record_payments_imports_no_invoices(pages: Pages) -> None:
    pages.upload(listed([line("INV-1")]))
    member = builders.member(pages.practice, Role.PRACTITIONER)
    browser = builders.signed_in(member)
    assert browser.get(f"/settings/imports/{FileImport.objects.get().pk}").status_code == 403
    given = {"kind": "invoices", "file": SimpleUploadedFile("a.csv", b"a,b\n"), **builders.shown_to(member)}
    assert "1 thing to fix" in words(browser.post("/settings/imports", given))
    assert "invoices.csv" not in words(browser.get("/settings/imports"))
    assert FileImport.objects.count() == 1
