"""Bodies of the REST side: plain FHIR R4 (assumptions A25, A28, A32, A35, A36)."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC
from decimal import Decimal
from typing import Any

from healthcode_sandbox.house.catalogue import Catalogue, Insurer, Provider, Value
from healthcode_sandbox.house.members import Member
from healthcode_sandbox.house.remittance import PaidClaim, PaidLine, Payment

INSURER_SYSTEM = "https://ref.api.healthcode.co.uk/insurer-id"

REGISTRATION_SYSTEM = "https://ref.api.healthcode.co.uk/extension/patient/registrationid"

SHORTFALL_SYSTEM = "https://standin.clearbill.invalid/shortfall-reason"

LIABLE_URL = "https://standin.clearbill.invalid/patient-liable"

OUTCOME_SYSTEM = "http://terminology.hl7.org/CodeSystem/operation-outcome"

TITLES = {
    "MSG_AUTH_REQUIRED": "Not signed in",
    "MSG_DATE_FORMAT": "Date in a wrong format",
    "MSG_NO_EXIST": "Not there",
    "MSG_NO_MATCH": "No match",
    "MSG_PARAM_INVALID": "Parameter not valid",
    "MSG_SORT_UNKNOWN": "Unknown sort",
}

_TERMS = "http://terminology.hl7.org/CodeSystem"

GENDERS = {"F": "female", "M": "male", "O": "other", "U": "unknown"}

# Private-use signs that no caller's text carries through: they mark an amount until the text is written.
_MARK_OPEN, _MARK_CLOSE = "\ue000", "\ue001"


def write_json(document: dict[str, Any]) -> str:
    """Return JSON text in which every Decimal is a number with its own digits, such as 185.00."""
    text = json.dumps(document, ensure_ascii=False, default=lambda amount: f"{_MARK_OPEN}{amount}{_MARK_CLOSE}")
    return re.sub(f'"{_MARK_OPEN}([0-9.-]+){_MARK_CLOSE}"', r"\1", text)


def outcome(
    *, severity: str, code: str, diagnostics: str, coding: str = "", field: str = "", resource: str = "", tag: str = ""
) -> dict[str, Any]:
    """Return an OperationOutcome with one issue, laid out as in the published sample: the kind of resource under
    `location`, a short title in the coding and the whole sentence under `diagnostics`.
    """
    issue: dict[str, Any] = {"severity": severity, "code": code}
    if coding:
        issue["details"] = {"coding": [{"system": OUTCOME_SYSTEM, "code": coding, "display": TITLES[coding]}]}
    issue["diagnostics"] = diagnostics
    if resource:
        issue["location"] = [resource]
    issue["expression"] = [field] if field else []
    body: dict[str, Any] = {"resourceType": "OperationOutcome", "issue": [issue]}
    return {**body, "meta": {"tag": [{"code": "outcome", "display": tag}]}} if tag else body


def bundle(resources: Sequence[dict[str, Any]], *, address: str, page: int, count: int, every: int) -> dict[str, Any]:
    """Return one page of a list; `address` is where each resource can be read."""
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "total": len(resources),
        "meta": {"tag": page_tags(page=page, count=count, every=every)},
        "entry": [{"fullUrl": f"{address}/{resource['id']}", "resource": resource} for resource in resources],
    }


def page_tags(*, page: int, count: int, every: int) -> list[dict[str, str]]:
    """Return how a list is paged: this page, its size, and how many entries there are in all."""
    tags = {"page": page, "count": count, "maxCount": every}
    return [{"code": name, "display": str(number)} for name, number in tags.items()]


def coverage(member: Member, insurer: Insurer, *, active: bool) -> dict[str, Any]:
    """Return a member found."""
    given = [name for name in (member.given_name, member.other_initials) if name]
    body: dict[str, Any] = {
        "resourceType": "Coverage",
        "id": f"cov-{insurer.id}-{re.sub('[^A-Za-z0-9]', '', member.membership_id)}",
        "meta": {"tag": [{"code": "outcome", "display": "Success"}]},
        "contained": [
            {
                "resourceType": "Patient",
                "id": "pat",
                "gender": GENDERS[member.birth_sex],
                "birthDate": member.birth_on.isoformat(),
                "name": [{"family": member.family_name, "given": given}],
                "address": [{"postalCode": member.postcode}],
            }
        ],
        "status": "active" if active else "cancelled",
        "subscriberId": member.membership_id,
        "beneficiary": {"reference": "#pat"},
        "period": {"start": member.cover_start_on.isoformat(), "end": member.cover_end_on.isoformat()},
        "payor": [{"identifier": {"system": INSURER_SYSTEM, "value": insurer.id}, "display": insurer.name}],
    }
    kind = {"coding": [{"system": f"{_TERMS}/coverage-class", "code": "group" if member.group_policy_id else "plan"}]}
    body["class"] = [{"type": kind, "value": member.group_policy_id or "personal", "name": member.scheme}]
    return body


def reconciliation(payment: Payment, insurer: Insurer) -> dict[str, Any]:
    """Return the summary of one payment."""
    return {
        "resourceType": "PaymentReconciliation",
        "id": f"pr-{payment.id:06d}",
        "status": "active",
        "outcome": "complete",
        "created": payment.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "paymentDate": payment.paid_on.isoformat(),
        "paymentIssuer": {"identifier": {"system": INSURER_SYSTEM, "value": insurer.id}, "display": insurer.name},
        "paymentAmount": _pounds(payment.amount),
        "paymentIdentifier": {"value": payment.reference},
        "detail": [
            {
                "identifier": {"value": str(number)},
                "type": _kind(claim),
                "request": {"identifier": {"value": claim.invoice_no}},
                "response": {"reference": f"ClaimResponse/cr-{claim.id:06d}"},
                "payee": {"identifier": {"value": payment.payee}},
                "date": payment.created_at.date().isoformat(),
                "amount": _pounds(claim.paid),
            }
            for number, claim in enumerate(payment.claims, start=1)
        ],
    }


def claim_response(payment: Payment, claim: PaidClaim, catalogue: Catalogue) -> dict[str, Any]:
    """Return what one payment says of one bill."""
    totals = [_adjudication("submitted", claim.claimed), _adjudication("benefit", claim.paid)]
    if claim.previously_paid:
        totals.append(_adjudication("previouslypaid", claim.previously_paid))
    body: dict[str, Any] = {
        "resourceType": "ClaimResponse",
        "id": f"cr-{claim.id:06d}",
        "status": "active",
        "use": "claim",
        "outcome": "complete",
        "type": {"coding": [{"system": f"{_TERMS}/claim-type", "code": "professional"}]},
        "identifier": [
            {"type": {"text": "CHClaimNo"}, "value": claim.bill.ch_claim_no},
            {"type": {"text": "PayorClaimNo"}, "value": claim.insurers_number},
        ],
        "patient": {
            "identifier": {"system": REGISTRATION_SYSTEM, "value": claim.bill.facts["membership_no"]},
            "display": claim.patient,
        },
        "created": payment.created_at.date().isoformat(),
        "disposition": _disposition(claim),
        "insurer": {"identifier": {"system": INSURER_SYSTEM, "value": payment.insurer}},
        "request": {"identifier": {"value": claim.invoice_no}},
        "item": [_item(line, catalogue, noted=bool(claim.note)) for line in claim.lines],
        "total": totals,
        "payment": {
            "type": {"coding": [{"code": "complete" if claim.paid == claim.claimed else "partial"}]},
            "date": payment.paid_on.isoformat(),
            "amount": _pounds(claim.paid),
            "identifier": {"value": payment.reference},
        },
    }
    if claim.note:
        body["processNote"] = [{"number": 1, "type": "display", "text": claim.note}]
    return body


def value_set(values: Sequence[Value], *, name: str, page: int, count: int, every: int) -> dict[str, Any]:
    """Return one page of a code list."""
    system = f"https://standin.clearbill.invalid/{name}"
    return {
        "resourceType": "ValueSet",
        "status": "active",
        "meta": {"tag": page_tags(page=page, count=count, every=every)},
        "expansion": {
            "total": len(values),
            "contains": [{"system": system, "code": value.code, "display": value.title} for value in values],
        },
    }


def practitioner(provider: Provider) -> dict[str, Any]:
    """Return one person of the practitioner register."""
    given, _, family = provider.name.partition(" ")
    return {
        "resourceType": "Practitioner",
        "id": provider.number,
        "active": True,
        "identifier": [{"value": provider.number}],
        "name": [{"family": family, "given": [given]}],
        "qualification": [{"code": {"text": provider.profession}}],
    }


def _item(line: PaidLine, catalogue: Catalogue, *, noted: bool) -> dict[str, Any]:
    adjudications = [_adjudication("submitted", line.claimed)]
    if line.short:
        adjudications.append(_deduction(line, catalogue))
    item: dict[str, Any] = {"itemSequence": line.line_no, "adjudication": adjudications}
    if line.short and noted:
        item["noteNumber"] = [1]
    adjudications.append(_adjudication("benefit", line.paid))
    return item


def _deduction(line: PaidLine, catalogue: Catalogue) -> dict[str, Any]:
    reason = catalogue.shortfalls[line.reason]
    deduction = _adjudication("deductible" if reason.code == "ZSF01" else "denied", line.short)
    deduction["reason"] = {"coding": [{"system": SHORTFALL_SYSTEM, "code": reason.code, "display": reason.title}]}
    if reason.patient_liable is not None:
        deduction["extension"] = [{"url": LIABLE_URL, "valueBoolean": reason.patient_liable}]
    return deduction


def _kind(claim: PaidClaim) -> dict[str, Any]:
    code = "adjustment" if claim.paid < 0 else "payment"  # A38
    return {"coding": [{"system": f"{_TERMS}/payment-type", "code": code}]}


def _disposition(claim: PaidClaim) -> str:
    if claim.paid == claim.claimed:
        return "Paid in full"
    if claim.paid < 0:
        return "Earlier payment taken back"
    return "Paid in part" if claim.paid else "Not paid"


def _adjudication(category: str, amount: Decimal) -> dict[str, Any]:
    return {"category": {"coding": [{"code": category}]}, "amount": _pounds(amount)}


def _pounds(amount: Decimal) -> dict[str, Any]:
    return {"value": amount.quantize(Decimal("0.01")), "currency": "GBP"}
