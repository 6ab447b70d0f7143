"""The services: numbering, codes, dates, units."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clearbill.bill import dates
from clearbill.bill.bill import Bill
from clearbill.bill.checks.rule import (
    CARE,
    HC_ERRORS,
    INFERRED,
    MANDATORY_INFERRED,
    OURS,
    SEEN,
    VENDORS,
    Context,
    Fault,
    required_on_lines,
    rule,
)

PROCEDURE_CODE = re.compile(r"[A-Z]\d{4}|\d{5}|[A-Z]{2}\d{3}", re.ASCII)

"""Every procedure code that insurers have published has one of these shapes; the list itself is licensed."""

_MOST = 99

_MOST_UNITS = 99

_USUAL_UNITS = 24

line_number_is_given = required_on_lines(
    "LINES-02", "line_no", "The number", fix="Number the lines 1, 2, 3.", source=MANDATORY_INFERRED
)

service_code_is_given = required_on_lines(
    "LINES-05", "service_code", "The service code (ISC)", fix="Enter the ISC under Services, Healthcode Details."
)

first_date_is_given = required_on_lines(
    "LINES-07", "first_date_of_service", "The first date of service", fix="Enter the day of the treatment."
)

units_are_given = required_on_lines(
    "LINES-12", "units", "The number of units", fix="Enter 1 for a single session.", source=MANDATORY_INFERRED
)


@rule("LINES-01", "blocks", source=VENDORS)
def bill_has_lines(bill: Bill, context: Context) -> Iterator[Fault]:
    """The bill has at least one line."""
    if not bill.lines:
        yield Fault(path="lines", message="The bill has no lines.", fix="Add the services that were given.")


@rule("LINES-03", "warns", source=INFERRED)
def lines_are_numbered_in_order(bill: Bill, context: Context) -> Iterator[Fault]:
    """The lines are numbered 1, 2, 3 and so on, each number once."""
    for index, line in enumerate(bill.lines):
        if line.line_no is not None and line.line_no != index + 1:
            message = f"Line {index + 1} carries the number {line.line_no}."
            yield Fault(path=f"lines[{index}].line_no", message=message, fix="Number the lines 1, 2, 3, in order.")
            return


@rule("LINES-04", "warns", source=INFERRED)
def lines_are_not_too_many(bill: Bill, context: Context) -> Iterator[Fault]:
    """The bill has at most 99 lines."""
    if len(bill.lines) > _MOST:
        message = f"The bill has {len(bill.lines)} lines. More than {_MOST} may be too many for Healthcode."
        yield Fault(path="lines", message=message, fix="Split it into two invoices.")


@rule("LINES-06", "warns", source=SEEN)
def service_code_is_short_enough(bill: Bill, context: Context) -> Iterator[Fault]:
    """A service code longer than 8 characters is the practice's own and has the ISC beside it."""
    for index, line in enumerate(bill.lines):
        if len(line.service_code) > 8 and not line.industry_standard_code:
            message = f"Service codes (ISC) have at most 8 characters; that of line {index + 1} has more."
            fix = "Enter the ISC. If the code is your own, give the ISC as industry standard code too."
            yield Fault(path=f"lines[{index}].service_code", message=message, fix=fix)


@rule("LINES-08", "warns", source=MANDATORY_INFERRED)
def last_date_is_given(bill: Bill, context: Context) -> Iterator[Fault]:
    """The last date of service is given on every line; without it the first one counts."""
    for index, line in enumerate(bill.lines):
        if line.last_date_of_service is None and line.first_date_of_service is not None:
            message = f"The last date of service of line {index + 1} is missing; the first one counts for it."
            fix = "Enter the day the service ended; it is usually the first day."
            yield Fault(path=f"lines[{index}].last_date_of_service", message=message, fix=fix)


@rule("LINES-09", "blocks", source=f"{HC_ERRORS}; {VENDORS}")
def first_date_is_not_in_the_future(bill: Bill, context: Context) -> Iterator[Fault]:
    """No service begins after today."""
    for index, line in enumerate(bill.lines):
        if line.first_date_of_service and line.first_date_of_service > context.on:
            message = f"Line {index + 1} is dated {dates.show(line.first_date_of_service)}, which is in the future."
            fix = "Correct the date, or send the bill after the treatment."
            yield Fault(path=f"lines[{index}].first_date_of_service", message=message, fix=fix)


