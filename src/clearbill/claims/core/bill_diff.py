"""The differences between two versions of a bill, field by field, in the words of the claim page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from clearbill.bill import Bill, dates, fields, money, sections
from clearbill.bill.insurers import bare
from clearbill.bill.json_codec import from_json
from clearbill.claims.core import amendments
from clearbill.claims.core.bill_builder import rebuild_bill
from clearbill.claims.core.validation import stored_bill
from clearbill.claims.models import Claim, Outbox
from clearbill.people.audit.labels import EMPTY, Change

NOTHING = "nothing"

_ENTRY = re.compile(r"(lines|diagnoses)\[(\d+)\]\.?(.*)")

_NOUNS = {"lines": "Line", "diagnoses": "Diagnosis"}

_PAGE = [item.path for item in sections.ITEMS]

_AS_WRITTEN = {"diagnoses.scheme"}

"""Shown as the bill itself has it, `ICD10`, although pages have words for it."""

_FOLLOWS = {"line_no"}

"""What only counts and follows from the rest."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field in which two bills differ; `before` and `after` as a person reads them."""

    label: str
    before: str
    after: str


def diff(before: Bill, after: Bill) -> list[FieldChange]:
    """Return every field that differs, in the order of the claim page; empty where nothing does."""
    return _in_order(amendments.changed_paths(before, after))


def diff_for_audit(stored: Mapping[str, Any]) -> list[Change]:
    """Return what the audit trail holds of a changed claim, named and ordered as `diff` does it."""
    return [
        Change(one.label, *(EMPTY if words == NOTHING else words for words in (one.before, one.after)))
        for one in _in_order(stored)
    ]


def _in_order(found: Mapping[str, Iterable[Any]]) -> list[FieldChange]:
    paths = sorted((path for path in found if path.rpartition(".")[2] not in _FOLLOWS), key=_place)
    return [FieldChange(_label(path), *(_shown(path, value) for value in found[path])) for path in paths]


def bill_from_snapshot(frozen: Any) -> Bill:
    """Return a bill from its frozen form."""
    return from_json(frozen)[0]


def diff_since_sent(claim: Claim, sent: Outbox | None) -> list[FieldChange] | None:
    """Return what differs between the bill of an earlier sending and the claim as it stands; None where not kept."""
    if sent is None or sent.bill is None:
        return None
    return diff(bill_from_snapshot(sent.bill), stored_bill(claim))


def diff_since_built(claim: Claim, *, on: date) -> list[FieldChange]:
    """Return what differs between the claim and its invoice, client and settings as they stand on this UK day."""
    found = amendments.changed_paths(stored_bill(claim), rebuild_bill(claim, on=on)[0])
    return _in_order({path: values for path, values in found.items() if not _is_same_number(path, *values)})


def _is_same_number(path: str, before: Any, after: Any) -> bool:
    """Return whether the two are one number, which an earlier version kept as it was typed."""
    is_number = path.endswith(("_number", "_code")) and isinstance(before, str) and isinstance(after, str)
    return is_number and bare(before) == bare(after)


def as_dicts(changed: Iterable[FieldChange]) -> list[Mapping[str, str]]:
    """Return the changes as plain data, for a file."""
    return [{"field": one.label, "before": one.before, "after": one.after} for one in changed]


def _place(path: str) -> tuple[int, int, str]:
    """Single fields come first, in the order of the page; then diagnoses, lines and totals."""
    if path in _PAGE:
        return 0, _PAGE.index(path), ""
    entry = _ENTRY.match(path)
    if entry:
        return (1 if entry[1] == "diagnoses" else 2), int(entry[2]), entry[3]
    return 3, 0, path


def _label(path: str) -> str:
    known = fields.field_at(path)
    label = known.label if known else path.rpartition(".")[2].replace("_", " ").capitalize()
    entry = _ENTRY.match(path)
    if not entry:
        return label
    return f"{_NOUNS[entry[1]]} {int(entry[2]) + 1}: {_after_colon(label) if entry[3] else ''}"


def _after_colon(label: str) -> str:
    return label if label[:2].isupper() else f"{label[:1].lower()}{label[1:]}"


def _shown(path: str, value: Any) -> str:
    """A value of the bill's JSON form as a person reads it."""
    if value in (None, "", []):
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    name = path.rpartition(".")[2]
    known = fields.field_at(path)
    if known and known.choices and known.path not in _AS_WRITTEN:
        return known.choices.get(value, str(value))
    if name.endswith(("_amount", "_total")):
        return _pounds(value)
    return dates.show_iso(str(value))


def _pounds(value: Any) -> str:
    try:
        return money.show(Decimal(str(value)))
    except InvalidOperation:
        return str(value)
