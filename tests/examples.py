"""How many examples a property-based test that asks the database tries.

The second database of a run needs few: which example fails does not hang on it, only whether a statement works there.
`CLEARBILL_TEST_EXAMPLES_BY=6` divides them by six.
"""

from __future__ import annotations

import os

_DIVISOR = int(os.environ.get("CLEARBILL_TEST_EXAMPLES_BY", "1"))


def examples(number: int) -> int:
    """Return how many of so many examples are tried in this run, at least 5."""
    return max(5, number // _DIVISOR)
