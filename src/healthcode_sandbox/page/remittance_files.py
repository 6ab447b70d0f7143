"""A payment as files that a practice downloads: the older remittance file (A37), and a CSV file as an example."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from lxml import etree

from healthcode_sandbox.house.catalogue import Catalogue
from healthcode_sandbox.house.clock import UK, wire_time
from healthcode_sandbox.house.remittance import PaidClaim, Payment

CSV_COLUMNS = (
    "Insurer",
    "Payment reference",
    "Payment date",
    "Provider number",
    "Invoice number",
    "CH claim no",
    "Claim number",
    "Membership number",
    "Patient",
    "Claimed",
    "Paid",
    "Previously paid",
    "Shortfall",
    "Reason code",
    "Reason",
)


def message_id(payment: Payment) -> str:
    """Return the name of the message that tells of a payment, such as R-20261124-000001."""
    return f"R-{payment.created_at.astimezone(UK):%Y%m%d}-{payment.id:06d}"


def file_name(payment: Payment, ending: str) -> str:
    """Return the provider number and a name of its own, as such files are called."""
    return f"{payment.payee}_{message_id(payment)}.{ending}"


def remittance_xml(payment: Payment) -> bytes:
    """Return the payment as a RemittanceMsg."""
    root = etree.Element("RemittanceMsg", Status="Test")
    _put(root, "MsgId", message_id(payment))
    _put(root, "MsgIssueDate", wire_time(payment.created_at))
    _put(root, "MsgSender", payment.insurer.upper())
    _put(root, "MsgRecipient", payment.site)
    _put(root, "Insurer", payment.insurer)
    _put(root, "ProviderNo", payment.payee)
    paid = etree.SubElement(root, "Payment")
    _put(paid, "PaymentReference", payment.reference)
    _put(paid, "ProcessDate", f"{payment.created_at.astimezone(UK):%Y%m%d}")
    _put(paid, "PaymentDate", f"{payment.paid_on:%Y%m%d}")
    _put(paid, "PaymentMethod", "BACS")
    for number, claim in enumerate(payment.claims, start=1):
        _put_claim(etree.SubElement(paid, "Line"), number, claim)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def remittance_csv(payment: Payment, catalogue: Catalogue) -> bytes:
    """Return the payment with a row for each bill: UTF-8, commas, dates day first, amounts with two decimals."""
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(CSV_COLUMNS)
    for claim in payment.claims:
        reason = catalogue.shortfalls.get(claim.reason)
        texts = (
            catalogue.insurers[payment.insurer].name,
            payment.reference,
            f"{payment.paid_on:%d/%m/%Y}",
            payment.payee,
            claim.invoice_no,
            claim.bill.ch_claim_no,
            claim.insurers_number,
            claim.bill.facts["membership_no"],
            claim.patient,
        )
        amounts = (claim.claimed, claim.paid, claim.previously_paid, claim.short)
        told = (claim.reason, reason.title if reason else "")
        rows.writerow([*_plain(texts), *(f"{amount:.2f}" for amount in amounts), *_plain(told)])
    return written.getvalue().encode("utf-8")


def _plain(texts: Sequence[str]) -> list[str]:
    """Return texts that no spreadsheet takes for a formula."""
    return [f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text for text in texts]


def _put_claim(line: etree._Element, number: int, claim: PaidClaim) -> None:
    family, _, given = claim.patient.partition(",")
    _put(line, "Cuid", str(number))
    _put(line, "CHClaimNo", claim.bill.ch_claim_no)
    _put(line, "PayorClaimNo", claim.insurers_number)
    _put(line, "InvoiceNo", claim.invoice_no)
    _put(line, "InvoiceDate", claim.bill.facts["invoice_on"])
    _put(line, "ClaimAmt", f"{claim.claimed:.2f}")
    _put(line, "PaidAmt", f"{claim.paid:.2f}")
    _put(line, "PrevPaidAmt", f"{claim.previously_paid:.2f}")
    _put(line, "ShortAmt", f"{claim.short:.2f}")
    _put(line, "RegistrationNo", claim.bill.facts["membership_no"])
    name = etree.SubElement(line, "PatientName")
    _put(name, "FamilyName", family.strip())
    _put(name, "GivenName", given.strip())


def _put(parent: etree._Element, name: str, text: str) -> None:
    """Add an element; one that would be empty is left out (A8)."""
    if text:
        etree.SubElement(parent, name).text = text
