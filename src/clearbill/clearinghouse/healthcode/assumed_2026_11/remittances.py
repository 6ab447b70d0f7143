"""Payments of insurers: summary `PaymentReconciliation`, detail `ClaimResponse` (assumptions A30 to A34)."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from clearbill.bill.money import ZERO
from clearbill.clearinghouse.healthcode import json_text
from clearbill.clearinghouse.healthcode.assumed_2026_11.bill_answers import squash
from clearbill.clearinghouse.healthcode.assumed_2026_11.values import read_iso_day, read_stamp
from clearbill.clearinghouse.healthcode.xml import Malformed
from clearbill.clearinghouse.remittance import RemittanceClaim, RemittanceDeduction, RemittanceLine, RemittanceSummary

REMITTANCE_SEARCH = "search_remittance_summary_endpoint"

REMITTANCE_DETAIL = "search_remittance_detail_advanced_endpoint"
REMITTANCE_ONE = "get_remittance_endpoint"

OLDEST_SINCE_DAYS = 90

# Categories that say what was billed or paid; every other one with an amount says why less was paid.
_NOT_DEDUCTIONS = {"submitted", "benefit", "eligible", "eligpercent", "paidtoprovider", "paidtopatient", "tax"}


def remittance_form(*, insurer_id: str, since: datetime | None) -> dict[str, str]:
    """Return the form fields that ask for an insurer's payments, oldest first."""
    form = {"insurerIdentifier": insurer_id, "_sort": "createdOn"}
    if since is not None:
        form["_since"] = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return form


def remittance_detail_form(*, insurer_id: str, payment_reference: str) -> dict[str, str]:
    """Return the form fields that ask what one payment says of each bill."""
    return {"insurerIdentifier": insurer_id, "paymentReference": payment_reference}


def read_remittances(document: dict[str, Any]) -> list[RemittanceSummary]:
    """Return the payments of one page. Raises Unreadable."""
    return [_read_summary(resource) for resource in _resources(document, "PaymentReconciliation")]


def read_remittance_claims(document: dict[str, Any]) -> list[RemittanceClaim]:
    """Return the claims of one page. Raises Unreadable."""
    return [_read_claim(resource) for resource in _resources(document, "ClaimResponse")]


def _resources(document: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    if json_text.text(document, "resourceType") == kind:
        return [document]
    if json_text.text(document, "resourceType") != "Bundle":
        raise Malformed("the answer is no list of payments")
    found = [json_text.at(entry, "resource") for entry in json_text.items(document, "entry")]
    return [part for part in found if isinstance(part, dict) and part.get("resourceType") == kind]


def _read_summary(resource: dict[str, Any]) -> RemittanceSummary:
    reference = json_text.text(resource, "paymentIdentifier", "value")
    if not reference:
        raise Malformed("a payment has no reference")
    details = list(json_text.items(resource, "detail"))
    payees = (json_text.text(detail, "payee", "identifier", "value") for detail in details)
    return RemittanceSummary(
        remittance_id=json_text.text(resource, "id"),
        insurer_id=json_text.text(resource, "paymentIssuer", "identifier", "value"),
        payment_reference=reference,
        created_at=read_stamp(json_text.text(resource, "created")),
        paid_on=read_iso_day(json_text.text(resource, "paymentDate")),
        amount=_or_nothing(json_text.pounds(resource, "paymentAmount")),
        payee_number=next((payee for payee in payees if payee), ""),
        claims=tuple(
            RemittanceClaim(
                invoice_number=json_text.text(detail, "request", "identifier", "value"),
                paid=_or_nothing(json_text.pounds(detail, "amount")),
            )
            for detail in details
        ),
    )


def _read_claim(resource: dict[str, Any]) -> RemittanceClaim:
    paid = json_text.pounds(resource, "payment", "amount")
    return RemittanceClaim(
        invoice_number=json_text.text(resource, "request", "identifier", "value"),
        clearing_bill_number=_identifier(resource, "chclaimno"),
        payor_claim_number=_identifier(resource, "payorclaimno"),
        membership_number=json_text.text(resource, "patient", "identifier", "value"),
        patient_name=json_text.text(resource, "patient", "display"),
        claimed=_category(resource, "total", "submitted"),
        paid=paid if paid is not None else _category(resource, "total", "benefit"),
        previously_paid=_category(resource, "total", "previouslypaid"),
        lines=tuple(_read_line(item) for item in json_text.items(resource, "item")),
        notes=tuple(
            text for note in json_text.items(resource, "processNote") if (text := json_text.text(note, "text"))
        ),
    )


def _identifier(resource: dict[str, Any], kind: str) -> str:
    return next(
        (
            json_text.text(identifier, "value")
            for identifier in json_text.items(resource, "identifier")
            if squash(json_text.text(identifier, "type", "text")) == kind
        ),
        "",
    )


def _read_line(item: dict[str, Any]) -> RemittanceLine:
    line_no = json_text.at(item, "itemSequence")
    if isinstance(line_no, bool) or not isinstance(line_no, int):
        raise Malformed("a line has no number")
    return RemittanceLine(
        line_no=line_no,
        claimed=_category(item, "adjudication", "submitted"),
        paid=_category(item, "adjudication", "benefit"),
        deductions=tuple(
            _read_deduction(part) for part in json_text.items(item, "adjudication") if _is_deduction(part)
        ),
    )


def _is_deduction(part: dict[str, Any]) -> bool:
    return _category_of(part) not in _NOT_DEDUCTIONS and json_text.at(part, "amount") is not None


def _read_deduction(part: dict[str, Any]) -> RemittanceDeduction:
    liable = next(
        (
            extension.get("valueBoolean")
            for extension in json_text.items(part, "extension")
            if json_text.text(extension, "url").endswith("/patient-liable")
        ),
        None,
    )
    return RemittanceDeduction(
        code=json_text.text(part, "reason", "coding", 0, "code"),
        reason=json_text.text(part, "reason", "coding", 0, "display") or json_text.text(part, "reason", "text"),
        amount=_or_nothing(json_text.pounds(part, "amount")),
        patient_liable=liable if isinstance(liable, bool) else None,
    )


def _category_of(part: dict[str, Any]) -> str:
    return squash(json_text.text(part, "category", "coding", 0, "code"))


def _category(document: dict[str, Any], where: str, category: str) -> Decimal:
    amounts = (
        json_text.pounds(part, "amount") for part in json_text.items(document, where) if _category_of(part) == category
    )
    return _or_nothing(next(amounts, None))


def _or_nothing(amount: Decimal | None) -> Decimal:
    return ZERO if amount is None else amount
