"""The member enquiry: its form and the `Coverage` it answers with (assumptions A28, A29)."""

from __future__ import annotations

from typing import Any, Literal

from clearbill.clearinghouse.healthcode import json_text
from clearbill.clearinghouse.healthcode.assumed_2026_11.bill_answers import squash
from clearbill.clearinghouse.healthcode.assumed_2026_11.values import clean, read_iso_day
from clearbill.clearinghouse.healthcode.xml import Malformed
from clearbill.clearinghouse.port import MemberAnswer, MemberEnquiry

MEMBER_SEARCH = "find_member_endpoint"

_SEXES = {"M": "Male", "F": "Female", "O": "Other", "U": "Unknown"}

_OUTCOMES: dict[str, Literal["match", "no_match", "processing", "failed"]] = {
    "success": "match",
    "nomatch": "no_match",
    "processing": "processing",
    "failed": "failed",
}


# The form's fields by what they are called at the port (`MemberEnquiry`).
_FIELDS = {
    "insurerIdentifier": "insurer_id",
    "firstName": "first_name",
    "lastName": "last_name",
    "sex": "sex",
    "dateOfbirth": "birth_date",
    "postCode": "postcode",
    "membershipNumber": "membership_number",
    "groupId": "group_number",
    "policyActiveOn": "active_on",
}


def item_of(field: str) -> str:
    """Return what the port calls this field of an enquiry (`MemberEnquiry`), "" where it is none."""
    return _FIELDS.get(field.rpartition(".")[2], "")


def member_form(enquiry: MemberEnquiry) -> dict[str, str]:
    """Return the form fields, exactly as spelled on the wire; what is not given is left out."""
    fields = {
        "insurerIdentifier": enquiry.insurer_id,
        "firstName": enquiry.first_name,
        "lastName": enquiry.last_name,
        "sex": _SEXES.get(enquiry.sex, enquiry.sex),
        "dateOfbirth": enquiry.birth_date.isoformat() if enquiry.birth_date else "",
        "postCode": enquiry.postcode,
        "membershipNumber": enquiry.membership_number,
        "groupId": enquiry.group_number,
        "policyActiveOn": enquiry.active_on.isoformat() if enquiry.active_on else "",
    }
    return {name: clean(text) for name, text in fields.items() if clean(text)}


def read_member(document: dict[str, Any]) -> MemberAnswer:
    """Return what the member list says. Raises Unreadable for anything that is no answer to an enquiry."""
    match json_text.text(document, "resourceType"):
        case "Coverage":
            return _read_coverage(document)
        case "OperationOutcome":
            return _read_outcome(document)
        case "Bundle":
            return _read_bundle(document)
        case _:
            raise Malformed("the answer is not about a member")


def _read_bundle(document: dict[str, Any]) -> MemberAnswer:
    found = [resource for entry in json_text.items(document, "entry") if (resource := json_text.at(entry, "resource"))]
    if not found:
        return MemberAnswer(outcome="no_match")
    if len(found) > 1:
        return MemberAnswer(outcome="failed", message="More than one member fits. Add more details and ask again.")
    return read_member(found[0]) if isinstance(found[0], dict) else MemberAnswer(outcome="no_match")


def _read_coverage(document: dict[str, Any]) -> MemberAnswer:
    patient = next(
        (part for part in json_text.items(document, "contained") if part.get("resourceType") == "Patient"), {}
    )
    classes = list(json_text.items(document, "class"))
    group = next((part for part in classes if _is_group(part)), {})
    schemes = (json_text.text(part, "name") for part in classes)
    given = json_text.at(patient, "name", 0, "given")
    return MemberAnswer(
        outcome="match",
        membership_number=json_text.text(document, "subscriberId"),
        last_name=json_text.text(patient, "name", 0, "family"),
        first_names=" ".join(name for name in given if isinstance(name, str)) if isinstance(given, list) else "",
        birth_date=read_iso_day(json_text.text(patient, "birthDate")),
        postcode=json_text.text(patient, "address", 0, "postalCode"),
        group_number=json_text.text(group, "value"),
        scheme=next((scheme for scheme in schemes if scheme), ""),
        cover_from=read_iso_day(json_text.text(document, "period", "start")),
        cover_to=read_iso_day(json_text.text(document, "period", "end")),
    )


def _is_group(part: dict[str, Any]) -> bool:
    return any(coding.get("code") == "group" for coding in json_text.items(part, "type", "coding"))


def _read_outcome(document: dict[str, Any]) -> MemberAnswer:
    tags = json_text.items(document, "meta", "tag")
    said = next((squash(json_text.text(tag, "display")) for tag in tags if tag.get("code") == "outcome"), "")
    if not said and json_text.text(document, "issue", 0, "code") == "not-found":
        said = "nomatch"
    return MemberAnswer(
        outcome=_OUTCOMES.get(said, "failed") if said != "success" else "failed",
        message=json_text.text(document, "issue", 0, "diagnostics"),
    )
