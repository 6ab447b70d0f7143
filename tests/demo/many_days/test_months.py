"""The demo is whole at the ends of months, and around 29 February."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytestmark = pytest.mark.slow
MOMENTS = (
    "2027-01-31T23:55",
    "2027-02-01T00:05",
    "2027-02-28T23:55",
    "2027-05-21T16:00",
    "2027-06-30T17:00",
    "2027-09-30T23:55",
    "2027-10-01T00:05",
    "2028-02-28T23:55",
    "2028-02-29T00:05",
    "2028-03-01T00:05",
)


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_demo_is_whole(faults_at: Callable[[str], list[str]], moment: str) -> None:
    assert faults_at(moment) == []
