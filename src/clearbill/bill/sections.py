"""The fields of a bill as a person meets them on a claim: in sections, in the order of the page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any

from clearbill.bill import Bill, dates, money
from clearbill.bill.fields import SINGLE, Field


@dataclass(frozen=True, slots=True)
class Section:
    """Fields that stand together on a page; what is seldom looked at is folded until something in it is wrong."""

    key: str
    title: str
    names: tuple[str, ...]
    is_folded: bool = False

    @property
    def items(self) -> tuple[Field, ...]:
        return tuple(SINGLE[name] for name in self.names)


SECTIONS = (
    Section("insurance", "UK Private Health Insurance", ("registration_number", "authorisation_code")),
    Section(
        "cover",
        "More about the cover",
        (
            "insurance_scheme",
            "group_number",
            "cover_valid_to",
            "authorisation_from",
            "authorisation_to",
            "insurer_id",
        ),
        is_folded=True,
    ),
    Section(
        "providers",
        "Who treated, who is paid",
        ("controlling_specialist_number", "payee_provider_number", "treating_site_number", "invoice_date"),
    ),
    Section(
        "patient",
        "Patient",
        (
            "patient_title",
            "patient_first_name",
            "patient_other_initials",
            "patient_last_name",
            "patient_birth_date",
            "patient_sex",
            "patient_address_1",
            "patient_address_2",
            "patient_address_3",
            "patient_address_4",
            "patient_postcode",
            "patient_country",
        ),
        is_folded=True,
    ),
    Section(
        "episode",
        "Episode",
        (
            "episode_setting",
            "episode_type",
            "admission_date",
            "discharge_date",
            "discharge_reason",
            "claim_source",
            "note",
        ),
        is_folded=True,
    ),
    Section(
        "more_patient",
        "More about the patient",
        ("provider_patient_id", "patient_identifier", "patient_identifier_type", "patient_deceased"),
        is_folded=True,
    ),
    Section(
        "claim_form",
        "Claim form",
        (
            "claim_form_signed",
            "first_gp_visit_date",
            "symptoms_first_noticed_date",
            "gp_name",
            "gp_code",
            "gp_practice_code",
            "gp_address_1",
            "gp_address_2",
            "gp_address_3",
            "gp_address_4",
            "gp_postcode",
            "third_party_involved",
            "third_party_details_1",
            "third_party_details_2",
            "third_party_details_3",
        ),
        is_folded=True,
    ),
)

ITEMS = tuple(item for section in SECTIONS for item in section.items)

HINTS = {
    "authorisation_code": "Claims with one are approved more often.",
    "patient_country": "One abroad goes out as the last line of the address.",
}

SUGGESTS = {
    "controlling_specialist_number": "practitioner-numbers",
    "payee_provider_number": "payee-numbers",
    "treating_site_number": "site-numbers",
}

"""The lists of known numbers that a person may mean in a field."""

PER_LINE = ("first_date_of_service", "last_date_of_service", "service_code", "description", "service_provider_number")


def value_of(bill: Bill, item: Field) -> Any:
    """Return what the bill holds in this field."""
    return attrgetter(item.path)(bill)


def filled_sections(bill: Bill) -> list[tuple[Section, list[tuple[str, str]]]]:
    """Return the bill for reading: each section with the labels and values of what is given; empty ones left out."""
    sections = [
        (section, [(item.label, shown) for item in section.items if (shown := _shown(value_of(bill, item), item))])
        for section in SECTIONS
    ]
    return [(section, rows) for section, rows in sections if rows]


def input_id(path: str) -> str:
    """Return the id of the input on the claim page for a problem's path; "" for the bill as a whole."""
    head, _, rest = path.partition("[")
    if rest:
        index, _, name = rest.partition("]")
        name = name.lstrip(".") or ("code" if head == "diagnoses" else PER_LINE[2])
        return f"id_{head}-{index}-{name}"
    if head in {"diagnoses", "lines"}:
        return head
    name = head.rpartition(".")[2]
    return f"id_{name}" if name in _NAMES else ""


def _shown(value: Any, item: Field) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, date):
        return dates.show(value)
    if isinstance(value, Decimal):
        return money.show(value)
    return item.choices.get(value, str(value))


_NAMES = {item.name for item in ITEMS}
