"""Find the data dictionary's name for one that somebody wrote instead."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

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


def meant_by(name: str, known: Iterable[str]) -> str:
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
