"""The fields of a client and the cover that files give, as text: so a file, a record here and what was imported last
are compared."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from clearbill.bill import dates, insurers, money
from clearbill.bill.address import countries
from clearbill.bill.bill import SEXES
from clearbill.bill.insurers import bare
from clearbill.clients.models import Authorisation, Client, Policy
from clearbill.clients.policies import policies_of
from clearbill.fileformats.practice_systems.client_row import ClientRow

DETAILS = {
    "title": "Title",
    "first_name": "First name",
    "other_names": "Other names",
    "last_name": "Last name",
    "birth_date": "Date of birth",
    "sex": "Sex",
    "email": "E-mail",
    "phone": "Phone",
    "address_1": "Address line 1",
    "address_2": "Address line 2",
    "address_3": "Address line 3",
    "address_4": "Address line 4",
    "postcode": "Postcode",
    "country": "Country",
    "gp_name": "GP",
    "notes": "Notes",
}
"""Columns of a client, and what they are called."""

POLICY = {
    "insurer_slug": "insurer_slug",
    "membership_number": "membership_number",
    "group_number": "group_number",
    "scheme": "scheme",
    "policy_from": "valid_from",
    "policy_to": "valid_to",
    "excess": "excess",
}
"""Fields of a row, and the columns of a policy that they become."""

LABELS = DETAILS | {
    "insurer_slug": "Insurance Provider",
    "membership_number": "Membership Number",
    "group_number": "Group number",
    "scheme": "Scheme",
    "policy_from": "Cover valid from",
    "policy_to": "Cover valid to",
    "excess": "Excess per policy year",
    "authorisation_code": "Authorisation Code",
}

TOGETHER_LABELS = {"address_1": "Address", "insurer_slug": "Policy"}
"""What fields are called that are one thing, by the first of them."""

_DAYS, _POUNDS = {"birth_date", "policy_from", "policy_to"}, {"excess"}


def to_text(value: Any) -> str:
    """Return a value as it is compared and kept; "" for nothing."""
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:.2f}" if isinstance(value, Decimal) else str(value)


def from_text(field: str, text: str) -> Any:
    """Return a kept value as a column takes it."""
    if field in _DAYS:
        return date.fromisoformat(text) if text else None
    if field in _POUNDS:
        return Decimal(text) if text else None
    return text


def shown(field: str, text: str) -> str:
    """Return a kept value as people read it."""
    if field in _DAYS:
        return dates.show_iso(text)
    if field in _POUNDS:
        return money.show(Decimal(text)) if text else ""
    if field == "sex":
        return SEXES.get(text, "")
    if field == "country":
        return countries.name_of(text)
    return insurers.name_of(text) if field == "insurer_slug" and text else text


def values_of(row: ClientRow, given: Collection[str]) -> dict[str, str]:
    """Return what the row says of the fields that its file gives."""
    return {field: to_text(getattr(row, field)) for field in LABELS if field in given or field == "last_name"}


def details_of(values: Mapping[str, str]) -> dict[str, Any]:
    """Return the columns of a client among the values."""
    return {field: from_text(field, values[field]) for field in DETAILS if field in values}


def policy_of(values: Mapping[str, str]) -> dict[str, Any]:
    """Return the columns of a policy among the values."""
    return {column: from_text(field, values[field]) for field, column in POLICY.items() if field in values}


def has_policy(values: Mapping[str, str]) -> bool:
    """Return whether the values tell of a policy."""
    return bool(values.get("insurer_slug") and values.get("membership_number"))


def matching_policy(client: Client, values: Mapping[str, str]) -> Policy | None:
    """Return the policy that the values are about: of the same number, else of the same insurer, else the first."""
    there = policies_of(client)
    slug, number = values.get("insurer_slug", ""), bare(values.get("membership_number", ""))
    same = [one for one in there if one.insurer_slug == slug]
    exact = [one for one in same if bare(one.membership_number) == number]
    return next(iter([*exact, *same, *there]), None)


def current_values(client: Client, policy: Policy | None, values: Mapping[str, str]) -> dict[str, str]:
    """Return what is here in the place of the values."""
    here = {field: to_text(getattr(client, field)) for field in DETAILS}
    here |= {field: to_text(getattr(policy, column)) if policy else "" for field, column in POLICY.items()}
    here["authorisation_code"] = _code(policy, values.get("authorisation_code", ""))
    return {field: here[field] for field in values}


def matching_authorisation(policy: Policy | None, code: str) -> Authorisation | None:
    """Return the authorisation with this code under the policy."""
    rows = policy.authorisations.all() if policy and code else ()
    return next((one for one in rows if not one.entered_in_error and bare(one.code) == bare(code)), None)


def _code(policy: Policy | None, code: str) -> str:
    """A code that is there is as the file has it; another one is an authorisation besides, and contradicts nothing."""
    return code if matching_authorisation(policy, code) else ""
