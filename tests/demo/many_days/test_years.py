"""The demo is whole around New Year, on holidays, and years from now."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytestmark = pytest.mark.slow
MOMENTS = (
    "2026-12-25T12:00",
    "2026-12-31T23:55",
    "2026-12-31T23:59:58",
    "2027-01-01T00:05",
    "2027-01-04T09:00",
    "2027-08-30T09:00",
    "2027-12-31T12:00",
    "2031-06-17T14:00",
)


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_demo_is_whole(faults_at: Callable[[str], list[str]], moment: str) -> None:
    assert faults_at(moment) == []
