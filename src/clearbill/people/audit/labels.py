"""What the audit trail calls things: kinds, fields and values in people’s words, and never an id."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from clearbill.bill import dates, fields, insurers, money
from clearbill.people.audit.row_names import GONE, RowNames, choices_of, is_id, model_of, verbose_name_of

# The kinds of things as people call them; one not listed is called as its model is.
KINDS = {
    "account": "Bank accounts",
    "accountcodes": "Account codes",
    "appointment": "Appointments",
    "bankline": "Bank lines",
    "bulksubmission": "Claims submitted together",
    "claim": "Claims",
    "client": "Clients",
    "contractprice": "Contract prices",
    "healthcodeconnection": "Healthcode connection",
    "insurersetting": "Insurers",
    "invitation": "Invitations",
    "invoice": "Invoices",
    "membership": "Users",
    "payee": "Payees",
    "payeeexception": "Payee exceptions",
    "practice": "The practice",
    "practitioner": "Practitioners",
    "remittance": "Payments",
    "service": "Services",
    "site": "Sites",
    "statementfile": "Bank statements",
    "upload": "Payment files",
    "user": "Sign-ins and passwords",
    "ignorerule": "Everyday bank lines",
    "task": "Work without a claim",
}

FORMER_KINDS = {
    "batch": "bulksubmission",
    "payeerule": "payeeexception",
    "usualline": "ignorerule",
    "workitem": "task",
}
"""What kinds were called in entries of earlier versions, and what they are called now."""

# Fields that hold an item of the bill, or what becomes one: they are called as the bill's field is.
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

# Other fields whose name does not say it, as the forms label them.
LABELS = {name: fields.BY_PATH[path].label for name, path in _BILL_FIELDS.items()} | {
    "address_1": "Address line 1",
    "address_2": "Address line 2",
    "address_3": "Address line 3",
    "address_4": "Address line 4",
    "again_on": "Ask again on",
    "allocated": "Put to claims",
    "and_like_it": "Lines like it too",
    "brought_back": "Lines brought back",
    "chased_on": "Asked on",
    "come_back_on": "Come back to it on",
    # Not a bill's own Practitioner ID but a setting for all of them.
    "controlling_specialist_number": "Practitioner ID for every bill to this insurer",
    "credited_total": "Credited",
    "diagnosis_scheme": "Diagnosis codes",
    "duration_minutes": "Duration in minutes",
    "email": "E-mail",
    "ends_at": "Ends",
    "excess_left": "Excess still to pay",
    "footer": "At the foot of each paper",
    # A client's page asks for nothing of the GP but the name.
    "gp_name": "GP",
    "insurer_slug": "Insurer",
    "is_active": "Active",
    "is_billed": "The practice bills this insurer",
    "is_default": "Default",
    "known": "Known before",
    "missing": "Missing from it",
    "not_expected": "Not expected at the bank",
    "not_seen": "Not seen at the bank",
    "outcome": "What came of it",
    "owed_by": "Who owes it",
    "paid_total": "Paid",
    "patient_paid": "Patient already paid",
    "reply_to": "Answers to e-mails go to",
    "settlement": "What was done",
    "share": "Invoice for the share",
    "share_of": "Share of invoice",
    "short": "Deducted",
    "short_total": "Short",
    "source": "From",
    "starts_at": "Starts",
    "unmatched": "To settle",
    "vat_number": "VAT number",
    "visit": "Kind of visit",
    "voided_at": "Void since",
    "written_off_total": "Written off",
}

# The same, where a field means something else on one kind.
_LABELS_OF_KIND = {
    "claim": {"line": "Line of the bill", "note": "What it waits for"},
    "client": {"insurer_slug": "Insurance Provider", "valid_to": fields.BY_PATH["cover.cover_valid_to"].label},
    "contractprice": {
        "amount": "Price",
        "note": "Where it is written",
        "valid_from": "First day",
        "valid_to": "Last day",
    },
    "invoice": {"insurer_slug": "Billed to", "paid_on": "Paid back on", "paper": "Paper sent"},
    "payee": {"kind": "Who is paid"},
    "practice": {"name": "Name of the practice", "address_3": "Town or city", "address_4": "County"},
    "remittance": {"bills": "Bills in it"},
    "statementfile": {"first": "First day", "last": "Last day", "lines": "New lines"},
    "ignorerule": {"words": "Words on the lines"},
}

_INSURERS = {"insurer", "insurer_slug"}

_MONEY = {"amount", "excess_left", "not_seen", "price", "total"}

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

# Fields that are written of one thing and whose choices are those of another.
_CHOICES = {
    ("claim", "mark"): ("decision", "kind"),
    ("claim", "owed_by"): ("liabilityoverride", "owed_by"),
    ("invoice", "source"): ("ledgerentry", "source"),
}

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?[+-]\d\d:?\d\d", re.ASCII)

_LINE = re.compile(r"(\d{4}-\d\d-\d\d) (.*?) +(\d+) x (-?[\d.]+) - ([\d.]+), VAT ([\d.]+)%", re.ASCII | re.DOTALL)

_PRICE = re.compile(r"(.*) with (\S+) from (\d{4}-\d\d-\d\d)", re.ASCII)

_NAMELESS = re.compile(r"\w+ object \(.*\)")

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
    named = str(model._meta.verbose_name_plural or "") if model else subject_type
    return KINDS.get(subject_type) or f"{named[:1].upper()}{named[1:]}"


def present_kind(subject_type: str) -> str:
    """Return what an entry's `subject_type` is called in this version."""
    return FORMER_KINDS.get(subject_type, subject_type)


