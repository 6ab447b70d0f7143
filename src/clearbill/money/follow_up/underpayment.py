"""What an insurer paid less than agreed on one claim, line by line: worked out from the facts alone. Pounds.

A line is measured by itself where the payments speak of every line of the bill. Where they do not, or where the patient
paid a part at the visit or something was credited, the bill is measured as a whole (`line_no` 0), and only where every
line has its price. What is due is the contract price, or what was billed where that is less, and VAT on top. A
deduction is not missing where the patient owes it: the shortfall's own `Deduction` says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from clearbill.bill import deductions, money
from clearbill.bill.money import ZERO
from clearbill.money.follow_up.models import DismissedUnderpayment
from clearbill.money.shortfalls.shortfall import DeductedEntry, Deduction, deductions_by_key
from clearbill.workspace.contract_prices.models import ContractPrice
from clearbill.workspace.contract_prices.price_list import PriceList
from clearbill.workspace.contract_prices.price_of_a_line import price_of_line

FOLLOW_UP, OTHER_PRICE, NOTHING, UNSAID, LESS = "follow-up", "other price", "nothing", "unsaid", "less"

PATTERNS = {
    FOLLOW_UP: "First visit paid as follow-up",
    OTHER_PRICE: "Paid at the price of another code",
    NOTHING: "Nothing paid",
    UNSAID: "Paid in part, no reason given",
    LESS: "Paid less than agreed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledLine:
    """One line of the bill as it was invoiced; `billed` without VAT."""

    line_no: int
    item_code: str
    procedure_code: str
    description: str
    treated_on: date
    units: int
    billed: Decimal
    vat: Decimal


@dataclass(frozen=True, slots=True)
class AllocatedPayment:
    """What one payment says of the claim; `lines` as `ClaimPayment.lines` has them."""

    paid: Decimal
    lines: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFacts:
    """What is known of one claim. `deductions` are its invoice's by key, `dismissals` what was let go by line."""

    claim_id: UUID
    number: str
    insurer_slug: str
    patient_paid: Decimal
    credited: Decimal
    lines: Sequence[BilledLine]
    payments: Sequence[AllocatedPayment]
    deductions: Mapping[str, Deduction] = field(default_factory=dict)
    dismissals: Mapping[int, DismissedUnderpayment] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Underpayment:
    """One line, or a bill as a whole (`line_no` 0), on which an insurer paid less than agreed; pounds."""

    claim_id: UUID
    number: str
    insurer_slug: str
    line_no: int
    code: str
    description: str
    treated_on: date
    billed: Decimal
    due: Decimal
    paid: Decimal
    patients: Decimal
    missing: Decimal
    pattern: str
    words: str
    dismissal_id: int | None
    dismissed_because: str

    @property
    def is_dismissed(self) -> bool:
        return self.dismissal_id is not None


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line with the contract price of the day of treatment; None where there is none to measure it by."""

    line: BilledLine
    code: str
    price: ContractPrice | None

    @property
    def due(self) -> Decimal:
        """What the insurer is to pay; only of a line that has a price."""
        agreed = self.price.amount * self.line.units if self.price else self.line.billed
        return min(self.line.billed, agreed) + self.line.vat


@dataclass(slots=True)
class _Told:
    """What the insurer says of a line, or of a bill: paid, owed by the patient, and why the rest was deducted."""

    paid: Decimal = ZERO
    patients: Decimal = ZERO
    reasons: list[tuple[str, str]] = field(default_factory=list)
    """Key and name of each reason that is not the patient's."""

    def deduct(self, one: Deduction, amount: Decimal, *, code: str, words: str) -> None:
        if one.owed_by == deductions.PATIENT:
            self.patients += amount
        else:
            self.reasons.append((one.reason.key, deductions.shown_name(one.reason, code=code, words=words)))

    @property
    def reason(self) -> str:
        return max((name for _, name in self.reasons), default="")

    @property
    def is_follow_up(self) -> bool:
        return any(key == deductions.FIRST_VISIT for key, _ in self.reasons)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measured:
    """A line, or a bill as a whole, beside what was told of it."""

    line_no: int
    code: str
    description: str
    treated_on: date
    units: int
    visit: str
    vat: Decimal
    billed: Decimal
    due: Decimal
    told: _Told

    @property
    def missing(self) -> Decimal:
        return self.due - self.told.paid - self.told.patients


def underpayments_of(facts: ClaimFacts, prices: PriceList) -> list[Underpayment]:
    """Return what is missing on a claim, by line or as a whole; an empty list where everything was paid as agreed."""
    priced = [priced_line(facts.insurer_slug, line, prices) for line in facts.lines]
    by_line = _told_by_line(facts)
    if facts.payments and _is_whole(facts, by_line):
        measured = _whole(facts, priced, by_line)
    else:
        measured = _each(facts, priced, by_line)
    return [_underpayment(facts, one, prices) for one in measured if one.missing > 0]


def priced_line(insurer_slug: str, line: BilledLine, prices: PriceList) -> PricedLine:
    """Return the line with the price of its item code, else of its procedure code, and the code that counts."""
    price = price_of_line(
        prices,
        insurer_slug,
        item_code=line.item_code,
        procedure_code=line.procedure_code,
        day=line.treated_on,
    )
    return PricedLine(line, price.code if price else line.item_code or line.procedure_code, price)


