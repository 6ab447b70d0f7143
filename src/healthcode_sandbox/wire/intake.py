"""The two operations of the web service: taking a bill and saying where it stands."""

from __future__ import annotations

from dataclasses import dataclass

from healthcode_sandbox.house.bill_status import KeptBill
from healthcode_sandbox.house.catalogue import Site
from healthcode_sandbox.house.house import House
from healthcode_sandbox.house.received_bill import NotABill, ReceivedBill, Request, read_bill, text_of
from healthcode_sandbox.rules import Bench, faults_of
from healthcode_sandbox.wire import messages
from healthcode_sandbox.wire.messages import BillResult

ACCESS_DENIED = "Access denied"

UNKNOWN_USER = "user name not valid for the site"

WRONG_PASSWORD = "Invalid Username/Password"  # nosec B105: a published message


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer document, and what the family name of the patient asks to happen to it on its way."""

    document: str
    scenario: str = ""


def handle(house: House, request: Request, *, refuse_everybody: bool = False) -> Reply:
    """Answer one request of either operation; what is refused as a request is not stored."""
    site = house.catalogue.sites.get(request.site)
    refusal = WRONG_PASSWORD if refuse_everybody else refused_login(request, site)
    if refusal or site is None:
        return Reply(document=_failed(house, request, refusal))
    if request.operation == "submitBill":
        return _submit(house, request, site)
    return Reply(document=_status(house, request))


def refused_login(request: Request, site: Site | None) -> str:
    """Return the published text that refuses these credentials, or ""."""
    if site is None or not site.subscribed:
        return ACCESS_DENIED
    if request.user != site.user:
        return UNKNOWN_USER
    return "" if request.password == site.password else WRONG_PASSWORD


def _submit(house: House, request: Request, site: Site) -> Reply:
    first = house.first_answer(site=site.id, reference=request.reference)
    if first:
        return Reply(document=first)  # A15
    try:
        bill = read_bill(request.payload)
    except NotABill as fault:
        return Reply(document=_failed(house, request, messages.MALFORMED, str(fault)))
    if bill.scenario in ("SIM-TIMEOUT-LOST", "SIM-502"):
        return Reply(document="", scenario=bill.scenario)
    with house.ledger.transaction():
        # Asked again inside the transaction: of two equal messages at once, one is the first.
        first = house.first_answer(site=site.id, reference=request.reference)
        return Reply(document=first) if first else _judge(house, request, site, bill)


def _judge(house: House, request: Request, site: Site, bill: ReceivedBill) -> Reply:
    bench = Bench(
        site=site,
        today=house.clock.today().date(),
        catalogue=house.catalogue,
        register=house.register,
        recognition=house.recognition,
        is_duplicate=house.is_duplicate,
    )
    faults = faults_of(bill, bench)
    kept = house.books.keep(bill, request=request, faults=faults)
    document = messages.answer(
        operation=request.operation,
        site=request.site,
        reference=request.reference,
        at=house.clock.now(),
        outcome="Refused" if faults else "Accepted",
        result=BillResult(
            status=kept.status, invoice_no=kept.invoice_no, ch_claim_no=kept.ch_claim_no, faults=kept.faults
        ),
    )
    house.books.remember_attempt(request=request, bill=kept, answer=document)
    _keep_messages(house, request, document, kept)
    return Reply(document=document, scenario="" if faults else bill.scenario)


def _status(house: House, request: Request) -> str:
    reference = request.payload[0]
    if request.payload[0].tag != "BillRef":
        return _failed(house, request, messages.MALFORMED, "PayLoad must hold one BillRef.")
    asked = {name: text_of(reference, name) for name in ("CHClaimNo", "OriginalRequestorTransId", "InvoiceNo")}
    if not any(asked.values()):
        return _failed(house, request, messages.MALFORMED, "BillRef names no bill.")
    bill = house.books.find(
        site=request.site,
        ch_claim_no=asked["CHClaimNo"],
        reference=asked["OriginalRequestorTransId"],
        invoice_no=asked["InvoiceNo"],
    )
    document = messages.answer(
        operation=request.operation,
        site=request.site,
        reference=request.reference,
        at=house.clock.now(),
        outcome="Accepted",
        result=_result_of(bill) if bill else BillResult(status="NotFound", invoice_no=asked["InvoiceNo"]),
    )
    if bill:
        _keep_messages(house, request, document, bill)
    return document


def _result_of(bill: KeptBill) -> BillResult:
    return BillResult(
        status=bill.status,
        invoice_no=bill.invoice_no,
        ch_claim_no=bill.ch_claim_no,
        status_at=bill.status_at,
        faults=bill.faults if bill.status == "AwaitingCorrection" else (),
    )


def _keep_messages(house: House, request: Request, document: str, bill: KeptBill) -> None:
    house.books.keep_messages(operation=request.operation, incoming=request.kept, outgoing=document, bill_id=bill.id)


def _failed(house: House, request: Request, *errors: str) -> str:
    return messages.answer(
        operation=request.operation,
        site=request.site,
        reference=request.reference,
        at=house.clock.now(),
        outcome="Failed",
        errors=errors,
    )
