"""Rules for the head of the bill and its sender."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clearbill.bill import dates
from clearbill.bill.bill import CLAIM_SOURCES, Bill, Sender
from clearbill.bill.checks.rule import CARE, INFERRED, MANDATORY_INFERRED, SEEN, Context, Fault, required, rule
from clearbill.bill.checks.text import FORBIDDEN

_INVOICE_NUMBER = re.compile(r"[A-Za-z0-9 !#$%&'()*+,./:;=?@_\\-]*", re.ASCII)

_SITE_ID = re.compile(r"HC[0-9A-Z]{5}", re.ASCII)

_CONNECTION = "Connect Healthcode under Workspace Settings, Integrations."

_SITES = "https://apidocs.uat.healthcode.co.uk/overview/specifying-site-id"

_REFERENCE = "https://docs.semble.io/docs/release-notes/2026-06-15-update-invoice-healthcode/"


def _is_begun(bill: Bill) -> bool:
    """The connection adds the sender when a bill goes out; once begun, it must be whole."""
    return bill.sender != _NOBODY


_NOBODY = Sender()

site_is_given = required("SENDER-01", "sender.site_id", "The Site ID", fix=_CONNECTION, when=_is_begun)

user_is_given = required("SENDER-02", "sender.ws_user_id", "The web-services User ID", fix=_CONNECTION, when=_is_begun)

reference_is_given = required(
    "SENDER-03",
    "sender.requestor_trans_id",
    "The reference of this attempt",
    fix="Give every attempt a new reference of at most 25 characters.",
    source=MANDATORY_INFERRED,
    when=_is_begun,
)

marker_is_given = required(
    "SENDER-04", "sender.message_status", "The live or test marker", fix="Write Live or Test.", when=_is_begun
)

invoice_number_is_given = required(
    "HEAD-01", "invoice_number", "The invoice number", fix="Give the invoice a number of at most 10 letters and digits."
)

invoice_date_is_given = required(
    "HEAD-02", "invoice_date", "The invoice date", fix="Enter the day the invoice was made."
)


@rule("SENDER-05", "blocks", source=_SITES)
def site_has_seven_characters(bill: Bill, context: Context) -> Iterator[Fault]:
    """The Site ID has seven characters."""
    site = bill.sender.site_id
    if site and len(site) != 7:
        message = f"The Site ID needs 7 characters; this one has {len(site)}."
        yield Fault(path="sender.site_id", message=message, fix="Copy the Site ID from Healthcode’s letter.")


@rule("SENDER-06", "warns", source=f"{SEEN}: inferred from samples")
def site_looks_like_one_of_healthcode(bill: Bill, context: Context) -> Iterator[Fault]:
    """The Site ID begins with HC, followed by capital letters and digits."""
    site = bill.sender.site_id
    if len(site) == 7 and not _SITE_ID.fullmatch(site):
        message = "The Site ID usually is HC and 5 capital letters or digits; this one is not."
        yield Fault(path="sender.site_id", message=message, fix="Compare it with Healthcode’s letter.")


@rule("SENDER-07", "blocks", source=_REFERENCE)
def reference_is_short_enough(bill: Bill, context: Context) -> Iterator[Fault]:
    """The sender's reference has at most 25 characters."""
    reference = bill.sender.requestor_trans_id
    if len(reference) > 25:
        message = f"The reference of this attempt may have at most 25 characters; this one has {len(reference)}."
        yield Fault(path="sender.requestor_trans_id", message=message, fix="Use a shorter reference.", who="software")


@rule("SENDER-08", "warns", source=SEEN)
def marker_is_known(bill: Bill, context: Context) -> Iterator[Fault]:
    """The live or test marker is Live or Test."""
    marker = bill.sender.message_status
    if marker and marker not in ("Live", "Test"):
        message = "The live or test marker is neither Live nor Test."
        yield Fault(path="sender.message_status", message=message, fix="Write Live or Test.")


@rule("HEAD-03", "warns", source=SEEN)
def invoice_number_has_usual_characters(bill: Bill, context: Context) -> Iterator[Fault]:
    """The invoice number is made of letters A to Z, digits, blanks and common punctuation."""
    if not _INVOICE_NUMBER.fullmatch(bill.invoice_number) and not FORBIDDEN.search(bill.invoice_number):
        message = "The invoice number has a character that Healthcode’s own screen does not take."
        yield Fault(path="invoice_number", message=message, fix="Use letters A to Z and digits.")


@rule("HEAD-04", "warns", source=SEEN)
def claim_source_is_known(bill: Bill, context: Context) -> Iterator[Fault]:
    """The claim source, where given, is Consultant, Hospital or Screening Centre."""
    if bill.claim_source and bill.claim_source not in CLAIM_SOURCES:
        message = "The claim source is not Consultant, Hospital or Screening Centre."
        yield Fault(path="claim_source", message=message, fix="Choose one of the three, or leave it out.")


@rule("HEAD-05", "warns", source=INFERRED)
def invoice_date_is_not_in_the_future(bill: Bill, context: Context) -> Iterator[Fault]:
    """The invoice date is not after today."""
    if bill.invoice_date and bill.invoice_date > context.on:
        message = "The invoice date is in the future."
        yield Fault(path="invoice_date", message=message, fix="Enter the day the invoice was made.")


@rule("HEAD-06", "warns", source=CARE)
def invoice_is_not_before_the_service(bill: Bill, context: Context) -> Iterator[Fault]:
    """The invoice date is not before the last date of service."""
    last = context.last_service
    if bill.invoice_date and last and bill.invoice_date < last <= context.on:
        message = f"The invoice is dated before the last service on it, that of {dates.show(last)}."
        yield Fault(path="invoice_date", message=message, fix="Correct the invoice date or the dates of service.")


RULES = (
    site_is_given,
    user_is_given,
    reference_is_given,
    marker_is_given,
    site_has_seven_characters,
    site_looks_like_one_of_healthcode,
    reference_is_short_enough,
    marker_is_known,
    invoice_number_is_given,
    invoice_date_is_given,
    invoice_number_has_usual_characters,
    claim_source_is_known,
    invoice_date_is_not_in_the_future,
    invoice_is_not_before_the_service,
)