def stored_kinds(kind: str) -> list[str]:
    """Return every `subject_type` under which entries of this kind stand in the trail, former names included."""
    return [kind, *(former for former, present in FORMER_KINDS.items() if present == kind)]


def subject_of(subject_type: str, label: str) -> str:
    """Return what the thing itself is called, such as “ZPHY01 with BUPA from 1 Jan 2026”; "" where it has no name."""
    price = _PRICE.fullmatch(label) if subject_type == "contractprice" else None
    if price:
        return f"{price[1]} with {insurers.name_of(price[2])} from {_moment(price[3])}"
    if subject_type == "bankline":
        return label.replace(" of 0", " of ")
    if subject_type == "bulksubmission" and label == "1 claims":
        return "1 claim"
    return "" if _NAMELESS.fullmatch(label) else label


def label_of(subject_type: str, field: str) -> str:
    """Return what a field is called on things of this kind: as its model names it, else as its name says."""
    words = field.replace("_", " ")
    named = _LABELS_OF_KIND.get(subject_type, {}).get(field) or verbose_name_of(subject_type, field)
    return named or LABELS.get(field) or f"{words[:1].upper()}{words[1:]}"


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
        if not isinstance(before, Mapping) and not isinstance(after, Mapping):
            yield field, is_pair, before, after
            continue
        old, new = before or {}, after or {}
        for inner in {**old, **new}:
            if old.get(inner) != new.get(inner):
                name = f"{field}:{inner}" if field == "numbers" else inner
                yield name, is_pair, old.get(inner), new.get(inner)


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
    text = str(value)
    if is_id(text):
        return names.of(subject_type, field, text)
    chosen = choices_of(*_CHOICES.get((subject_type, field), (subject_type, field))).get(text)
    return chosen or _text(field, text)


def _text(field: str, text: str) -> str:
    if field in _INSURERS:
        return insurers.name_of(text)
    if field in _MONEY | _SUMS or field.endswith("_total"):
        return _pounds(text)
    if field == "vat_rate":
        return _rate(text)
    line = _LINE.fullmatch(text) if field == "lines" else None
    return _line(line) if line else _moment(text)


def _pounds(text: str) -> str:
    try:
        return money.show(Decimal(text))
    except InvalidOperation:
        return text


def _rate(text: str) -> str:
    try:
        return f"{Decimal(text).normalize():f}%"
    except InvalidOperation:
        return text


def _line(line: re.Match[str]) -> str:
    """Return one line of an invoice: day, what, how often at which price, discount and VAT where there are any."""
    day, what, units, price, discount, rate = line.groups()
    parts = [_moment(day), what, f"{units} × {_pounds(price)}"]
    parts += [f"less {_pounds(discount)}"] if Decimal(discount) else []
    parts += [f"VAT {_rate(rate)}"] if Decimal(rate) else []
    return ", ".join(parts)


def _moment(text: str) -> str:
    """Return a day or a time as the UK writes it, and any other text as it is."""
    try:
        if _DAY.fullmatch(text):
            return dates.show(date.fromisoformat(text))
        if _MOMENT.fullmatch(text):
            at = datetime.fromisoformat(text).astimezone(dates.LONDON)
            return dates.show_moment(at, " ")
    except ValueError:
        pass
    return text
