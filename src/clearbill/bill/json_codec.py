"""The bill as JSON: groups and names are those of the records, dates ISO, amounts text with two decimals.

`to_json` leaves out what is not given. `from_json` reads more than that: items at top level or in another group,
dates in every usual spelling, amounts as numbers or "£1,200.50", yes and no. What it cannot read is a problem at its
path, never an exception.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any

from clearbill.bill import fields as bill_fields
from clearbill.bill import json_values
from clearbill.bill.bill import Bill
from clearbill.bill.checks import check
from clearbill.bill.fields import name_at_start
from clearbill.bill.insurers import Insurer
from clearbill.bill.json_document import Repeated
from clearbill.bill.problem import Problem, Severity

CODES: dict[str, tuple[Severity, str]] = {
    "JSON-01": ("blocks", "Text is text."),
    "JSON-02": ("blocks", "A date is a date, in any usual spelling."),
    "JSON-03": ("blocks", "An amount is pounds, as a number or as text."),
    "JSON-04": ("blocks", "A whole number is one."),
    "JSON-05": ("blocks", "Yes or no is true, false, yes or no."),
    "JSON-06": ("warns", "Every name is one of the data dictionary."),
    "JSON-07": ("warns", "Every item is given once."),
    "JSON-08": (
        "blocks",
        "The bill, its groups and entries are objects; diagnoses and lines are lists of at most 1,000.",
    ),
    "JSON-09": ("warns", "Items that follow from others agree with them."),
    "JSON-10": ("warns", "No password or API key is in a bill."),
}

"""What can be wrong with a bill as JSON, beside the rules: severity, and the rule in English."""

_MOST_ENTRIES = 1000

_MOST_UNKNOWN = 50


def to_json(bill: Bill) -> dict[str, Any]:
    """Return the bill as a JSON object; `from_json` returns the same bill from it, without problems."""
    return _object(bill)


def from_json(data: Any) -> tuple[Bill, list[Problem]]:
    """Return the bill written in `data` and everything that could not be read. Never raises."""
    reading = _Reading()
    bill = reading.bill(data)
    return bill, reading.problems


def check_json(
    data: Any, *, on: date | None = None, insurer: Insurer | None = None, earlier: Iterable[Bill] = ()
) -> list[Problem]:
    """Return everything that is wrong with the bill in `data`: what cannot be read, then what `check` finds.

    A place that could not be read is reported once: not as missing too, nor as a sum that does not add up.
    """
    bill, unread = from_json(data)
    places = tuple(problem.path for problem in unread if problem.blocks)
    cannot_add_up = any(_spoils_sums(problem) for problem in unread)
    found = check(bill, on=on, insurer=insurer, earlier=earlier)
    return unread + [
        problem
        for problem in found
        if not _is_within(problem.path, places) and not (cannot_add_up and problem.code.startswith("TOTALS-"))
    ]


def _spoils_sums(problem: Problem) -> bool:
    return problem.code == "JSON-03" or (problem.code == "JSON-08" and problem.path.startswith(("lines", "totals")))


def _is_within(path: str, places: tuple[str, ...]) -> bool:
    return any(path == place or path.startswith((f"{place}.", f"{place}[")) for place in places if place)


def _object(record: Any) -> dict[str, Any]:
    pairs = ((field.name, _plain(getattr(record, field.name))) for field in fields(record))
    return {name: value for name, value in pairs if value is not None and value != "" and value != {} and value != []}


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:.2f}" if value.is_finite() and value.same_quantum(Decimal("0.00")) else str(value)
    if isinstance(value, tuple):
        return [_plain(entry) for entry in value]
    if value is None or isinstance(value, str | bool | int):
        return value
    return _object(value)


class _Reading:
    """One reading of one JSON bill: gathers the items by their names, and the problems on the way."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._items: dict[str, Any] = {}
        self._lists: dict[str, Any] = {}
        self._unknown_names = 0
        self._stated: dict[str, Any] = {}

    def bill(self, data: Any) -> Bill:
        if not isinstance(data, Mapping):
            self._report("JSON-08", "", "A bill is a JSON object, in { and }; this is none.", "Send one object.")
            return Bill()
        self._gather(data, place="")
        head = {name: self._items[name] for name in bill_fields.HEAD if name in self._items}
        groups = {
            group: record(**{name: self._items[name] for name in bill_fields.GROUP_ITEMS[group] if name in self._items})
            for group, record in bill_fields.GROUPS.items()
        }
        bill = Bill(**head, **groups, **self._lists)
        self._compare_stated(bill)
        return bill

    def _gather(self, data: Mapping[Any, Any], *, place: str) -> None:
        self._repeated(data, bill_fields.PATHS)
        for key, value in data.items():
            name = str(key)
            path = f"{place}.{name}" if place else name
            if name in bill_fields.GROUPS and not place:
                self._group(name, value)
            elif name in bill_fields.LISTS:
                self._list(name, value)
            elif name in bill_fields.KIND_BY_NAME:
                self._item(name, value)
            elif name in bill_fields.DERIVED:
                self._stated[name] = value
            else:
                self._unknown(name, path, known=[*bill_fields.KIND_BY_NAME, *bill_fields.GROUPS, *bill_fields.LISTS])

    def _group(self, name: str, value: Any) -> None:
        if isinstance(value, Mapping):
            self._gather(value, place=name)
        elif value is not None:
            self._report("JSON-08", name, f"“{name}” must be an object with its items.", "Write it in { and }.")

    def _item(self, name: str, value: Any) -> None:
        if value is None:
            return
        path = bill_fields.path_of(name)
        read = self._value(value, kind=bill_fields.KIND_BY_NAME[name], name=name, path=path)
        if read is not None and self._items.get(name, read) != read:
            self._twice(path)
        elif read is not None:
            self._items[name] = read

    def _list(self, name: str, value: Any) -> None:
        if value is None:
            return
        if not isinstance(value, list | tuple):
            self._report("JSON-08", name, f"“{name}” must be a list of objects.", "Write it in [ and ].")
            return
        if len(value) > _MOST_ENTRIES:
            message = f"“{name}” has {len(value)} entries; only the first {_MOST_ENTRIES} were read."
            self._report("JSON-08", name, message, "Split the bill: 99 lines are the most.")
        self._lists[name] = self._lists.get(name, ()) + tuple(
            self._entry(name, entry, path=f"{name}[{index}]") for index, entry in enumerate(value[:_MOST_ENTRIES])
        )

    def _entry(self, name: str, value: Any, *, path: str) -> Any:
        kinds = bill_fields.LIST_ITEMS[name]
        if name == "diagnoses" and isinstance(value, str):
            value = {"code": value}
        if not isinstance(value, Mapping):
            self._report("JSON-08", path, f"Every entry of “{name}” must be an object.", "Write it in { and }.")
            value = {}
        self._repeated(value, {entry: f"{path}.{entry}" for entry in kinds})
        items = {}
        for key, part in value.items():
            entry = str(key)
            if entry not in kinds:
                self._unknown(entry, f"{path}.{entry}", known=list(kinds))
            elif part is not None:
                read = self._value(part, kind=kinds[entry], name=entry, path=f"{path}.{entry}")
                items.update({entry: read} if read is not None else {})
        return bill_fields.LISTS[name](**items)

    def _value(self, value: Any, *, kind: bill_fields.Kind, name: str, path: str) -> Any:
        try:
            return json_values.read(value, kind=kind, name=name, path=path)
        except json_values.InvalidValue as wrong:
            self._report(wrong.code, path, str(wrong), wrong.fix)
            return None

    def _unknown(self, name: str, path: str, *, known: list[str]) -> None:
        self._unknown_names += name not in bill_fields.RETURNED
        if name in bill_fields.RETURNED or self._unknown_names > _MOST_UNKNOWN:
            return
        shown = "".join(sign for sign in name if sign.isprintable())[:40]
        path = path[: len(path) - len(name)] + shown
        if name in bill_fields.SECRETS:
            message = "A bill never carries a password or API key; only the connection holds it."
            self._report("JSON-10", path, message, "Take it out of the file, and change it if others saw the file.")
            return
        if self._unknown_names == _MOST_UNKNOWN:
            message = "There are more unknown names than are listed here."
            self._report("JSON-06", "", message, "Make sure that this file is a bill.")
        meant = bill_fields.closest_name(name, known)
        fix = f"Did you mean “{meant}”?" if meant else "Take it out: a bill has no item for it."
        self._report("JSON-06", path, f"“{shown}” is not an item of a bill and was passed over.", fix)

    def _repeated(self, data: Mapping[Any, Any], known: Mapping[str, str]) -> None:
        for name in data.names if isinstance(data, Repeated) else ():
            if name in known:
                self._twice(known[name])

    def _twice(self, path: str) -> None:
        message = f"{name_at_start(path)} is given twice with different values; only one of them was read."
        self._report("JSON-07", path, message, "Give it once.")

    def _compare_stated(self, bill: Bill) -> None:
        actual = {
            "inpatient_nights": bill.episode.inpatient_nights,
            "first_service_date": bill.first_service_date,
            "last_service_date": bill.last_service_date,
        }
        for name, value in self._stated.items():
            path = f"{bill_fields.DERIVED[name]}.{name}".removeprefix(".")
            kind: bill_fields.Kind = "whole number" if name == "inpatient_nights" else "date"
            stated = None if value is None else self._value(value, kind=kind, name=name, path=path)
            if stated is not None and stated != actual[name]:
                message = f"“{name}” does not agree with the dates of the bill."
                self._report("JSON-09", path, message, "Leave it out: it follows from the dates.")

    def _report(self, code: str, path: str, message: str, fix: str) -> None:
        severity = CODES[code][0]
        self.problems.append(Problem(code=code, path=path, message=message, severity=severity, who="practice", fix=fix))
