"""The messages to the bill service: the SOAP envelope and the `HCWSRequest` inside it (assumptions A1, A2, A16)."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from lxml import etree

from clearbill.clearinghouse.healthcode import xml
from clearbill.clearinghouse.healthcode.assumed_2026_11 import bill_document
from clearbill.clearinghouse.healthcode.assumed_2026_11.values import clean, write_stamp
from clearbill.clearinghouse.healthcode.contract import Login, Request
from clearbill.clearinghouse.port import BillKey

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"

SERVICES = "http://webservices/"

SOAP_HEADERS = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}


def submit_request(document: bytes, *, login: Login, reference: str, at: datetime) -> Request:
    """Return the message that submits a bill document. Raises Unreadable."""
    payload = bill_document.root_of(document)
    named = {
        "invoice_number": bill_document.invoice_number_of(payload),
        "message_status": bill_document.marker_of(payload),
    }
    return _request("submitBill", payload, login=login, reference=reference, at=at, **named)


def status_request(key: BillKey, *, login: Login, reference: str, at: datetime) -> Request:
    """Return the message that asks where one bill stands, by every key we have of it."""
    payload = etree.Element("BillRef")
    for name, text in (
        ("CHClaimNo", key.clearing_bill_number),
        ("OriginalRequestorTransId", key.reference),
        ("InvoiceNo", key.invoice_number),
    ):
        if clean(text):
            etree.SubElement(payload, name).text = clean(text)
    return _request("billStatus", payload, login=login, reference=reference, at=at)


def _request(
    operation: str, payload: etree._Element, *, login: Login, reference: str, at: datetime, **named: str
) -> Request:
    wrapper = etree.Element("HCWSRequest")
    for name, text in (
        ("ServiceName", operation[0].upper() + operation[1:]),
        ("RequestDate", write_stamp(at)),
        ("SiteId", login.site_id),
        ("UserName", login.user_id),
        ("Password", login.api_key),
        ("RequestorTransId", reference),
    ):
        etree.SubElement(wrapper, name).text = clean(text)
    etree.SubElement(wrapper, "PayLoad").append(payload)
    body = _envelope(operation, wrapper)
    for name in ("UserName", "Password"):
        for element in list(xml.children(wrapper, name)):
            wrapper.remove(element)
    return Request(operation=operation, reference=reference, body=body, evidence=_envelope(operation, wrapper), **named)


def _envelope(operation: str, wrapper: etree._Element) -> bytes:
    before, after = _frame(operation)
    # lxml writes every ">" inside as "&gt;", so the text cannot end the CDATA section early.
    return before + etree.tostring(wrapper, encoding="UTF-8") + after


@cache
def _frame(operation: str) -> tuple[bytes, bytes]:
    """Return what stands before and after the `HCWSRequest` of every message of this operation."""
    place = "HCWSRequest"
    envelope = etree.Element(etree.QName(SOAP, "Envelope"), nsmap={"soapenv": SOAP, "web": SERVICES})
    etree.SubElement(envelope, etree.QName(SOAP, "Header"))
    body = etree.SubElement(envelope, etree.QName(SOAP, "Body"))
    argument = etree.SubElement(etree.SubElement(body, etree.QName(SERVICES, operation)), "arg0")
    argument.text = etree.CDATA(place)
    before, _, after = etree.tostring(envelope, xml_declaration=True, encoding="UTF-8").partition(place.encode())
    return before, after
