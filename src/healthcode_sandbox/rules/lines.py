"""Rules for the lines and what they add up to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from healthcode_sandbox.house.bill_status import Fault
from healthcode_sandbox.house.catalogue import Service
from healthcode_sandbox.house.received_bill import ReceivedBill, ReceivedLine, read_date
from healthcode_sandbox.rules.context import Bench

MOST_LINES = 99  # A11


def there_are_lines(bill: ReceivedBill, bench: Bench) -> Iterator[Fault]:
    """A bill has 1 to 99 lines. A vendor's wording for none; ours for too many."""
    if not bill.lines:
        yield Fault(
            field="ServiceItem",
            message="Missing service items",
            suggestion="Add a service item",
            text="Missing service items",
        )
    elif len(bill.lines) > MOST_LINES:
        yield Fault(field="ServiceItem", message="May not be more than 99", suggestion="Split the bill")


def service_dates_are_past(bill: ReceivedBill, bench: Bench) -> Iterator[Fault]:
    """Service dates are dates, not after today, and the last is not before the first. FDOS message published."""
    for line in bill.lines:
        first = read_date(line.first_on)
        last = read_date(line.last_on) if line.last_on else first
        if first is None:
            yield Fault(field="FDOS", message="Invalid Date", line_no=line.line_no)
        elif first > bench.today:
            yield Fault(field="FDOS", message="May not be after Today", line_no=line.line_no)
        if line.last_on and last is None:
            yield Fault(field="LDOS", message="Invalid Date", line_no=line.line_no)
        elif last and first and last < first:
            yield Fault(field="LDOS", message="May not be before the first date of service", line_no=line.line_no)
        elif last and last > bench.today and (first is None or first <= bench.today):
            yield Fault(field="LDOS", message="May not be after Today", line_no=line.line_no)


def service_codes_are_valid(bill: ReceivedBill, bench: Bench) -> Iterator[Fault]:
    """The insurer takes the code, the provider is tied to it, and an agreed fee is on file. Published messages."""
    insurer = bench.insurer_of(bill)
    for line in bill.lines:
        service = _service(line, bench)
        provider = bench.mapped(line.provider)
        tied = provider is None or not provider.services or (service is not None and service.code in provider.services)
        if service is None or not tied or (insurer and insurer.id in service.not_for):
            yield Fault(field="ServiceCode", message="Code not valid for insurer", line_no=line.line_no)
        elif insurer and insurer.id in service.agreed_fee_for:
            yield Fault(field="ServiceCode", message="Insurer requires agreed fee for service", line_no=line.line_no)


def settings_fit(bill: ReceivedBill, bench: Bench) -> Iterator[Fault]:
    """A service is given in a setting it is allowed in. Published message for day cases."""
    for line in bill.lines:
        service = _service(line, bench)
        if service and service.settings == ["D"] and (line.setting or bill.setting) != "D":
            yield Fault(field="Setting", message="Must be Daycase", suggestion="Amend Setting", line_no=line.line_no)


def procedure_codes_are_known(bill: ReceivedBill, bench: Bench) -> Iterator[Fault]:
    """Procedure codes are known, and given where the service needs one. Published message."""
    for line in bill.lines:
        service = _service(line, bench)
        missing = service is not None and service.procedure_required and not line.procedure_codes
        if missing or any(code not in bench.catalogue.procedures for code in line.procedure_codes):
            yield Fault(field="ProcCode", message="Invalid Code", line_no=line.line_no)


def units_and_amounts_are_numbers(bill: ReceivedBill, bench: Bench) -> Iterator[Fault]:
    """Units are a whole number from 1, amounts pounds with two decimals (A6). The wording is ours."""
    for line in bill.lines:
        if not re.fullmatch(r"[1-9][0-9]{0,3}", line.units):
            yield Fault(field="Units", message="Invalid Value", line_no=line.line_no)
        if line.net is None:
            yield Fault(field="NetTotal", message="Invalid Value", line_no=line.line_no)
    if bill.net_total is None or bill.patient_paid is None:
        yield Fault(field="NetTotal", message="Invalid Value")


def total_adds_up(bill: ReceivedBill, bench: Bench) -> Iterator[Fault]:
    """The net total is the lines' net less what the patient has paid. The wording is ours."""
    if bill.net_total is None or bill.patient_paid is None or any(line.net is None for line in bill.lines):
        return
    lines = sum((line.net or Decimal(0) for line in bill.lines), Decimal(0))
    if bill.lines and bill.net_total != lines - bill.patient_paid:
        yield Fault(field="NetTotal", message="Does not equal the sum of the service items")


def total_is_within_the_tariff(bill: ReceivedBill, bench: Bench) -> Iterator[Fault]:
    """The net total is within what the insurer pays for these services. Published message."""
    insurer = bench.insurer_of(bill)
    services = [(_service(line, bench), line) for line in bill.lines]
    if insurer is None or bill.net_total is None or any(service is None for service, _ in services):
        return
    most = sum(
        (service.tariff_of(insurer.id) * int(line.units) for service, line in services if service and _counts(line)),
        Decimal(0),
    )
    if bill.lines and bill.net_total > most:
        yield Fault(field="NetTotal", message="Net total exceeds insurer tariff")


def _counts(line: ReceivedLine) -> bool:
    return bool(re.fullmatch(r"[1-9][0-9]{0,3}", line.units))


def _service(line: ReceivedLine, bench: Bench) -> Service | None:
    """Return the service a line bills: by its code, or by the industry standard code beside an own code."""
    services = bench.catalogue.services
    return services.get(line.service_code) or services.get(line.industry_code)
