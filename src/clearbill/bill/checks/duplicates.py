"""The same thing billed twice, on this bill or on an earlier one."""

from __future__ import annotations

from collections.abc import Iterator

from clearbill.bill import dates
from clearbill.bill.bill import Bill, Line
from clearbill.bill.checks.insurer import is_session
from clearbill.bill.checks.rule import CARE, HC_ERRORS, VENDORS, Context, Fault, rule
from clearbill.bill.insurers import bare


@rule("DUPLICATE-01", "warns", source=CARE)
def service_is_billed_once(bill: Bill, context: Context) -> Iterator[Fault]:
    """No two lines have the same service on the same day by the same provider."""
    if len(bill.lines) < 2:
        return
    one_a_day = context.insurer.one_session_a_day if context.insurer else None
    seen: dict[object, int] = {}
    for index, line in enumerate(bill.lines):
        if not line.service_code or not line.first_date_of_service or (one_a_day and is_session(line, one_a_day.value)):
            continue
        first = seen.setdefault((_service(line), line.service_provider_number), index)
        if first != index:
            message = f"Line {index + 1} bills the same service on the same day as line {first + 1}."
            fix = "Remove one of them, or raise the units if it was given twice."
            yield Fault(path=f"lines[{index}].service_code", message=message, fix=fix)


@rule("DUPLICATE-02", "blocks", source=f"{HC_ERRORS}; {VENDORS}")
def invoice_number_is_used_once(bill: Bill, context: Context) -> Iterator[Fault]:
    """No earlier bill of the same payee has this invoice number."""
    if not bill.invoice_number:
        return
    number, payee = bill.invoice_number.casefold(), bill.providers.payee_provider_number
    for earlier in context.earlier:
        if earlier.invoice_number.casefold() == number and earlier.providers.payee_provider_number == payee:
            message = "This invoice number was already used for the same Payee."
            fix = "Look up the earlier bill first. If this is a new one, give it a new number."
            yield Fault(path="invoice_number", message=message, fix=fix)
            return


@rule("DUPLICATE-03", "warns", source=CARE)
def treatment_was_not_billed_before(bill: Bill, context: Context) -> Iterator[Fault]:
    """No earlier bill with another number has the same service for the same patient on the same day."""
    if not context.earlier:
        return
    patient, number = _patient(bill), bill.invoice_number.casefold()
    billed = {
        _service(line): earlier.invoice_number
        for earlier in context.earlier
        if earlier.invoice_number.casefold() != number and _patient(earlier) == patient
        for line in earlier.lines
    }
    for index, line in enumerate(bill.lines):
        if line.service_code and line.first_date_of_service and (other := billed.get(_service(line))) is not None:
            day = dates.show(line.first_date_of_service)
            message = f"The service of line {index + 1} on {day} was already billed to this patient on invoice {other}."
            yield Fault(path=f"lines[{index}].service_code", message=message, fix="Look up the earlier bill first.")


def _service(line: Line) -> tuple[object, ...]:
    return line.service_code.strip().upper(), line.first_date_of_service


def _patient(bill: Bill) -> tuple[object, ...]:
    if number := bare(bill.cover.registration_number):
        return number, bill.patient.patient_birth_date, bill.patient.patient_first_name.casefold()
    patient = bill.patient
    return patient.patient_last_name.casefold(), patient.patient_birth_date, patient.patient_first_name.casefold()


RULES = (service_is_billed_once, invoice_number_is_used_once, treatment_was_not_billed_before)
