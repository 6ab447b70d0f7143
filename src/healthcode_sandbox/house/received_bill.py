"""A bill as it arrived: every item the rules look at, read from a PMIClaimMsg without judging it.

Element names are those of the wire; the ones that no published text confirms are assumption A4.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from lxml import etree

SCENARIO = re.compile(
    r"SIM-(TIMEOUT-STORED|TIMEOUT-LOST|502|SLOW|UNPROCESSED|NOTCOLLECTED|LATEFAIL|PROCESSING|PAID|PART|SHORT-0[1-6]|"
    r"DENIED|SILENT|LATE|SPLIT|WRONGINV|MISSPELT|EXCHANGED|OVERPAID|TWICE|CLAWBACK)"
)


class NotABill(ValueError):
    """The payload is no bill this house takes; the message is a plain sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedLine:
    """One service item. Amounts are None where they are absent or no amount."""

    line_no: int
    service_code: str
    industry_code: str
    procedure_codes: tuple[str, ...]
    description: str
    first_on: str
    last_on: str
    setting: str
    units: str
    provider: str
    net: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedBill:
    """One bill, its texts as sent."""

    insurer: str
    invoice_no: str
    invoice_on: str
    family_name: str
    given_name: str
    birth_on: str
    sex: str
    postcode: str
    membership_no: str
    valid_to: str
    authorisation: str
    payee: str
    specialist: str
    hospital: str
    setting: str
    admission_on: str
    discharge_on: str
    discharge_reason: str
    patient_paid: Decimal | None
    net_total: Decimal | None
    diagnoses: tuple[tuple[str, str], ...] = ()
    lines: tuple[ReceivedLine, ...] = field(default=())

    @property
    def scenario(self) -> str:
        """Return the SIM- family name, upper case, or ""."""
        name = self.family_name.upper()
        return name if SCENARIO.fullmatch(name) else ""

    @property
    def last_service_on(self) -> date | None:
        days = [read_date(line.last_on) or read_date(line.first_on) for line in self.lines]
        return max((day for day in days if day), default=None)

    def facts(self) -> dict[str, Any]:
        """Return what the house goes on needing of a bill: for its page and for paying it."""
        return {
            "patient": f"{self.family_name}, {self.given_name}",
            "membership_no": self.membership_no,
            "invoice_on": self.invoice_on,
            "specialist": self.specialist,
            "net_total": str(self.net_total if self.net_total is not None else "0.00"),
            "lines": [
                {"line_no": line.line_no, "service_code": line.service_code, "net": str(line.net or "0.00")}
                for line in self.lines
            ],
        }


def read_bill(payload: etree._Element) -> ReceivedBill:
    """Return the bill inside a PayLoad. Raises NotABill for anything but one test bill (A3, A10)."""
    if len(payload) != 1 or payload[0].tag != "PMIClaimMsg":
        raise NotABill("PayLoad must hold one PMIClaimMsg, and nothing else.")
    message = payload[0]
    if message.get("Status") == "Live":
        raise NotABill('This is a stand-in: it refuses Status="Live" and takes Status="Test" only.')
    if message.get("Status") != "Test":
        raise NotABill('The attribute Status must be "Test".')
    patients, invoices = message.findall("Claim/Patient"), message.findall("Claim/InvoiceDetail")
    if len(message.findall("Claim")) != 1 or len(patients) != 1 or len(invoices) != 1:
        raise NotABill("PMIClaimMsg must hold one Claim with one Patient and one InvoiceDetail.")
    return _read_claim(message, patients[0], invoices[0])


def _read_claim(message: etree._Element, patient: etree._Element, invoice: etree._Element) -> ReceivedBill:
    return ReceivedBill(
        insurer=text_of(message, "Insurer"),
        invoice_no=text_of(invoice, "InvoiceNo"),
        invoice_on=text_of(invoice, "InvoiceDate"),
        family_name=text_of(patient, "PatientName/FamilyName"),
        given_name=text_of(patient, "PatientName/GivenName"),
        birth_on=text_of(patient, "DateOfBirth"),
        sex=text_of(patient, "Sex"),
        postcode=text_of(patient, "PostCode"),
        membership_no=text_of(patient, "RegistrationNo"),
        valid_to=text_of(patient, "ValidToDate"),
        authorisation=text_of(invoice, "AuthCode"),
        payee=text_of(invoice, "PayeeNo"),
        specialist=text_of(invoice, "Specialist"),
        hospital=text_of(invoice, "TreatingHospital"),
        setting=text_of(invoice, "Setting"),
        admission_on=text_of(invoice, "AdmissionDate"),
        discharge_on=text_of(invoice, "DischargeDate"),
        discharge_reason=text_of(invoice, "DischargeReason"),
        patient_paid=read_amount(text_of(invoice, "PatientPaidAmount") or "0.00"),
        net_total=read_amount(text_of(invoice, "NetTotal")),
        diagnoses=tuple(
            ((found.text or "").strip(), found.get("Scheme", "ICD10")) for found in invoice.findall("Diagnosis")
        ),
        lines=tuple(
            _read_line(element, place) for place, element in enumerate(invoice.findall("ServiceItem"), start=1)
        ),
    )


def _read_line(item: etree._Element, place: int) -> ReceivedLine:
    given = item.get("LineNo", "")
    return ReceivedLine(
        line_no=int(given) if re.fullmatch(r"[0-9]{1,4}", given) else place,
        service_code=text_of(item, "ServiceCode"),
        industry_code=text_of(item, "IndustryStandardCode"),
        procedure_codes=tuple((found.text or "").strip() for found in item.findall("ProcCode")),
        description=text_of(item, "Description"),
        first_on=text_of(item, "FDOS"),
        last_on=text_of(item, "LDOS"),
        setting=text_of(item, "Setting"),
        units=text_of(item, "Units"),
        provider=text_of(item, "ProviderNo"),
        net=read_amount(text_of(item, "NetTotal")),
    )


def read_date(text: str) -> date | None:
    """Return a date written YYYYMMDD (A5), else None."""
    if not re.fullmatch(r"[0-9]{8}", text):
        return None
    try:
        return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007
    except ValueError:
        return None


def read_amount(text: str) -> Decimal | None:
    """Return pounds written with a dot and two decimals, not negative (A6), else None."""
    return Decimal(text) if re.fullmatch(r"[0-9]{1,8}\.[0-9]{2}", text) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HCWSRequest. `kept` is the document as the ledger may hold it: without user name and password."""

    operation: str
    site: str
    user: str
    password: str
    reference: str
    payload: etree._Element
    kept: str


def text_of(parent: etree._Element, path: str) -> str:
    """Return the trimmed text at `path`, "" where there is none."""
    return (parent.findtext(path) or "").strip()
