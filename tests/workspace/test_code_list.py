"""Workspace Settings > Business > Code list: files of every kind in, nothing half imported, harmless files out."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from hypothesis import given
from hypothesis import settings as pace
from hypothesis import strategies as st

from clearbill.fileformats.lists import code_list as code_files
from clearbill.fileformats.lists.code_list import CodeRow
from clearbill.fileformats.lists.whole_file import WholeFile, read_whole
from clearbill.people.models import AuditEntry, Role
from clearbill.workspace.models import CodeEntry
from tests import builders
from tests.examples import examples

GOOD = "code,title,price\nZPHY01,First visit,70\nZPHY02,Follow-up,£55.00\n"


def read(content: bytes) -> WholeFile[CodeRow]:
    return read_whole(lambda: code_files.read_codes(io.BytesIO(content)))


def codes(content: bytes) -> list[str]:
    found = read(content)
    assert not found.faults, found.faults
    return [row.code for row in found.rows]


@pytest.mark.parametrize(
    "content",
    [
        GOOD.encode(),
        GOOD.encode("utf-8-sig"),
        GOOD.encode("cp1252"),
        GOOD.encode("utf-16"),
        GOOD.replace(",", ";").encode(),
        GOOD.replace(",", "\t").encode(),
        GOOD.replace("\n", "\r\n\r\n").encode(),
        b'"Title","Price","ISC Code"\n"First visit","70","zphy01"\n"Follow-up","","ZPHY 02"\n',
        b"DESCRIPTION;CODE\nFirst visit;ZPHY01\n;;\nFollow-up;ZPHY02\n",
    ],
)
def test_a_list_is_read_however_it_was_saved(content: bytes) -> None:
    assert codes(content) == ["ZPHY01", "ZPHY02"]


def test_letters_of_an_old_spreadsheet_are_read() -> None:
    found = read("code,title\nZ1,Ménière – first\n".encode("cp1252"))
    assert found.rows[0].title == "Ménière – first"


def test_quoted_titles_keep_their_commas_and_formulas_stay_text() -> None:
    found = read(b'code,title\nZ1,"Visit, first"\nZ2,=1+1\nZ3,"\'=1+1"\n')
    assert [row.title for row in found.rows] == ["Visit, first", "=1+1", "=1+1"]


@pytest.mark.parametrize(
    "name", ["Price (GBP)", "price (£)", "Fee inc VAT", "Unit price", "Our fee", "Amount GBP", "Standard fee"]
)
def test_a_price_is_found_under_the_names_that_practices_use(name: str) -> None:
    found = read(f"\ufeffCode;Description;{name}\nZPHY01;First visit;£1,070.00\n".encode())
    assert [(row.price, found.faults) for row in found.rows] == [(Decimal("1070.00"), [])]


def test_a_price_under_an_unheard_name_is_said_and_the_codes_are_read() -> None:
    found = read(b"Code,Title,Patient pays\nZPHY01,First visit,70.00\nZPHY02,Follow-up,\n")
    assert [row.price for row in found.rows] == [None, None]
    assert ["“Patient pays” is the price" in fault.sentence for fault in found.faults] == [True]


def test_lines_above_the_names_of_the_columns_are_passed_over() -> None:
    assert codes(b"Fee schedule 2026\n\nCode,Title,Price\nZPHY01,First visit,70.00\n") == ["ZPHY01"]


def test_a_quotation_mark_that_never_closes_takes_no_other_row_with_it() -> None:
    found = read(b'Code,Title,Price\nZPHY01,"Physiotherapy,70.00\nZPHY02,Second,80\n')
    assert [row.code for row in found.rows] == ["ZPHY02"]
    assert [fault.row_no for fault in found.faults] == [2]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("ZPHY012345678901234567,Long,,", "20 fit"),
        (",No code,,", "code is missing"),
        ("ZPHY01,,,", "title of ZPHY01 is missing"),
        ("=SUM(A),Formula,,", "only letters and digits"),
        ("ZPHY01,Visit,seventy,", "not an amount"),
        ("ZPHY01,Visit,-3,", "cannot be negative"),
        ("ZPHY01,Visit,1,unheard", "kind “unheard” is not known"),
        ("ZPHY01,Visit,1,200.50,isc", "5 cells, too many"),
        ("ZPHY01,Visit", "2 cells, too few"),
        ("ZPHY09,Again,,", "already in row 2"),
        (f"ZPHY01,{'x' * 201},,", "200 fit"),
        ('ZPHY01,"Visit,70.00,isc', "quotation marks"),
    ],
)
def test_a_wrong_row_is_named_with_its_number_and_the_others_stay_good(row: str, words: str) -> None:
    found = read(f"code,title,price,kind\nZPHY09,Good,1,isc\n{row}\nZPHY08,Good,,procedure\n".encode())
    assert [fault.row_no for fault in found.faults] == [3]
    assert words in found.faults[0].sentence
    assert [(good.code, good.kind) for good in found.rows] == [("ZPHY09", "isc"), ("ZPHY08", "procedure")]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"ZPHY01,First\n", "No column is known to hold the code"),
        (b"code,title\n", "no rows"),
        (b"x" * (code_files.LARGEST_BYTES + 1), "5 MB"),
        (b"code,title\n" + b"Z1,x\n" * 50_001, "50,000 rows"),
    ],
)
def test_a_file_that_is_no_list_gives_one_sentence_and_no_rows(content: bytes, words: str) -> None:
    found = read(content)
    assert found.rows == []
    assert words in found.faults[0].sentence


@pace(max_examples=examples(60), deadline=None)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=200).map(lambda text: f"code,title\n{text}".encode())))
def test_no_bytes_break_the_reading(content: bytes) -> None:
    found = read(content)
    assert found.rows or found.faults or b"code" in content
    assert all(row.code and len(row.code) <= 8 and row.title for row in found.rows)
    assert all(fault.sentence.endswith(".") for fault in found.faults)


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path: Path, settings: Any) -> None:
    settings.DATA_FOLDER = tmp_path


def upload(browser: Browser, content: bytes, kind: str = "isc") -> str:
    answer = browser.post("/settings/codes/load", {"file": SimpleUploadedFile("codes.csv", content), "kind": kind})
    assert answer.status_code == 302
    return str(answer["Location"])


@pytest.mark.django_db
def test_nothing_is_imported_before_the_preview_is_confirmed() -> None:
    owner = builders.member(builders.practice())
    browser = builders.signed_in(owner)
    preview = upload(browser, b"code,title,price\nZPHY01,First visit,70\nTOOLONGCODE0123456789,Wrong,1\n")
    page = browser.get(preview).content.decode()
    assert "1 good, 1 wrong" in page
    assert "Row 3" in page
    assert not CodeEntry.objects.exists()
    browser.post(preview, {"mode": "add"})
    entry = CodeEntry.objects.get()
    assert (entry.code, entry.price, entry.practice) == ("ZPHY01", Decimal("70.00"), owner.practice)
    assert AuditEntry.objects.get().changes == {"codes loaded": 1, "codes removed": 0}
    assert browser.get(preview).status_code == 302


@pytest.mark.django_db
def test_adding_keeps_and_renews_and_replacing_takes_the_rest_of_the_kind_out() -> None:
    owner = builders.member(builders.practice())
    browser = builders.signed_in(owner)
    for code, kind in (("ZOLD01", "isc"), ("ZPHY01", "isc"), ("Z9901", "procedure")):
        CodeEntry.objects.create(practice=owner.practice, kind=kind, code=code, title="Old")
    browser.post(upload(browser, GOOD.encode()), {"mode": "add"})
    assert CodeEntry.objects.count() == 4
    assert CodeEntry.objects.get(code="ZPHY01").title == "First visit"
    browser.post(upload(browser, GOOD.encode()), {"mode": "replace"})
    assert sorted(CodeEntry.objects.values_list("code", flat=True)) == ["Z9901", "ZPHY01", "ZPHY02"]


@pytest.mark.django_db
def test_a_preview_belongs_to_its_practice() -> None:
    preview = upload(builders.signed_in(builders.member(builders.practice())), GOOD.encode())
    stranger = builders.member(builders.practice("Hillside Psychology"))
    answer = builders.signed_in(stranger).post(preview, {"mode": "add"})
    assert answer["Location"] == "/settings/codes/load"
    assert not CodeEntry.objects.exists()


@pytest.mark.django_db
def test_a_missing_file_is_asked_for() -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    assert "to fix" in browser.post("/settings/codes/load", {"kind": "isc"}).content.decode()


@pytest.mark.django_db
def test_the_sample_codes_are_invented_and_marked_and_leave_own_codes_alone() -> None:
    owner = builders.member(builders.practice())
    CodeEntry.objects.create(practice=owner.practice, kind="isc", code="ZPHY01", title="Our own")
    browser = builders.signed_in(owner)
    browser.post("/settings/codes/sample")
    assert CodeEntry.objects.get(code="ZPHY01").title == "Our own"
    samples = CodeEntry.objects.filter(is_sample=True)
    assert samples.count() >= 6
    assert all("invented" in row.title for row in samples)
    assert "Invented, never send live" in browser.get("/settings/codes").content.decode()


@pytest.mark.django_db
def test_the_list_is_deleted_after_a_question_only() -> None:
    owner = builders.member(builders.practice())
    CodeEntry.objects.create(practice=owner.practice, kind="isc", code="ZOWN01", title="Own")
    browser = builders.signed_in(owner)
    browser.post("/settings/codes/sample")
    browser.get("/settings/codes/delete")
    browser.post("/settings/codes/delete", {"what": "sample"})
    assert list(CodeEntry.objects.values_list("code", flat=True)) == ["ZOWN01"]
    browser.post("/settings/codes/delete", {"what": "all"})
    assert not CodeEntry.objects.exists()


@pytest.mark.django_db
def test_the_export_runs_no_formula_and_can_be_loaded_again() -> None:
    owner = builders.member(builders.practice())
    CodeEntry.objects.create(practice=owner.practice, kind="isc", code="ZX1", title="=1+1", price=Decimal("7"))
    content = builders.signed_in(owner).get("/settings/codes?file=csv").getvalue()
    cells = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))[1]
    assert cells == ["ZX1", "'=1+1", "7.00", "isc"]
    assert read(content).rows[0].title == "=1+1"


@pytest.mark.django_db
def test_a_search_finds_by_code_and_by_words() -> None:
    owner = builders.member(builders.practice())
    browser = builders.signed_in(owner)
    browser.post("/settings/codes/sample")
    page = browser.post("/settings/codes", {"q": "follow physio", "kind": "isc"}).content.decode()
    assert "ZPHY02" in page
    assert "ZPHY01" not in page
    assert "No code fits" in browser.post("/settings/codes", {"q": "nothing like it"}).content.decode()


@pytest.mark.django_db
def test_a_colleague_reads_the_list_and_changes_nothing() -> None:
    browser = builders.signed_in(builders.member(builders.practice(), Role.RECEPTIONIST))
    assert browser.get("/settings/codes").status_code == 200
    for address in ("/settings/codes/load", "/settings/codes/sample", "/settings/codes/delete"):
        assert browser.post(address).status_code == 403
