"""The elements of the remittance file that a practice fetches by hand, `RemittanceMsg` (assumption A37).

Each is given with our name for it; `fileformats.remittance.xml_remittance` reads by them.
"""

from __future__ import annotations

ROOT, PAYMENT, LINE, PATIENT = "RemittanceMsg", "Payment", "Line", "PatientName"

OF_HEAD = {"MsgId": "message_id", "MsgIssueDate": "issued_on", "Insurer": "insurer", "ProviderNo": "payee_number"}

OF_PAYMENT = {"PaymentReference": "payment_reference", "PaymentDate": "paid_on"}

OF_LINE = {
    "InvoiceNo": "invoice_number",
    "PaidAmt": "amount_paid",
    "ClaimAmt": "amount_claimed",
    "ShortAmt": "shortfall",
    "PrevPaidAmt": "previously_paid",
    "RegistrationNo": "membership_number",
    "CHClaimNo": "clearing_claim_number",
    "PayorClaimNo": "payor_claim_number",
    "ShortReason": "reason",
    "Reason": "reason",
}

OF_NAME = {"FamilyName": "family", "GivenName": "given"}
