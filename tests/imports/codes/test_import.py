"""A code list is brought as every file is: asked about, looked at, taken in, undone."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from clearbill.imports import services, slices
from clearbill.imports.codes.take_in import CHANGED_MEANWHILE
from clearbill.imports.models import FileImport, ImportRow
from clearbill.people.models import AuditEntry, Role
from clearbill.workspace import code_list
from clearbill.workspace.models import CodeEntry
from tests import builders
from tests.imports.lists_desk import ListsDesk

pytestmark = pytest.mark.django_db

GOOD = "code,title,price,kind\nZPHY01,First visit,70,isc\nZPHY02,Follow-up,£55.00,isc\n"

NEWER = "code,title,price,kind\nZPHY01,Assessment,72,isc\nZPHY03,Review,40,isc\n"


@pytest.fixture
def desk() -> ListsDesk:
    return ListsDesk("codes")


def listed() -> list[tuple[str, str, Decimal | None]]:
    return list(CodeEntry.objects.order_by("kind", "code").values_list("code", "title", "price"))


def test_nothing_is_taken_in_before_somebody_has_seen_the_rows(desk: ListsDesk) -> None:
    file = desk.bring(f"{GOOD}TOOLONGCODE0123456789X,Wrong,1,isc\n")
    assert desk.verdicts(file) == ["new", "new", "wrong"]
    assert not CodeEntry.objects.exists()
    services.take_in(desk.actor, file=file, only_good=True)
    assert listed() == [("ZPHY01", "First visit", Decimal("70.00")), ("ZPHY02", "Follow-up", Decimal("55.00"))]
    assert CodeEntry.objects.filter(practice=desk.practice).count() == 2
    assert AuditEntry.objects.get(action="imported a file").changes == {"new": 2, "left: wrong": 1}


def test_what_kind_the_codes_are_is_asked_where_rows_do_not_say_it(desk: ListsDesk) -> None:
    file = desk.bring("code,title,kind\nZ1,One,isc\nZ2,Two,\n")
    assert desk.asked(file) == ["same_kind"]
    file = desk.answer(file, same_kind="procedure")
    services.take_in(desk.actor, file=file, only_good=False)
    assert list(CodeEntry.objects.order_by("code").values_list("code", "kind")) == [("Z1", "isc"), ("Z2", "procedure")]


def test_answers_are_remembered_for_the_next_file_with_these_columns(desk: ListsDesk) -> None:
    first = desk.answer(desk.bring("code,title\nZ1,One\n"), same_kind="procedure")
    services.take_in(desk.actor, file=first, only_good=False)
    second = desk.bring("code,title\nZ2,Two\n")
    assert desk.asked(second) == ["not_in_file"]
    assert desk.verdicts(desk.answer(second, not_in_file="keep")) == ["new"]
    assert ImportRow.objects.get(file=second).values["kind"] == "procedure"


def test_a_newer_list_renews_and_says_what_changes(desk: ListsDesk) -> None:
    desk.taken_in(GOOD)
    file = desk.answer(desk.bring(f"{NEWER}ZPHY02,Follow-up,55,isc\n"), not_in_file="keep")
    assert desk.verdicts(file) == ["changed", "new", "unchanged"]
    [shown] = desk.shown(file, 2)
    assert shown.changes == [("Title", "First visit", "Assessment"), ("Price", "£70.00", "£72.00")]
    services.take_in(desk.actor, file=file, only_good=False)
    assert [code for code, _, _ in listed()] == ["ZPHY01", "ZPHY02", "ZPHY03"]
    assert listed()[0] == ("ZPHY01", "Assessment", Decimal("72.00"))


def test_codes_that_are_not_in_the_file_are_taken_out_of_its_kinds_if_that_was_answered(desk: ListsDesk) -> None:
    CodeEntry.objects.create(practice=desk.practice, kind="procedure", code="Z9901", title="Other kind")
    stranger = builders.practice("Hillside Psychology")
    CodeEntry.objects.create(practice=stranger, kind="isc", code="ZOLD01", title="Of others")
    desk.taken_in(GOOD, not_in_file="keep")
    file = desk.answer(desk.bring(NEWER), not_in_file="take out")
    assert desk.verdicts(file) == ["changed", "changed", "new"]
    services.take_in(desk.actor, file=file, only_good=False)
    own = CodeEntry.objects.filter(practice=desk.practice)
    assert sorted(own.values_list("code", flat=True)) == ["Z9901", "ZPHY01", "ZPHY03"]
    assert desk.row(file, 0).sentence == "1 code is taken out of the list."
    assert CodeEntry.objects.filter(practice=stranger).count() == 1


def test_an_undone_file_leaves_the_list_as_it_was_before(desk: ListsDesk) -> None:
    code_list.load_sample(desk.actor)
    before = list(CodeEntry.objects.order_by("code").values_list("code", "title", "price", "is_sample"))
    file = desk.taken_in(GOOD, not_in_file="take out")
    listed_codes = CodeEntry.objects.filter(kind="isc").order_by("code")
    assert list(listed_codes.values_list("code", "is_sample")) == [
        ("ZPHY01", False),
        ("ZPHY02", False),
    ]
    services.undo(desk.actor, file=file)
    assert list(CodeEntry.objects.order_by("code").values_list("code", "title", "price", "is_sample")) == before


def test_a_code_that_was_loaded_again_since_stays_and_is_named(desk: ListsDesk) -> None:
    file = desk.taken_in(GOOD)
    desk.taken_in(NEWER, not_in_file="keep")
    services.undo(desk.actor, file=file)
    assert desk.row(file, 2).state == ImportRow.KEPT
    assert "The code ZPHY01 was loaded again" in desk.row(file, 2).sentence
    assert [code for code, _, _ in listed()] == ["ZPHY01", "ZPHY03"]


def test_a_row_is_refused_where_the_list_changed_after_it_was_looked_at(desk: ListsDesk) -> None:
    file = desk.bring(f"{GOOD}Z1,,1,isc\n")
    CodeEntry.objects.create(practice=desk.practice, kind="isc", code="ZPHY01", title="Typed meanwhile")
    services.take_in(desk.actor, file=file, only_good=True)
    assert (desk.row(file, 2).state, desk.row(file, 2).sentence) == (ImportRow.REFUSED, CHANGED_MEANWHILE)
    assert listed()[0][1] == "Typed meanwhile"


def test_a_long_list_is_taken_in_by_the_worker(desk: ListsDesk) -> None:
    rows = "".join(f"Z{number},Title {number},1,isc\n" for number in range(301))
    file = desk.bring(f"code,title,price,kind\n{rows}")
    slices.work_through(file, now=desk.now)
    services.take_in(desk.actor, file=file, only_good=False)
    assert not CodeEntry.objects.exists()
    slices.work_through(file, now=desk.now)
    assert CodeEntry.objects.count() == 301
    services.undo(desk.actor, file=file)
    slices.work_through(file, now=desk.now)
    assert (desk.fresh(file).state, CodeEntry.objects.count()) == (FileImport.UNDONE, 0)


def test_the_pages_lead_from_the_file_to_the_list(desk: ListsDesk) -> None:
    browser = builders.signed_in(desk.membership)
    assert '<option value="codes" selected>' in browser.get("/settings/imports?kind=codes").content.decode()
    sent = {"kind": "codes", "source": "", "file": SimpleUploadedFile("codes.csv", b"code,title\nZ1,=1+1\nZ1,Again\n")}
    address = browser.post("/settings/imports", sent)["Location"]
    page = browser.get(address).content.decode()
    assert "Rows of this file do not say what kind of code they are." in page
    browser.post(f"{address}/answers", {"question-0": "0"})
    page = browser.get(f"{address}?show=new").content.decode()
    assert "=1+1" in page
    assert "The code Z1 is already in row 2." in browser.get(f"{address}?show=wrong").content.decode()
    browser.post(f"{address}/take-in", {"only": "good"})
    assert CodeEntry.objects.get().title == "=1+1"


def test_only_who_may_change_settings_brings_codes(desk: ListsDesk) -> None:
    file = desk.bring(GOOD)
    browser = builders.signed_in(builders.member(desk.practice, Role.RECEPTIONIST))
    assert '<option value="codes"' not in browser.get("/settings/imports").content.decode()
    assert browser.get(f"/settings/imports/{file.pk}").status_code == 403
    sent = {"kind": "codes", "source": "", "file": SimpleUploadedFile("codes.csv", NEWER.encode())}
    assert browser.post("/settings/imports", sent).status_code == 200
    assert FileImport.objects.count() == 1
