"""Bills for the tests: one that passes, and ways to change one place of it by its path."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

from clearbill.bill import Bill, Problem, check
from clearbill.bill.example import example
from clearbill.bill.insurers import find

ON = date(2026, 11, 23)
_STEP = re.compile(r"(\w+)(?:\[(\d+)])?")


def good(insurer: str = "bup") -> Bill:
    """Return a bill without any problem on the day ON."""
    found = find(insurer)
    assert found is not None
    return example(found, ON)


def changed(bill: Any, changes: dict[str, Any]) -> Any:
    """Return the bill with the value at each path replaced, such as `lines[0].units`."""
    for path, value in changes.items():
        bill = _set(bill, path.split("."), value)
    return bill


def codes(bill: Bill, **context: Any) -> list[str]:
    return [problem.code for problem in problems(bill, **context)]


def problems(bill: Bill, **context: Any) -> list[Problem]:
    return check(bill, **{"on": ON, **context})


def _set(record: Any, steps: list[str], value: Any) -> Any:
    step = _STEP.fullmatch(steps[0])
    assert step, steps
    name, index = step[1], step[2]
    here = getattr(record, name)
    if index is None:
        return replace(record, **{name: _set(here, steps[1:], value) if steps[1:] else value})
    entries = list(here)
    entries[int(index)] = _set(entries[int(index)], steps[1:], value) if steps[1:] else value
    return replace(record, **{name: tuple(entries)})
