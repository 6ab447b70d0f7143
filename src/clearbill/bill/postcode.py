"""UK postcodes in one spelling; postcodes abroad are left alone."""

from __future__ import annotations

import re

_UK = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}", re.ASCII)


def normalise(text: str) -> str:
    """Return "SW1A 1AA" for "sw1a1aa"; what does not look British is returned with its outer blanks cut off."""
    bare = "".join(text.split()).upper()
    if _UK.fullmatch(bare):
        return f"{bare[:-3]} {bare[-3:]}"
    return " ".join(text.split())


def looks_british(text: str) -> bool:
    """Say whether `text` has the shape of a UK postcode, however it is spaced."""
    return _UK.fullmatch("".join(text.split()).upper()) is not None
