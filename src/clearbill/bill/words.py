"""What the items of a bill are called when one speaks of them, for messages that may stand at any of them."""

from __future__ import annotations

import re

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


def called(path: str) -> str:
    """Return what stands at `path` in words that follow "the": "membership number", "number of units of line 2"."""
    if entry := _ENTRY.fullmatch(path):
        place = f"{_NOUNS[entry[1]]} {int(entry[2]) + 1}"
        return f"{_called(entry[3])} of {place}" if entry[3] else place
    return _called(path)


def the(path: str) -> str:
    """Return the same as the beginning of a sentence: "The membership number", "Line 2"."""
    words = called(path)
    return f"L{words[1:]}" if words.startswith("line ") else f"The {words}"


def _called(path: str) -> str:
    name = _PLACE.sub("", path).rpartition(".")[2]
    return _NAMES.get(name, name.replace("_", " "))
