"""Which signs no paper can show, as none of the fonts has them: the desk is told, before an empty box is given out."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import typst

from clearbill.documents.page import CANNOT_SHOW, compiled

# Latin letters with all their accents: each font of a paper has them (held by a test).
ALL_SHOWN_BELOW = 0x250

MOST_TOLD = 6

# Signs that show nothing by themselves, such as accents and what joins two letters.
_BARE = {"Mn", "Me", "Cf", "Cc", "Zs", "Zl", "Zp"}

_TEMPLATE = b"""#set document(title: "Signs", date: none)
#set text(lang: "en", region: "GB")
#let shown = sys.inputs.shown
#shown"""


def unprintable(*texts: str) -> str:
    """Return the signs of these texts that no font of a paper has, each once and in order; at most MOST_TOLD."""
    found: list[str] = []
    for sign in dict.fromkeys(sign for text in texts if not text.isascii() for sign in text):
        if len(found) < MOST_TOLD and not is_shown(sign):
            found.append(sign)
    return "".join(found)


@lru_cache(maxsize=4096)
def is_shown(text: str) -> bool:
    """Return whether a paper can show this sign, or all of this text."""
    if all(ord(sign) < ALL_SHOWN_BELOW or unicodedata.category(sign) in _BARE for sign in text):
        return True
    return are_in_fonts(text)


def are_in_fonts(text: str) -> bool:
    """Return whether the fonts of a paper have all the signs of this text."""
    try:
        compiled(_TEMPLATE, {"shown": text}, "ua-1")
    except typst.TypstError as exc:
        if CANNOT_SHOW not in str(exc):
            raise
        return False
    return True
