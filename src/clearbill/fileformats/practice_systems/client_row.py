"""What a file says of one client and the client's cover, and which of it a file can say at all."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRow:
    """One client of a file, with the policy that the row tells of. What the file does not give is "" or None.

    `source_key` is the other system's own number of the client. `insurer_slug` is "" where there is no policy.
    `warnings` are sentences about what was read, but not taken as it stands.
    """

    row_no: int
    source_key: str = ""
    title: str = ""
    first_name: str = ""
    other_names: str = ""
    last_name: str
    birth_date: date | None = None
    sex: str = ""
    email: str = ""
    phone: str = ""
    address_1: str = ""
    address_2: str = ""
    address_3: str = ""
    address_4: str = ""
    postcode: str = ""
    country: str = ""
    gp_name: str = ""
    notes: str = ""
    insurer_slug: str = ""
    membership_number: str = ""
    group_number: str = ""
    scheme: str = ""
    policy_from: date | None = None
    policy_to: date | None = None
    excess: Decimal | None = None
    authorisation_code: str = ""
    warnings: tuple[str, ...] = ()


ADDRESS_LINES = ("address_1", "address_2", "address_3", "address_4")

ADDRESS_COLUMNS = ("address", "address_1", "address_2", "address_3", "town", "county")

PHONE_COLUMNS = ("mobile", "phone", "work_phone")

_OF_COLUMNS = {
    "full_name": ("first_name", "last_name"),
    "insurer": ("insurer_slug",),
    **dict.fromkeys(ADDRESS_COLUMNS, ADDRESS_LINES),
    **dict.fromkeys(PHONE_COLUMNS, ("phone",)),
}
"""The fields that a column gives, where they are not called as it is."""


def fields_given(columns: Collection[str]) -> set[str]:
    """Return the fields of a ClientRow that a file with these of our columns says something about."""
    given = {field for column in columns for field in _OF_COLUMNS.get(column, (column,))}
    if sum(column in columns for column in PHONE_COLUMNS) > 1:
        given.add("notes")
    return given
