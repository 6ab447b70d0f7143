"""The bill as a document, `PMIClaimMsg` (assumptions A3 to A10).

One table per part names each element once, in its order, with the field it carries and how its value is written.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from lxml import etree

from clearbill.bill.address.lines import with_country
from clearbill.bill.bill import Bill, Diagnosis, Patient
from clearbill.bill.fields import BY_PATH
from clearbill.clearinghouse.healthcode import xml
from clearbill.clearinghouse.healthcode.assumed_2026_11.values import (
    AMOUNT,
    DAY,
    FLAG,
    NUMBER,
    TEXT,
    Writer,
    clean,
    write_flag,
    write_stamp,
)
from clearbill.clearinghouse.healthcode.xml import Malformed

Table = tuple[tuple[str, str, Writer], ...]

ROOT = "PMIClaimMsg"

RECIPIENT = "HEALTHCODE"

PATIENT_NAME: Table = (
    ("FamilyName", "patient_last_name", TEXT),
    ("MiddleName", "patient_other_initials", TEXT),
    ("GivenName", "patient_first_name", TEXT),
)

PATIENT: Table = (
    ("Title", "patient_title", TEXT),
    ("DateOfBirth", "patient_birth_date", DAY),
    ("Sex", "patient_sex", TEXT),
    ("Address1", "patient_address_1", TEXT),
    ("Address2", "patient_address_2", TEXT),
    ("Address3", "patient_address_3", TEXT),
    ("Address4", "patient_address_4", TEXT),
    ("PostCode", "patient_postcode", TEXT),
    ("PatientIdentifier", "patient_identifier", TEXT),
    ("PatientIdentifierType", "patient_identifier_type", TEXT),
    ("ProviderPatientId", "provider_patient_id", TEXT),
    ("Deceased", "patient_deceased", FLAG),
)

ADDRESS = ("patient_address_1", "patient_address_2", "patient_address_3", "patient_address_4")

LONGEST_LINE = BY_PATH["patient.patient_address_4"].kept

COVER_OF_PATIENT: Table = (
    ("RegistrationNo", "registration_number", TEXT),
    ("Scheme", "insurance_scheme", TEXT),
    ("GroupNo", "group_number", TEXT),
    ("ValidToDate", "cover_valid_to", DAY),
)

CLAIM_FORM: Table = (
    ("GPCode", "gp_code", TEXT),
    ("GPName", "gp_name", TEXT),
    ("GPPracticeCode", "gp_practice_code", TEXT),
    ("GPAddress1", "gp_address_1", TEXT),
    ("GPAddress2", "gp_address_2", TEXT),
    ("GPAddress3", "gp_address_3", TEXT),
    ("GPAddress4", "gp_address_4", TEXT),
    ("GPPostCode", "gp_postcode", TEXT),
    ("GPFirstVisitDate", "first_gp_visit_date", DAY),
    ("SymptomDate", "symptoms_first_noticed_date", DAY),
    ("ThirdPartyInvolved", "third_party_involved", FLAG),
    ("ThirdPartyDetails1", "third_party_details_1", TEXT),
    ("ThirdPartyDetails2", "third_party_details_2", TEXT),
    ("ThirdPartyDetails3", "third_party_details_3", TEXT),
    ("ClaimFormSigned", "claim_form_signed", FLAG),
)

INVOICE_HEAD: Table = (
    ("InvoiceNo", "invoice_number", TEXT),
    ("InvoiceDate", "invoice_date", DAY),
    ("ClaimSource", "claim_source", TEXT),
)

AUTHORISATION: Table = (
    ("AuthCode", "authorisation_code", TEXT),
    ("AuthFromDate", "authorisation_from", DAY),
    ("AuthToDate", "authorisation_to", DAY),
)

PROVIDERS: Table = (
    ("PayeeNo", "payee_provider_number", TEXT),
    ("Specialist", "controlling_specialist_number", TEXT),
    ("TreatingHospital", "treating_site_number", TEXT),
)

EPISODE: Table = (
    ("Setting", "episode_setting", TEXT),
    ("AdmissionDate", "admission_date", DAY),
    ("DischargeDate", "discharge_date", DAY),
    ("DischargeReason", "discharge_reason", TEXT),
    ("EpisodeType", "episode_type", TEXT),
)

LINE_HEAD: Table = (
    ("FDOS", "first_date_of_service", DAY),
    ("LDOS", "last_date_of_service", DAY),
    ("ServiceCode", "service_code", TEXT),
    ("IndustryStandardCode", "industry_standard_code", TEXT),
)

LINE: Table = (
    ("Description", "description", TEXT),
    ("Setting", "setting", TEXT),
    ("ProviderNo", "service_provider_number", TEXT),
    ("ProviderName", "service_provider_name", TEXT),
    ("ProviderProfession", "service_provider_profession", TEXT),
    ("TreatingHospital", "service_site_number", TEXT),
    ("Units", "units", NUMBER),
    ("GrossTotal", "gross_amount", AMOUNT),
    ("DiscountTotal", "discount_amount", AMOUNT),
    ("VATRate", "vat_rate", AMOUNT),
    ("VATTotal", "vat_amount", AMOUNT),
    ("NetTotal", "net_amount", AMOUNT),
)

TOTALS: Table = (
    ("GrossTotal", "gross_total", AMOUNT),
    ("DiscountTotal", "discount_total", AMOUNT),
    ("VATTotal", "vat_total", AMOUNT),
    ("PatientPaidAmount", "patient_paid_amount", AMOUNT),
    ("NetTotal", "net_total", AMOUNT),
)


def write_bill(bill: Bill, *, reference: str, at: datetime, site_id: str, message_status: str) -> bytes:
    """Return the bill as UTF-8 XML. The same bill, reference and moment give the same bytes."""
    root = etree.Element(ROOT, Status=clean(message_status))
    _leaf(root, "MsgId", reference)
    _leaf(root, "MsgIssueDate", write_stamp(at))
    _leaf(root, "MsgSender", site_id)
    _leaf(root, "MsgRecipient", RECIPIENT)
    _leaf(root, "Insurer", bill.insurer_id)
    claim = etree.SubElement(root, "Claim")
    patient = etree.SubElement(claim, "Patient")
    _put(_branch(patient, "PatientName"), bill.patient, PATIENT_NAME)
    _put(patient, _with_country(bill.patient), PATIENT)
    _put(patient, bill.cover, COVER_OF_PATIENT)
    _put(_branch(claim, "ClaimForm"), bill.claim_form, CLAIM_FORM)
    _write_invoice(etree.SubElement(claim, "InvoiceDetail"), bill)
    for branch in (patient, claim, root):
        _drop_empty(branch)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _with_country(patient: Patient) -> Patient:
    """A country abroad is the last line of the address: the document has no element for it."""
    given = [getattr(patient, name) for name in ADDRESS]
    lines = with_country(given, patient.patient_country, longest=LONGEST_LINE)
    sent: dict[str, Any] = dict(zip(ADDRESS, lines, strict=True))
    return replace(patient, **sent)


def _write_invoice(invoice: etree._Element, bill: Bill) -> None:
    _put(invoice, bill, INVOICE_HEAD)
    _put(invoice, bill.cover, AUTHORISATION)
    _put(invoice, bill.providers, PROVIDERS)
    _put(invoice, bill.episode, EPISODE)
    for diagnosis in bill.diagnoses:
        _write_diagnosis(invoice, diagnosis)
    for line in bill.lines:
        item = _branch(invoice, "ServiceItem")
        if line.line_no is not None:
            item.set("LineNo", str(line.line_no))
        _put(item, line, LINE_HEAD)
        for code in (line.procedure_code, *line.extra_procedure_codes):
            _leaf(item, "ProcCode", code)
        _put(item, line, LINE)
    _put(invoice, bill.totals, TOTALS)
    _leaf(invoice, "Note", bill.note)


def _write_diagnosis(invoice: etree._Element, diagnosis: Diagnosis) -> None:
    element = _leaf(invoice, "Diagnosis", diagnosis.code)
    if element is None:
        return
    element.set("Primary", write_flag(diagnosis.is_primary))
    for attribute, text in (("Scheme", clean(diagnosis.scheme)), ("Description", clean(diagnosis.description))):
        if text:
            element.set(attribute, text)


def _branch(parent: etree._Element, name: str) -> etree._Element:
    return etree.SubElement(parent, name)


def _leaf(parent: etree._Element, name: str, text: str) -> etree._Element | None:
    carried = clean(text)
    if not carried:
        return None
    element = etree.SubElement(parent, name)
    element.text = carried
    return element


def _put(parent: etree._Element, record: object, table: Table) -> None:
    for name, field, write in table:
        _leaf(parent, name, write(getattr(record, field)))


def _drop_empty(parent: etree._Element) -> None:
    for element in [part for part in parent if len(part) == 0 and not part.text]:
        parent.remove(element)


def marker_of(root: etree._Element) -> str:
    """Return the live or test marker of a bill document, "" where it has none."""
    return root.get("Status", "").strip()


def invoice_number_of(root: etree._Element) -> str:
    """Return the invoice number of a bill document, "" where it has none."""
    return xml.text_at(xml.child(xml.child(root, "Claim"), "InvoiceDetail"), "InvoiceNo")


def root_of(document: bytes) -> etree._Element:
    """Return the root of a bill document. Raises Unreadable."""
    root = xml.read(document)
    if xml.name_of(root) != ROOT:
        raise Malformed("the document is not a bill")
    return root
