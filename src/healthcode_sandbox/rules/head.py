"""Rules for the head of the bill and the episode."""

from __future__ import annotations

import re
from collections.abc import Iterator

from healthcode_sandbox.house.bill_status import Fault
from healthcode_sandbox.house.received_bill import ReceivedBill, read_date
from healthcode_sandbox.rules.context import Bench

_INVOICE_NO = re.compile(r"[A-Za-z0-9 .,:;/\\()&'#_+-]{1,50}")

_DISCHARGE_REASONS = set("12345678")  # A7


def insurer_is_mapped(bill: ReceivedBill, bench: Bench) -> Iterator[Fault]:
    """The insurer is one the house knows and the site is mapped to. Published message."""
    if bench.insurer_of(bill) is None:
        yield Fault(field="Insurer", message="Invalid Insurer")


def invoice_number_is_usable(bill: ReceivedBill, bench: Bench) -> Iterator[Fault]:
    """The invoice number is given and has a form the house and the insurer take. The wording is ours."""
    insurer = bench.insurer_of(bill)
    if not bill.invoice_no:
        yield Fault(field="InvoiceNo", message="Must be specified", suggestion="Enter an invoice number")
    elif not _INVOICE_NO.fullmatch(bill.invoice_no) or (
        insurer and insurer.invoice_number and not re.fullmatch(insurer.invoice_number, bill.invoice_no)
    ):
        yield Fault(field="InvoiceNo", message="Invalid Format")


def invoice_number_is_new(bill: ReceivedBill, bench: Bench) -> Iterator[Fault]:
    """One payee uses one invoice number once (A14). Published message."""
    if bill.invoice_no and bench.is_duplicate(bill):
        yield Fault(field="InvoiceNo", message="Duplicate Invoice")


def invoice_date_is_accepted(bill: ReceivedBill, bench: Bench) -> Iterator[Fault]:
    """The invoice date is a date, not after today. A vendor's wording."""
    day = read_date(bill.invoice_on)
    if day is None or day > bench.today:
        yield Fault(field="InvoiceDate", message="Invoice date not accepted", text="Invoice date not accepted")


def setting_is_known(bill: ReceivedBill, bench: Bench) -> Iterator[Fault]:
    """The setting is I, D or O. Published message."""
    if bill.setting not in ("I", "D", "O"):
        yield Fault(field="Setting", message="Must be I, D or O", suggestion="Amend Setting")


def stay_is_complete(bill: ReceivedBill, bench: Bench) -> Iterator[Fault]:
    """In-patient and day-case bills say when and how the stay ended. The wording is ours."""
    if bill.setting not in ("I", "D"):
        return
    admission, discharge = read_date(bill.admission_on), read_date(bill.discharge_on)
    if admission is None:
        yield Fault(field="AdmissionDate", message="Must be specified", suggestion="Enter a date")
    if discharge is None:
        yield Fault(field="DischargeDate", message="Must be specified", suggestion="Enter a date")
    if admission and discharge and admission > discharge:
        yield Fault(field="DischargeDate", message="May not be before the admission date")
    if bill.discharge_reason not in _DISCHARGE_REASONS:
        yield Fault(field="DischargeReason", message="Invalid Code")
