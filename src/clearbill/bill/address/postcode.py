"""UK postcodes in one spelling, postcodes abroad left alone, and addresses that need none."""

from __future__ import annotations

import re
from collections.abc import Iterable

from clearbill.bill.address import countries

_UK = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}|GIR0AA", re.ASCII)

_FORCES = re.compile(r"BFPO[0-9]{1,4}", re.ASCII)


def normalise(text: str) -> str:
    """Return "SW1A 1AA" for "sw1a1aa"; what does not look British is returned with its outer blanks cut off."""
    bare = "".join(text.split()).upper()
    if _UK.fullmatch(bare):
        return f"{bare[:-3]} {bare[-3:]}"
    if _FORCES.fullmatch(bare):
        return f"BFPO {bare[4:]}"
    return " ".join(text.split())


def is_british(text: str) -> bool:
    """Return whether `text` has the shape of a UK postcode, or of a BFPO one (BFPO 801), however it is spaced."""
    bare = "".join(text.split()).upper()
    return (_UK.fullmatch(bare) or _FORCES.fullmatch(bare)) is not None


def fault_in(code: str, country: str) -> str:
    """Return why the code is no postcode of the country, which is the UK where it is not said; "" where it is one."""
    if not code or not countries.has_british_postcodes(country) or is_british(code):
        return ""
    where = "a UK postcode" if country in ("", countries.UK) else f"a postcode of {countries.name_of(country)}"
    return f"“{code}” is not {where}. Write it like SW1A 1AA, or choose the country of the address."


def is_unknown_in(address: Iterable[str]) -> bool:
    """Return whether the last line of an address names a country that has no postcodes: "Dubai, U.A.E."."""
    last = next((line for line in reversed(list(address)) if line.strip()), "")
    return countries.has_no_postcodes(countries.named_by(last))
