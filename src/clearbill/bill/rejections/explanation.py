"""What the clearing house says, in plain words: who moves first, which field it is, and what to do.

The sayings are data (`messages.toml`). A message that is not among them is never swallowed: it is quoted as it stands.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, Literal

from clearbill.bill.problem import Problem, Severity, Who

_PREFIX = re.compile(r"^\s*(healthcode(\s+api)?\s*:\s*)+", re.IGNORECASE)

_PARTS = re.compile(r"^(?:problem\s+with\s+)?(?P<field>[^:/]{1,40}?)\s*(?::|/|\s[-–—]\s)\s*(?P<error>.+)$", re.I | re.S)

_LONGEST_QUOTE = 400

_MOVERS: dict[Who, str] = {
    "practice": "you",
    "healthcode": "Healthcode",
    "insurer": "the insurer",
    "software": "Clearbill",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthcodeField:
    """A field of the clearing house by all its names, and where it is on our bill and on a line of it."""

    name: str
    also: tuple[str, ...] = ()
    path: str = ""
    line_item: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMessage:
    """One message of the clearing house. `errors` stand after the field's name, `texts` are whole messages.

    `plain` and `fix` may name the insurer as {insurer}. `then` are those who move next, after `who`.
    """

    code: str
    field: str = ""
    errors: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    plain: str
    fix: str
    who: Who
    then: tuple[Who, ...] = ()
    severity: Severity = "blocks"
    path: str = ""
    source: str
    read_on: date
    confidence: Literal["H", "M", "L"] = "H"


def explain(
    *,
    text: str,
    field: str = "",
    error: str = "",
    level: str = "bill",
    line_no: int | None = None,
    insurer_name: str = "",
) -> Problem:
    """Return one message of the clearing house as a problem of the bill.

    `text` is the whole message; `field` and `error` are its parts where Healthcode gives them apart. Case, commas,
    hyphens, repeated blanks and vendors' prefixes do not matter.
    """
    bare = _PREFIX.sub("", text)
    for name, what in ((field, error), (field, bare), *_split(bare)):
        known = _field(name)
        saying = _of_field(known.name, what) if known and what else None
        if saying:
            return _problem(saying, known=known, level=level, line_no=line_no, insurer_name=insurer_name)
    known = next((found for name in (field, *(name for name, _ in _split(bare))) if (found := _field(name))), None)
    saying = _of_text(bare) or _of_text(f"{field} {error}")
    if saying:
        return _problem(saying, known=known, level=level, line_no=line_no, insurer_name=insurer_name)
    return _unknown(text.strip() or f"{field} {error}", known=known, level=level, line_no=line_no)


@cache
def known_messages() -> tuple[KnownMessage, ...]:
    """Return every message that is known, in the order of the data file."""
    return tuple(KnownMessage(**_frozen(entry)) for entry in _data()["message"])


def _problem(
    saying: KnownMessage, *, known: HealthcodeField | None, level: str, line_no: int | None, insurer_name: str
) -> Problem:
    named = insurer_name or "the insurer"
    words = {"insurer": named, "Insurer": named[:1].upper() + named[1:]}
    path = saying.path or _path(_field(saying.field) or known, level=level, line_no=line_no)
    fix = saying.fix.format(**words)
    if saying.then:
        fix += f" Next: {', then '.join(_MOVERS[who] for who in saying.then)}."
    return Problem(
        code=saying.code,
        path=path,
        message=saying.plain.format(**words),
        severity=saying.severity,
        who=saying.who,
        fix=fix,
    )


def _unknown(text: str, *, known: HealthcodeField | None, level: str, line_no: int | None) -> Problem:
    quoted = "".join(sign if sign.isprintable() else " " for sign in text[:_LONGEST_QUOTE]).strip()
    message = f"Healthcode says: “{quoted}”." if quoted else "Healthcode refused the bill without saying why."
    return Problem(
        code="HC-00",
        path=_path(known, level=level, line_no=line_no),
        message=message,
        severity="blocks",
        who="practice",
        fix="Compare the bill with it. If it is not clear, ask Healthcode: custserv@healthcode.co.uk, 0330 900 4900.",
    )


def _path(known: HealthcodeField | None, *, level: str, line_no: int | None) -> str:
    on_line = line_no is not None and line_no > 0 and level != "request"
    if known is None:
        return f"lines[{line_no - 1}]" if on_line and line_no else ""
    if on_line and line_no and known.line_item:
        return f"lines[{line_no - 1}].{known.line_item}"
    return known.path


def _of_field(name: str, what: str) -> KnownMessage | None:
    said = _squashed(what)
    fitting = [
        (len(error), saying)
        for saying in known_messages()
        if saying.field == name
        for error in map(_squashed, saying.errors)
        if said.startswith(error)
    ]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None


def _of_text(whole: str) -> KnownMessage | None:
    said = _squashed(whole)
    fitting = [
        (len(text), saying) for saying in known_messages() for text in map(_squashed, saying.texts) if text in said
    ]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None


def _split(text: str) -> list[tuple[str, str]]:
    parts = _PARTS.match(text.strip())
    return [(parts["field"], parts["error"])] if parts else []


def _field(name: str) -> HealthcodeField | None:
    squashed = _squashed(name)
    return _fields().get(squashed.removeprefix("problemwith"))


@cache
def _fields() -> dict[str, HealthcodeField]:
    fields = [HealthcodeField(**_frozen(entry)) for entry in _data()["field"]]
    return {_squashed(name): field for field in fields for name in (field.name, *field.also)}


def _squashed(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


@cache
def _data() -> dict[str, list[dict[str, object]]]:
    return tomllib.loads(resources.files(__package__).joinpath("messages.toml").read_text(encoding="utf-8"))


def _frozen(entry: dict[str, object]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()}
