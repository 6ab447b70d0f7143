"""Pages on which files of appointments are brought, asked about, looked at, taken in and undone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import lxml.html
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from clearbill.appointments.models import Appointment
from clearbill.imports.models import FileImport
from tests import builders
from tests.imports.appointments.desk import DiaryDesk, line, listed
from tests.web.components.test_concurrent_edit import sent_form
from tests.web.workspace.imports.test_pages import words

pytestmark = pytest.mark.django_db


class Pages(DiaryDesk):
    """The desk, and a browser."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.browser = builders.signed_in(self.membership)

    def upload(self, content: bytes) -> Any:
        file = SimpleUploadedFile("visits.csv", content)
        given = {"kind": "appointments", "file": file, "source": "", **builders.shown_to(self.membership)}
        return self.browser.post("/settings/imports", given, follow=True)

    def send(self, step: str, **given: str) -> Any:
        address = f"/settings/imports/{FileImport.objects.first().pk}/{step}"
        return self.browser.post(address, given | builders.shown_to(self.membership), follow=True)


@pytest.fixture
def pages() -> Iterator[Pages]:
    with time_machine.travel(builders.NOW):
        yield Pages()


def choice(page: Any, name: str, label: str) -> str:
    """Return the value of the choice of a question that reads so."""
    tree = lxml.html.fromstring(page.content)
    options = tree.xpath(f"//select[@name='{name}']/option") or tree.xpath(f"//label[input[@name='{name}']]")
    found = next(option for option in options if " ".join(option.text_content().split()) == label)
    return str(found.get("value") or found.xpath("input")[0].get("value"))


def test_from_the_questions_to_the_calendar_and_back(pages: Pages) -> None:
    page = pages.upload(listed([line(1, practitioner="R. T."), line(2, practitioner="R. T.", starts="25:00")]))
    assert "The file names the practitioner “R. T.”. Who is it here?" in words(page)
    page = pages.send("answers", **{"question-0": choice(page, "question-0", "Rosa Therapist")})
    assert "This is not a time of day." in words(page)
    page = pages.browser.get(page.request["PATH_INFO"], {"show": "new"})
    assert "11 Dec 2026, 09:30 to 10:15" in words(page)
    page = pages.send("take-in", only="good")
    assert "Undoing deletes the appointments that it added" in words(page)
    assert Appointment.objects.get().client == pages.client
    assert "An import that was undone" in words(pages.send("undo"))
    assert not Appointment.objects.exists()


def test_the_template_is_read_with_no_question_but_who_is_who(pages: Pages) -> None:
    template = b"".join(pages.browser.get("/settings/imports/template", {"kind": "appointments"}).streaming_content)
    pages.upload(template)
    [file] = FileImport.objects.all()
    assert not file.found.get("questions")
    assert file.rows.count() == 1


def test_a_client_found_by_name_alone_is_confirmed(pages: Pages) -> None:
    page = pages.upload(listed([line(1, client="", born="")]))
    assert "Found by the name alone." in words(page)
    address = f"/settings/imports/{FileImport.objects.get().pk}/rows/2"
    page = pages.browser.get(address)
    assert "Does row 2 belong in the calendar?" in words(page)
    form = sent_form(page.content.decode(), address, address)
    pages.browser.post(address, form | {"do": "new"}, follow=True)
    pages.send("take-in", only="good")
    assert Appointment.objects.get().client == pages.client


def test_answers_can_be_given_anew(pages: Pages) -> None:
    page = pages.upload(listed([line(1, practitioner="R. T.")]))
    pages.send("answers", **{"question-0": choice(page, "question-0", "Leave these rows out")})
    assert pages.verdicts(FileImport.objects.get()) == ["left out"]
    page = pages.send("answers", anew="yes")
    assert "Who is it here?" in words(page)
    pages.send("answers", **{"question-0": choice(page, "question-0", "Rosa Therapist")})
    assert pages.verdicts(FileImport.objects.get()) == ["new"]


def test_a_change_on_both_sides_is_shown_side_by_side(pages: Pages) -> None:
    pages.taken_in(listed([line(1)]))
    Appointment.objects.update(note="Ours", state=Appointment.CANCELLED)
    pages.upload(listed([line(1, status="DNA")]))
    address = f"/settings/imports/{FileImport.objects.get(state=FileImport.CHECKED).pk}/rows/2"
    page = lxml.html.fromstring(pages.browser.get(address).content)
    [cells] = [row.xpath("td") for row in page.xpath("//table//tr") if row.findtext("th") == "Status"]
    assert [cell.text_content().split() for cell in cells] == [["Cancelled"], ["Did", "not", "attend"]]
