"""Problems as plain values for pages: with whose move each is, equal ones grouped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from clearbill.bill import Problem
from clearbill.bill.problem import WHO
from clearbill.bill.text import plural

EQUAL_BY = ("message", "fix", "severity", "house_words")


def with_owner(problems: Iterable[Problem | Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return each problem with `whose_move` in words."""
    entries = [problem.as_dict() if isinstance(problem, Problem) else dict(problem) for problem in problems]
    return [{**entry, "whose_move": WHO.get(entry.get("who", ""), "")} for entry in entries]


def group_equal(entries: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the entries with those that say the same put into one, which names their `lines`."""
    groups: dict[tuple[Any, ...], dict[str, Any]] = {}
    for entry in entries:
        first = groups.setdefault(tuple(entry.get(name) for name in EQUAL_BY), {**entry, "lines": []})
        if line := _line_no(entry.get("path", "")):
            first["lines"].append(line)
    return list(groups.values())


def problem_count(problems: Iterable[dict[str, Any]]) -> str:
    """Say how many different problems there are."""
    count = len(group_equal(problems))
    return f"{count} {plural(count, 'problem')}"


def _line_no(path: str) -> int | None:
    head, _, rest = path.partition("[")
    place = rest.partition("]")[0]
    return int(place) + 1 if head == "lines" and place.isdecimal() else None
