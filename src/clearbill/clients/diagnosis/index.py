"""The index of the diagnosis list: which word is in which text, and which code each text speaks for."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from typing import Any

from clearbill.clients.diagnosis.lay_words import LayWords, lay_phrases, lay_words
from clearbill.clients.diagnosis.sources import Listed, synonyms, who_list
from clearbill.clients.diagnosis.words import stem, words_of

# How far a text is trusted: what people say, then the list's own title, then synonyms.
LAY, TITLE, SYNONYM = 1.2, 1.0, 0.96

_NEXT_LAY_CODE = 0.05  # each further code of a lay phrase counts this much less

_FAINT = 0.12  # the weight of words such as "unspecified", against 0.2 to 1 for others

_COMMON, _LAY, _NOT_A_LEAF, _RESIDUAL = 0.06, 0.015, -0.06, -0.03

_CHAPTERS = {"V": -0.4, "W": -0.4, "X": -0.4, "Y": -0.4, "O": -0.1, "P": -0.12, "Q": -0.06, "Z": -0.03, "T": -0.03}

_RARE = {"A": -0.03, "B": -0.03, "C": -0.03, "D": -0.02}


@dataclass
class Index:
    """Texts (titles, synonyms, lay phrases) and their words. Codes and texts are numbered from 0.

    `code_of`, `trust` and `mass` belong to a text: its code, how far it is trusted, the weight of all its words.
    `prior` belongs to a code. `postings` gives the texts of a stem, `weight` its weight, `surfaces` the stem of a word
    as it is written.
    """

    codes: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    prior: list[float] = field(default_factory=list)
    code_of: list[int] = field(default_factory=list)
    trust: list[float] = field(default_factory=list)
    mass: list[float] = field(default_factory=list)
    postings: dict[str, list[int]] = field(default_factory=dict)
    weight: dict[str, float] = field(default_factory=dict)
    surfaces: dict[str, str] = field(default_factory=dict)

    def dumped(self) -> str:
        """The index as text, for the cache."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def loaded(cls, data: dict[str, Any]) -> Index:
        """The index out of the cache. Raises TypeError where the cache is not one."""
        return cls(**data)


def build_index(lay_file: dict[str, Any]) -> Index:
    """The index over the whole list, from the installed packages and the lay words. Takes about two seconds."""
    return _Build(who_list(), lay_file).index


class _Build:
    def __init__(self, listed: list[Listed], lay_file: dict[str, Any]) -> None:
        self.words: LayWords = lay_words(lay_file)
        self.index = Index([entry.code for entry in listed], [entry.title for entry in listed])
        self.number = {code: number for number, code in enumerate(self.index.codes)}
        self.texts: list[list[str]] = []
        self.seen: set[tuple[int, str]] = set()
        phrases = list(lay_phrases(lay_file))
        common = set(lay_file["common"]["codes"])
        said = {code for _, codes in phrases for code in codes}
        self.index.prior = [_prior(entry, entry.code in common, entry.code in said) for entry in listed]
        self._add_texts(listed, phrases)
        self._weigh()
        self._add_lay_surfaces(lay_file)

    def _add_texts(self, listed: list[Listed], phrases: list[tuple[str, list[str]]]) -> None:
        for text, codes in phrases:
            for position, code in enumerate(codes):
                if code in self.number:
                    self._add(code, text, self.words.phrase_stems(text), LAY - _NEXT_LAY_CODE * position)
        for entry in listed:
            self._add(entry.code, entry.title, self.words.stems(entry.title), TITLE)
        for code, term in synonyms({entry.code: entry.title for entry in listed}):
            self._add(code, term, self.words.stems(term), SYNONYM)

    def _add(self, code: str, text: str, stems: list[str], trust: float) -> None:
        words = words_of(text)
        for word in [word for word in words if word not in self.words.stop] or words:
            self.index.surfaces.setdefault(word, self.words.canonical(stem(word)))
        key = (self.number[code], " ".join(sorted(stems)))
        if not stems or key in self.seen:
            return
        self.seen.add(key)
        self.texts.append(stems)
        self.index.code_of.append(self.number[code])
        self.index.trust.append(round(trust, 3))

    def _weigh(self) -> None:
        counts = Counter(stem_ for stems in self.texts for stem_ in stems)
        rarest = math.log(len(self.texts))
        for stem_, count in counts.items():
            weight = max(0.2, math.log(len(self.texts) / count) / rarest)
            self.index.weight[stem_] = round(min(weight, _FAINT) if stem_ in self.words.faint else weight, 3)
        postings: dict[str, list[int]] = defaultdict(list)
        for number, stems in enumerate(self.texts):
            self.index.mass.append(round(sum(self.index.weight[stem_] for stem_ in stems), 3))
            for stem_ in stems:
                postings[stem_].append(number)
        self.index.postings = dict(postings)

    def _add_lay_surfaces(self, lay_file: dict[str, Any]) -> None:
        same = [word for name, group in lay_file["same"].items() for word in (name, *group)]
        for text in (*same, *lay_file["means"]):
            for word in words_of(text):
                self.index.surfaces.setdefault(word, self.words.canonical(stem(word)))


def _prior(entry: Listed, common: bool, said: bool) -> float:
    prior = _CHAPTERS.get(entry.code[0], 0.0) + _RARE.get(entry.code[0], 0.0)
    prior += _COMMON if common else _LAY if said else 0.0
    prior += 0.0 if entry.is_leaf else _NOT_A_LEAF
    return round(prior + (_RESIDUAL if entry.code.endswith(".8") else 0.0), 3)
