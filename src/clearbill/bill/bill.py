"""What an electronic bill is: frozen records that carry every item of the clearing house's data dictionary.

Field names are the data dictionary's own and are the same in the records, in JSON, in forms and in the paths of
problems. Text that is not given is "", a date or amount that is not given is None. Nothing is checked here: a
record may hold a wrong bill, so that `clearbill.bill.check` can say everything that is wrong with it.
Amounts are pounds as Decimal, dates are UK dates.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

SETTINGS = {"I": "In-patient", "D": "Day case", "O": "Out-patient"}

SEXES = {"F": "Female", "M": "Male", "O": "Other", "U": "Not known"}

DISCHARGE_REASONS = {
    "1": "Against medical advice",
    "2": "Unknown",
    "3": "Death",
    "4": "Mental health discharge",
    "5": "Routine",
    "6": "Stillborn",
    "7": "Transferred",
    "8": "Transfer to self-funding",
}

EPISODE_TYPES = {
    "1": "Cash benefit",
    "2": "Day case",
    "3": "In-patient",
    "4": "Nursing home",
    "5": "Out-patient",
    "6": "Consulting rooms",
    "7": "Other",
}

CLAIM_SOURCES = ("Consultant", "Hospital", "Screening Centre")

DIAGNOSIS_SCHEMES = {"ICD10": "ICD-10", "ICD9": "ICD-9"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """The account that submits. The secret is never part of a bill: only the connection holds it."""

    site_id: str = ""
    ws_user_id: str = ""
    requestor_trans_id: str = ""
    message_status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """The person treated, who may be a dependant of the policy holder.

    `patient_country` is an ISO 3166 code, "" where it is not said. The data dictionary has no such item: on the wire
    the name of a country abroad is the last line of the address.
    """

    patient_last_name: str = ""
    patient_first_name: str = ""
    patient_other_initials: str = ""
    patient_title: str = ""
    patient_birth_date: date | None = None
    patient_sex: str = ""
    patient_address_1: str = ""
    patient_address_2: str = ""
    patient_address_3: str = ""
    patient_address_4: str = ""
    patient_postcode: str = ""
    patient_country: str = ""
    patient_identifier: str = ""
    patient_identifier_type: str = ""
    provider_patient_id: str = ""
    patient_deceased: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """The patient's cover with the insurer; `registration_number` is the Membership Number on the card."""

    registration_number: str = ""
    insurance_scheme: str = ""
    group_number: str = ""
    cover_valid_to: date | None = None
    authorisation_code: str = ""
    authorisation_from: date | None = None
    authorisation_to: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimForm:
    """What the patient's claim form says; all of it optional, but for third-party details once the flag is set."""

    gp_code: str = ""
    gp_name: str = ""
    gp_practice_code: str = ""
    gp_address_1: str = ""
    gp_address_2: str = ""
    gp_address_3: str = ""
    gp_address_4: str = ""
    gp_postcode: str = ""
    first_gp_visit_date: date | None = None
    symptoms_first_noticed_date: date | None = None
    third_party_involved: bool | None = None
    third_party_details_1: str = ""
    third_party_details_2: str = ""
    third_party_details_3: str = ""
    claim_form_signed: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Providers:
    """Who is paid (Payee), who is in charge (Practitioner ID) and where the treatment happened."""

    payee_provider_number: str = ""
    controlling_specialist_number: str = ""
    treating_site_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """How the patient was treated: I in-patient, D day case, O out-patient."""

    episode_setting: str = ""
    episode_type: str = ""
    admission_date: date | None = None
    discharge_date: date | None = None
    discharge_reason: str = ""

    @property
    def inpatient_nights(self) -> int | None:
        """Nights between admission and discharge, or None where one of them is not given."""
        if self.admission_date is None or self.discharge_date is None:
            return None
        return (self.discharge_date - self.admission_date).days


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One diagnosis code in its scheme, `ICD10` or `ICD9`."""

    code: str = ""
    scheme: str = "ICD10"
    description: str = ""
    is_primary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One service given. `service_code` is the ISC, or the practice's own code with the ISC beside it."""

    line_no: int | None = None
    service_code: str = ""
    industry_standard_code: str = ""
    procedure_code: str = ""
    extra_procedure_codes: tuple[str, ...] = ()
    description: str = ""
    first_date_of_service: date | None = None
    last_date_of_service: date | None = None
    setting: str = ""
    units: int | None = None
    service_provider_number: str = ""
    service_provider_name: str = ""
    service_provider_profession: str = ""
    service_site_number: str = ""
    gross_amount: Decimal | None = None
    discount_amount: Decimal | None = None
    vat_rate: Decimal | None = None
    vat_amount: Decimal | None = None
    net_amount: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What the lines add up to, and what the patient has already paid."""

    gross_total: Decimal | None = None
    discount_total: Decimal | None = None
    vat_total: Decimal | None = None
    patient_paid_amount: Decimal | None = None
    net_total: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """One bill for one patient to one insurer, as it is checked, kept and sent."""

    insurer_id: str = ""
    invoice_number: str = ""
    invoice_date: date | None = None
    claim_source: str = ""
    note: str = ""
    sender: Sender = Sender()
    patient: Patient = Patient()
    cover: Cover = Cover()
    claim_form: ClaimForm = ClaimForm()
    providers: Providers = Providers()
    episode: Episode = Episode()
    diagnoses: tuple[Diagnosis, ...] = ()
    lines: tuple[Line, ...] = ()
    totals: Totals = Totals()

    @property
    def first_service_date(self) -> date | None:
        """The earliest first date of service among the lines, or None."""
        return min((line.first_date_of_service for line in self.lines if line.first_date_of_service), default=None)

    @property
    def last_service_date(self) -> date | None:
        """The latest last date of service among the lines (the first date where no last is given), or None."""
        days = (line.last_date_of_service or line.first_date_of_service for line in self.lines)
        return max((day for day in days if day), default=None)
