"""A sheet: a table whose cells are known before anything of it is understood."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a file. `name` is what its people call it; `rows` gives its rows that are not blank, each time anew.

    A row is its number, as a spreadsheet counts it, and its cells as texts.
    """

    name: str
    rows: Callable[[], Iterator[tuple[int, list[str]]]]
