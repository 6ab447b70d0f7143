"""Everything known of an insurer in words, each with its source and the day it was read: for its page and the docs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from clearbill.bill import dates
from clearbill.bill.bill import DIAGNOSIS_SCHEMES
from clearbill.bill.insurers.catalogue import name_of
from clearbill.bill.insurers.insurer import Fact, Insurer, Numbers

SURE = {"H": "Published", "M": "Published once, or old", "L": "Seen or assumed"}

_YES = {"yes": "Yes", "likely": "Probably", "no": "No", "required": "Required", "not required": "Not required"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One thing known of an insurer; `value` is “Not known” where nothing is."""

    name: str
    value: str
    sure: str = ""
    source: str = ""
    read_on: date | None = None

    @property
    def is_link(self) -> bool:
        return self.source.startswith("https://")


def facts(insurer: Insurer) -> list[Known]:
    """Return everything known of one insurer, and what is asked of every insurer and not known of this one."""
    within, chase = insurer.bill_within_months, insurer.earliest_chase_days
    refused = "; later bills are not paid" if insurer.late_bills_are_refused else ""
    from_invoice = " from the invoice date" if insurer.chase_from_invoice_date else ""
    return [
        _known("Healthcode’s identifier", insurer.identifier),
        *_numbers("Membership number", insurer.membership),
        *_numbers("Authorisation code", insurer.authorisation),
        _known("Bill within", within, f"{within.value} months of the treatment{refused}"),
        _known("Ask about payment", chase, f"after {chase.value} days{from_invoice}"),
        _known("Diagnosis code", insurer.diagnosis),
        _known("Member list", insurer.member_enquiry),
        _known("Electronic remittances", insurer.remittances),
        *_of_this_insurer_only(insurer),
        *_withdrawn(insurer),
        *(_known("Also", said) for said in insurer.says),
    ]


def _of_this_insurer_only(insurer: Insurer) -> Iterator[Known]:
    if schemes := insurer.diagnosis_schemes:
        yield _known("Diagnosis code", schemes, " or ".join(DIAGNOSIS_SCHEMES[one] for one in schemes.value))
    if longest := insurer.invoice_number_longest:
        yield _known("Invoice number", longest, f"{longest.value} characters at most")
    if without := insurer.invoice_number_without:
        yield _known("Invoice number", without, f"without “{without.value}”")
    if text := insurer.line_text_with_code:
        yield _known("Every line", text, "with a description beside the code")
    if procedure := insurer.procedure_code:
        yield _known("Every line", procedure, "with a procedure code (CCSD)")
    if session := insurer.one_session_a_day:
        yield _known("Sessions", session, f"one {session.value} session a day for each patient")


def _withdrawn(insurer: Insurer) -> Iterator[Known]:
    for gone in insurer.withdrawn_codes:
        value = f"{gone.code} ({gone.title}), from {dates.show(gone.from_day)}"
        yield _from("Withdrawn code", value, gone)


def _numbers(name: str, numbers: Numbers) -> Iterator[Known]:
    if not numbers.formats:
        yield Known(name=name, value="Its form is not known, so it is not checked" if numbers.needed else "Not checked")
    for form in numbers.formats:
        yield _from(name, form.shape, form)
    for refusal in numbers.refused:
        yield _from(f"{name}, not", f"{refusal.shape}: this {refusal.reason}", refusal)
    for other in numbers.others:
        taken = "taken, where this insurer administers the plan" if other.is_taken else "not taken"
        yield _from(name, f"numbers of {name_of(other.slug)}: {taken}", other)


def _known(name: str, fact: Fact[Any] | None, words: str = "") -> Known:
    if fact is None:
        return Known(name=name, value="Not known")
    return _from(name, words or _YES.get(str(fact.value), str(fact.value)), fact)


def _from(name: str, value: str, fact: Any) -> Known:
    return Known(name=name, value=value, sure=SURE[fact.confidence], source=fact.source, read_on=fact.read_on)
