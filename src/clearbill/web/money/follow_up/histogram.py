"""The histogram of an insurer's payment times, as figures for an SVG picture. Plain Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

WEEKS = 12

HEIGHT, WIDTH, GAP = 40, 20, 4


@dataclass(frozen=True, slots=True)
class Bar:
    """The payments of one week after sending, and where its bar stands; the last one holds all later ones."""

    words: str
    count: int
    x: int
    y: int
    height: int
    is_late: bool


def histogram(counts: Mapping[int, int], *, late_days: int | None = None) -> list[Bar]:
    """Return a bar for each of 12 weeks and one for later; a week that begins after `late_days` is marked late."""
    weeks = [0] * (WEEKS + 1)
    for days, count in counts.items():
        weeks[min(days // 7, WEEKS)] += count
    most = max(weeks) or 1
    bars = []
    for week, count in enumerate(weeks):
        height = max(2, round(HEIGHT * count / most)) if count else 0
        words = f"{week * 7} to {week * 7 + 6} days" if week < WEEKS else f"{WEEKS * 7} days or more"
        is_late = late_days is not None and week * 7 > late_days
        bars.append(Bar(words, count, week * (WIDTH + GAP), HEIGHT - height, height, is_late))
    return bars
