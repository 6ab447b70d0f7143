"""Long files are gone through by the worker, slice by slice."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clearbill.bill.problem import Refused
from clearbill.clients.models import Client
from clearbill.imports import services, slices
from clearbill.imports.models import FileImport, ImportRow
from tests.imports.clients.desk import ImportDesk, line, listed

pytestmark = pytest.mark.django_db

LONG = 2 * slices.CHECKED_AT_ONCE + slices.SLICE + 1


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> ImportDesk:
    # A step is one slice, so that what happens between two can be told.
    monkeypatch.setattr(slices, "STEP_SECONDS", 0.0)
    return ImportDesk()


def long_list(count: int = LONG) -> bytes:
    return listed(line(number) for number in range(count))


def test_a_long_file_is_checked_and_taken_in_by_the_worker(desk: ImportDesk) -> None:
    file = desk.bring(long_list())
    assert file.state == FileImport.CHECKING
    assert desk.work() > 1
    file = desk.fresh(file)
    assert (file.state, file.rows.count()) == (FileImport.CHECKED, LONG)
    services.take_in(desk.actor, file=file, only_good=False)
    assert desk.fresh(file).state == FileImport.RUNNING
    assert not Client.objects.exists()
    desk.work()
    assert (desk.fresh(file).state, desk.fresh(file).counts) == (FileImport.FINISHED, {"new": LONG})
    assert Client.objects.count() == LONG
    services.undo(desk.actor, file=desk.fresh(file))
    desk.work()
    assert (desk.fresh(file).state, Client.objects.count()) == (FileImport.UNDONE, 0)


def checked(desk: ImportDesk, content: bytes) -> FileImport:
    file = desk.bring(content)
    desk.work()
    return desk.fresh(file)


def test_a_stopped_import_keeps_what_it_took_in_and_goes_on_with_the_rest(desk: ImportDesk) -> None:
    file = checked(desk, long_list())
    services.take_in(desk.actor, file=file, only_good=False)
    slices.work_next(now=desk.now)
    services.stop(desk.actor, file=file)
    assert desk.work() == 0
    file = desk.fresh(file)
    assert (file.state, file.counts) == (
        FileImport.STOPPED,
        {"new": slices.SLICE, "left: new": LONG - slices.SLICE},
    )
    services.check_again(desk.actor, file=file)
    desk.work()
    with pytest.raises(Refused, match="decided about this file"):
        services.answer(desk.actor, file=desk.fresh(file), answers={})
    assert services.drop(desk.actor, file=desk.fresh(file)) is False
    assert desk.fresh(file).counts == {"new": slices.SLICE, "left: new": LONG - slices.SLICE}
    services.check_again(desk.actor, file=desk.fresh(file))
    desk.work()
    services.take_in(desk.actor, file=desk.fresh(file), only_good=False)
    desk.work()
    assert Client.objects.count() == LONG


def test_a_stop_that_comes_too_late_changes_nothing(desk: ImportDesk) -> None:
    file = desk.taken_in(long_list(3))
    services.stop(desk.actor, file=file)
    assert desk.fresh(file).state == FileImport.FINISHED


def test_a_worker_that_died_between_two_slices_is_followed_by_the_next(desk: ImportDesk) -> None:
    file = desk.bring(long_list())
    rows = ImportRow.objects.filter(file=file).count()
    late = FileImport.objects.select_related("practice").get(pk=file.pk)
    desk.work()
    # Whoever still has the file as it was finds that its rows are there, and adds none twice.
    for _ in slices._slices(late, desk.now):
        pass
    assert rows < ImportRow.objects.filter(file=file).count() == LONG


@pytest.mark.parametrize("taking_in", [False, True])
def test_the_statements_of_a_slice_are_as_many_for_few_rows_as_for_many(desk: ImportDesk, taking_in: bool) -> None:
    def statements(count: int, first: int) -> int:
        file = desk.bring(listed(line(first + number) for number in range(count)))
        if not taking_in:
            FileImport.objects.filter(pk=file.pk).update(state=FileImport.CHECKING, rows_read=0)
        else:
            ImportRow.objects.filter(file=file).update(state=ImportRow.CHOSEN)
            FileImport.objects.filter(pk=file.pk).update(state=FileImport.RUNNING, started_by=desk.membership.user)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            slices.work_next(now=desk.now)
        return len(asked)

    few, many = statements(5, 1000), statements(slices.SLICE, 2000)
    assert many <= few


def test_a_file_that_nobody_can_go_through_does_not_keep_the_worker_for_ever(
    desk: ImportDesk,
) -> None:
    file = checked(desk, long_list())
    services.take_in(desk.actor, file=file, only_good=False)
    # A row whose values no version of this code wrote.
    ImportRow.objects.filter(file=file, row_no=slices.SLICE + 5).update(values={"last_name": ["no", "text"]})
    assert desk.work() == 2
    file = desk.fresh(file)
    assert (file.state, file.counts["new"]) == (FileImport.STOPPED, slices.SLICE)
    assert Client.objects.count() == slices.SLICE
