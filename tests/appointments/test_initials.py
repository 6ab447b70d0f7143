"""Initials: what tells practitioners apart in a narrow column."""

from __future__ import annotations

import pytest

from clearbill.web.calendar.initials import initials


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["Rosa Therapist", "Dr Ben van der Berg"], ["RT", "BB"]),
        (["Prof. Mohammed Rahman", "Mohammed Reid"], ["MRa", "MRe"]),
        (["Anna Brown", "Andrew Brown"], ["AB1", "AB2"]),
        (["Rosa Therapist", "Rosa Therapist", "Rosa Thorn"], ["RT1", "RT2", "RTho"]),
        (["Rosa", "Dr", " "], ["R", "D", "?"]),
        (["Siobhán O’Neill", "anil fenwick-bale"], ["SO", "AF"]),
    ],
)
def test_initials_leave_titles_out_and_are_never_alike(names: list[str], expected: list[str]) -> None:
    assert initials(names) == expected
    assert len(set(initials(names))) == len(names)
