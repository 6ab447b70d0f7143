"""The demo is whole on every day of the week and at every hour."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytestmark = pytest.mark.slow
MOMENTS = (
    "2026-11-30T10:00",
    "2026-12-01T10:00",
    "2026-12-02T06:40",
    "2026-12-03T15:30",
    "2026-12-04T10:00",
    "2026-12-04T18:00",
    "2026-12-05T11:00",
    "2026-12-07T00:05",
    "2026-12-07T17:25",
    "2026-12-07T17:35",
    "2026-12-07T23:55",
)


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_demo_is_whole(faults_at: Callable[[str], list[str]], moment: str) -> None:
    assert faults_at(moment) == []
