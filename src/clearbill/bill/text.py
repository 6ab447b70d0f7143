"""Text as people type it: spaces tidied, comparison forms, what a bill can carry."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_INVISIBLE = re.compile(
    r"[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)

# Letters that are no letter with an accent, and the many apostrophes and hyphens.
_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "æ": "ae", "œ": "oe", "’": "'", "‘": "'", "ʼ": "'"}
    | dict.fromkeys("‐‑‒–—", "-")
)


def tidy(text: str) -> str:
    """Return the text in composed form, without control, zero-width or direction characters, blanks collapsed."""
    return re.sub(
        r"[^\S\n]+", " ", _INVISIBLE.sub("", unicodedata.normalize("NFC", text.replace("\r\n", "\n")))
    ).strip()


def one_line(text: str) -> str:
    """Return the text tidied, with a blank for each line break."""
    return " ".join(tidy(text).split())


def plain_digits(text: str) -> str:
    """Return the text with the digits of any script as 0 to 9."""
    return "".join(str(unicodedata.digit(sign)) if sign.isdecimal() else sign for sign in text)


def plain_letters(text: str) -> str:
    """Return the text as it is compared: small letters without accents, one kind of apostrophe and hyphen."""
    apart = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def plural(count: int, one: str, several: str = "") -> str:
    """Return the word that goes with this count: `one` for 1, else `several`, which is `one` with an s if not given."""
    return one if count == 1 else several or f"{one}s"


def enumerated(parts: Sequence[str]) -> str:
    """Return the parts as a sentence lists them: “one”, “one and two”, “one, two and three”."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if parts[1:] else parts)


def either(parts: Sequence[str]) -> str:
    """Return the parts as a sentence gives the choice: “one”, “one or two”, “one, two or three”."""
    return " or ".join([", ".join(parts[:-1]), parts[-1]] if parts[1:] else parts)
