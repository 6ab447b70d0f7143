"""What an insurer does by itself with a bill that it has collected: as the patient's family name asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from healthcode_sandbox.house.bill_status import KeptBill
from healthcode_sandbox.house.clock import midnight_after
from healthcode_sandbox.house.remittance import NOTHING

LATE_AFTER_DAYS = 60

SECOND_PART_AFTER_DAYS = 7

PAID_AGAIN_AFTER_DAYS = 14

TAKEN_BACK_AFTER_DAYS = 30

USUAL_SHORTFALL = Decimal("20.00")

USUALLY_TOO_MUCH = Decimal("20.00")

PART_NOTE = "Part payment; the rest follows"

_VOWELS = "aeiou"


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Something an insurer is about to pay; below zero where it takes money back.

    `invoice_no`, `patient` and `note` are what the remittance says instead of the bill's own.
    """

    bill: KeptBill
    at: datetime
    amount: Decimal
    reason: str = ""
    invoice_no: str = ""
    patient: str = ""
    note: str = ""


_Plan = Callable[[KeptBill, datetime, Decimal], list[Due]]


def dues_by_name(bill: KeptBill) -> list[Due]:
    """Return everything the insurer pays by itself for a bill, in order; nothing before it is collected."""
    at, net = bill.remittance_due_at, Decimal(bill.facts["net_total"])
    if at is None:
        return []
    plan = _PLANS.get(bill.scenario, _in_full) if net > 0 else _in_full
    return plan(bill, at, net)


def never_pays(bill: KeptBill) -> bool:
    """Return whether the family name asks for no payment at all."""
    return bill.scenario == "SIM-SILENT"


def wrong_invoice_no(bill: KeptBill) -> str:
    """Return an invoice number that is not the bill's."""
    return f"{bill.invoice_no}X"


def misspelt(patient: str) -> str:
    """Return “Family, Given” with one letter of the family name changed."""
    family, comma, given = patient.partition(",")
    place = max((family.lower().rfind(vowel) for vowel in _VOWELS), default=-1)
    if place < 0:
        return f"{family}{family[-1:]}{comma}{given}"
    other = _VOWELS[(_VOWELS.index(family[place].lower()) + 1) % len(_VOWELS)]
    other = other.upper() if family[place].isupper() else other
    return f"{family[:place]}{other}{family[place + 1 :]}{comma}{given}"


def exchanged(patient: str) -> str:
    """Return “Family, Given” with the two names in each other's place."""
    family, _, given = patient.partition(",")
    return f"{given.strip()}, {family.strip()}"


def halves(amount: Decimal) -> tuple[Decimal, Decimal]:
    """Return an amount in two parts, to the penny."""
    first = (amount / 2).quantize(Decimal("0.01"))
    return first, amount - first


def _in_full(bill: KeptBill, at: datetime, net: Decimal) -> list[Due]:
    return [Due(bill=bill, at=at, amount=net)]


def _never(bill: KeptBill, at: datetime, net: Decimal) -> list[Due]:
    return []


def _declined(bill: KeptBill, at: datetime, net: Decimal) -> list[Due]:
    return [Due(bill=bill, at=at, amount=NOTHING, reason="ZSF05")]


def _short_by(reason: str) -> _Plan:
    def short(bill: KeptBill, at: datetime, net: Decimal) -> list[Due]:
        amount = net - USUAL_SHORTFALL if net > USUAL_SHORTFALL else halves(net)[0]
        return [Due(bill=bill, at=at, amount=amount, reason=reason)]

    return short


def _late(bill: KeptBill, at: datetime, net: Decimal) -> list[Due]:
    return [Due(bill=bill, at=midnight_after(bill.collected_at or at, days=LATE_AFTER_DAYS), amount=net)]


def _in_two_parts(bill: KeptBill, at: datetime, net: Decimal) -> list[Due]:
    first, rest = halves(net)
    later = midnight_after(at, days=SECOND_PART_AFTER_DAYS)
    return [Due(bill=bill, at=at, amount=first, note=PART_NOTE), Due(bill=bill, at=later, amount=rest)]


def _under_a_wrong_number(bill: KeptBill, at: datetime, net: Decimal) -> list[Due]:
    return [Due(bill=bill, at=at, amount=net, invoice_no=wrong_invoice_no(bill))]


def _named(spelt: Callable[[str], str]) -> _Plan:
    return lambda bill, at, net: [Due(bill=bill, at=at, amount=net, patient=spelt(bill.facts["patient"]))]


def _too_much(bill: KeptBill, at: datetime, net: Decimal) -> list[Due]:
    return [Due(bill=bill, at=at, amount=net + USUALLY_TOO_MUCH)]


def _twice(bill: KeptBill, at: datetime, net: Decimal) -> list[Due]:
    again = midnight_after(at, days=PAID_AGAIN_AFTER_DAYS)
    return [Due(bill=bill, at=at, amount=net), Due(bill=bill, at=again, amount=net)]


def _taken_back(bill: KeptBill, at: datetime, net: Decimal) -> list[Due]:
    back = midnight_after(at, days=TAKEN_BACK_AFTER_DAYS)
    return [Due(bill=bill, at=at, amount=net), Due(bill=bill, at=back, amount=-net, reason="ZSF05")]


_PLANS: dict[str, _Plan] = {
    "SIM-SILENT": _never,
    "SIM-PART": _short_by("ZSF01"),
    **{f"SIM-SHORT-0{number}": _short_by(f"ZSF0{number}") for number in range(1, 7)},
    "SIM-DENIED": _declined,
    "SIM-LATE": _late,
    "SIM-SPLIT": _in_two_parts,
    "SIM-WRONGINV": _under_a_wrong_number,
    "SIM-MISSPELT": _named(misspelt),
    "SIM-EXCHANGED": _named(exchanged),
    "SIM-OVERPAID": _too_much,
    "SIM-TWICE": _twice,
    "SIM-CLAWBACK": _taken_back,
}
