"""The lay words: what people say, and what the diagnosis list calls it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from clearbill.clients.diagnosis.words import stem, words_of

LAY_WORDS_FILE = Path(__file__).with_name("lay_words.toml")

Alternatives = list[tuple[str, float]]

_FIRST_MEANING = 0.92  # how nearly a word is what it means; each further meaning is a little less near

_NEXT_MEANING = 0.05

_LONGEST_SAYING = 5


class Said(NamedTuple):
    """One word of a question, its stem, and its share of the saying it stands for: 0 for a word as it was typed."""

    word: str
    stem: str
    share: float


@dataclass(frozen=True)
class LayWords:
    """The words of one language for search, ready for use. Everything is kept as stems.

    `one_word` gives the stem that stands for a stem, `meanings` the stems a stem may also mean with their nearness
    (0 to 1), `sayings` the stems that several stems together stand for.
    """

    filler: frozenset[str]
    stop: frozenset[str]
    faint: frozenset[str]
    one_word: dict[str, str]
    meanings: dict[str, Alternatives]
    sayings: dict[str, list[str]]
    endings: dict[str, list[str]]

    @cached_property
    def _saying_starts(self) -> frozenset[str]:
        return frozenset(saying.partition(" ")[0] for saying in self.sayings)

    def canonical(self, stem_: str) -> str:
        """The stem that stands for this one among words that mean the same."""
        return self.one_word.get(stem_, stem_)

    def stems(self, text: str) -> list[str]:
        """The stems of a title or synonym, canonical, without stop words."""
        found = (self.canonical(stem(word)) for word in words_of(text) if word not in self.stop)
        return list(dict.fromkeys(found))

    def about(self, word: str) -> list[str]:
        """The stems an unknown word is about, by how it ends: "arachnophobia" is about phobia."""
        return next((stems for ending, stems in self.endings.items() if word.endswith(ending)), [])

    def reworded(self, words: list[str]) -> list[Said]:
        """Typed words with sayings put in the list's words and stop words left out."""
        words = [word for word in words if word not in self.filler]
        stems = [self.canonical(stem(word)) for word in words]
        result: list[Said] = []
        start = 0
        while start < len(words):
            length, meant = self._saying_at(stems, start)
            if length:
                result += [Said(stem_, stem_, min(1.0, length / len(meant))) for stem_ in meant]
            elif words[start] not in self.stop:
                result.append(Said(words[start], stems[start], 0.0))
            start += length or 1
        # "AS" and "ME" are diseases where nothing else is said.
        return result or [Said(word, stem_, 0.0) for word, stem_ in zip(words, stems, strict=True)]

    def phrase_stems(self, text: str) -> list[str]:
        """The stems of a lay phrase, reworded as a typed one would be, so that both meet."""
        return list(dict.fromkeys(said.stem for said in self.reworded(words_of(text))))

    def _saying_at(self, stems: list[str], start: int) -> tuple[int, list[str]]:
        if stems[start] not in self._saying_starts:
            return 0, []
        for length in range(min(_LONGEST_SAYING, len(stems) - start), 0, -1):
            meant = self.sayings.get(" ".join(stems[start : start + length]))
            if meant is not None:
                return length, meant
        return 0, []


def read_lay_file(path: Path = LAY_WORDS_FILE) -> dict[str, Any]:
    """The lay words file as it stands. Raises OSError or tomllib.TOMLDecodeError."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def lay_words(lay_file: dict[str, Any]) -> LayWords:
    """The words of a lay words file, for building an index and for reading questions."""
    one_word = {stem(w): stem(name) for name, group in lay_file["same"].items() for g in group for w in words_of(g)}
    filler = frozenset(lay_file["filler"])
    return LayWords(
        filler=filler,
        stop=frozenset(lay_file["stop"]),
        faint=frozenset(stem(word) for word in lay_file["faint"]),
        one_word=one_word,
        meanings={
            one_word.get(stem(key), stem(key)): _alternatives(meanings, one_word)
            for word, meanings in lay_file["means"].items()
            for key in words_of(word)
        },
        sayings={
            " ".join(_canonical(said, one_word, filler)): _canonical(meant, one_word)
            for said, meant in lay_file["says"].items()
        },
        endings={ending: _canonical(about, one_word) for ending, about in lay_file["endings"].items()},
    )


def lay_phrases(lay_file: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Every lay phrase with the codes it may mean, the likeliest first."""
    yield from lay_file["phrase"].items()
    for complaint, parts in lay_file["complaint"].items():
        for part, codes in parts.items():
            yield (complaint if part == "any" else f"{complaint} {part}"), codes


def _canonical(text: str, one_word: dict[str, str], filler: frozenset[str] = frozenset()) -> list[str]:
    return [one_word.get(stem(word), stem(word)) for word in words_of(text) if word not in filler]


def _alternatives(meanings: list[str], one_word: dict[str, str]) -> Alternatives:
    found: dict[str, float] = {}
    for position, meaning in enumerate(meanings):
        words = _canonical(meaning, one_word)
        nearness = (_FIRST_MEANING - position * _NEXT_MEANING) * (1.0 if len(words) == 1 else 0.7)
        for word in words:
            found.setdefault(word, round(nearness, 3))
    return list(found.items())
