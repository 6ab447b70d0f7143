"""The answers of the bill service, `HCWSResponse`, read tolerantly (assumptions A12, A13, A16).

Order, namespaces, unknown elements and the spelling of a status do not matter; what is missing is taken as not said.
"""

from __future__ import annotations

import re
from typing import Literal

from lxml import etree

from clearbill.clearinghouse.healthcode import xml
from clearbill.clearinghouse.healthcode.assumed_2026_11.values import read_stamp
from clearbill.clearinghouse.healthcode.contract import Answer, Fault
from clearbill.clearinghouse.healthcode.xml import Malformed
from clearbill.clearinghouse.port import ClearingMessage, ClearingStatus

WRAPPER = "HCWSResponse"

Outcome = Literal["accepted", "refused", "failed"]

_OUTCOMES: dict[str, Outcome] = {"accepted": "accepted", "refused": "refused", "failed": "failed"}

_CREDENTIALS = (
    ("usernamenotvalid", "user_id"),
    ("siteidnotrecognised", "site_id"),
    ("accessdenied", "site_id"),
    ("invalidusernamepassword", "api_key"),
    ("invalidapikey", "api_key"),
    ("invalidpassword", "api_key"),
    ("invalidusername", "user_id"),
)

# What is behind the front was never reached. All other words of an outage leave open whether the bill got there.
_TRY_LATER = ("serviceunavailable", "serviceswereunavailable", "enotfound", "getaddrinfo")

_BROKE_DOWN = ("tpendpointerror", "statuscode502", "statuscode503", "badgateway")

LONGEST_BILL_NUMBER = 50


def squash(text: str) -> str:
    """Return only the letters and digits, in lower case: how spellings are compared."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


_STATUSES = {squash(status.value): status for status in ClearingStatus}


def read_status(text: str) -> ClearingStatus:
    """Return the status whatever its spelling; one we do not know is UNSPECIFIED."""
    return _STATUSES.get(squash(text), ClearingStatus.UNSPECIFIED)


def read_answer(body: bytes) -> Answer | Fault:
    """Return what the bill service says. Raises Malformed where it does not say what became of the message."""
    outer = xml.read(body)
    fault = xml.anywhere(outer, "Fault")
    if fault is not None:
        code = squash(xml.text_at(fault, "faultcode").rpartition(":")[2])
        return Fault(ours=code in ("client", "versionmismatch", "mustunderstand"), text=_fault_text(fault))
    return _read_response(_inner(outer))


def _fault_text(fault: etree._Element) -> str:
    return xml.text_at(fault, "faultstring")[:500]


def _inner(outer: etree._Element) -> etree._Element:
    """Return the document inside the envelope, whether it travels as CDATA, as escaped text or as elements."""
    response = xml.anywhere(outer, WRAPPER)
    if response is not None:
        return response
    text = xml.text_of(xml.anywhere(outer, "return")) or xml.text_of(outer)
    response = xml.anywhere(xml.read_text(text), WRAPPER)
    if response is None:
        raise Malformed("the answer holds no response")
    return response


def _read_response(response: etree._Element) -> Answer:
    result = xml.anywhere(response, "BillResult")
    messages = tuple(_read_message(error) for error in response.iter() if xml.name_of(error) == "Error")
    status_text = xml.text_at(result, "BillStatus")
    outcome = _OUTCOMES.get(squash(xml.text_at(response, "Outcome"))) or _implied(result, messages, status_text)
    if outcome is None or (outcome == "accepted" and result is None):
        raise Malformed("the answer does not say what became of the message")
    return Answer(
        outcome=outcome,
        reference=xml.text_at(response, "RequestorTransId"),
        invoice_number=xml.text_at(result, "InvoiceNo"),
        clearing_bill_number=_bill_number(result),
        status=read_status(status_text),
        status_at=read_stamp(xml.text_at(result, "StatusDate")),
        messages=messages,
    )


def _bill_number(result: etree._Element | None) -> str:
    """Return the clearing house's number of the bill; one that is longer than any is no number."""
    number = xml.text_at(result, "CHClaimNo")
    return number if len(number) <= LONGEST_BILL_NUMBER else ""


def _implied(result: etree._Element | None, messages: tuple[ClearingMessage, ...], status_text: str) -> Outcome | None:
    """Return the outcome an answer without a readable one leaves no doubt about, else None."""
    if any(message.level == "request" for message in messages):
        return "failed"
    if messages or read_status(status_text) is ClearingStatus.AWAITING_CORRECTION:
        return "refused"
    if status_text and xml.text_at(result, "CHClaimNo"):
        return "accepted"
    return None


def _read_message(error: etree._Element) -> ClearingMessage:
    field, fault = xml.text_at(error, "Field"), xml.text_at(error, "Message")
    line_no = error.get("LineNo", "").strip()
    composed = f"Problem with {field}: {fault}" if field and fault else field or fault
    return ClearingMessage(
        level=_level(error.get("Level", ""), line_no),
        line_no=int(line_no) if re.fullmatch(r"\d{1,6}", line_no, re.ASCII) else None,
        field=field,
        error=fault,
        text=xml.text_at(error, "Text") or composed or xml.text_of(error),
    )


def _level(text: str, line_no: str) -> Literal["bill", "line", "request"]:
    match squash(text):
        case "request":
            return "request"
        case "line":
            return "line"
        case _:
            return "line" if line_no else "bill"


def refused_credential(answer: Answer) -> str:
    """Return `site_id`, `user_id` or `api_key` where a failed answer speaks of one, else ""."""
    said = squash(" ".join(message.text for message in answer.messages))
    return next((credential for words, credential in _CREDENTIALS if words in said), "")


def try_later(answer: Answer) -> bool:
    """Return whether a failed answer only says that the clearing house is busy or closed."""
    return _says(answer, _TRY_LATER) and not broke_down(answer)


def broke_down(answer: Answer) -> bool:
    """Return whether a failed answer tells of a fault behind Healthcode's front, so that the bill may have arrived."""
    return _says(answer, _BROKE_DOWN)


def _says(answer: Answer, words: tuple[str, ...]) -> bool:
    said = squash(" ".join(message.text for message in answer.messages))
    return any(one in said for one in words)
