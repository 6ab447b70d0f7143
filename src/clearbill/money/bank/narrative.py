"""Read the text of a bank line: references however spelt, insurers' names, invoice numbers."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import pairwise

from clearbill.bill import insurers

BACS_REFERENCE = 18

"""The most characters of a reference that BACS carries; the rest is cut off."""

SHORTEST_REFERENCE = 5

_SHORTEST_NUMBER, _LONGEST_NUMBER = 3, 20

_WORD = re.compile(r"[^\W_]+")


def alphanumeric(text: str) -> str:
    """Return only the letters and figures of a text, in capitals."""
    return "".join(sign for sign in text.upper() if sign.isalnum())


def words(text: str) -> str:
    """Return the words of a line without any that has a figure, by which the usual lines of a practice are known."""
    return " ".join(word for word in _WORD.findall(text.casefold()) if word.isalpha())[:60]


def contains_reference(text: str, reference: str) -> bool:
    """Return whether a line's text holds this payment reference: any case, blanks, or cut off as BACS does it.

    A reference that is short, or has no figure, proves nothing.
    """
    own = alphanumeric(reference)
    if len(own) < SHORTEST_REFERENCE or own.isalpha():
        return False
    if _spelt(own).search(text.upper()):
        return True
    cut = alphanumeric(reference.strip()[:BACS_REFERENCE])
    return cut != own and len(cut) >= SHORTEST_REFERENCE and _spelt(cut).search(text.upper()) is not None


@lru_cache(maxsize=4096)
def _spelt(own: str) -> re.Pattern[str]:
    inner = r"[\W_]*".join(map(re.escape, own))
    return re.compile(rf"(?<![^\W_]){inner}(?![^\W_])")


def contains_other_reference(text: str, reference: str) -> bool:
    """Return whether the text holds a reference of just this shape that is another one."""
    own = alphanumeric(reference)
    shape = "".join("[0-9]" if sign.isdigit() else re.escape(sign) for sign in own)
    if len(own) < SHORTEST_REFERENCE or own.isalpha():
        return False
    found = re.findall(rf"(?<![^\W_]){shape}(?![^\W_])", text.upper())
    return bool(found) and own not in found


def insurers_in(text: str) -> tuple[str, ...]:
    """Return the slugs of the insurers that a line's text speaks of, by the longest name that fits; mostly one."""
    said = _said(text)
    for names in _names():
        if found := tuple(slug for name, slug in names if name in said):
            return found
    return ()


def _said(text: str) -> str:
    """Return the words of a text in small letters, a blank around each."""
    return f" {' '.join(_WORD.findall(text.casefold()))} "


@cache
def _names() -> list[list[tuple[str, str]]]:
    """Return what the insurers are called, each with a slug, those of equal length together, the longest first."""
    by_length: dict[int, list[tuple[str, str]]] = {}
    for insurer in insurers.all_insurers():
        for name in {_said(name) for name in (insurer.name, *insurer.also_called)}:
            by_length.setdefault(len(name), []).append((name, insurer.slug))
    return [names for _, names in sorted(by_length.items(), reverse=True)]


def invoice_numbers_in(text: str) -> set[str]:
    """Return what in a text may be the number of an invoice: each word with a figure, and each two words together."""
    parts = re.findall(r"[^\W_]+(?:-[^\W_]+)*", text.upper())
    pairs = [first + second for first, second in pairwise(parts) if first.isalpha()]
    found = {*parts, *pairs, *(one for part in parts for one in part.split("-"))}
    return {one for one in found if _SHORTEST_NUMBER <= len(one) <= _LONGEST_NUMBER and any(map(str.isdigit, one))}
