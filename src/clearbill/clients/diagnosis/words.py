"""Words as the search compares them: lower case, one spelling, without their endings."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

LONGEST_TEXT = 200  # characters of a question that are read; the rest is ignored

MOST_WORDS = 12

_WORD = re.compile(r"[a-z0-9]+")

_APOSTROPHES = str.maketrans("", "", "'’‘`´")

_VOWELS = frozenset("aeiouy")

_DOUBLED = frozenset("lszeo")  # letters that words end in twice: "pass", "fall", "see"

_SHORTEST_STEM = 4

_REMEMBERED = 1 << 16  # words; the whole list of codes has fewer


def words_of(text: str) -> list[str]:
    """The words of a text in lower case and one spelling: "Oesophagitis" and "esophagitis" are the same word."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return [one_spelling(word) for word in _WORD.findall(plain.lower().translate(_APOSTROPHES))]


@lru_cache(_REMEMBERED)
def one_spelling(word: str) -> str:
    """The word with British and American spelling made the same; meant for comparing, not for showing."""
    word = word.replace("ae", "e").replace("oe", "e").replace("sulph", "sulf").replace("leuk", "leuc")
    if len(word) < 5:
        return word
    for british, american in (("our", "or"), ("tre", "ter"), ("bre", "ber"), ("yse", "yze"), ("ise", "ize")):
        if word.endswith(british):
            return word[: -len(british)] + american
    return word.replace("isation", "ization").replace("ising", "izing").replace("ised", "ized").replace("ours", "ors")


@lru_cache(_REMEMBERED)
def stem(word: str) -> str:
    """The word without plural and grammatical endings: "fractures", "fractured" and "fracture" meet in one stem."""
    word = _without_plural(word)
    for ending in ("ness", "ment", "ful", "ing", "ed", "ion", "ive"):
        base = word.removesuffix(ending)
        if base != word and len(base) >= (_SHORTEST_STEM if ending != "ing" else 3) and _VOWELS & set(base):
            word = _undoubled(base)
            break
    word = word.removesuffix("e") if len(word) > _SHORTEST_STEM else word
    return word[:-1] + "i" if word.endswith("y") and len(word) > 3 else word


def stems_of(text: str) -> list[str]:
    """The stems of all words of a text, in order."""
    return [stem(word) for word in words_of(text)]


def _without_plural(word: str) -> str:
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes", "uses")):
        return word[:-2]
    return word[:-1]


def _undoubled(base: str) -> str:
    return base[:-1] if base[-1:] == base[-2:-1] and base[-1] not in _DOUBLED else base