@rule("LINES-10", "warns", source=INFERRED)
def last_date_is_not_in_the_future(bill: Bill, context: Context) -> Iterator[Fault]:
    """No service ends after today."""
    for index, line in enumerate(bill.lines):
        first, last = line.first_date_of_service, line.last_date_of_service
        if last and last > context.on and not (first and first > context.on):
            message = f"Line {index + 1} ends on {dates.show(last)}, which is in the future."
            fix = "Correct the date, or send the bill after the treatment."
            yield Fault(path=f"lines[{index}].last_date_of_service", message=message, fix=fix)


@rule("LINES-11", "blocks", source=OURS)
def last_date_is_not_before_the_first(bill: Bill, context: Context) -> Iterator[Fault]:
    """No service ends before it begins."""
    for index, line in enumerate(bill.lines):
        first, last = line.first_date_of_service, line.last_date_of_service
        if first and last and last < first <= context.on:
            message = f"Line {index + 1} ends on {dates.show(last)}, before it begins on {dates.show(first)}."
            yield Fault(path=f"lines[{index}].last_date_of_service", message=message, fix="Correct one of the dates.")


@rule("LINES-13", "blocks", source=MANDATORY_INFERRED)
def units_are_at_least_one(bill: Bill, context: Context) -> Iterator[Fault]:
    """The number of units is 1 or more."""
    for index, line in enumerate(bill.lines):
        if line.units is not None and line.units < 1:
            message = f"The number of units of line {index + 1} is {line.units}; it must be 1 or more."
            yield Fault(path=f"lines[{index}].units", message=message, fix="Enter 1 for a single session.")


@rule("LINES-15", "blocks", source=f"{OURS}: no service is given so often in one line")
def units_can_be(bill: Bill, context: Context) -> Iterator[Fault]:
    """The number of units is at most 99."""
    for index, line in enumerate(bill.lines):
        if line.units is not None and line.units > _MOST_UNITS:
            message = f"Line {index + 1} bills {line.units} units; more than {_MOST_UNITS} cannot be."
            fix = "Correct the units on the invoice. What was given on several days is a line for each day."
            yield Fault(path=f"lines[{index}].units", message=message, fix=fix)


@rule("LINES-16", "warns", source=CARE)
def units_are_usual(bill: Bill, context: Context) -> Iterator[Fault]:
    """A service of one day has at most 24 units."""
    for index, line in enumerate(bill.lines):
        is_one_day = line.last_date_of_service in (None, line.first_date_of_service)
        if is_one_day and line.units is not None and _USUAL_UNITS < line.units <= _MOST_UNITS:
            message = f"Line {index + 1} bills {line.units} units on one day."
            yield Fault(path=f"lines[{index}].units", message=message, fix="Check the number of units.")


@rule("LINES-14", "warns", source=INFERRED)
def procedure_codes_have_a_usual_shape(bill: Bill, context: Context) -> Iterator[Fault]:
    """A procedure code is a letter and 4 digits, 5 digits, or 2 letters and 3 digits."""
    for index, line in enumerate(bill.lines):
        codes = [("procedure_code", line.procedure_code)] if line.procedure_code else []
        codes += [(f"extra_procedure_codes[{place}]", code) for place, code in enumerate(line.extra_procedure_codes)]
        for field, code in codes:
            if not PROCEDURE_CODE.fullmatch("".join(code.split()).upper()):
                message = f"A procedure code of line {index + 1} has an unusual shape. Codes look like W9999 or 99999."
                fix = "Compare it with the insurer’s fee schedule."
                yield Fault(path=f"lines[{index}].{field}", message=message, fix=fix)


RULES = (
    bill_has_lines,
    line_number_is_given,
    lines_are_numbered_in_order,
    lines_are_not_too_many,
    service_code_is_given,
    service_code_is_short_enough,
    first_date_is_given,
    last_date_is_given,
    first_date_is_not_in_the_future,
    last_date_is_not_in_the_future,
    last_date_is_not_before_the_first,
    units_are_given,
    units_are_at_least_one,
    units_can_be,
    units_are_usual,
    procedure_codes_have_a_usual_shape,
)
