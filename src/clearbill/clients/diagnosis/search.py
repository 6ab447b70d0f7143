"""Finding diagnoses: a code in any spelling, or words."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from heapq import nlargest, nsmallest
from itertools import islice

from clearbill.clients.diagnosis.index import Index
from clearbill.clients.diagnosis.lay_words import LayWords
from clearbill.clients.diagnosis.spelling import Spelling
from clearbill.clients.diagnosis.words import LONGEST_TEXT, MOST_WORDS, words_of

MOST_MATCHES = 50

Answers = dict[int, tuple[float, float]]  # of a text: how much of the question it answers, the weight of its words met

_CODE = re.compile(r"[A-Z]\s*[0-9][0-9\s.\-]*[A-Z0-9]?")

_CODE_FIRST = re.compile(r"([A-Z][0-9]{2}(?:\.?[0-9]{1,2})?)\b")

_WORTH_WEIGHING = 0.4  # texts that answer less of the question than this share of the best are not weighed

_CROWD = 250

_NEARLY_ALL = 0.75  # texts that answer this share of the best are weighed first; few others can still come before them

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
        # Words such as "injury" bring many texts: those that have no rarer word of the question need no weighing.
        self._crowds = {s: frozenset(numbers) for s, numbers in index.postings.items() if len(numbers) > _CROWD}
        self._most_trust, self._most_prior = max(index.trust), max(index.prior)
        self._kin: dict[str, list[int]] = defaultdict(list)
        for number in sorted(range(len(index.codes)), key=lambda number: -index.prior[number]):
            self._kin[index.codes[number][:3]].append(number)
        self._plain_codes = sorted((code.replace(".", ""), number) for code, number in self._by_code.items())

    def search(self, text: str, *, limit: int = 5) -> list[Match]:
        """The diagnoses a text may mean, the likeliest first; at most `limit` (1 to 50), empty where nothing fits."""
        limit = max(1, min(limit, MOST_MATCHES))
        text = text[:LONGEST_TEXT].strip()
        numbers = self._by_spelling_of_code(text) or self._likeliest(self._by_words(text, limit), limit)
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

    def _by_words(self, text: str, limit: int) -> dict[int, float]:
        """The score of every code that can be among the first `limit`."""
        slots = self._slots(text)
        asked = sum(slot.weight for slot in slots)
        if not asked:
            return {}
        answers = self._answers(slots)
        most = max(answers.values())[0]
        best: dict[int, float] = {}
        self._weigh(answers, asked, best, at_least=_NEARLY_ALL * most, below=2 * most)
        enough = _WORTH_WEIGHING * most
        if len(best) >= limit:
            last = nlargest(limit, best.values())[-1]
            enough = max(enough, asked * (last - self._most_prior) / self._most_trust)
        self._weigh(answers, asked, best, at_least=enough, below=_NEARLY_ALL * most)
        return best

    def _weigh(self, answers: Answers, asked: float, best: dict[int, float], *, at_least: float, below: float) -> None:
        texts = self._texts
        for number, (answer, met) in answers.items():
            if at_least <= answer < below:
                code, mass, base, per_mass, prior = texts[number]
                score = answer / asked * (base + per_mass * (met if met < mass else mass)) + prior
                if score > best.get(code, 0.0):
                    best[code] = score

    def _slots(self, text: str) -> list[_Slot]:
        words = self._words.reworded(self._spelling.corrected(words_of(text)))[:MOST_WORDS]
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
        return [_Slot(self._as_common(weight, typed) * share, ordered)]

    def _as_common(self, weight: float, typed: str) -> float:
        """A weight brought nearer to that of what the word means: "sore" is rare in the list but means "pain"."""
        first = next(iter(self._words.meanings.get(typed, ())), ("", 0.0))[0]
        meant = self._index.weight.get(first)
        return min(weight, (weight + meant) / 2) if meant else weight

    def _answers(self, slots: list[_Slot]) -> Answers:
        """For each text, how much of the question it answers, and the weight of its words that do."""
        answers: Answers = {}
        postings, weights = self._index.postings, self._index.weight
        unasked = sum(slot.weight for slot in slots)
        for slot in sorted(slots, key=lambda slot: -slot.weight):
            values: Answers = {}
            for stem_, nearness in reversed(slot.stems):
                crowd = self._crowds.get(stem_) if answers else None
                numbers = postings[stem_] if crowd is None else crowd & answers.keys()
                values |= dict.fromkeys(numbers, (slot.weight * nearness, weights[stem_]))
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
