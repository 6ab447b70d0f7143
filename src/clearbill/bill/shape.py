"""The names of the data dictionary and what each holds, read off the records themselves."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Literal

from clearbill.bill.bill import (
    Bill,
    ClaimForm,
    Cover,
    Diagnosis,
    Episode,
    Line,
    Patient,
    Providers,
    Sender,
    Totals,
)

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

KIND_OF = HEAD | {name: kind for items in GROUP_ITEMS.values() for name, kind in items.items()}

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
