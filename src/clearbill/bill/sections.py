"""The fields of a bill as a person meets them on a claim: grouped, labelled, in the order of the page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any

from clearbill.bill import Bill, money
from clearbill.bill.bill import CLAIM_SOURCES, DISCHARGE_REASONS, EPISODE_TYPES, SETTINGS, SEXES

TEXT, CODE, DAY, FLAG, POSTCODE = "text", "code", "day", "flag", "postcode"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One field: `name` is the data dictionary's, `group` the part of the bill that holds it, "" for the head.

    `needed` says that it is compulsory; `suggests` names the numbers that a person may mean here.
    """

    name: str
    label: str
    group: str = ""
    kind: str = TEXT
    longest: int = 50
    choices: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    needed: bool = False
    suggests: str = ""

    @property
    def path(self) -> str:
        return f"{self.group}.{self.name}" if self.group else self.name


@dataclass(frozen=True, slots=True)
class Section:
    """Fields that stand together on a page; what is seldom looked at is folded until something in it is wrong."""

    key: str
    title: str
    items: tuple[FormField, ...]
    is_folded: bool = False


def _choices(codes: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return (("", "Not given"), *codes.items())


INSURANCE = (
    FormField(name="registration_number", label="Membership Number", group="cover", kind=CODE, needed=True),
    FormField(
        name="authorisation_code",
        label="Authorisation Code",
        group="cover",
        kind=CODE,
        hint="Claims with one are approved more often.",
    ),
)

COVER = (
    FormField(name="insurance_scheme", label="Scheme", group="cover", longest=200),
    FormField(name="group_number", label="Group number", group="cover"),
    FormField(name="cover_valid_to", label="Cover valid to", group="cover", kind=DAY),
    FormField(name="authorisation_from", label="Authorised from", group="cover", kind=DAY),
    FormField(name="authorisation_to", label="Authorised to", group="cover", kind=DAY),
    FormField(name="insurer_id", label="Healthcode’s identifier of the insurer", longest=3, needed=True),
)

PROVIDERS = (
    FormField(
        name="controlling_specialist_number",
        label="Practitioner ID",
        group="providers",
        kind=CODE,
        longest=32,
        needed=True,
        suggests="practitioner-numbers",
    ),
    FormField(
        name="payee_provider_number",
        label="Payee",
        group="providers",
        kind=CODE,
        longest=32,
        needed=True,
        suggests="payee-numbers",
    ),
    FormField(
        name="treating_site_number",
        label="Treating site",
        group="providers",
        kind=CODE,
        longest=32,
        needed=True,
        suggests="site-numbers",
    ),
    FormField(name="invoice_date", label="Invoice date", kind=DAY, needed=True),
)

PATIENT = (
    FormField(name="patient_title", label="Title", group="patient", longest=20),
    FormField(name="patient_first_name", label="First name", group="patient", needed=True),
    FormField(name="patient_other_initials", label="Other names or initials", group="patient"),
    FormField(name="patient_last_name", label="Family name", group="patient", needed=True),
    FormField(name="patient_birth_date", label="Date of birth", group="patient", kind=DAY, needed=True),
    FormField(name="patient_sex", label="Sex", group="patient", choices=_choices(SEXES), needed=True),
    FormField(name="patient_address_1", label="Address", group="patient", needed=True),
    FormField(name="patient_address_2", label="Address, second line", group="patient"),
    FormField(name="patient_address_3", label="Town", group="patient"),
    FormField(name="patient_address_4", label="County", group="patient"),
    FormField(name="patient_postcode", label="Postcode", group="patient", kind=POSTCODE, longest=10, needed=True),
)

EPISODE = (
    FormField(name="episode_setting", label="Setting", group="episode", choices=_choices(SETTINGS), needed=True),
    FormField(name="episode_type", label="Kind of episode", group="episode", choices=_choices(EPISODE_TYPES)),
    FormField(name="admission_date", label="Admitted on", group="episode", kind=DAY),
    FormField(name="discharge_date", label="Discharged on", group="episode", kind=DAY),
    FormField(
        name="discharge_reason", label="Reason for discharge", group="episode", choices=_choices(DISCHARGE_REASONS)
    ),
    FormField(name="claim_source", label="Source of the claim", choices=_choices({one: one for one in CLAIM_SOURCES})),
    FormField(name="note", label="Note to the insurer", longest=200),
)

MORE_PATIENT = (
    FormField(name="provider_patient_id", label="Your own client number", group="patient"),
    FormField(name="patient_identifier", label="Patient identifier", group="patient"),
    FormField(name="patient_identifier_type", label="Kind of identifier", group="patient"),
    FormField(name="patient_deceased", label="Patient has died", group="patient", kind=FLAG),
)

CLAIM_FORM = (
    FormField(name="claim_form_signed", label="Claim form signed", group="claim_form", kind=FLAG),
    FormField(name="first_gp_visit_date", label="First visit to the GP", group="claim_form", kind=DAY),
    FormField(name="symptoms_first_noticed_date", label="Symptoms first noticed", group="claim_form", kind=DAY),
    FormField(name="gp_name", label="GP’s name", group="claim_form", longest=120),
    FormField(name="gp_code", label="GP’s code", group="claim_form", kind=CODE),
    FormField(name="gp_practice_code", label="GP’s practice code", group="claim_form", kind=CODE),
    FormField(name="gp_address_1", label="GP’s address", group="claim_form"),
    FormField(name="gp_address_2", label="GP’s address, second line", group="claim_form"),
    FormField(name="gp_address_3", label="GP’s town", group="claim_form"),
    FormField(name="gp_address_4", label="GP’s county", group="claim_form"),
    FormField(name="gp_postcode", label="GP’s postcode", group="claim_form", kind=POSTCODE, longest=10),
    FormField(name="third_party_involved", label="A third party is involved", group="claim_form", kind=FLAG),
    FormField(name="third_party_details_1", label="Third party", group="claim_form", longest=200),
    FormField(name="third_party_details_2", label="Third party, second line", group="claim_form", longest=200),
    FormField(name="third_party_details_3", label="Third party, third line", group="claim_form", longest=200),
)

SECTIONS = (
    Section("insurance", "UK Private Health Insurance", INSURANCE),
    Section("cover", "More about the cover", COVER, is_folded=True),
    Section("providers", "Who treated, who is paid", PROVIDERS),
    Section("patient", "Patient", PATIENT, is_folded=True),
    Section("episode", "Episode", EPISODE, is_folded=True),
    Section("more_patient", "More about the patient", MORE_PATIENT, is_folded=True),
    Section("claim_form", "Claim form", CLAIM_FORM, is_folded=True),
)

ITEMS = tuple(item for section in SECTIONS for item in section.items)

PER_LINE = ("first_date_of_service", "last_date_of_service", "service_code", "description", "service_provider_number")


def value_of(bill: Bill, item: FormField) -> Any:
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


def _shown(value: Any, item: FormField) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, date):
        return f"{value.day} {value:%b %Y}"
    if isinstance(value, Decimal):
        return money.show(value)
    return dict(item.choices).get(value, str(value))


_NAMES = {item.name for item in ITEMS}
