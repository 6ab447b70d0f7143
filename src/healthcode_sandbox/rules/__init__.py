"""The rule set: one function per fault, all of them tried on every bill."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from healthcode_sandbox.house.bill_status import Fault
from healthcode_sandbox.house.received_bill import ReceivedBill
from healthcode_sandbox.rules import cover, head, lines, providers
from healthcode_sandbox.rules.context import Bench

Rule = Callable[[ReceivedBill, Bench], Iterator[Fault]]

RULES: tuple[Rule, ...] = (
    head.insurer_is_mapped,
    head.invoice_number_is_usable,
    head.invoice_number_is_new,
    head.invoice_date_is_accepted,
    head.setting_is_known,
    head.stay_is_complete,
    cover.membership_number_is_found,
    cover.patient_is_the_member,
    cover.cover_lasts,
    cover.authorisation_has_its_form,
    cover.diagnosis_is_given,
    cover.diagnoses_are_mapped,
    providers.payee_is_recognised,
    providers.payee_may_be_paid,
    providers.specialist_is_recognised,
    providers.hospital_is_mapped,
    providers.line_providers_are_recognised,
    lines.there_are_lines,
    lines.service_dates_are_past,
    lines.service_codes_are_valid,
    lines.settings_fit,
    lines.procedure_codes_are_known,
    lines.units_and_amounts_are_numbers,
    lines.total_adds_up,
    lines.total_is_within_the_tariff,
)


def faults_of(bill: ReceivedBill, bench: Bench) -> tuple[Fault, ...]:
    """Return everything that is wrong with a bill, bill level first, then by line."""
    found = [fault for rule in RULES for fault in rule(bill, bench)]
    return tuple(sorted(found, key=lambda fault: fault.line_no or 0))


__all__ = ["RULES", "Bench", "faults_of"]
