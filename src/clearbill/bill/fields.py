"""The one dictionary of a bill's fields: what each is called, what it holds, and which other names mean it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Literal

from clearbill.bill.address import countries
from clearbill.bill.bill import (
    CLAIM_SOURCES,
    DIAGNOSIS_SCHEMES,
    DISCHARGE_REASONS,
    EPISODE_TYPES,
    SETTINGS,
    SEXES,
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

Kind = Literal["text", "code", "postcode", "date", "amount", "yes or no", "whole number", "texts"]


@dataclass(frozen=True, slots=True)
class Field:
    """One item of the data dictionary.

    `path` is where it stands: `invoice_date` in the head, `cover.registration_number` in a group, `lines.units` in
    every line. `label` is what pages call it, `words` what follows “the” in a sentence. `longest` is how many
    characters a page takes; `kept` is how many the insurers' files or the clearing house's screens are known to keep,
    0 where that is not known. `choices` are codes with what they mean. `also` holds other names that mean it, with
    blanks between. A page calls a field optional unless it is `needed`.
    """

    path: str
    kind: Kind
    label: str
    words: str
    longest: int = 50
    kept: int = 0
    choices: Mapping[str, str] = field(default_factory=dict)
    also: str = ""
    needed: bool = False

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]

    @property
    def group(self) -> str:
        """The group or list that holds it; "" is the head of the bill."""
        return self.path.rpartition(".")[0]


FIELDS = (
    # The head.
    Field(
        "insurer_id",
        "text",
        "Healthcode’s identifier of the insurer",
        "insurer’s identifier",
        longest=3,
        also="insurer",
        needed=True,
    ),
    Field("invoice_number", "text", "Invoice number", "invoice number", kept=50, also="invoice_no", needed=True),
    Field("invoice_date", "date", "Invoice date", "invoice date", needed=True),
    Field("claim_source", "text", "Source of the claim", "claim source", choices={one: one for one in CLAIM_SOURCES}),
    Field("note", "text", "Note to the insurer", "note", longest=200),
    # Who sends it.
    Field("sender.site_id", "text", "Site ID", "Site ID"),
    Field("sender.ws_user_id", "text", "Web-services User ID", "web-services User ID"),
    Field("sender.requestor_trans_id", "text", "Reference of this attempt", "reference of this attempt"),
    Field("sender.message_status", "text", "Live or test marker", "live or test marker"),
    # The patient.
    Field(
        "patient.patient_last_name",
        "text",
        "Family name",
        "family name",
        kept=50,
        also="last_name family_name surname",
        needed=True,
    ),
    Field(
        "patient.patient_first_name",
        "text",
        "First name",
        "first name",
        kept=50,
        also="first_name given_name",
        needed=True,
    ),
    Field("patient.patient_other_initials", "text", "Other names or initials", "other names or initials", kept=50),
    Field("patient.patient_title", "text", "Title", "title", longest=20, also="title"),
    Field(
        "patient.patient_birth_date",
        "date",
        "Date of birth",
        "date of birth",
        also="date_of_birth birth_date dob",
        needed=True,
    ),
    Field("patient.patient_sex", "text", "Sex", "sex", choices=SEXES, also="sex gender", needed=True),
    Field(
        "patient.patient_address_1",
        "text",
        "Address",
        "first line of the address",
        kept=50,
        also="address",
        needed=True,
    ),
    Field("patient.patient_address_2", "text", "Address, second line", "second line of the address", kept=50),
    Field("patient.patient_address_3", "text", "Town", "third line of the address", kept=50),
    Field("patient.patient_address_4", "text", "County", "fourth line of the address", kept=50),
    Field(
        "patient.patient_postcode",
        "postcode",
        "Postcode",
        "postcode",
        longest=10,
        kept=10,
        also="postcode",
        needed=True,
    ),
    Field(
        "patient.patient_country",
        "text",
        "Country",
        "country",
        longest=2,
        choices=dict(countries.choices()),
        also="country",
    ),
    Field("patient.patient_identifier", "text", "Patient identifier", "patient identifier"),
    Field("patient.patient_identifier_type", "text", "Kind of identifier", "kind of patient identifier"),
    Field("patient.provider_patient_id", "text", "Your own client number", "practice’s own patient number"),
    Field("patient.patient_deceased", "yes or no", "Patient has died", "answer to whether the patient has died"),
    # The cover. A page takes 50 characters of a membership number, so that the rules can say that 20 are kept.
    Field(
        "cover.registration_number",
        "code",
        "Membership Number",
        "membership number",
        kept=20,
        also="membership_number membership_no member_number policy_number",
        needed=True,
    ),
    Field("cover.insurance_scheme", "text", "Scheme", "scheme", longest=200, kept=200),
    Field("cover.group_number", "text", "Group number", "group number", kept=50),
    Field("cover.cover_valid_to", "date", "Cover valid to", "end of the cover"),
    Field(
        "cover.authorisation_code",
        "code",
        "Authorisation Code",
        "authorisation code",
        kept=50,
        also="auth_code authorization_code claim_number",
    ),
    Field("cover.authorisation_from", "date", "Authorised from", "start of the authorisation"),
    Field("cover.authorisation_to", "date", "Authorised to", "end of the authorisation"),
    # The claim form.
    Field("claim_form.gp_code", "code", "GP’s code", "GP’s code"),
    Field("claim_form.gp_name", "text", "GP’s name", "GP’s name", longest=120),
    Field("claim_form.gp_practice_code", "code", "GP’s practice code", "GP’s practice code"),
    Field("claim_form.gp_address_1", "text", "GP’s address", "first line of the GP’s address"),
    Field("claim_form.gp_address_2", "text", "GP’s address, second line", "second line of the GP’s address"),
    Field("claim_form.gp_address_3", "text", "GP’s town", "third line of the GP’s address"),
    Field("claim_form.gp_address_4", "text", "GP’s county", "fourth line of the GP’s address"),
    Field("claim_form.gp_postcode", "postcode", "GP’s postcode", "GP’s postcode", longest=10),
    Field("claim_form.first_gp_visit_date", "date", "First visit to the GP", "date of the first visit to the GP"),
    Field(
        "claim_form.symptoms_first_noticed_date",
        "date",
        "Symptoms first noticed",
        "date the symptoms were first noticed",
    ),
    Field(
        "claim_form.third_party_involved",
        "yes or no",
        "A third party is involved",
        "answer to whether a third party is involved",
    ),
    Field("claim_form.third_party_details_1", "text", "Third party", "description of the third party", longest=200),
    Field(
        "claim_form.third_party_details_2",
        "text",
        "Third party, second line",
        "second line about the third party",
        longest=200,
    ),
    Field(
        "claim_form.third_party_details_3",
        "text",
        "Third party, third line",
        "third line about the third party",
        longest=200,
    ),
    Field(
        "claim_form.claim_form_signed",
        "yes or no",
        "Claim form signed",
        "answer to whether the claim form is signed",
    ),
    # Who treated, who is paid, where.
    Field(
        "providers.payee_provider_number",
        "code",
        "Payee",
        "Payee’s number",
        longest=32,
        also="payee payee_no",
        needed=True,
    ),
    Field(
        "providers.controlling_specialist_number",
        "code",
        "Practitioner ID",
        "Practitioner ID",
        longest=32,
        kept=32,
        also="specialist practitioner_id",
        needed=True,
    ),
    Field(
        "providers.treating_site_number",
        "code",
        "Treating site",
        "number of the treating site",
        longest=32,
        kept=32,
        also="hospital",
        needed=True,
    ),
    # The episode.
    Field("episode.episode_setting", "text", "Setting", "setting", choices=SETTINGS, also="setting", needed=True),
    Field("episode.episode_type", "text", "Kind of episode", "episode type", choices=EPISODE_TYPES),
    Field("episode.admission_date", "date", "Admitted on", "date of admission"),
    Field("episode.discharge_date", "date", "Discharged on", "date of discharge"),
    Field(
        "episode.discharge_reason", "text", "Reason for discharge", "reason for discharge", choices=DISCHARGE_REASONS
    ),
    # Every diagnosis.
    Field("diagnoses.code", "code", "Code", "code", longest=10, also="diagnosis_code"),
    Field("diagnoses.scheme", "text", "Scheme", "scheme", choices=DIAGNOSIS_SCHEMES),
    Field("diagnoses.description", "text", "Description", "description", longest=300),
    Field("diagnoses.is_primary", "yes or no", "Primary", "mark of the primary diagnosis"),
    # Every line.
    Field("lines.line_no", "whole number", "Number", "number"),
    Field("lines.service_code", "code", "Item code", "service code (ISC)", longest=20, also="isc"),
    Field("lines.industry_standard_code", "text", "Industry standard code", "industry standard code"),
    Field("lines.procedure_code", "code", "Procedure code", "procedure code", longest=20),
    Field("lines.extra_procedure_codes", "texts", "Extra procedure codes", "further procedure code"),
    Field("lines.description", "text", "Description", "description", longest=200),
    Field("lines.first_date_of_service", "date", "First day", "first date of service", also="fdos"),
    Field("lines.last_date_of_service", "date", "Last day", "last date of service", also="ldos"),
    Field("lines.setting", "text", "Setting", "setting", choices=SETTINGS),
    Field("lines.units", "whole number", "Units", "number of units", also="quantity"),
    Field(
        "lines.service_provider_number",
        "code",
        "Treated by",
        "provider’s number",
        longest=32,
        kept=32,
        also="provider_number",
    ),
    Field("lines.service_provider_name", "text", "Treated by (name)", "provider’s name"),
    Field("lines.service_provider_profession", "text", "Treated by (profession)", "provider’s profession"),
    Field("lines.service_site_number", "text", "Site", "number of the place"),
    Field("lines.gross_amount", "amount", "Gross", "gross amount", also="gross"),
    Field("lines.discount_amount", "amount", "Discount", "discount", also="discount"),
    Field("lines.vat_rate", "amount", "VAT rate", "VAT rate"),
    Field("lines.vat_amount", "amount", "VAT", "VAT", also="vat"),
    Field("lines.net_amount", "amount", "Net", "net amount", also="net"),
    # The totals.
    Field("totals.gross_total", "amount", "Gross total", "gross total"),
    Field("totals.discount_total", "amount", "Discount", "total discount"),
    Field("totals.vat_total", "amount", "VAT", "total VAT"),
    Field("totals.patient_paid_amount", "amount", "Already paid by the patient", "amount the patient has paid"),
    Field("totals.net_total", "amount", "Net total", "net total"),
)

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

DERIVED = {"inpatient_nights": "episode", "first_service_date": "", "last_service_date": ""}

"""Items that follow from others; a bill may state them, and then they must agree."""

RETURNED = frozenset({"clearing_bill_number", "payor_claim_number", "clearing_status"})

"""Items that come back from the clearing house; a bill may carry them, and they are passed over."""

SECRETS = frozenset({"ws_secret", "password", "api_key"})

"""Never part of a bill: only the connection holds them."""

BY_PATH = {item.path: item for item in FIELDS}

SINGLE = {item.name: item for item in FIELDS if item.group not in LISTS}

"""The fields of head and groups by their names; no name is in two of them."""


def kinds_in(group: str) -> dict[str, Kind]:
    """Return what each field of a group, a list or "", the head, holds, by its name."""
    return {item.name: item.kind for item in FIELDS if item.group == group}


HEAD = kinds_in("")

GROUP_ITEMS = {group: kinds_in(group) for group in GROUPS}

LIST_ITEMS = {name: kinds_in(name) for name in LISTS}

KIND_BY_NAME = HEAD | {name: kind for items in GROUP_ITEMS.values() for name, kind in items.items()}

PATHS = {name: item.path for name, item in SINGLE.items()} | {name: name for name in (*GROUPS, *LISTS)}

"""Where the items, groups and lists of a bill stand, such as `cover.registration_number`."""


def path_of(name: str) -> str:
    """Return the path of an item of head or group, such as `cover.registration_number`."""
    return PATHS[name]


_NEAR = 0.75

_ALSO_CALLED = {also: item.name for item in FIELDS for also in item.also.split()} | {
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


_ENTRY = re.compile(r"(lines|diagnoses)\[(\d+)]\.?(.*)")

_PLACE = re.compile(r"\[\d+]")

_NOUNS = {"lines": "line", "diagnoses": "diagnosis"}

_WORDS = {item.name: item.words for item in FIELDS} | {
    "": "bill as a whole",
    "patient": "patient’s details",
    "inpatient_nights": "number of nights",
    "first_service_date": "first date of service",
    "last_service_date": "last date of service",
}


def field_at(path: str) -> Field | None:
    """Return the field at the path of a problem or a difference, such as `lines[0].units`; None for anything else."""
    return BY_PATH.get(_PLACE.sub("", path))


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
    return _WORDS.get(name, name.replace("_", " "))
