"""What the audit trail calls things: kinds, fields and values in people’s words, and never an id."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from clearbill.bill import fields, insurers, money
from clearbill.people.audit import legacy_entries, values
from clearbill.people.audit.row_names import GONE, RowNames, choices_of, model_of, verbose_name_of

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
    chosen = choices_of(*_CHOICES.get((subject_type, field), (subject_type, field))).get(text)
    return chosen or (insurers.name_of(text) if field in _INSURERS else text)
