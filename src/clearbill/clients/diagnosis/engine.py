"""Finding diagnoses: a code in any spelling, or words."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

from clearbill.clients.diagnosis.index import Index
from clearbill.clients.diagnosis.lay import LayWords
from clearbill.clients.diagnosis.spelling import Spelling
from clearbill.clients.diagnosis.words import LONGEST_TEXT, MOST_WORDS, stem, words_of

MOST_MATCHES = 50

_CODE = re.compile(r"[A-Z]\s*[0-9][0-9\s.\-]*[A-Z0-9]?")
_CODE_FIRST = re.compile(r"([A-Z][0-9]{2}(?:\.?[0-9]{1,2})?)\b")
_WORTH_WEIGHING = 0.4  # texts that answer less of the question than this share of the best are not weighed
_NEAR_THE_BEST = 0.4  # matches below this share of the best one's score are left out
_COMPLETE = 0.45  # how much of the score asks that a text says no more than the question
_SAID = 1 - _COMPLETE


@dataclass(frozen=True, slots=True)
class Match:
    """A diagnosis: its code as it is printed ("M75.0") and its WHO title."""

    code: str
    title: str


@dataclass(frozen=True, slots=True)
class _Slot:
    """One word of the question: its weight, and the stems that would answer it, nearest first."""

    weight: float
    stems: list[tuple[str, float]]


class DiagnosisSearch:
    """The diagnosis list, ready to be searched. Safe to share between threads: nothing changes after it is made."""

    def __init__(self, index: Index, words: LayWords) -> None:
        self._index = index
        self._words = words
        self._spelling = Spelling(index.surfaces, words)
        self._by_code = {code: number for number, code in enumerate(index.codes)}
        self._plain_codes = sorted((code.replace(".", ""), number) for code, number in self._by_code.items())

    def search(self, text: str, *, limit: int = 5) -> list[Match]:
        """The diagnoses a text may mean, the likeliest first; at most `limit` (1 to 50), empty where nothing fits."""
        limit = max(1, min(limit, MOST_MATCHES))
        text = text[:LONGEST_TEXT].strip()
        numbers = self._by_spelling_of_code(text)
        if not numbers:
            ranked = self._by_words(text)
            near = _NEAR_THE_BEST * max(ranked.values(), default=0.0)
            likely = [number for number, score in ranked.items() if score >= near]
            numbers = sorted(likely, key=lambda number: (-ranked[number], self._index.codes[number]))
        return [Match(self._index.codes[n], self._index.titles[n]) for n in numbers[:limit]]

    def title_of(self, code: str) -> str | None:
        """The WHO title of a code in any spelling ("m545", "M54.5"), or None where the list has no such code."""
        number = self._by_code.get(_dotted(code[:LONGEST_TEXT]))
        return None if number is None else self._index.titles[number]

    def _by_spelling_of_code(self, text: str) -> list[int]:
        upper = text.upper()
        whole = _CODE.fullmatch(upper)
        first = _CODE_FIRST.match(upper)
        plain = re.sub(r"[^A-Z0-9]", "", upper if whole else first[1] if first else "")
        # A finer national code, such as M54.50, is answered by the WHO code above it.
        for length in range(len(plain), max(len(plain) - 4, 2 if first or len(plain) > 2 else 1), -1):
            found = self._codes_beginning(plain[:length])
            if found:
                return found
        return []

    def _codes_beginning(self, plain: str) -> list[int]:
        start = bisect_left(self._plain_codes, (plain, -1))
        found = []
        for code, number in self._plain_codes[start:]:
            if not code.startswith(plain):
                break
            found.append(number)
        exact = found[:1] if found and self._plain_codes[start][0] == plain else []
        return exact + sorted(found[len(exact) :], key=lambda n: (-self._index.prior[n], n))

    def _by_words(self, text: str) -> dict[int, float]:
        slots = self._slots(text)
        asked = sum(slot.weight for slot in slots)
        if not asked:
            return {}
        answered, mass_met = self._answers(slots)
        index, best = self._index, dict[int, float]()
        enough = _WORTH_WEIGHING * max(answered.values())
        for number in [number for number, answer in answered.items() if answer >= enough]:
            complete = mass_met[number] / index.mass[number]
            said = _SAID + _COMPLETE * complete if complete < 1.0 else 1.0
            code = index.code_of[number]
            score = answered[number] / asked * said * index.trust[number] + index.prior[code]
            if score > best.get(code, 0.0):
                best[code] = score
        return best

    def _slots(self, text: str) -> list[_Slot]:
        typed = words_of(text)
        words = self._words.reworded(typed) or [(word, 0.0) for word in typed if len(typed) == 1]
        slots: list[_Slot] = []
        for position, (word, share) in enumerate(words[:MOST_WORDS]):
            last = position == len(words) - 1
            stems = [(word, 1.0)] if share else self._spelling.stems(word, unfinished=last)
            slots += self._slot(stems, word if share else self._words.canonical(stem(word)), share or 1.0)
        return slots

    def _slot(self, stems: list[tuple[str, float]], typed: str, share: float) -> list[_Slot]:
        weights, meanings = self._index.weight, self._words.meanings
        found: dict[str, float] = {}
        for stem_, nearness in stems:
            if stem_ in weights:
                found[stem_] = max(nearness, found.get(stem_, 0.0))
            for meant, near in meanings.get(stem_, ()) if nearness > 0.6 else ():
                if meant in weights:
                    found[meant] = max(nearness * near, found.get(meant, 0.0))
        if not found:
            return []
        ordered = sorted(found.items(), key=lambda item: -item[1])
        weight = weights.get(typed) or max(weights[stem_] for stem_, _ in ordered[:3])
        return [_Slot(weight * share, ordered)]

    def _answers(self, slots: list[_Slot]) -> tuple[dict[int, float], dict[int, float]]:
        """For each text, how much of the question it answers, and the weight of its words that do."""
        answered: dict[int, float] = {}
        mass_met: dict[int, float] = {}
        postings, weights = self._index.postings, self._index.weight
        unasked = sum(slot.weight for slot in slots)
        for slot in sorted(slots, key=lambda slot: -slot.weight):
            values: dict[int, float] = {}
            masses: dict[int, float] = {}
            for stem_, nearness in reversed(slot.stems):
                values.update(dict.fromkeys(postings[stem_], slot.weight * nearness))
                masses.update(dict.fromkeys(postings[stem_], weights[stem_]))
            known = answered.keys() & values.keys()
            # A text first met now can at best answer what is still unasked; most common words bring only such texts.
            late = unasked < _WORTH_WEIGHING * max(answered.values(), default=0.0)
            for number in known:
                values[number] += answered[number]
                masses[number] += mass_met[number]
            answered.update({number: values[number] for number in known} if late else values)
            mass_met.update({number: masses[number] for number in known} if late else masses)
            unasked -= slot.weight
        return answered, mass_met


def _dotted(code: str) -> str:
    plain = re.sub(r"[^A-Z0-9]", "", code.upper())
    return plain if len(plain) <= 3 else f"{plain[:3]}.{plain[3:]}"
