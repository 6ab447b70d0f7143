"""Read an insurer's data file. A file that says something unknown is a fault of ours and fails at once."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from clearbill.bill.insurers.insurer import Fact, Format, Insurer, Numbers, OtherInsurer, Refusal, WithdrawnCode

_NUMBERS = ("membership", "authorisation")


def read(text: str) -> Insurer:
    """Return the insurer of one TOML file. Raises TypeError or KeyError where the file has an unknown or lacks a
    needed entry, re.error where a pattern is none.
    """
    table = tomllib.loads(text)
    return Insurer(**{name: _value(name, entry) for name, entry in table.items()})


def _value(name: str, entry: Any) -> Any:
    if name in _NUMBERS:
        return _numbers(entry)
    if name == "withdrawn_codes":
        return tuple(WithdrawnCode(**code) for code in entry)
    if name == "says":
        return tuple(Fact(**said) for said in entry)
    if isinstance(entry, dict):
        return Fact(**{key: _frozen(part) for key, part in entry.items()})
    return _frozen(entry)


def _numbers(entry: dict[str, Any]) -> Numbers:
    formats = tuple(Format(**_compiled(form)) for form in entry.pop("formats", ()))
    refused = tuple(Refusal(**_compiled(form)) for form in entry.pop("refused", ()))
    others = tuple(OtherInsurer(**other) for other in entry.pop("others", ()))
    usual = tuple(form for form in formats if form.confidence != "L") or formats
    return Numbers(formats=formats, usual=usual, refused=refused, others=others, **entry)


def _compiled(form: dict[str, Any]) -> dict[str, Any]:
    return {**form, "pattern": re.compile(form["pattern"], re.ASCII)}


def _frozen(part: Any) -> Any:
    return tuple(part) if isinstance(part, list) else part
