"""Where a country abroad stands in an address of four lines."""

from __future__ import annotations

import pytest

from clearbill.bill.address.lines import with_country

UAE = "United Arab Emirates"
LONG = "x" * 29


@pytest.mark.parametrize(
    ("lines", "sent"),
    [
        (["", "", "", ""], [UAE, "", "", ""]),
        (["1", "2", "3", "y" * 28], ["1", "2", "3", f"{'y' * 28}, {UAE}"]),
        (["1", "2", "3", LONG], ["1", "2", f"3, {LONG}", UAE]),
        (["1", "2", LONG, LONG], ["1", f"2, {LONG}", LONG, UAE]),
        (["1", "", LONG, LONG], ["1", LONG, LONG, UAE]),
        ([LONG, "y" * 19, LONG, LONG], [LONG, f"{'y' * 19}, {LONG}", LONG, UAE]),
        ([LONG] * 4, [LONG, LONG, LONG, f"{LONG}, {UAE}"]),
    ],
)
def test_the_country_is_last_and_no_line_too_long_where_two_can_be_one(lines: list[str], sent: list[str]) -> None:
    assert with_country(lines, "AE", longest=50) == sent
    assert with_country(lines, "GB", longest=50) == lines
