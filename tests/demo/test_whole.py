"""The demo is whole at the moments that are likeliest to break it; many more are in `many_days`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytestmark = pytest.mark.slow
MOMENTS = (
    "2026-12-06T20:15",
    "2028-02-29T23:55",
)


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_demo_is_whole(faults_at: Callable[[str], list[str]], moment: str) -> None:
    assert faults_at(moment) == []
