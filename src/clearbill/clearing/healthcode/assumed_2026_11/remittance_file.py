"""The remittance file that a practice fetches by hand, `RemittanceMsg` (assumption A37)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from lxml import etree

from clearbill.clearing.healthcode import xml
from clearbill.clearing.healthcode.assumed_2026_11.values import read_day, read_stamp
from clearbill.clearing.healthcode.contract import RemittanceFile
from clearbill.clearing.healthcode.json_text import exact_pounds
from clearbill.clearing.healthcode.xml import Unreadable
from clearbill.clearing.remittance import RemittanceClaim, RemittanceSummary

ROOT = "RemittanceMsg"


def read_remittance_file(data: bytes) -> list[RemittanceFile]:
    """Return every payment in the file with its claims; the sum of a payment is that of its lines.

    Raises Unreadable: an amount or a date that cannot be read is never guessed.
    """
    root = xml.read(data)
    if xml.name_of(root) != ROOT:
        raise Unreadable("the file is no remittance")
    return [_read_payment(root, payment) for payment in xml.children(root, "Payment")]


def _read_payment(root: etree._Element, payment: etree._Element) -> RemittanceFile:
    claims = tuple(_read_claim(line) for line in xml.children(payment, "Line"))
    reference = xml.text_at(payment, "PaymentReference")
    if not reference:
        raise Unreadable("a payment has no reference")
    summary = RemittanceSummary(
        remittance_id=xml.text_at(root, "MsgId"),
        insurer_id=xml.text_at(root, "Insurer"),
        payment_reference=reference,
        created_at=read_stamp(xml.text_at(root, "MsgIssueDate")),
        paid_on=_day(payment, "PaymentDate"),
        amount=sum((claim.paid for claim in claims), Decimal("0.00")),
        payee_number=xml.text_at(root, "ProviderNo"),
        invoice_numbers=tuple(dict.fromkeys(claim.invoice_number for claim in claims)),
    )
    return RemittanceFile(summary=summary, claims=claims)


def _read_claim(line: etree._Element) -> RemittanceClaim:
    name = xml.child(line, "PatientName")
    family, given = xml.text_at(name, "FamilyName"), xml.text_at(name, "GivenName")
    return RemittanceClaim(
        invoice_number=xml.text_at(line, "InvoiceNo"),
        clearing_bill_number=xml.text_at(line, "CHClaimNo"),
        payor_claim_number=xml.text_at(line, "PayorClaimNo"),
        membership_number=xml.text_at(line, "RegistrationNo"),
        patient_name=", ".join(part for part in (family, given) if part),
        claimed=_amount(line, "ClaimAmt"),
        paid=_amount(line, "PaidAmt"),
        previously_paid=_amount(line, "PrevPaidAmt"),
    )


def _amount(line: etree._Element, name: str) -> Decimal:
    text = xml.text_at(line, name)
    return exact_pounds(text) if text else Decimal("0.00")


def _day(payment: etree._Element, name: str) -> date | None:
    text = xml.text_at(payment, name)
    return read_day(text) if text else None
