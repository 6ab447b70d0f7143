"""The one curve of waits, and the guards against a clock that went wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from clearbill.claims.queue import backoff
from clearbill.claims.queue.backoff import MAX_PAUSE
from clearbill.clearinghouse.port import NotSent
from clearbill.workspace.models import HealthcodeConnection
from tests.claims.desk import Desk

NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_a_pause_doubles_with_a_fifth_of_chance_up_to_the_longest_of_its_kind() -> None:
    for repeats, usual in enumerate([5, 10, 20, 40, 80, 160, 300, 300]):
        assert usual * 0.8 <= (backoff.backoff_seconds(repeats) or 0) <= usual * 1.2
    assert 720 <= (backoff.backoff_seconds(500, longest_seconds=backoff.MAX_BILL_DELAY_SECONDS) or 0) <= 1080
    assert backoff.backoff_seconds(-1) is None


@pytest.mark.parametrize(("asked", "waits"), [(None, None), (0.0, 1.0), (90.0, 90.0), (86_400.0, 3600.0)])
def test_the_clearing_house_may_ask_for_a_wait_of_up_to_an_hour(asked: float | None, waits: float | None) -> None:
    assert backoff.retry_after_seconds(NotSent("Later.", retry_after_seconds=asked)) == waits
    assert backoff.retry_after_seconds(ValueError()) is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("until", "due", "waiting"),
    [
        (None, False, False),
        (NOON - MINUTE, True, False),
        (NOON, True, False),
        (NOON + MINUTE, False, True),
        (NOON + MAX_PAUSE, False, True),
        (NOON + MAX_PAUSE + MINUTE, True, False),
    ],
)
def test_a_wait_is_over_in_time_or_where_no_wait_is_so_long(until: datetime | None, due: bool, waiting: bool) -> None:
    Desk()
    rows = HealthcodeConnection.objects.all()
    rows.update(paused_until=until)
    assert rows.filter(backoff.is_due("paused_until", NOON, MAX_PAUSE)).exists() is due
    assert rows.filter(backoff.is_waiting("paused_until", NOON, MAX_PAUSE)).exists() is waiting
    words = backoff.is_due_sql("paused_until").replace("%(now)s", "%s").replace("%(farthest)s", "%s")
    assert rows.extra(where=[words], params=[NOON, NOON + MAX_PAUSE]).exists() is due
