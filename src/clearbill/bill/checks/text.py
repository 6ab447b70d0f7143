"""Text that a bill cannot carry: forbidden characters, and more of it than is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from operator import attrgetter, gt
from typing import Any

from clearbill.bill.bill import Bill, ClaimForm, Cover, Diagnosis, Episode, Line, Patient, Providers, Sender
from clearbill.bill.checks.rule import HC_MEMBERS, SEEN, Context, Fault, rule
from clearbill.bill.fields import BY_PATH, SINGLE, name_at_start

FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

_KEPT = {item.path: item.kept for item in SINGLE.values() if item.kept}

_limited = attrgetter(*_KEPT)

_LIMITS = tuple(_KEPT.values())

_PROVIDER_KEPT = BY_PATH["lines.service_provider_number"].kept


def _texts(record: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(record) if field.type == "str")


_LINE_TEXTS, _DIAGNOSIS_TEXTS = _texts(Line), _texts(Diagnosis)

_line_texts, _diagnosis_texts = attrgetter(*_LINE_TEXTS), attrgetter(*_DIAGNOSIS_TEXTS)

_head_texts = attrgetter(*_texts(Bill))

_GROUPS = tuple(
    (attrgetter(group), attrgetter(*_texts(record)), group, _texts(record))
    for group, record in (
        ("sender", Sender),
        ("patient", Patient),
        ("cover", Cover),
        ("claim_form", ClaimForm),
        ("providers", Providers),
        ("episode", Episode),
    )
)


@rule("TEXT-01", "blocks", source="XML 1.0, https://www.w3.org/TR/xml/#charsets")
def text_holds_no_control_characters(bill: Bill, context: Context) -> Iterator[Fault]:
    """No text holds a character that XML cannot carry."""
    parts = [*_head_texts(bill)]
    for group, texts, _, _ in _GROUPS:
        parts += texts(group(bill))
    for line in bill.lines:
        parts += _line_texts(line)
        parts += line.extra_procedure_codes
    for diagnosis in bill.diagnoses:
        parts += _diagnosis_texts(diagnosis)
    whole = "".join(parts)
    if whole.isprintable() or not FORBIDDEN.search(whole):
        return
    for path, text in _every_text(bill):
        if FORBIDDEN.search(text):
            message = f"{name_at_start(path)} holds an invisible control character, which a bill cannot carry."
            yield Fault(path=path, message=message, fix="Delete the text and type it again instead of pasting it.")


@rule("TEXT-02", "warns", source=f"{HC_MEMBERS}; {SEEN}")
def text_is_not_too_long(bill: Bill, context: Context) -> Iterator[Fault]:
    """No text is longer than the insurers' files or the clearing house's screens keep."""
    texts = _limited(bill)
    if any(map(gt, map(len, texts), _LIMITS)):
        for (path, kept), text in zip(_KEPT.items(), texts, strict=True):
            if len(text) > kept:
                message = f"{name_at_start(path)} has {len(text)} characters; at most {kept} are kept."
                yield Fault(path=path, message=message, fix="Shorten it.")
    for index, line in enumerate(bill.lines):
        if len(line.service_provider_number) > _PROVIDER_KEPT:
            path = f"lines[{index}].service_provider_number"
            length = len(line.service_provider_number)
            message = f"{name_at_start(path)} has {length} characters; at most {_PROVIDER_KEPT} are kept."
            yield Fault(path=path, message=message, fix="Shorten it.")


def _every_text(bill: Bill) -> Iterator[tuple[str, str]]:
    yield from _named("", _texts(Bill), _head_texts(bill))
    for group, texts, prefix, names in _GROUPS:
        yield from _named(f"{prefix}.", names, texts(group(bill)))
    for index, diagnosis in enumerate(bill.diagnoses):
        yield from _named(f"diagnoses[{index}].", _DIAGNOSIS_TEXTS, _diagnosis_texts(diagnosis))
    for index, line in enumerate(bill.lines):
        yield from _named(f"lines[{index}].", _LINE_TEXTS, _line_texts(line))
        for place, code in enumerate(line.extra_procedure_codes):
            yield f"lines[{index}].extra_procedure_codes[{place}]", code


def _named(prefix: str, names: tuple[str, ...], texts: tuple[Any, ...]) -> Iterator[tuple[str, str]]:
    return ((prefix + name, text) for name, text in zip(names, texts, strict=True))


RULES = (text_holds_no_control_characters, text_is_not_too_long)
