"""How many bills a second all rules check, against `fhir.resources` parsing one HL7 R4 Claim of the same bill."""

from __future__ import annotations

import json
from datetime import date

from fhir.resources.R4B.claim import Claim

from bench.figure import Figure, interleaved
from clearbill.bill import Bill, check, example, insurers

ON = date(2026, 11, 23)
PER_ROUND, ROUNDS = 300, 15


def run(rounds: int = ROUNDS) -> list[Figure]:
    insurer = insurers.by_slug("bupa")
    if insurer is None:
        raise LookupError("bupa")
    bill = example.example(insurer, ON)
    text = _as_fhir(bill)
    if check(bill, on=ON) or Claim.model_validate_json(text).total.value != bill.totals.net_total:
        raise AssertionError("The bill and its FHIR twin must both be right before they are timed.")
    ours, theirs = interleaved(
        lambda: [check(bill, on=ON) for _ in range(PER_ROUND)],
        lambda: [Claim.model_validate_json(text) for _ in range(PER_ROUND)],
        rounds=rounds,
    )
    name = "check(bill), all rules, against parsing one R4 Claim"
    speeds = (PER_ROUND / ours, PER_ROUND / theirs)
    return [Figure(name=name, ours=speeds[0], denominator=speeds[1], unit="claims/s", goal=5, at_least=True)]


def _as_fhir(bill: Bill) -> str:
    """Return the bill's content as an HL7 R4 Claim: same patient, cover, diagnosis, lines and total."""
    reference = {"identifier": {"value": bill.patient.provider_patient_id or "P-1"}}
    system = "https://example.org/codes"
    items = [
        {
            "sequence": number,
            "productOrService": {
                "coding": [{"system": system, "code": line.service_code, "display": line.description}]
            },
            "servicedDate": str(line.first_date_of_service),
            "quantity": {"value": line.units},
            "unitPrice": {"value": str(line.gross_amount), "currency": "GBP"},
            "net": {"value": str(line.net_amount), "currency": "GBP"},
            "careTeamSequence": [1],
            "diagnosisSequence": [1],
        }
        for number, line in enumerate(bill.lines, start=1)
    ]
    content = {
        "resourceType": "Claim",
        "status": "active",
        "use": "claim",
        "type": {"coding": [{"system": system, "code": "professional"}]},
        "identifier": [{"value": bill.invoice_number}],
        "patient": reference,
        "created": str(bill.invoice_date),
        "insurer": {"identifier": {"value": bill.insurer_id}},
        "provider": {"identifier": {"value": bill.providers.payee_provider_number}},
        "priority": {"coding": [{"code": "normal"}]},
        "careTeam": [
            {"sequence": 1, "provider": {"identifier": {"value": bill.providers.controlling_specialist_number}}}
        ],
        "diagnosis": [
            {"sequence": number, "diagnosisCodeableConcept": {"coding": [{"system": system, "code": one.code}]}}
            for number, one in enumerate(bill.diagnoses, start=1)
        ],
        "insurance": [
            {"sequence": 1, "focal": True, "coverage": {"identifier": {"value": bill.cover.registration_number}}}
        ],
        "item": items,
        "total": {"value": str(bill.totals.net_total), "currency": "GBP"},
    }
    return json.dumps(content)
