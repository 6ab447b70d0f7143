"""The demo is whole at Easter and while the clocks change."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytestmark = pytest.mark.slow
MOMENTS = (
    "2026-10-25T00:05",
    "2026-10-25T01:30",
    "2026-10-25T01:30+00:00",
    "2026-10-26T09:00",
    "2027-03-26T10:00",
    "2027-03-28T00:05",
    "2027-03-28T02:30",
    "2027-03-28T23:55",
    "2027-03-29T09:00",
    "2027-10-31T02:05",
)


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_demo_is_whole(faults_at: Callable[[str], list[str]], moment: str) -> None:
    assert faults_at(moment) == []
