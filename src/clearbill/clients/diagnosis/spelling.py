"""Typed words made into words the index knows: whole, begun, or with a typing error."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from clearbill.clients.diagnosis.lay_words import LayWords
from clearbill.clients.diagnosis.words import stem

_AFTER_Z = "{"

_LETTERS = "abcdefghijklmnopqrstuvwxyz"

_MOST_ENDINGS = 60

_SHORTEST_MISTYPED = 4  # letters; a shorter word with a typing error could be anything

_MISTYPED, _SOUNDS_LIKE = 0.85, 0.7

_LONG, _ENDING, _KIN = 8, 3, 0.62  # "hypermobile" and "hypermobility": long words that differ in their last letters

_PREFIXES = frozenset({"pre", "post", "hyper", "hypo", "over", "under", "non", "peri", "anti", "ante", "osteo", "bi"})

_SHORTEST_PART = 3  # letters of each half of a word that was typed without its space

_SOUNDS = (
    ("sch", "sk"),
    ("tz", "z"),
    ("ph", "f"),
    ("ck", "k"),
    ("sc", "s"),
    ("ps", "s"),
    ("x", "ks"),
    ("c", "k"),
    ("z", "s"),
    ("q", "k"),
    ("pn", "n"),
)

_SILENT = str.maketrans("", "", "aeiouyhw")


class Spelling:
    """The words of one index, to look typed words up in."""

    def __init__(self, surfaces: dict[str, str], words: LayWords) -> None:
        self._surfaces = surfaces
        self._words = words
        self._sorted = sorted(surfaces)
        self._stems = frozenset(surfaces.values())
        self._sounds: dict[str, list[str]] = {}
        for surface in self._sorted:
            self._sounds.setdefault(_sound(surface), []).append(surface)

    def stems(self, word: str, *, unfinished: bool) -> list[tuple[str, float]]:
        """The known stems a typed word may be, with their nearness (0 to 1); empty where nothing is like it.

        `unfinished` words may still be being typed, so longer words that begin with them count as well.
        """
        found: dict[str, float] = {}
        exact = self._surfaces.get(word) or self._words.canonical(stem(word))
        if word in self._surfaces or exact in self._stems:
            found[exact] = 1.0
        if found and len(word) >= _LONG:
            for surface in self._begun(word[:-_ENDING]):
                if len(surface) <= len(word) + _ENDING:
                    found.setdefault(self._surfaces[surface], _KIN)
        if not found or (unfinished and len(word) > 2):
            for surface in self._begun(word):
                nearness = (0.9 if not found else 0.6) * (0.6 + 0.4 * len(word) / len(surface))
                found.setdefault(self._surfaces[surface], round(nearness, 3))
        if word not in self._surfaces and len(word) >= _SHORTEST_MISTYPED and not self._continues(word):
            found = self._mistyped(word) | found
        return list(found.items())

    def corrected(self, words: list[str]) -> list[str]:
        """The words with spaces where they belong ("bi polar", "lowback"), and typing errors fixed that are plain."""
        result: list[str] = []
        for word in words:
            joined = result[-1] + word if result else ""
            if joined in self._surfaces and not (self._stands_alone(result[-1]) and self._knows(word)):
                result[-1] = joined
            elif self._knows(word) or self._continues(word):
                result.append(word)
            else:
                result += self._halves(word) or [self._respelt(word)]
        return result

    def _knows(self, word: str) -> bool:
        return word in self._surfaces or word in self._words.stop or self._words.canonical(stem(word)) in self._stems

    def _stands_alone(self, word: str) -> bool:
        return word not in _PREFIXES and self._knows(word)

    def _halves(self, word: str) -> list[str]:
        for at in range(len(word) - _SHORTEST_PART, _SHORTEST_PART - 1, -1):
            if word[:at] in self._surfaces and word[at:] in self._surfaces:
                return [word[:at], word[at:]]
        return []

    def _respelt(self, word: str) -> str:
        if len(word) <= _SHORTEST_MISTYPED:
            return word
        near = [edit for edit in _one_edit_away(word) if edit in self._surfaces]
        return near[0] if len({self._surfaces[edit] for edit in near}) == 1 else word

    def _begun(self, word: str) -> list[str]:
        if len(word) < 2:
            return []
        start = bisect_left(self._sorted, word)
        end = bisect_left(self._sorted, word + _AFTER_Z, start)
        return self._sorted[start : min(end, start + _MOST_ENDINGS)]

    def _mistyped(self, word: str) -> dict[str, float]:
        near = {self._surfaces[edit]: _MISTYPED for edit in _one_edit_away(word) if edit in self._surfaces}
        if near or len(word) <= _SHORTEST_MISTYPED:
            return near
        alike = [s for s in self._sounds.get(_sound(word), []) if abs(len(s) - len(word)) <= 3]
        near = {self._surfaces[surface]: _SOUNDS_LIKE for surface in alike}
        near |= {stem_: _SOUNDS_LIKE for stem_ in self._words.about(word)}
        return near or self._longest_beginning(word)

    def _continues(self, word: str) -> bool:
        start = bisect_left(self._sorted, word)
        return start < len(self._sorted) and self._sorted[start].startswith(word)

    def _longest_beginning(self, word: str) -> dict[str, float]:
        for length in range(len(word) - 1, max(4, len(word) - 4), -1):
            begun = self._begun(word[:length])
            if begun:
                return {self._surfaces[surface]: _SOUNDS_LIKE for surface in begun[:5]}
        return {}


def _one_edit_away(word: str) -> Iterator[str]:
    for at in range(len(word)):
        head, tail = word[:at], word[at + 1 :]
        yield head + tail
        if tail:
            yield head + tail[0] + word[at] + tail[1:]
        for letter in _LETTERS:
            yield head + letter + tail
            yield head + letter + word[at:]
    for letter in _LETTERS:
        yield word + letter


def _sound(word: str) -> str:
    for written, heard in _SOUNDS:
        word = word.replace(written, heard)
    consonants = word[0] + word[1:].translate(_SILENT)
    return "".join(c for at, c in enumerate(consonants) if at == 0 or c != consonants[at - 1])
