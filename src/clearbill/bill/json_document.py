"""A bill as a file: bytes to a JSON object, or one plain sentence why not."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, NoReturn

LARGEST_BYTES = 5_000_000


class Repeated(dict[str, Any]):
    """A JSON object in which some names stand more than once with different values; the last one counts."""

    names: tuple[str, ...] = ()


class Unreadable(ValueError):
    """The bytes hold no JSON object; the message is a sentence for a person."""


def loads(content: bytes) -> dict[str, Any]:
    """Return the JSON object in `content` (UTF-8, with or without a byte order mark), numbers with a point as
    Decimal; an object with the same name twice is Repeated. Raises Unreadable.
    """
    if len(content) > LARGEST_BYTES:
        raise Unreadable("The file is larger than 5 MB. One bill is a few kilobytes.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("The file is not UTF-8 text. Save it as UTF-8 and try again.") from None
    if not text.strip():
        raise Unreadable("The file is empty.")
    data = _parsed(text)
    if not isinstance(data, dict):
        raise Unreadable("The file holds JSON, but not an object. A bill is one object, in { and }.")
    return data


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_object)
    except json.JSONDecodeError as wrong:
        place = f"line {wrong.lineno}, column {wrong.colno}"
        raise Unreadable(f"The file is not JSON: it goes wrong at {place}.") from None
    except RecursionError:
        raise Unreadable("The file is nested too deeply to be a bill.") from None
    except Unreadable:
        raise
    except (ValueError, ArithmeticError):
        raise Unreadable("The file holds a number that is too long to be read.") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entries = dict(pairs)
    if len(entries) == len(pairs):
        return entries
    repeated = Repeated(entries)
    repeated.names = tuple(dict.fromkeys(name for name, value in pairs if value != entries[name]))
    return repeated


def _refuse_constant(name: str) -> NoReturn:
    raise Unreadable(f"The file holds {name}, which is not a number.")
