"""Reads a bill document again by the tables that it is written by, so that a test sees what went out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from lxml import etree

from clearbill.bill.bill import Bill, ClaimForm, Cover, Diagnosis, Episode, Line, Patient, Providers, Sender, Totals
from clearbill.clearinghouse.healthcode.assumed_2026_11 import bill_document as document
from clearbill.clearinghouse.healthcode.assumed_2026_11.values import AMOUNT, DAY, FLAG, NUMBER, TEXT, Writer

READ: dict[Writer, Callable[[str], Any]] = {
    TEXT: str,
    DAY: date.fromisoformat,
    AMOUNT: Decimal,
    FLAG: {"Y": True, "N": False}.__getitem__,
    NUMBER: int,
}


def read_bill(data: bytes) -> Bill:
    """Return the bill that a document carries; what it leaves out is empty."""
    root = etree.fromstring(data)
    patient, invoice = root.find("Claim/Patient"), root.find("Claim/InvoiceDetail")
    return Bill(
        insurer_id=_text(root, "Insurer"),
        note=_text(invoice, "Note"),
        sender=Sender(
            site_id=_text(root, "MsgSender"),
            requestor_trans_id=_text(root, "MsgId"),
            message_status=root.get("Status", ""),
        ),
        patient=Patient(
            **_fields(root.find("Claim/Patient/PatientName"), document.PATIENT_NAME),
            **_fields(patient, document.PATIENT),
        ),
        cover=Cover(**_fields(patient, document.COVER_OF_PATIENT), **_fields(invoice, document.AUTHORISATION)),
        claim_form=ClaimForm(**_fields(root.find("Claim/ClaimForm"), document.CLAIM_FORM)),
        providers=Providers(**_fields(invoice, document.PROVIDERS)),
        episode=Episode(**_fields(invoice, document.EPISODE)),
        diagnoses=tuple(_diagnosis(element) for element in root.findall("Claim/InvoiceDetail/Diagnosis")),
        lines=tuple(_line(item) for item in root.findall("Claim/InvoiceDetail/ServiceItem")),
        totals=Totals(**_fields(invoice, document.TOTALS)),
        **_fields(invoice, document.INVOICE_HEAD),
    )


def _diagnosis(element: etree._Element) -> Diagnosis:
    return Diagnosis(
        code=element.text or "",
        scheme=element.get("Scheme", ""),
        description=element.get("Description", ""),
        is_primary=element.get("Primary") == "Y",
    )


def _line(item: etree._Element) -> Line:
    codes = [element.text or "" for element in item.findall("ProcCode")]
    number = item.get("LineNo")
    line = Line(
        **_fields(item, document.LINE_HEAD), **_fields(item, document.LINE), line_no=int(number) if number else None
    )
    return replace(line, procedure_code=codes[0], extra_procedure_codes=tuple(codes[1:])) if codes else line


def _fields(parent: etree._Element | None, table: document.Table) -> dict[str, Any]:
    given = ((field, _text(parent, name), writer) for name, field, writer in table)
    return {field: READ[writer](text) for field, text, writer in given if text}


def _text(parent: etree._Element | None, name: str) -> str:
    return "" if parent is None else parent.findtext(name) or ""
