"""A worker whose database cannot be used says so, and goes on."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from clearbill.bill.lifecycle import Status
from clearbill.worker import loop as worker
from clearbill.worker.loop import SAY_AGAIN_SECONDS, Worker
from tests.claims.desk import Desk, status

pytestmark = pytest.mark.django_db
CANNOT = "the database cannot be used just now: "


class Broken:
    """A database that answers every statement with this fault, until there is none."""

    fault: DatabaseError | None = None

    def __call__(self, execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        if self.fault:
            raise self.fault
        return execute(sql, params, many, context)


@pytest.fixture
def broken() -> Iterator[Broken]:
    found = Broken()
    with connection.execute_wrapper(found):
        yield found


class Clock:
    """Seconds that pass only when they are told to."""

    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.name == worker.__name__]


@pytest.mark.parametrize("kind", [OperationalError, InterfaceError])
def test_a_database_that_is_away_is_told_in_one_line_and_again_only_after_a_while(
    broken: Broken, caplog: pytest.LogCaptureFixture, kind: type[DatabaseError]
) -> None:
    desk, clock = Desk(), Clock()
    one = Worker(house_of=desk.house_of, now=lambda: desk.now, seconds=clock)
    broken.fault = kind("server closed the connection\n\tThis probably means that it ended.")
    with caplog.at_level(logging.INFO):
        assert one.work() is False
        assert said(caplog) == [f"{CANNOT}server closed the connection"]
        assert all(record.exc_info is None for record in caplog.records)
        clock.seconds += SAY_AGAIN_SECONDS
        one.work()
        assert len(said(caplog)) == 1
        clock.seconds += 0.1
        one.work()
        assert said(caplog) == 2 * [f"{CANNOT}server closed the connection"]


def test_another_fault_is_told_at_once(broken: Broken, caplog: pytest.LogCaptureFixture) -> None:
    desk, clock = Desk(), Clock()
    one = Worker(house_of=desk.house_of, now=lambda: desk.now, seconds=clock)
    for words in ("database is locked", "database or disk is full"):
        broken.fault = OperationalError(words)
        one.work()
    assert said(caplog) == [f"{CANNOT}database is locked", f"{CANNOT}database or disk is full"]


def test_what_waits_is_sent_as_soon_as_the_database_is_there_again(
    broken: Broken, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk()
    claim = desk.submitted()
    one = Worker(house_of=desk.house_of, now=lambda: desk.now)
    broken.fault = OperationalError("database is locked")
    assert one.work() is False
    assert not desk.house.ledger
    broken.fault = None
    caplog.clear()
    assert one.work() is True
    assert len(desk.house.ledger) == 1
    assert status(claim) == Status.SUBMITTED
    assert said(caplog) == []


def test_a_fault_of_our_own_is_logged_with_its_place_and_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk()

    def step(**_: object) -> object:
        raise ValueError("not thought of")

    one = Worker(house_of=desk.house_of, now=lambda: desk.now, more=[step])
    assert one.work() is False
    (record,) = [one for one in caplog.records if one.name == worker.__name__]
    assert record.levelno == logging.ERROR
    assert record.getMessage().startswith("the worker could not finish a step [ValueError at ")
    assert "not thought of" not in record.getMessage(), "the words of a fault may hold a person's data"
