"""Initials: how practitioners are told apart where a whole name has no room."""

from __future__ import annotations

from collections.abc import Sequence

TITLES = {"dr", "mr", "mrs", "ms", "miss", "mx", "prof", "professor", "sir", "dame"}

MOST_LETTERS = 3


def initials(names: Sequence[str]) -> list[str]:
    """Return the initials of each name, “AB”. Where two would be alike both get more letters of the last word, “ABa”
    and “ABr”; people whose names are the same are numbered."""
    found = [_shortest(name, names) for name in names]
    return [
        short if found.count(short) == 1 else f"{short}{found[: number + 1].count(short)}"
        for number, short in enumerate(found)
    ]


def _shortest(name: str, names: Sequence[str]) -> str:
    for letters in range(1, MOST_LETTERS + 1):
        short = _short(name, letters)
        if sum(_short(other, letters) == short for other in names) == 1:
            return short
    return _short(name, 1)


def _short(name: str, letters: int) -> str:
    words = [word for word in name.split() if word.strip(".").lower() not in TITLES] or name.split() or ["?"]
    last = words[-1][:letters] if len(words) > 1 else words[0][1:letters]
    return words[0][:1].upper() + last[:1].upper() + last[1:]
