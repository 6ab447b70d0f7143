"""What the audit trail calls things: kinds, fields and values in people’s words, and never an id."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.text import capfirst

from clearbill.bill import fields, insurers, money
from clearbill.people.audit import legacy_entries, values
from clearbill.people.audit.row_names import GONE, RowNames, choices_of, model_of, verbose_name_of

# What an entry may be about; each is called by the plural of its model.
KINDS = frozenset(
    {
        "account",
        "accountcodes",
        "appointment",
        "authorisation",
        "bankline",
        "bulkcreation",
        "bulksubmission",
        "cancellationpolicy",
        "claim",
        "client",
        "contractprice",
        "fileimport",
        "healthcodeconnection",
        "ignorerule",
        "insurersetting",
        "invitation",
        "invoice",
        "membership",
        "payee",
        "payeeexception",
        "policy",
        "practice",
        "practitioner",
        "remittance",
        "service",
        "site",
        "statementfile",
        "task",
        "upload",
        "user",
    }
)

# Fields that an entry tells of one kind and that a column of another keeps: they are called, and chosen from, as there.
_KEPT_BY = {
    ("claim", "again_on"): ("chase", "again_on"),
    ("claim", "chased_on"): ("chase", "chased_on"),
    ("claim", "come_back_on"): ("decision", "come_back_on"),
    ("claim", "mark"): ("decision", "kind"),
    ("claim", "owed_by"): ("liabilityoverride", "owed_by"),
    ("claim", "settlement"): ("task", "settlement"),
    ("claim", "share"): ("decision", "share"),
    ("claim", "short"): ("claimpayment", "short"),
    ("client", "excess_left"): ("policy", "excess_left"),
    ("client", "insurer_slug"): ("policy", "insurer_slug"),
    ("client", "valid_to"): ("policy", "valid_to"),
    ("healthcodeconnection", "outcome"): ("exchange", "outcome"),
    ("invoice", "method"): ("paymentmethod", "method"),
    ("invoice", "share"): ("decision", "share"),
    ("invoice", "source"): ("ledgerentry", "source"),
    ("practice", "outcome"): ("exchange", "outcome"),
    ("service", "isc"): ("servicerate", "isc"),
    ("service", "price"): ("servicerate", "price"),
    ("service", "procedure_code"): ("servicerate", "procedure_code"),
    ("service", "valid_from"): ("servicerate", "valid_from"),
}

# Columns that hold an item of the bill, or what becomes one: they are called as the bill's field is.
_BILL_FIELDS = {
    "authorisation_code": "cover.authorisation_code",
    "authorisation_from": "cover.authorisation_from",
    "authorisation_to": "cover.authorisation_to",
    "birth_date": "patient.patient_birth_date",
    "discount_total": "totals.discount_total",
    "issued_on": "invoice_date",
    "membership_number": "cover.registration_number",
    "vat": "lines.vat_amount",
    "vat_rate": "lines.vat_rate",
    "vat_total": "totals.vat_total",
}

# What an entry tells and no column keeps, where its name does not say it.
_UNKEPT = {
    "allocated": "Put to claims",
    "and_like_it": "Lines like it too",
    "brought_back": "Lines brought back",
    "known": "Known before",
    "missing": "Missing from it",
    "not_expected": "Not expected at the bank",
    "not_seen": "Not seen at the bank",
    "unmatched": "To settle",
}

_UNKEPT_OF_KIND = {
    ("claim", "line"): "Line of the bill",
    ("client", "added_codes"): "Diagnosis codes added",
    ("client", "invoices"): "Invoices that went with it",
    ("client", "record"): "Other record",
    ("claim", "note"): "What it waits for",
    ("invoice", "paid_on"): "Paid back on",
    ("invoice", "paper"): "Paper sent",
    ("remittance", "bills"): "Bills in it",
    ("statementfile", "first"): "First day",
    ("statementfile", "last"): "Last day",
    ("statementfile", "lines"): "New lines",
}

_INSURERS = {"insurer", "insurer_slug"}

# Sums of a new thing that are told only where there is something in them.
_SUMS = {
    "credited_total",
    "discount_total",
    "paid_total",
    "patient_paid",
    "short",
    "short_total",
    "vat_total",
    "written_off_total",
}

_LISTS = {"deductions", "diagnoses", "lines"}

EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Change:
    """One changed field; `before` is None where the entry tells only the new value."""

    field: str
    before: str | None
    after: str


Teller = Callable[[Mapping[str, Any]], list[Change]]

_TELLERS: dict[tuple[str, str], Teller] = {}


def register_describer(kind: str, action: str, teller: Teller) -> None:
    """Let a higher layer tell what changed, where its fields have names of their own: `teller` is asked for it."""
    _TELLERS[kind, action] = teller


def kind_of(subject_type: str) -> str:
    """Return what things of this kind are called."""
    model = model_of(subject_type)
    return capfirst(str(model._meta.verbose_name_plural)) if model else capfirst(subject_type)


def label_of(subject_type: str, field: str) -> str:
    """Return what a field is called on things of this kind: as its model or the bill names it, else by its own name."""
    named = verbose_name_of(*_KEPT_BY.get((subject_type, field), (subject_type, field)))
    if not named and field in _BILL_FIELDS:
        return fields.BY_PATH[_BILL_FIELDS[field]].label
    unkept = _UNKEPT_OF_KIND.get((subject_type, field)) or _UNKEPT.get(field)
    return capfirst(named or unkept or field.replace("_", " "))


def describe_changes(subject_type: str, action: str, stored: Mapping[str, Any], names: RowNames) -> list[Change]:
    """Return what an entry holds, in people's words. What was empty, or no money at all, from the start is left out."""
    if teller := _TELLERS.get((subject_type, action)):
        return teller(stored)
    found = []
    for field, is_pair, before, after in _flat(stored):
        old, new = (_word(subject_type, field, value, names) for value in (before, after))
        is_nothing = old == new == EMPTY or (not is_pair and field in _SUMS and new == money.show(money.PENNY * 0))
        if old is None or new is None or is_nothing:
            continue
        found.append(Change(_label(subject_type, field), old if is_pair else None, new))
    return found


