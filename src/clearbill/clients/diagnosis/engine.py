"""Finding diagnoses: a code in any spelling, or words."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from heapq import nsmallest
from itertools import islice

from clearbill.clients.diagnosis.index import Index
from clearbill.clients.diagnosis.lay import LayWords
from clearbill.clients.diagnosis.spelling import Spelling
from clearbill.clients.diagnosis.words import LONGEST_TEXT, MOST_WORDS, words_of

MOST_MATCHES = 50

_CODE = re.compile(r"[A-Z]\s*[0-9][0-9\s.\-]*[A-Z0-9]?")
_CODE_FIRST = re.compile(r"([A-Z][0-9]{2}(?:\.?[0-9]{1,2})?)\b")
_WORTH_WEIGHING = 0.5  # texts that answer less of the question than this share of the best are not weighed
_NEAR_THE_BEST = 0.4  # matches below this share of the best one's score come after the codes beside the best one
_WEAKER = 0.6  # matches below this share of that are left out
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
        self._texts = [
            (code, mass, _SAID * trust, _COMPLETE * trust / mass, index.prior[code])
            for code, mass, trust in zip(index.code_of, index.mass, index.trust, strict=True)
        ]
        self._kin: dict[str, list[int]] = defaultdict(list)
        for number in sorted(range(len(index.codes)), key=lambda number: -index.prior[number]):
            self._kin[index.codes[number][:3]].append(number)
        self._plain_codes = sorted((code.replace(".", ""), number) for code, number in self._by_code.items())

    def search(self, text: str, *, limit: int = 5) -> list[Match]:
        """The diagnoses a text may mean, the likeliest first; at most `limit` (1 to 50), empty where nothing fits."""
        limit = max(1, min(limit, MOST_MATCHES))
        text = text[:LONGEST_TEXT].strip()
        numbers = self._by_spelling_of_code(text) or self._likeliest(self._by_words(text), limit)
        return [Match(self._index.codes[n], self._index.titles[n]) for n in numbers[:limit]]

    def _likeliest(self, ranked: dict[int, float], limit: int) -> list[int]:
        """The best codes, then, where they are few, the codes beside the best one, then weaker ones."""
        best = nsmallest(limit, ((-score, number) for number, score in ranked.items()))
        near = _NEAR_THE_BEST * -best[0][0] if best else 0.0
        found = [number for score, number in best if -score >= near]
        if found and len(found) < limit:
            weaker = [number for score, number in best if -score >= near * _WEAKER]
            found = list(dict.fromkeys(found + self._kin[self._index.codes[found[0]][:3]] + weaker))
        return found

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
        for code, number in islice(self._plain_codes, start, None):
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
        best: dict[int, float] = {}
        answers = self._answers(slots)
        enough = _WORTH_WEIGHING * max(answers.values())[0]
        for number, (answer, met) in answers.items():
            if answer >= enough:
                code, mass, base, per_mass, prior = self._texts[number]
                score = answer / asked * (base + per_mass * (met if met < mass else mass)) + prior
                if score > best.get(code, 0.0):
                    best[code] = score
        return best

    def _slots(self, text: str) -> list[_Slot]:
        words = self._words.reworded(self._spelling.respaced(words_of(text)))[:MOST_WORDS]
        slots: list[_Slot] = []
        for said in words:
            unfinished = said is words[-1]
            stems = [(said.stem, 1.0)] if said.share else self._spelling.stems(said.word, unfinished=unfinished)
            slots += self._slot(stems, said.stem, said.share or 1.0)
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

    def _answers(self, slots: list[_Slot]) -> dict[int, tuple[float, float]]:
        """For each text, how much of the question it answers, and the weight of its words that do."""
        answers: dict[int, tuple[float, float]] = {}
        postings, weights = self._index.postings, self._index.weight
        unasked = sum(slot.weight for slot in slots)
        for slot in sorted(slots, key=lambda slot: -slot.weight):
            values: dict[int, tuple[float, float]] = {}
            for stem_, nearness in reversed(slot.stems):
                values |= dict.fromkeys(postings[stem_], (slot.weight * nearness, weights[stem_]))
            # A text first met now can at best answer what is still unasked; most common words bring only such texts.
            late = bool(answers) and unasked < _WORTH_WEIGHING * max(answers.values())[0]
            for number in answers.keys() & values.keys():
                (answer, met), (more, also_met) = answers[number], values[number]
                values[number] = answers[number] = (answer + more, met + also_met)
            if not late:
                answers |= values
            unasked -= slot.weight
        return answers


def _dotted(code: str) -> str:
    plain = re.sub(r"[^A-Z0-9]", "", code.upper())
    return plain if len(plain) <= 3 else f"{plain[:3]}.{plain[3:]}"
