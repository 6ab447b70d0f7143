"""The table of published facts, and the first one that a side is at odds with."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

TABLE = Path(__file__).with_name("published.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedFact:
    """One published fact: values of a kind that are taken, and those that are not."""

    says: str
    kind: str
    source: str
    read_on: date
    about: str = ""
    slug: str = ""
    stand_in: str = ""
    taken: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


Takes = Callable[[PublishedFact, str], bool | None]
"""Whether a side takes a value; None where it has nothing to do with it."""


def published() -> list[PublishedFact]:
    rows = tomllib.loads(TABLE.read_text(encoding="utf-8"))["fact"]
    return [
        PublishedFact(**{name: tuple(value) if isinstance(value, list) else value for name, value in row.items()})
        for row in rows
    ]


def first_at_odds(facts: Iterable[PublishedFact], kinds: Mapping[str, Takes]) -> str:
    """Return a sentence that names the first fact, and the value of it, with which a side disagrees, or ""."""
    for fact in facts:
        takes = kinds.get(fact.kind)
        if takes is None:
            continue
        for wanted, values in ((True, fact.taken), (False, fact.refused)):
            for value in values:
                answer = takes(fact, value)
                if answer is not None and answer is not wanted:
                    done = "refused" if wanted else "taken"
                    return f"“{value}” is {done}. {fact.says}: {fact.source}, read on {fact.read_on}."
    return ""
