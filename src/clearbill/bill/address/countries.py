"""Countries by their ISO 3166 codes: what they are called, and which have no postcodes or British ones."""

from __future__ import annotations

import re
from functools import cache

import pycountry

from clearbill.bill.text import plain_letters

UK = "GB"

WITH_BRITISH_POSTCODES = frozenset(["GB", "GG", "IM", "JE"])
"""Where postcodes are Royal Mail’s: the UK with its forces abroad, and the Crown dependencies."""

WITHOUT_POSTCODES = frozenset(
    [
        "AE",
        "AG",
        "AO",
        "AW",
        "BF",
        "BI",
        "BJ",
        "BO",
        "BS",
        "BW",
        "BZ",
        "CD",
        "CF",
        "CG",
        "CI",
        "CK",
        "CM",
        "DJ",
        "DM",
        "ER",
        "FJ",
        "GD",
        "GM",
        "GQ",
        "GY",
        "HK",
        "JM",
        "KI",
        "KM",
        "KN",
        "KP",
        "ML",
        "MO",
        "MR",
        "NR",
        "QA",
        "RW",
        "SB",
        "SC",
        "SL",
        "SO",
        "SR",
        "ST",
        "SY",
        "TG",
        "TL",
        "TO",
        "TV",
        "UG",
        "VU",
        "YE",
        "ZW",
    ]
)
"""As the Universal Postal Union describes their addresses."""

_CITIES = {"abu dhabi": "AE", "dubai": "AE"}
"""Where people leave the country out."""

_ALSO = {
    "british virgin islands": "VG",
    "east timor": "TL",
    "eire": "IE",
    "england": "GB",
    "great britain": "GB",
    "holland": "NL",
    "hong kong sar": "HK",
    "ivory coast": "CI",
    "macau": "MO",
    "northern ireland": "GB",
    "republic of ireland": "IE",
    "scotland": "GB",
    "st kitts and nevis": "KN",
    "the netherlands": "NL",
    "turkey": "TR",
    "uae": "AE",
    "uk": "GB",
    "united states of america": "US",
    "usa": "US",
    "wales": "GB",
}


def is_known(code: str) -> bool:
    """Return whether this is the code of a country."""
    return code in _names()


def name_of(code: str) -> str:
    """Return what the country is called; "" for no code and for none that is known."""
    return _names().get(code, "")


def choices() -> list[tuple[str, str]]:
    """Return code and name of every country: the United Kingdom first, the others by name."""
    return list(_in_order())


@cache
def _in_order() -> tuple[tuple[str, str], ...]:
    others = sorted(((code, name) for code, name in _names().items() if code != UK), key=lambda pair: _words(pair[1]))
    return (UK, name_of(UK)), *others


def has_british_postcodes(code: str) -> bool:
    """Return whether postcodes are British there; where the country is not said, it is the UK."""
    return not code or code in WITH_BRITISH_POSTCODES


def has_no_postcodes(code: str) -> bool:
    """Return whether addresses there have no postcode."""
    return code in WITHOUT_POSTCODES


def abroad(code: str) -> str:
    """Return the country’s name as it stands below an address; "" for the UK and where it is not said."""
    return "" if code == UK else name_of(code)


def named_by(line: str) -> str:
    """Return the country that a line of an address names, alone or after its last comma; "" where it names none.

    A city that stands for its country counts.
    """
    return next((code for part in _parts(line) if (code := _by_words().get(part) or _CITIES.get(part))), "")


def is_said(line: str, code: str) -> bool:
    """Return whether the line of an address has this country's name already."""
    return any(_by_words().get(part) == code for part in _parts(line))


@cache
def _names() -> dict[str, str]:
    return {one.alpha_2: getattr(one, "common_name", one.name) for one in pycountry.countries}


@cache
def _by_words() -> dict[str, str]:
    return _ALSO | {_words(name): code for code, name in _names().items()}


def _parts(line: str) -> tuple[str, str]:
    return _words(line), _words(line.rpartition(",")[2])


def _words(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s-]", "", plain_letters(text)).replace("-", " ").split())
