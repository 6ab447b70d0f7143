"""A small practice system for tests: it writes bills by hand and asks over real HTTP."""

from __future__ import annotations

import copy
import itertools
from dataclasses import dataclass, field
from typing import Any

import httpx
from lxml import etree

from healthcode_sandbox.server import Running
from tests import patience

SOAP_PATH = "/HCWebServices/HCWebServices"
_references = itertools.count(1)

LINE = {
    "FDOS": "20261102",
    "LDOS": "20261102",
    "ServiceCode": "ZPHY01",
    "ProviderNo": "TP000002",
    "Units": "1",
    "NetTotal": "70.00",
}
BILL: dict[str, Any] = {
    "Status": "Test",
    "Insurer": "bup",
    "FamilyName": "Sample",
    "GivenName": "Testa",
    "DateOfBirth": "19850412",
    "PostCode": "ZZ1 1ZZ",
    "RegistrationNo": "ZZ00000001",
    "ValidToDate": "20270331",
    "InvoiceNo": "CB10042",
    "InvoiceDate": "20261110",
    "AuthCode": "",
    "PayeeNo": "TP000001",
    "Specialist": "TP000002",
    "TreatingHospital": "TL000001",
    "Setting": "O",
    "Stay": {},
    "Diagnosis": ["M54.5"],
    "lines": [LINE, {**LINE, "FDOS": "20261109", "LDOS": "20261109", "ServiceCode": "ZPHY02", "NetTotal": "55.00"}],
    "NetTotal": "125.00",
}


def bill(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(BILL), **changes}


def sim(scenario: str, **changes: Any) -> dict[str, Any]:
    return bill(FamilyName=f"SIM-{scenario}", InvoiceNo=scenario[:14], **changes)


def line(**changes: str) -> dict[str, str]:
    return {**LINE, **changes}


def document(given: dict[str, Any]) -> str:
    """Return the bill as a PMIClaimMsg; an empty value leaves its element out."""
    root = etree.Element("PMIClaimMsg", Status=given["Status"])
    _put(root, {"Insurer": given["Insurer"]})
    claim = etree.SubElement(root, "Claim")
    patient = etree.SubElement(claim, "Patient")
    _put(etree.SubElement(patient, "PatientName"), {"FamilyName": given["FamilyName"], "GivenName": given["GivenName"]})
    _put(patient, {name: given[name] for name in ("DateOfBirth", "PostCode", "RegistrationNo", "ValidToDate")})
    invoice = etree.SubElement(claim, "InvoiceDetail")
    names = ("InvoiceNo", "InvoiceDate", "AuthCode", "PayeeNo", "Specialist", "TreatingHospital", "Setting")
    _put(invoice, {name: given[name] for name in names} | given["Stay"])
    for code in given["Diagnosis"]:
        _put(invoice, {"Diagnosis": code})
    for number, item in enumerate(given["lines"], start=1):
        _put(etree.SubElement(invoice, "ServiceItem", LineNo=str(number)), item)
    _put(invoice, {"PatientPaidAmount": given.get("PatientPaidAmount", ""), "NetTotal": given["NetTotal"]})
    return etree.tostring(root, encoding="unicode")


def _put(parent: etree._Element, values: dict[str, str]) -> None:
    for name, text in values.items():
        if text:
            etree.SubElement(parent, name).text = text


@dataclass
class Answer:
    """An answer of the web service, taken apart."""

    outcome: str
    status: str
    ch_claim_no: str
    texts: list[str]
    raw: bytes
    document: etree._Element

    @classmethod
    def read(cls, body: bytes) -> Answer:
        inner = etree.fromstring(etree.fromstring(body).findtext(".//return") or "")
        return cls(
            outcome=inner.findtext("Outcome") or "",
            status=inner.findtext(".//BillStatus") or "",
            ch_claim_no=inner.findtext(".//CHClaimNo") or "",
            texts=[found.text or "" for found in inner.iterfind(".//Error/Text")],
            raw=body,
            document=inner,
        )


@dataclass
class Caller:
    """A client of one running stand-in, as one site."""

    running: Running
    site: str = "HC0TEST"
    user: str = "stand-in-user"
    password: str = "stand-in-secret"
    key: tuple[str, str] = ("stand-in-key", "stand-in-secret")
    http: httpx.Client = field(init=False)
    token: str = ""

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.running.address, timeout=patience.SECONDS)

    def wrapped(self, operation: str, payload: str, *, reference: str = "", escaped: bool = False) -> bytes:
        service = operation[0].upper() + operation[1:]
        reference = reference or f"ref-{next(_references):06d}"
        inner = (
            f"<HCWSRequest><ServiceName>{service}</ServiceName><RequestDate>20261110143015</RequestDate>"
            f"<SiteId>{self.site}</SiteId><UserName>{self.user}</UserName><Password>{self.password}</Password>"
            f"<RequestorTransId>{reference}</RequestorTransId><PayLoad>{payload}</PayLoad></HCWSRequest>"
        )
        carried = inner.replace("&", "&amp;").replace("<", "&lt;") if escaped else f"<![CDATA[{inner}]]>"
        return (
            '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
            ' xmlns:web="http://webservices/"><soapenv:Header/><soapenv:Body>'
            f"<web:{operation}><arg0>{carried}</arg0></web:{operation}></soapenv:Body></soapenv:Envelope>"
        ).encode()

    def post(self, body: bytes) -> httpx.Response:
        return self.http.post(SOAP_PATH, content=body, headers={"Content-Type": "text/xml; charset=utf-8"})

    def submit(self, given: dict[str, Any], *, reference: str = "", escaped: bool = False) -> Answer:
        body = self.wrapped("submitBill", document(given), reference=reference, escaped=escaped)
        return Answer.read(self.post(body).raise_for_status().content)

    def status(self, *, ch_claim_no: str = "", reference: str = "", invoice_no: str = "") -> Answer:
        asked = etree.Element("BillRef")
        _put(asked, {"CHClaimNo": ch_claim_no, "OriginalRequestorTransId": reference, "InvoiceNo": invoice_no})
        body = self.wrapped("billStatus", etree.tostring(asked, encoding="unicode"))
        return Answer.read(self.post(body).raise_for_status().content)

    def sign_in(self) -> None:
        given = self.http.post("/token", data={"grant_type": "client_credentials"}, auth=self.key)
        self.token = given.raise_for_status().json()["access_token"]

    def headers(self, **changes: str) -> dict[str, str]:
        if not self.token:
            self.sign_in()
        usual = {"Authorization": f"Bearer {self.token}", "SU-SiteId": self.site, "HC-API-Version": "1"}
        return usual | {name.replace("_", "-"): text for name, text in changes.items()}

    def ask(self, path: str, form: dict[str, str] | None = None, **headers: str) -> httpx.Response:
        if form is None:
            return self.http.get(path, headers=self.headers(**headers))
        return self.http.post(path, data=form, headers=self.headers(**headers))

    def move(self, **by: float | str) -> None:
        self.http.post("/sandbox/clock", json=by).raise_for_status()

    def press(self, path: str, **given: str) -> httpx.Response:
        return self.http.post(f"/sandbox/{path}", data=given)

    def bills(self) -> list[dict[str, Any]]:
        kept: list[dict[str, Any]] = self.http.get("/sandbox/bills.json").json()["bills"]
        return kept

    def payments(self) -> list[dict[str, Any]]:
        made: list[dict[str, Any]] = self.http.get("/sandbox/payments.json").json()["payments"]
        return made
