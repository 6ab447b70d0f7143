"""The SOAP side of the wire: reading requests strictly and safely, writing answers.

Everything here that carries an A-number is an assumption of seed/assumptions.toml.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from healthcode_sandbox.house.bill_status import Fault
from healthcode_sandbox.house.clock import wire_time
from healthcode_sandbox.house.received_bill import Request, text_of

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"

SERVICE = "http://webservices/"

OPERATIONS = {"submitBill": "SubmitBill", "billStatus": "BillStatus"}

MALFORMED = "Invalid Request Format/Processing Error"

LONGEST_REFERENCE = 25  # A2


class BrokenEnvelope(ValueError):
    """The SOAP envelope cannot be read; the message is a plain sentence."""


class MalformedRequest(ValueError):
    """The envelope is right but the document inside is not; the message is a plain sentence."""

    def __init__(self, sentence: str, *, reference: str = "", site: str = "") -> None:
        super().__init__(sentence)
        self.reference, self.site = reference, site


@dataclass(frozen=True, slots=True, kw_only=True)
class BillResult:
    """What an answer says of one bill (A12)."""

    status: str
    invoice_no: str = ""
    ch_claim_no: str = ""
    status_at: datetime | None = None
    faults: tuple[Fault, ...] = ()


def read_xml(data: bytes) -> etree._Element:
    """Return the root of a document. Raises ValueError where it is no XML or brings a DOCTYPE of its own."""
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as fault:
        raise ValueError("The document is not well-formed XML.") from fault
    if root.getroottree().docinfo.internalDTD is not None:
        raise ValueError("A document with a DOCTYPE is not taken.")
    return root


def read_request(body: bytes) -> Request:
    """Return the request inside a SOAP envelope, CDATA or escaped text alike.

    Raises BrokenEnvelope, or MalformedRequest where only the inner document is wrong.
    """
    operation, text = _open_envelope(body)
    try:
        document = read_xml(text.strip().encode("utf-8"))
    except ValueError as fault:
        raise MalformedRequest(str(fault)) from fault
    if document.tag != "HCWSRequest":
        raise MalformedRequest("The document inside arg0 is not an HCWSRequest.")
    return _read_wrapper(document, operation)


def _open_envelope(body: bytes) -> tuple[str, str]:
    try:
        root = read_xml(body)
    except ValueError as fault:
        raise BrokenEnvelope(str(fault)) from fault
    if root.tag != f"{{{SOAP}}}Envelope":
        raise BrokenEnvelope("The document is not a SOAP 1.1 envelope.")
    calls = root.findall(f"{{{SOAP}}}Body/*")
    if len(calls) != 1 or etree.QName(calls[0]).namespace != SERVICE:
        raise BrokenEnvelope("The SOAP body must hold one operation of the web service.")
    operation = etree.QName(calls[0]).localname
    if operation not in OPERATIONS:
        raise BrokenEnvelope("The web service has no such operation.")  # A17, A18: nothing but these two
    return operation, calls[0].findtext("arg0") or ""


def _read_wrapper(document: etree._Element, operation: str) -> Request:
    values = {name: text_of(document, name) for name in ("SiteId", "UserName", "Password", "RequestorTransId")}
    reference, site = values["RequestorTransId"], values["SiteId"]
    if text_of(document, "ServiceName") != OPERATIONS[operation]:
        raise MalformedRequest("ServiceName does not fit the operation.", reference=reference, site=site)
    if not 1 <= len(reference) <= LONGEST_REFERENCE:
        raise MalformedRequest("RequestorTransId must have 1 to 25 characters.", reference=reference[:25], site=site)
    payload = document.find("PayLoad")
    if payload is None or not len(payload):
        raise MalformedRequest("PayLoad holds no document.", reference=reference, site=site)
    for secret in (*document.findall("UserName"), *document.findall("Password")):
        document.remove(secret)
    return Request(
        operation=operation,
        site=site,
        user=values["UserName"],
        password=values["Password"],
        reference=reference,
        payload=payload,
        kept=etree.tostring(document, encoding="unicode"),
    )


def answer(
    *,
    operation: str,
    site: str,
    reference: str,
    at: datetime,
    outcome: str,
    result: BillResult | None = None,
    errors: tuple[str, ...] = (),
) -> str:
    """Return an HCWSResponse as text (A12, A16): a result of one bill, or errors of the request as a whole."""
    root = etree.Element("HCWSResponse")
    _add(root, "ServiceName", OPERATIONS.get(operation, operation))
    _add(root, "ResponseDate", wire_time(at))
    _add(root, "SiteId", site)
    _add(root, "RequestorTransId", reference)
    _add(root, "Outcome", outcome)
    if result is not None:
        _add_result(etree.SubElement(root, "PayLoad"), result)
    if errors:
        listed = etree.SubElement(root, "Errors")
        for text in errors:
            _add(etree.SubElement(listed, "Error", Level="Request"), "Text", text)
    return etree.tostring(root, encoding="unicode")


def _add_result(payload: etree._Element, result: BillResult) -> None:
    bill = etree.SubElement(payload, "BillResult")
    for name, value in (
        ("InvoiceNo", result.invoice_no),
        ("CHClaimNo", result.ch_claim_no),
        ("BillStatus", result.status),
        ("StatusDate", wire_time(result.status_at) if result.status_at else ""),
    ):
        if value:  # A8
            _add(bill, name, value)
    if result.faults:
        listed = etree.SubElement(bill, "Errors")
        for fault in result.faults:
            _add_fault(listed, fault)


def _add_fault(listed: etree._Element, fault: Fault) -> None:
    error = etree.SubElement(listed, "Error", Level="Bill" if fault.line_no is None else "Line")
    if fault.line_no is not None:
        error.set("LineNo", str(fault.line_no))
    _add(error, "Field", fault.field)
    _add(error, "Message", fault.message)
    _add(error, "Suggestion", fault.suggestion)
    _add(error, "Text", fault.sentence)


def envelope(operation: str, document: str) -> bytes:
    """Return the SOAP answer that carries a document in CDATA."""
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soapenv": SOAP})
    body = etree.SubElement(root, f"{{{SOAP}}}Body")
    response = etree.SubElement(body, f"{{{SERVICE}}}{operation}Response", nsmap={"ns2": SERVICE})
    returned = etree.SubElement(response, "return")
    # CDATA cannot hold its own end mark; such a text is escaped instead, which reads the same.
    returned.text = document if "]]>" in document else etree.CDATA(document)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def soap_fault(*, code: str, text: str) -> bytes:
    """Return a SOAP 1.1 Fault (A13); `code` is Client where the caller is at fault, else Server."""
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soapenv": SOAP})
    fault = etree.SubElement(etree.SubElement(root, f"{{{SOAP}}}Body"), f"{{{SOAP}}}Fault")
    _add(fault, "faultcode", f"soapenv:{code}")
    _add(fault, "faultstring", text)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _add(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, name).text = text
