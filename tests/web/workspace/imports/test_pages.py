"""Pages on which files of clients are brought, looked at, taken in and undone."""

from __future__ import annotations

from typing import Any

import lxml.html
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from clearbill.clients.models import Client
from clearbill.imports import slices
from clearbill.imports.models import FileImport, ImportRow
from clearbill.people.models import Role
from tests import builders
from tests.imports.clients.desk import HEADER, ImportDesk, line, listed
from tests.web.components.test_concurrent_edit import sent_form

pytestmark = pytest.mark.django_db


class Pages(ImportDesk):
    """The desk, and a browser."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.browser = builders.signed_in(self.membership)

    def upload(self, content: bytes, source: str = "") -> Any:
        file = SimpleUploadedFile("clients.csv", content)
        given = {"kind": "clients", "file": file, "source": source, **builders.shown_to(self.membership)}
        return self.browser.post("/settings/imports", given, follow=True)

    def send(self, step: str, **given: str) -> Any:
        address = f"/settings/imports/{FileImport.objects.first().pk}/{step}"
        return self.browser.post(address, given | builders.shown_to(self.membership), follow=True)

    def open(self, **query: str) -> Any:
        return self.browser.get(f"/settings/imports/{FileImport.objects.first().pk}", query)


@pytest.fixture
def pages() -> Pages:
    return Pages()


def words(answer: Any) -> str:
    return " ".join(lxml.html.fromstring(answer.content).text_content().split())


def test_from_the_list_of_clients_to_a_file_that_is_taken_in_and_undone(pages: Pages) -> None:
    assert "/settings/imports" in pages.browser.get("/clients/").content.decode()
    assert "Template to fill in" in words(pages.browser.get("/settings/imports"))
    page = pages.upload(listed([line(1), line(2, email="nonsense")]), "cliniko")
    assert "“clients.csv” from Cliniko" in words(page)
    assert "E-mail: This is not an e-mail address." in words(page)
    assert "Testab Sample" in words(pages.open(show="new"))
    page = pages.send("take-in", only="good")
    assert "A file taken in" in words(page)
    assert Client.objects.get().last_name == "Sample"
    assert str(Client.objects.get().pk) in page.content.decode()
    assert "1 row" in words(pages.browser.get("/settings/imports"))
    assert "An import that was undone" in words(pages.send("undo"))
    assert not Client.objects.exists()


def test_the_template_is_read_without_a_question(pages: Pages) -> None:
    template = b"".join(pages.browser.get("/settings/imports/template").streaming_content)
    page = pages.upload(template)
    assert "Take in this row" in words(page)


def test_a_question_shows_the_first_rows_and_what_each_answer_would_make(pages: Pages) -> None:
    page = pages.upload(b"ID,Surname,Postcode,Zip\n1,Sample,SW1A 1AA,\n2,Other,,E1 6AN\n")
    assert "2 columns could be the postcode. Which one is it?" in words(page)
    assert "“Postcode”, such as SW1A 1AA" in words(page)
    page = pages.send("answers")
    assert "1 thing to fix" in words(page)
    page = pages.send("answers", **{"question-0": "1"})
    assert "Take in all 2 rows" in words(page)
    pages.send("take-in")
    assert set(Client.objects.values_list("postcode", flat=True)) == {"", "E1 6AN"}


def test_an_insurer_that_is_not_known_is_chosen_from_ours(pages: Pages) -> None:
    page = pages.upload(listed([line(1, insurer="Bestcare")]))
    assert "The file names the insurer “Bestcare”. Which one is it?" in words(page)
    select = lxml.html.fromstring(page.content).xpath("//select[@name='question-0']/option")
    aviva = next(option.get("value") for option in select if option.text == "Aviva")
    pages.send("answers", **{"question-0": aviva})
    pages.send("take-in")
    assert Client.objects.get().policies.get().insurer_slug == "aviva"


def test_the_columns_are_read_otherwise(pages: Pages) -> None:
    page = pages.upload(b"ID,Surname,Known as\n1,Sample,Testa\n")
    assert "“Known as”" in words(page)
    file = FileImport.objects.get()
    form = sent_form(page.content.decode(), "", f"/settings/imports/{file.pk}/answers")
    assert form["column-first_name"] == "2"
    pages.send("answers", **(form | {"column-first_name": ""}))
    pages.send("take-in")
    assert Client.objects.get().first_name == ""


def test_a_row_that_is_perhaps_here_is_shown_beside_the_record(pages: Pages) -> None:
    here = builders.client(pages.practice, first_name="Testab", email="other@example.org", phone="", insurer="")
    page = pages.upload(listed([line(1)]))
    assert "Perhaps here already" in words(page)
    address = f"/settings/imports/{FileImport.objects.get().pk}/rows/2"
    page = pages.browser.get(address)
    assert "other@example.org" in words(page)
    assert "testa1@example.org" in words(page)
    form = sent_form(page.content.decode(), address, address)
    assert form["take-email"] == "ours"
    answer = pages.browser.post(address, form, follow=True)
    assert "1 thing to fix" in words(answer)
    pages.browser.post(address, form | {"do": "update", "take-email": "theirs"}, follow=True)
    assert "Brings the record here up to date" in words(pages.open())
    pages.send("take-in", only="good")
    here.refresh_from_db()
    assert (here.email, here.phone) == ("testa1@example.org", "020 7946 0001")


def test_a_change_is_shown_with_what_is_here(pages: Pages) -> None:
    pages.taken_in(listed([line(1)]))
    page = pages.upload(listed([line(1, phone="07700 900001")]))
    assert "Phone: 020 7946 0001 to 07700 900001" in words(page)


def test_all_rows_of_a_kind_are_decided_at_once(pages: Pages) -> None:
    for number in (1, 2):
        builders.client(pages.practice, first_name=f"Testa{'abc'[number]}", email="", phone="", insurer="")
    pages.upload(listed([line(1), line(2)]))
    pages.send("decide", verdict="double", do="new")
    pages.send("take-in", only="good")
    assert Client.objects.count() == 4


def test_the_same_file_again_leads_to_what_came_of_it(pages: Pages) -> None:
    pages.upload(listed([line(1)]))
    assert "This very file was brought before." in words(pages.upload(listed([line(1)])))
    assert FileImport.objects.count() == 1


def test_a_file_that_cannot_be_read_says_why_and_is_not_kept(pages: Pages) -> None:
    assert "This is a PDF" in words(pages.upload(b"%PDF-1.7"))
    assert "Nothing was taken in" in words(pages.send("drop"))
    assert not FileImport.objects.exists()


def test_a_file_must_be_chosen(pages: Pages) -> None:
    answer = pages.browser.post("/settings/imports", {"kind": "clients", **builders.shown_to(pages.membership)})
    assert "Choose a file." in words(answer)


def test_a_long_file_is_followed_and_stopped(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "STEP_SECONDS", 0.0)
    page = pages.upload(listed(line(number) for number in range(2 * slices.CHECKED_AT_ONCE + 1)))
    assert "400 rows checked" in words(page)
    pages.work()
    assert "401 rows" in words(pages.open())
    pages.send("take-in")
    slices.work_next(now=pages.now)
    assert f"{slices.SLICE} of 401 rows taken in" in words(pages.open())
    answer = pages.browser.get(f"/settings/imports/{FileImport.objects.get().pk}", headers={"HX-Request": "true"})
    assert b"<html" not in answer.content
    assert "Go through the rest again" in words(pages.send("stop"))
    answer = pages.browser.get(f"/settings/imports/{FileImport.objects.get().pk}", headers={"HX-Request": "true"})
    assert answer.headers["HX-Refresh"] == "true"
    page = pages.send("check")
    assert FileImport.objects.get().state in (FileImport.CHECKING, FileImport.CHECKED)


def test_report_and_file_are_downloaded(pages: Pages) -> None:
    content = listed([line(1), line(2, email="nonsense")])
    pages.upload(content)
    address = f"/settings/imports/{FileImport.objects.get().pk}"
    report = b"".join(pages.browser.get(f"{address}/report").streaming_content).decode()
    assert "3,2,Wrong,,E-mail: This is not an e-mail address." in report
    assert b"".join(pages.browser.get(f"{address}/original").streaming_content) == content


def test_who_may_not_change_clients_imports_none(pages: Pages) -> None:
    pages.upload(listed([line(1)]))
    reader = builders.signed_in(builders.member(pages.practice, Role.ACCOUNTANT))
    assert reader.get("/settings/imports").status_code == 403
    assert "/settings/imports" not in reader.get("/clients/").content.decode()
    stranger = builders.signed_in(builders.member(builders.practice("Another")))
    for address in ("", "/rows/2", "/report", "/original"):
        assert stranger.get(f"/settings/imports/{FileImport.objects.get().pk}{address}").status_code == 404


def test_the_statements_of_a_page_are_as_many_for_few_rows_as_for_many(
    pages: Pages, django_assert_max_num_queries: Any
) -> None:
    pages.taken_in(listed(line(number) for number in range(60)))
    with django_assert_max_num_queries(30):
        assert pages.open().status_code == 200


@pytest.mark.parametrize("query", ["show=nonsense", "page=99", "page=x"])
def test_nonsense_in_the_address_is_no_fault(pages: Pages, query: str) -> None:
    pages.upload(listed([line(1)], HEADER))
    assert pages.browser.get(f"/settings/imports/{FileImport.objects.get().pk}?{query}").status_code == 200
    assert ImportRow.objects.count() == 1
