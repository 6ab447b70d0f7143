"""Rules for payee, controlling specialist, treating site and the providers of the lines.

Being known to an insurer is not enough: the house keeps its own map, and recognition counts per insurer.
"""

from __future__ import annotations

from collections.abc import Iterator

from healthcode_sandbox.house.bill_status import Fault
from healthcode_sandbox.house.received_bill import ReceivedBill
from healthcode_sandbox.rules.context import PERSONS, Bench


def payee_is_recognised(bill: ReceivedBill, bench: Bench) -> Iterator[Fault]:
    """The payee is mapped for the site and recognised by the insurer. Published message."""
    payee = bench.here(bill.payee)
    if payee is None or not bench.is_recognised(payee, bill):
        yield Fault(field="Payee No", message="Invalid Code")


def payee_may_be_paid(bill: ReceivedBill, bench: Bench) -> Iterator[Fault]:
    """The payee is set up to be paid and has signed the consent form. Published message."""
    payee = bench.here(bill.payee)
    if payee is not None and not (payee.payee and payee.consent):
        yield Fault(field="Payee Provider", message="Must be M", text="Payee Provider - Must be M")


def specialist_is_recognised(bill: ReceivedBill, bench: Bench) -> Iterator[Fault]:
    """The controlling specialist is a person or a generic specialist the insurer recognises. Published message."""
    specialist = bench.here(bill.specialist)
    if specialist is None or specialist.kind not in PERSONS or not bench.is_recognised(specialist, bill):
        yield Fault(field="Specialist", message="Invalid Code")


def hospital_is_mapped(bill: ReceivedBill, bench: Bench) -> Iterator[Fault]:
    """The treating site is on the account. Published message."""
    hospital = bench.here(bill.hospital)
    if hospital is None or hospital.kind != "site":
        yield Fault(
            field="TreatingHospital",
            message="Hospital not mapped",
            suggestion="Ask customer service",
            text="Hospital not mapped",
        )


def line_providers_are_recognised(bill: ReceivedBill, bench: Bench) -> Iterator[Fault]:
    """Every line names a provider whom house and insurer know, and who is on the account. Published messages."""
    for line in bill.lines:
        provider = bench.mapped(line.provider)
        if provider is None or provider.kind == "site" or not bench.is_recognised(provider, bill):
            yield Fault(field="ProviderNo", message="Invalid Code", line_no=line.line_no)
        elif bench.site.id not in provider.sites:
            yield Fault(
                field="ProviderNo",
                message="Provider not mapped",
                suggestion="Ask customer service",
                text="Provider not mapped",
                line_no=line.line_no,
            )
