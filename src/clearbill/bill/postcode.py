"""UK postcodes in one spelling, postcodes abroad left alone, and the countries that have none."""

from __future__ import annotations

import re
from collections.abc import Iterable

from clearbill.bill.text import plain_letters

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


_WITHOUT = frozenset(
    [
        "Angola",
        "Antigua and Barbuda",
        "Aruba",
        "Bahamas",
        "Belize",
        "Benin",
        "Bolivia",
        "Botswana",
        "Burkina Faso",
        "Burundi",
        "Cameroon",
        "Central African Republic",
        "Comoros",
        "Congo",
        "Cook Islands",
        "Côte d’Ivoire",
        "Ivory Coast",
        "Djibouti",
        "Dominica",
        "Dubai",
        "Abu Dhabi",
        "Equatorial Guinea",
        "Eritrea",
        "Fiji",
        "Gambia",
        "Grenada",
        "Guyana",
        "Hong Kong",
        "Hong Kong SAR",
        "Jamaica",
        "Kiribati",
        "Macao",
        "Macau",
        "Mali",
        "Mauritania",
        "Nauru",
        "North Korea",
        "Qatar",
        "Rwanda",
        "Saint Kitts and Nevis",
        "St Kitts and Nevis",
        "Sao Tome and Principe",
        "Seychelles",
        "Sierra Leone",
        "Solomon Islands",
        "Somalia",
        "Suriname",
        "Syria",
        "Timor Leste",
        "East Timor",
        "Togo",
        "Tonga",
        "Tuvalu",
        "Uganda",
        "United Arab Emirates",
        "UAE",
        "Vanuatu",
        "Yemen",
        "Zimbabwe",
    ]
)

"""As the Universal Postal Union describes their addresses; cities stand for the country in which they lie."""


def is_unknown_in(address: Iterable[str]) -> bool:
    """Return whether the last line of an address ends with a country that has no postcodes: "Dubai, U.A.E."."""
    last = next((line for line in reversed(list(address)) if line.strip()), "")
    written = f" {_words(last)}"
    return any(written.endswith(f" {_words(country)}") for country in _WITHOUT)


def _words(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s-]", "", plain_letters(text)).replace("-", " ").split())