def _flat(stored: Mapping[str, Any]) -> Iterator[tuple[str, bool, Any, Any]]:
    """Yield field, whether it tells before and after, and both; a field that holds others as each of these."""
    for field, value in stored.items():
        is_pair = isinstance(value, list) and len(value) == 2
        if is_pair and field in _LISTS:
            is_pair = all(isinstance(one, list) for one in value)
        before, after = value if is_pair else (None, value)
        if not _holds_fields(before) and not _holds_fields(after):
            yield field, is_pair, before, after
            continue
        old, new = before or {}, after or {}
        for inner in {**old, **new}:
            if old.get(inner) != new.get(inner):
                name = f"{field}:{inner}" if field == "numbers" else inner
                yield name, is_pair, old.get(inner), new.get(inner)


def _holds_fields(value: Any) -> bool:
    return isinstance(value, Mapping) and values.type_and_text(value) is None


def _label(subject_type: str, field: str) -> str:
    """The numbers of a payee are told with whom each is for."""
    named, _, slug = field.partition(":")
    return f"Number for {insurers.name_of(slug)}" if named == "numbers" and slug else label_of(subject_type, field)


def _word(subject_type: str, field: str, value: Any, names: RowNames) -> str | None:
    """Return a value as people read it; None for an id that says nothing to them."""
    if value is None or value == "" or value == [] or value == {}:
        return "The client" if (subject_type, field) == ("invoice", "insurer_slug") and value == "" else EMPTY
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        words = [_word(subject_type, field, item, names) or GONE for item in value]
        return ("; " if any("," in word for word in words) else ", ").join(words)
    present = legacy_entries.typed_value(field, value)
    if typed := values.type_and_text(present):
        kind, text = typed
        return names.of(subject_type, field, text) if kind == values.ID else values.in_words(kind, text)
    text = str(present)
    chosen = choices_of(*_KEPT_BY.get((subject_type, field), (subject_type, field))).get(text)
    return chosen or (insurers.name_of(text) if field in _INSURERS else text)
