"""How text is looked up, whatever its accents, apostrophes, letter case or letter form: one key for what is stored and
for what is typed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from clearbill.bill import dates
from clearbill.bill.text import plain_letters

LONGEST = 60

MOST_WORDS = 6

SHORTEST_PHONE = 6

_MODIFIERS = re.compile("[\u02b0-\u02ff]")

_NAME_PARTS = re.compile(r"[\s\-/.,]+")

_PHONE = re.compile(r"[+\d\s()./-]{5,}")

NAMES = ("first_name", "last_name", "other_names")


def key(text: str) -> str:
    """Return the text as it is compared: its letters and digits alone, small and without accents."""
    return "".join(sign for sign in plain_letters(_MODIFIERS.sub("", text)) if sign.isalnum())[:LONGEST]


def phone_key(text: str) -> str:
    """Return a telephone number’s digits as dialled within the UK, "" for what is none."""
    if not _PHONE.fullmatch(text.strip()):
        return ""
    digits = re.sub(r"\D", "", text.replace("(0)", ""))
    for abroad in ("0044", "44"):
        if digits.startswith(abroad) and (abroad == "0044" or text.strip().startswith("+")):
            return f"0{digits.removeprefix(abroad)}"[:LONGEST]
    return digits[:LONGEST]


def sole_term(text: str) -> str:
    """Return the one term that the text can mean where it is an e-mail address, or a telephone number with blanks or
    signs in it; "" for all else."""
    if "@" in text:
        return mail_term(text)
    with suppress(dates.NotADate):
        dates.parse(text, latest_year=dates.today().year)
        return ""
    dialled = phone_key(text)
    return dialled if not text.strip().isalnum() and len(dialled) >= SHORTEST_PHONE else ""


def mail_term(address: str) -> str:
    """Return the term of an e-mail address; it begins as nothing else does."""
    return f"mail:{address.strip().casefold()}"[:LONGEST]


def born_term(birth_date: date) -> str:
    """Return the term of a birth date; it begins as nothing does that is typed."""
    return f"born:{birth_date.isoformat()}"


def name_terms(name: str) -> set[str]:
    """Return what a name is found by: the whole, its parts, and their parts on either side of an apostrophe."""
    bare = _MODIFIERS.sub("", plain_letters(name))
    parts = _NAME_PARTS.split(bare)
    return {key(name), *map(key, parts), *map(key, re.split(r"[^\w]+", bare))} - {""}


def number_terms(number: str) -> set[str]:
    """Return what a client's own number, such as P-00042, is found by."""
    return {key(number), key(number.rpartition("-")[2]).lstrip("0")}


def client_terms(client: Mapping[str, Any], numbers: Iterable[str]) -> set[str]:
    """Return all that a client is found by; `numbers` are those of the policies: membership, authorisation, group."""
    terms = {term for name in NAMES for term in name_terms(client[name])}
    terms |= number_terms(client["number"]) | {key(client["postcode"]), phone_key(client["phone"])}
    terms |= {key(number) for number in numbers}
    if client["email"]:
        terms.add(mail_term(client["email"]))
    if client["birth_date"]:
        terms.add(born_term(client["birth_date"]))
    return terms - {""}


def words_of(text: str) -> list[str]:
    """Return the words of what was typed, at most MOST_WORDS."""
    return text.replace("\x00", "").split()[:MOST_WORDS]


def whole_terms(text: str) -> set[str]:
    """Return what the whole of a typed text may be: a number or name with blanks in it, a telephone number, a date."""
    found = {key(text), phone_key(text)} - {""}
    with suppress(dates.NotADate):
        found.add(born_term(dates.parse(text, latest_year=dates.today().year)))
    return found