def _told_by_line(facts: ClaimFacts) -> dict[int, _Told]:
    """What the payments say of each line that they speak of."""
    found: dict[int, _Told] = {}
    for payment in facts.payments:
        for said in payment.lines:
            told = found.setdefault(int(said["line_no"]), _Told())
            told.paid += Decimal(said["paid"])
            for cut in said["deductions"]:
                one = _deduction(facts, cut)
                told.deduct(one, Decimal(cut["amount"]), code=cut["code"], words=cut["reason"])
    return found


def _deduction(facts: ClaimFacts, cut: Mapping[str, Any]) -> Deduction:
    """Return the deduction as the shortfall has it; one that the ledger does not hold is judged by itself."""
    key = deductions.key_of(code=cut["code"], words=cut["reason"])
    if (there := facts.deductions.get(key)) is not None:
        return there
    entry = DeductedEntry(cut["code"], cut["reason"], ZERO, cut.get("patient_liable"))
    return deductions_by_key(facts.insurer_slug, [entry], {})[key]


def _noted(facts: ClaimFacts) -> list[Deduction]:
    """Deductions that a person read in a letter: no payment tells of them, nor of which line they are."""
    return [one for one in facts.deductions.values() if one.noted > 0]


def _is_whole(facts: ClaimFacts, by_line: Mapping[int, _Told]) -> bool:
    """Nobody spoke of every line, or something stands between the lines and what is due of the bill."""
    if facts.patient_paid or facts.credited or any(line.line_no not in by_line for line in facts.lines):
        return True
    return len(facts.lines) > 1 and bool(_noted(facts))


def _each(facts: ClaimFacts, priced: Sequence[PricedLine], by_line: Mapping[int, _Told]) -> Iterator[_Measured]:
    for one in priced:
        told = by_line.get(one.line.line_no)
        if one.price is None or told is None:
            continue
        _deduct_noted(facts, told)
        yield _Measured(
            line_no=one.line.line_no,
            code=one.code,
            description=one.line.description,
            treated_on=one.line.treated_on,
            units=one.line.units,
            visit=one.price.visit,
            vat=one.line.vat,
            billed=one.line.billed + one.line.vat,
            due=one.due,
            told=told,
        )


def _whole(facts: ClaimFacts, priced: Sequence[PricedLine], by_line: Mapping[int, _Told]) -> Iterator[_Measured]:
    if not priced or any(one.price is None for one in priced):
        return
    told = _Told(paid=money.total(payment.paid for payment in facts.payments))
    for one in by_line.values():
        told.patients += one.patients
        told.reasons += one.reasons
    _deduct_noted(facts, told)
    told.patients += facts.patient_paid + facts.credited
    only = priced[0] if len(priced) == 1 else None
    yield _Measured(
        line_no=0,
        code=only.code if only else "",
        description=only.line.description if only else "",
        treated_on=min(one.line.treated_on for one in priced),
        units=max(one.line.units for one in priced),
        visit=only.price.visit if only and only.price else "",
        vat=money.total(one.line.vat for one in priced),
        billed=money.total(one.line.billed + one.line.vat for one in priced),
        due=money.total(one.due for one in priced),
        told=told,
    )


def _deduct_noted(facts: ClaimFacts, told: _Told) -> None:
    for one in _noted(facts):
        told.deduct(one, one.noted, code=one.code, words=one.words)


def _underpayment(facts: ClaimFacts, one: _Measured, prices: PriceList) -> Underpayment:
    other = _other_price(facts, one, prices)
    pattern = _pattern(one, other)
    dismissal = facts.dismissals.get(one.line_no)
    is_dismissed = dismissal is not None and dismissal.amount == one.missing
    return Underpayment(
        claim_id=facts.claim_id,
        number=facts.number,
        insurer_slug=facts.insurer_slug,
        line_no=one.line_no,
        code=one.code,
        description=one.description,
        treated_on=one.treated_on,
        billed=one.billed,
        due=one.due,
        paid=one.told.paid,
        patients=one.told.patients,
        missing=one.missing,
        pattern=pattern,
        words=_words(pattern, one.told.reason, other),
        dismissal_id=dismissal.pk if dismissal and is_dismissed else None,
        dismissed_because=dismissal.reason if dismissal and is_dismissed else "",
    )


def _other_price(facts: ClaimFacts, one: _Measured, prices: PriceList) -> ContractPrice | None:
    """Return the contract price of another code at which the line was paid, if any; a bill of many lines has none."""
    if not one.code or not one.units:
        return None
    covered = one.told.paid + one.told.patients - one.vat
    unit = (covered / one.units).quantize(money.PENNY)
    if unit * one.units != covered:
        return None
    return prices.at_amount(facts.insurer_slug, unit, one.treated_on, other_than=one.code)


def _pattern(one: _Measured, other: ContractPrice | None) -> str:
    is_priced_so = one.visit == ContractPrice.FIRST and other is not None and other.visit == ContractPrice.FOLLOW_UP
    if is_priced_so or (one.told.is_follow_up and one.visit != ContractPrice.FOLLOW_UP):
        return FOLLOW_UP
    if other is not None:
        return OTHER_PRICE
    if one.told.paid <= 0:
        return NOTHING
    return LESS if one.told.reason else UNSAID


def _words(pattern: str, reason: str, other: ContractPrice | None) -> str:
    """Return the pattern as a sentence: what it looks like, and what the insurer says."""
    looks = PATTERNS[pattern]
    if pattern == OTHER_PRICE and other:
        looks = f"Paid at the price of {f'{other.description} ({other.code})' if other.description else other.code}"
    if pattern == FOLLOW_UP and other:
        looks = f"{looks}, at the price of {other.code}"
    return f"{looks}. The insurer’s reason: {reason}" if reason else looks
