"""How fast an insurer pays, and when its next payment is late: plain arithmetic, held against a plain definition."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearbill.bill import insurers
from clearbill.money.follow_up.payment_times import (
    NO_HISTORY,
    Expectation,
    ExpectedWait,
    PaymentTimes,
    expected_wait,
    overdue_if_sent_before,
    percentile,
    working_day,
)
from clearbill.web.money.follow_up.histogram import HEIGHT, histogram

TODAY = date(2026, 11, 24)  # a Tuesday
days = st.integers(0, 400)
dates = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@given(st.lists(days, min_size=1, max_size=60), st.sampled_from([50, 80, 90, 100]))
def test_the_percentile_is_the_first_day_by_which_that_many_payments_had_come(took: list[int], percent: int) -> None:
    answer = percentile(Counter(took), percent)
    assert sum(one <= answer for one in took) * 100 >= percent * len(took)
    assert sum(one < answer for one in took) * 100 < percent * len(took)


@given(st.lists(st.integers(1, 30), min_size=5, max_size=40))
def test_one_huge_outlier_never_moves_what_is_late_beyond_the_others(took: list[int]) -> None:
    assert PaymentTimes(Counter([*took[:-1], 3000])).late_days <= max(took)


def test_of_no_payment_nothing_is_counted() -> None:
    with pytest.raises(ValueError, match="no payment"):
        percentile({}, 50)


@pytest.mark.parametrize(
    ("slug", "payments", "basis", "late", "ask"),
    [
        ("bupa", 5, "history", 9, 30),
        ("bupa", 4, "unknown", 30, 30),
        ("axa-health", 4, "published", 30, 30),
        ("axa-health", 5, "history", 9, 30),
        ("vitalityhealth", 0, "published", 60, 60),
        ("nobody", 0, "unknown", 30, 30),
    ],
)
def test_history_comes_before_what_is_published_and_no_insurer_is_asked_too_early(
    slug: str, payments: int, basis: str, late: int, ask: int
) -> None:
    wait = expected_wait(insurers.by_slug(slug), PaymentTimes({9: payments}) if payments else NO_HISTORY)
    assert (wait.basis, wait.late_days, wait.ask_days) == (basis, late, ask)


def test_an_assumed_window_is_not_given_as_published() -> None:
    assert expected_wait(insurers.by_slug("bupa"), NO_HISTORY).chase_source == ""
    assert expected_wait(insurers.by_slug("axa-health"), NO_HISTORY).chase_source.startswith("https://")


@given(dates, st.integers(0, 120), dates)
def test_a_claim_is_late_once_the_working_day_on_which_it_was_due_has_gone_by(
    sent_on: date, wait: int, today: date
) -> None:
    due = working_day(sent_on + timedelta(days=wait))
    assert due.weekday() < 5
    assert (sent_on < overdue_if_sent_before(today, wait)) == (today > due)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 27), date(2026, 11, 27)),
        (date(2026, 11, 28), date(2026, 11, 30)),
        (date(2026, 11, 29), date(2026, 11, 30)),
    ],
)
def test_what_falls_on_a_weekend_is_expected_on_monday(day: date, works: date) -> None:
    assert working_day(day) == works


def test_the_sentence_says_what_it_is_by() -> None:
    def sentence(wait: ExpectedWait) -> str:
        return Expectation(wait=wait, sent_on=TODAY, today=TODAY).sentence("BUPA")

    known = ExpectedWait(days=14, basis="history", chase_days=30)
    assert sentence(known) == "BUPA usually pays within 14 days; expected by 8 Dec 2026"
    published = ExpectedWait(days=30, basis="published", chase_days=30)
    assert sentence(published) == "BUPA asks for 30 days before questions; expected by 24 Dec 2026"
    assert sentence(ExpectedWait(days=None, basis="unknown", chase_days=30)).startswith(
        "Not known yet: BUPA has made fewer"
    )


@given(st.dictionaries(days, st.integers(1, 50), max_size=30), st.none() | days)
def test_a_strip_holds_every_payment_once_and_fits_its_height(counts: dict[int, int], late: int | None) -> None:
    bars = histogram(counts, late_days=late)
    assert sum(bar.count for bar in bars) == sum(counts.values())
    assert all(bar.y + bar.height == HEIGHT and (bar.height > 0) == (bar.count > 0) for bar in bars)
    assert not any(bar.is_late for bar in bars) or late is not None
