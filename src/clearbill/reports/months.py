"""Months as the reports name them: “2026-11” in the figures, “Nov 2026” on the page."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

LONGEST_PLOT, MOST_FILLED = 24, 120


def every_month(found: Iterable[str]) -> list[str]:
    """Return the months from the first to the last of these, those between as well unless they are very many."""
    numbers = sorted({int(month[:4]) * 12 + int(month[5:]) - 1 for month in found})
    if not numbers or numbers[-1] - numbers[0] > MOST_FILLED:
        return [f"{number // 12:04}-{number % 12 + 1:02}" for number in numbers]
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in range(numbers[0], numbers[-1] + 1)]


def words(month: str) -> str:
    """Return “2026-11” as “Nov 2026”."""
    return f"{date.fromisoformat(f'{month}-01'):%b %Y}"


def labels(month: str) -> tuple[str, str]:
    """Return a month as it stands under a column and as it is read: “Nov” and “Nov 2026”."""
    whole = words(month)
    return whole[:3], whole
