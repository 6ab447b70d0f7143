"""The fields of a bill: the names of the data dictionary, what people call each, and which other names mean it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import fields
from difflib import get_close_matches
from typing import Any, Literal

from clearbill.bill.bill import Bill, ClaimForm, Cover, Diagnosis, Episode, Line, Patient, Providers, Sender, Totals

_NEAR = 0.75

_ALSO_CALLED = {
    "membership_number": "registration_number",
    "membership_no": "registration_number",
    "member_number": "registration_number",
    "policy_number": "registration_number",
    "auth_code": "authorisation_code",
    "authorization_code": "authorisation_code",
    "claim_number": "authorisation_code",
    "insurer": "insurer_id",
    "invoice_no": "invoice_number",
    "last_name": "patient_last_name",
    "family_name": "patient_last_name",
    "surname": "patient_last_name",
    "first_name": "patient_first_name",
    "given_name": "patient_first_name",
    "title": "patient_title",
    "date_of_birth": "patient_birth_date",
    "birth_date": "patient_birth_date",
    "dob": "patient_birth_date",
    "sex": "patient_sex",
    "gender": "patient_sex",
    "address": "patient_address_1",
    "postcode": "patient_postcode",
    "payee": "payee_provider_number",
    "payee_no": "payee_provider_number",
    "specialist": "controlling_specialist_number",
    "practitioner_id": "controlling_specialist_number",
    "hospital": "treating_site_number",
    "setting": "episode_setting",
    "isc": "service_code",
    "fdos": "first_date_of_service",
    "ldos": "last_date_of_service",
    "quantity": "units",
    "provider_number": "service_provider_number",
    "gross": "gross_amount",
    "discount": "discount_amount",
    "vat": "vat_amount",
    "net": "net_amount",
    "diagnosis_code": "code",
    "diagnosis": "diagnoses",
    "services": "lines",
}


def closest_name(name: str, known: Iterable[str]) -> str:
    """Return the name among `known` that `name` most likely stands for, "" where none comes near."""
    names = {_plain(one): one for one in known}
    written = _plain(name[:60])
    other = _ALSO_CALLED.get(name.strip().lower().replace(" ", "_").replace("-", "_"), "")
    if other in names.values() and written not in names:
        return other
    nearest = get_close_matches(written, names, n=1, cutoff=_NEAR)
    return names[nearest[0]] if nearest else ""


def _plain(name: str) -> str:
    return "".join(sign for sign in name.lower() if sign.isalnum())


Kind = Literal["text", "date", "amount", "yes or no", "whole number", "texts"]

_KINDS: dict[str, Kind] = {
    "str": "text",
    "date | None": "date",
    "Decimal | None": "amount",
    "bool | None": "yes or no",
    "bool": "yes or no",
    "int | None": "whole number",
    "tuple[str, ...]": "texts",
}


def kinds_of(record: type) -> dict[str, Kind]:
    """Return what each plain item of a record holds, by its name."""
    return {field.name: _KINDS[str(field.type)] for field in fields(record) if str(field.type) in _KINDS}


GROUPS: dict[str, type[Any]] = {
    "sender": Sender,
    "patient": Patient,
    "cover": Cover,
    "claim_form": ClaimForm,
    "providers": Providers,
    "episode": Episode,
    "totals": Totals,
}

LISTS: dict[str, type[Any]] = {"diagnoses": Diagnosis, "lines": Line}

HEAD = kinds_of(Bill)

GROUP_ITEMS = {group: kinds_of(record) for group, record in GROUPS.items()}

LIST_ITEMS = {name: kinds_of(record) for name, record in LISTS.items()}

GROUP_OF = {name: "" for name in HEAD} | {name: group for group, items in GROUP_ITEMS.items() for name in items}

"""Where each item belongs; "" is the head of the bill. No name is in two groups."""

KIND_BY_NAME = HEAD | {name: kind for items in GROUP_ITEMS.values() for name, kind in items.items()}

DERIVED = {"inpatient_nights": "episode", "first_service_date": "", "last_service_date": ""}

"""Items that follow from others; a bill may state them, and then they must agree."""

RETURNED = frozenset({"clearing_bill_number", "payor_claim_number", "clearing_status"})

"""Items that come back from the clearing house; a bill may carry them, and they are passed over."""

SECRETS = frozenset({"ws_secret", "password", "api_key"})

"""Never part of a bill: only the connection holds them."""

PATHS = {name: f"{group}.{name}" if group else name for name, group in GROUP_OF.items()} | {
    name: name for name in (*GROUPS, *LISTS)
}

"""Where the items, groups and lists of a bill stand, such as `cover.registration_number`."""


def path_of(name: str) -> str:
    """Return the path of an item of head or group, such as `cover.registration_number`."""
    return PATHS[name]


_ENTRY = re.compile(r"(lines|diagnoses)\[(\d+)]\.?(.*)")

_PLACE = re.compile(r"\[\d+]")

_NOUNS = {"lines": "line", "diagnoses": "diagnosis"}

_NAMES = {
    "": "bill as a whole",
    "insurer_id": "insurer’s identifier",
    "site_id": "Site ID",
    "ws_user_id": "web-services User ID",
    "requestor_trans_id": "reference of this attempt",
    "message_status": "live or test marker",
    "patient": "patient’s details",
    "patient_last_name": "family name",
    "patient_first_name": "first name",
    "patient_other_initials": "other names or initials",
    "patient_title": "title",
    "patient_birth_date": "date of birth",
    "patient_sex": "sex",
    "patient_address_1": "first line of the address",
    "patient_address_2": "second line of the address",
    "patient_address_3": "third line of the address",
    "patient_address_4": "fourth line of the address",
    "patient_postcode": "postcode",
    "patient_identifier_type": "kind of patient identifier",
    "provider_patient_id": "practice’s own patient number",
    "patient_deceased": "answer to whether the patient has died",
    "registration_number": "membership number",
    "insurance_scheme": "scheme",
    "cover_valid_to": "end of the cover",
    "authorisation_from": "start of the authorisation",
    "authorisation_to": "end of the authorisation",
    "gp_code": "GP’s code",
    "gp_name": "GP’s name",
    "gp_practice_code": "GP’s practice code",
    "gp_address_1": "first line of the GP’s address",
    "gp_address_2": "second line of the GP’s address",
    "gp_address_3": "third line of the GP’s address",
    "gp_address_4": "fourth line of the GP’s address",
    "gp_postcode": "GP’s postcode",
    "first_gp_visit_date": "date of the first visit to the GP",
    "symptoms_first_noticed_date": "date the symptoms were first noticed",
    "third_party_involved": "answer to whether a third party is involved",
    "third_party_details_1": "description of the third party",
    "third_party_details_2": "second line about the third party",
    "third_party_details_3": "third line about the third party",
    "claim_form_signed": "answer to whether the claim form is signed",
    "payee_provider_number": "Payee’s number",
    "controlling_specialist_number": "Practitioner ID",
    "treating_site_number": "number of the treating site",
    "episode_setting": "setting",
    "admission_date": "date of admission",
    "discharge_date": "date of discharge",
    "discharge_reason": "reason for discharge",
    "inpatient_nights": "number of nights",
    "first_service_date": "first date of service",
    "last_service_date": "last date of service",
    "is_primary": "mark of the primary diagnosis",
    "line_no": "number",
    "service_code": "service code (ISC)",
    "extra_procedure_codes": "further procedure code",
    "units": "number of units",
    "service_provider_number": "provider’s number",
    "service_provider_name": "provider’s name",
    "service_provider_profession": "provider’s profession",
    "service_site_number": "number of the place",
    "vat_rate": "VAT rate",
    "vat_amount": "VAT",
    "vat_total": "total VAT",
    "discount_amount": "discount",
    "discount_total": "total discount",
    "patient_paid_amount": "amount the patient has paid",
}


def name_of(path: str) -> str:
    """Return what stands at `path` in words that follow "the": "membership number", "number of units of line 2"."""
    if entry := _ENTRY.fullmatch(path):
        place = f"{_NOUNS[entry[1]]} {int(entry[2]) + 1}"
        return f"{_called(entry[3])} of {place}" if entry[3] else place
    return _called(path)


def name_at_start(path: str) -> str:
    """Return the same as the beginning of a sentence: "The membership number", "Line 2"."""
    words = name_of(path)
    return f"L{words[1:]}" if words.startswith("line ") else f"The {words}"


def _called(path: str) -> str:
    name = _PLACE.sub("", path).rpartition(".")[2]
    return _NAMES.get(name, name.replace("_", " "))
