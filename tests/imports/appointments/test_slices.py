"""A long list of appointments is gone through by the worker, slice by slice, and stopped in between."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from clearbill.bill import dates
from clearbill.imports import services, slices
from clearbill.imports.models import FileImport
from tests.imports.appointments.desk import DiaryDesk, line, listed

pytestmark = pytest.mark.django_db

COUNT = 2 * slices.CHECKED_AT_ONCE + 1


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> DiaryDesk:
    monkeypatch.setattr(slices, "STEP_SECONDS", 0.0)
    return DiaryDesk()


def many(count: int) -> bytes:
    """A visit on each of so many days, from tomorrow on, at several times of the day."""
    days = [date(2026, 11, 11) + timedelta(days=number % 300) for number in range(count)]
    return listed(
        line(number, day=dates.show(day), starts=f"{8 + number // 300:02}:30", ends=f"{8 + number // 300:02}:50")
        for number, day in enumerate(days)
    )


def test_the_worker_checks_and_takes_in_what_is_long(desk: DiaryDesk) -> None:
    file = desk.bring(many(COUNT))
    assert file.state == FileImport.CHECKING
    desk.work()
    assert desk.fresh(file).state == FileImport.CHECKED
    services.take_in(desk.actor, file=file, only_good=False)
    assert not desk.visits()
    desk.work()
    file = desk.fresh(file)
    assert (file.state, file.counts, len(desk.visits())) == (FileImport.FINISHED, {"new": COUNT}, COUNT)


def test_a_stopped_import_keeps_what_it_took_in_and_is_undone(desk: DiaryDesk) -> None:
    file = desk.bring(many(COUNT))
    desk.work()
    services.take_in(desk.actor, file=file, only_good=False)
    slices.work_next(now=desk.now)
    services.stop(desk.actor, file=file)
    assert len(desk.visits()) == slices.SLICE
    services.check_again(desk.actor, file=desk.fresh(file))
    desk.work()
    assert desk.fresh(file).state == FileImport.CHECKED
    services.drop(desk.actor, file=desk.fresh(file))
    services.undo(desk.actor, file=desk.fresh(file))
    desk.work()
    assert not desk.visits()


def test_statements_are_as_many_for_few_rows_as_for_many(desk: DiaryDesk, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(60):
        file = desk.bring(many(slices.CHECKED_AT_ONCE - 1))
    with django_assert_max_num_queries(120):
        services.take_in(desk.actor, file=file, only_good=False)
    assert len(desk.visits()) == slices.CHECKED_AT_ONCE - 1
