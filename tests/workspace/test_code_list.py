"""Workspace Settings > Business > Code list: files of every kind in, nothing half imported, harmless files out."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import settings as pace
from hypothesis import strategies as st

from clearbill.fileformats.lists import code_list as code_files
from clearbill.fileformats.uploaded_file import Source
from clearbill.people.models import Role
from clearbill.workspace.models import CodeEntry
from tests import builders
from tests.fileformats.whole_list import WholeList, whole_list

GOOD = "code,title,price\nZPHY01,First visit,70\nZPHY02,Follow-up,£55.00\n"


def read(content: bytes, **answers: str) -> WholeList:
    return whole_list(code_files.read_codes, content, answers)


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


def test_whether_a_column_of_amounts_under_an_unheard_name_is_the_price_is_asked() -> None:
    content = b"Code,Title,Patient pays\nZPHY01,First visit,70.00\nZPHY02,Follow-up,\n"
    assert read(content).questions == [("price", "No column is known to hold the price. Is it this one?")]
    assert [row.price for row in read(content, price="Patient pays").rows] == [Decimal("70.00"), None]
    assert [row.price for row in read(content, price="").rows] == [None, None]


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
        (b"code,title\n", "no rows"),
        (b"x" * (code_files.LARGEST_BYTES + 1), "5 MB"),
        (b"code,title\n" + b"Z1,x\n" * 50_001, "50,000 rows"),
    ],
)
def test_a_file_that_is_no_list_gives_one_sentence_and_no_rows(content: bytes, words: str) -> None:
    found = read(content)
    assert found.rows == []
    assert words in found.faults[0].sentence


@pace(max_examples=60, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=200).map(lambda text: f"code,title\n{text}".encode())))
def test_no_bytes_break_the_reading(content: bytes) -> None:
    found = read(content)
    assert found.rows or found.faults or found.questions or b"code" in content
    assert all(row.code and len(row.code) <= 8 and row.title for row in found.rows)
    assert all(fault.sentence.endswith(".") for fault in found.faults)


def test_a_table_that_names_no_code_is_asked_about() -> None:
    assert [field for field, _ in read(b"ZPHY01,First\n").questions] == ["code", "title"]


def test_a_file_is_read_on_after_a_row_and_a_code_of_before_it_is_still_known() -> None:
    content = b"code,title\nZ1,One\nZ2,Two\nZ1,Again\nZ3,Three\n"
    found = list(code_files.read_codes(Source(io.BytesIO(content)), after_row=3))
    assert [getattr(one, "code", None) or one.sentence for one in found] == ["The code Z1 is already in row 2.", "Z3"]


@pytest.mark.django_db
def test_a_file_of_codes_is_brought_as_every_file_is() -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    assert browser.get("/settings/codes/load")["Location"] == "/settings/imports?kind=codes"


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
