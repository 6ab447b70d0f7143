"""UK clock time: what is typed, what is kept, and the two nights of the year that are odd."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearbill.bill import dates
from clearbill.bill.dates import LONDON


def test_summer_time_is_an_hour_ahead_of_utc() -> None:
    assert dates.uk_moment(date(2026, 7, 1), time(9)) == datetime(2026, 7, 1, 8, tzinfo=UTC)


def test_the_hour_that_the_clocks_skip_is_refused_with_a_sentence() -> None:
    with pytest.raises(dates.NoSuchTime, match="no 01:30"):
        dates.uk_moment(date(2026, 3, 29), time(1, 30))


def test_the_hour_that_comes_twice_means_the_first_one() -> None:
    assert dates.uk_moment(date(2026, 10, 25), time(1, 30)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_weekly_visit_keeps_its_clock_time_over_the_change_of_clocks() -> None:
    starts = dates.weekly(dates.uk_moment(date(2026, 10, 20), time(9)), 2)
    assert [moment.astimezone(LONDON).time() for moment in starts] == [time(9), time(9)]
    assert starts[1] - starts[0] == timedelta(days=7, hours=1)


@given(st.dates(dates.FIRST_DAY, dates.LAST_DAY), st.times(timezones=st.none()))
def test_what_is_typed_is_what_is_shown_again(day: date, at: time) -> None:
    try:
        moment = dates.uk_moment(day, at)
    except dates.NoSuchTime:
        assert at.hour in {1, 2}
        return
    assert moment.astimezone(LONDON).replace(tzinfo=None) == datetime.combine(day, at)


def test_the_day_the_clocks_change_has_23_or_25_hours() -> None:
    lengths = [
        end - start for start, end in (dates.day_range(date(2026, 3, 29), 1), dates.day_range(date(2026, 10, 25), 1))
    ]
    assert lengths == [timedelta(hours=23), timedelta(hours=25)]


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-13-01", "0001-01-01", "9999-12-31", "2026-02-30"])
def test_a_day_that_is_none_falls_back(text: str) -> None:
    assert dates.day_or_default(text, date(2026, 11, 10)) == date(2026, 11, 10)
