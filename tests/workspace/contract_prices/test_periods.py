"""Prices of one code follow each other: whatever is entered, no day has two."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearbill.workspace.contract_prices.periods import ONE_DAY, Period, Refused, overlap, period_to_end

FIRST = date(2026, 1, 1)


def period(first: int, last: int | None = None) -> Period:
    return Period(first=FIRST + timedelta(first), last=None if last is None else FIRST + timedelta(last))


def entered(several: list[Period]) -> list[Period]:
    """The periods that stand after each was entered in turn, those without room left out."""
    there: list[Period] = []
    for new in several:
        try:
            ends = period_to_end(new, there)
        except Refused:
            continue
        if ends:
            there[there.index(ends)] = Period(first=ends.first, last=new.first - ONE_DAY)
        there.append(new)
    return there


periods = st.builds(
    lambda first, length: period(first, None if length is None else first + length),
    st.integers(0, 40),
    st.none() | st.integers(0, 10),
)


@given(st.lists(periods, max_size=12))
def test_no_day_ever_has_two_prices(several: list[Period]) -> None:
    there = entered(several)
    for index, one in enumerate(there):
        assert one.last is None or one.last >= one.first
        assert not any(overlap(one, other) for other in there[index + 1 :])


@given(st.lists(periods, max_size=12), periods)
def test_what_was_measured_before_a_new_price_begins_stays_measured_by_the_same(
    several: list[Period], new: Period
) -> None:
    before = entered(several)
    after = entered([*several, new])
    for day in (FIRST + timedelta(number) for number in range((new.first - FIRST).days)):
        for one in before:
            if one.first <= day <= (one.last or date.max):
                assert any(other.first == one.first and day <= (other.last or date.max) for other in after)


def test_a_new_price_ends_the_one_without_end_the_day_before() -> None:
    open_one = period(0)
    assert period_to_end(period(31), [open_one]) == open_one
    assert period_to_end(period(31), [period(0, 30)]) is None


@pytest.mark.parametrize(
    ("new", "there", "field", "words"),
    [
        (period(0), [period(31)], "valid_to", "The last day of this one can be 31 Jan 2026"),
        (period(5), [period(5)], "valid_from", "There is a price from 6 Jan 2026 already"),
        (period(5, 8), [period(0)], "valid_to", "has no last day"),
        (period(5, 8), [period(0, 6)], "valid_from", "from 1 Jan 2026 to 7 Jan 2026"),
    ],
)
def test_an_overlap_is_refused_with_a_sentence_at_its_field(
    new: Period, there: list[Period], field: str, words: str
) -> None:
    with pytest.raises(Refused, match=words) as refused:
        period_to_end(new, there)
    assert refused.value.field == field
