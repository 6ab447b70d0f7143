"""A figure: ours against a denominator, with its goal."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of `make bench`. `goal` is a least ratio where `at_least` is set, else a largest one."""

    name: str
    ours: float
    denominator: float
    unit: str
    goal: float
    at_least: bool

    @property
    def ratio(self) -> float:
        return self.ours / self.denominator

    @property
    def met(self) -> bool:
        return self.ratio >= self.goal if self.at_least else self.ratio <= self.goal

    def __str__(self) -> str:
        word = "at least" if self.at_least else "at most"
        verdict = "met" if self.met else "MISSED"
        return (
            f"{self.name}: {self.ours:,.2f} {self.unit} / {self.denominator:,.2f} {self.unit} = {self.ratio:.2f} "
            f"(goal {word} {self.goal:g}: {verdict})"
        )


def interleaved(ours: Callable[[], object], other: Callable[[], object], *, rounds: int) -> tuple[float, float]:
    """Return the median seconds of one call of each, measured in turns so that both see the same machine."""
    mine, theirs = [], []
    for _ in range(rounds):
        for work, times in ((ours, mine), (other, theirs)):
            begin = time.perf_counter()
            work()
            times.append(time.perf_counter() - begin)
    return statistics.median(mine), statistics.median(theirs)
