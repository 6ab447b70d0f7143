from __future__ import annotations

import pytest

from clearbill.bill.text import plural


@pytest.mark.parametrize(
    ("count", "words"), [(0, "lines wait"), (1, "line waits"), (2, "lines wait"), (1200, "lines wait")]
)
def test_a_word_goes_with_its_count(count: int, words: str) -> None:
    assert f"{plural(count, 'line')} {plural(count, 'waits', 'wait')}" == words
