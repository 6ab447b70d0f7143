"""The shortfall of one claim, a pure function of its facts: deductions, who is liable, what was decided, what is left.

Worked out from the facts alone. Pounds throughout. With nothing in the books taken amiss,
short = left + asked - asked too much - written off too much.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from clearbill.bill import deductions as bill_deductions
from clearbill.bill import money
from clearbill.bill.money import ZERO
from clearbill.money.shortfalls.models import Decision, LiabilityOverride

TO_DECIDE, WAITING, DISPUTED, DECIDED = "To decide", "Waiting", "Disputed", "Decided"


@dataclass(frozen=True, slots=True)
class DeductedEntry:
    """One entry of a deduction in the ledger, negative where it was lifted.

    `said` is who owes it by the insurer: True the patient, False not the patient, None nothing said. `is_manual`: a
    person read it in a letter, so that no payment tells of it.
    """

    code: str
    words: str
    amount: Decimal
    said: bool | None = None
    on: date | None = None
    is_manual: bool = False

    @property
    def key(self) -> str:
        return bill_deductions.key_of(code=self.code, words=self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortfallFacts:
    """What is known of one invoice to an insurer. `shares` has what each live share asks for."""

    insurer_slug: str
    short: Decimal
    is_answered: bool
    taken: Sequence[DeductedEntry]
    decisions: Sequence[Decision] = ()
    verdicts: Mapping[str, LiabilityOverride] = field(default_factory=dict)
    shares: Mapping[UUID, Decimal] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Deduction:
    """One reason for which the insurer paid less, and what became of it."""

    key: str
    code: str
    words: str
    reason: bill_deductions.DeductionReason
    said: bool | None
    verdict: LiabilityOverride | None
    deducted: Decimal
    on: date | None = None
    noted: Decimal = ZERO
    """What of it a person read in a letter, pounds."""
    written_off: Decimal = ZERO
    asked: Decimal = ZERO
    paid_after_all: Decimal = ZERO
    taken_at_visit: Decimal = ZERO
    mark: Decision | None = None

    @property
    def name(self) -> str:
        """The reason as the insurer words it, else as the table does, else its code."""
        return bill_deductions.shown_name(self.reason, code=self.code, words=self.words) or "No reason given"

    @property
    def token(self) -> str:
        """What names it in a form or an address, where the insurer's words have no place."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:16]

    @property
    def usual(self) -> str:
        """Who owes it, before a person said anything."""
        return bill_deductions.liable_party(self.reason, patient_liable=self.said)

    @property
    def owed_by(self) -> str:
        override = self.verdict.owed_by if self.verdict else ""
        return bill_deductions.liable_party(self.reason, patient_liable=self.said, override=override)

    @property
    def owner(self) -> str:
        return bill_deductions.LIABLE_PARTIES[self.owed_by]

    @property
    def balance(self) -> Decimal:
        """What is left; negative where more was decided than is deducted."""
        return self.deducted - self.written_off - self.asked - self.paid_after_all - self.taken_at_visit

    @property
    def left(self) -> Decimal:
        return max(ZERO, self.balance)

    def state(self, today: date) -> str:
        """Return TO_DECIDE, WAITING, DISPUTED or DECIDED; what waits is to be decided again on its day."""
        if not self.left:
            return DECIDED
        if self.mark is None or (self.mark.come_back_on and self.mark.come_back_on <= today):
            return TO_DECIDE
        return DISPUTED if self.mark.kind == Decision.DISPUTED else WAITING


@dataclass(slots=True, kw_only=True)
class Shortfall:
    """All deductions of one invoice. `taken_at_visit` is what the patient was asked for before the insurer answered."""

    short: Decimal
    is_answered: bool
    deductions: list[Deduction]
    asked: Decimal = ZERO
    taken_at_visit: Decimal = ZERO
    asked_too_much: Decimal = ZERO
    written_off_too_much: Decimal = ZERO

    @property
    def left(self) -> Decimal:
        return money.total(one.left for one in self.deductions)

    @property
    def deducted(self) -> Decimal:
        return money.total(one.deducted for one in self.deductions)

    def of(self, key: str) -> Deduction | None:
        """Return the deduction with this key, or None."""
        return next((one for one in self.deductions if one.key == key), None)

    def states(self, today: date) -> set[str]:
        """Return the states of its deductions; DECIDED stands alone, where nothing is left."""
        found = {one.state(today) for one in self.deductions}
        return found - {DECIDED} or {DECIDED}


def shortfall_of(facts: ShortfallFacts) -> Shortfall:
    """Work out the card of one invoice."""
    deductions, lifted = _deductions(facts)
    at_visit = _decide(deductions, facts)
    lifted = _lift(deductions.values(), lifted)
    unused = _set_against(deductions.values(), at_visit)
    card = Shortfall(
        short=facts.short,
        is_answered=facts.is_answered,
        deductions=[one for one in deductions.values() if one.deducted or one.asked or one.written_off],
        asked=money.total(facts.shares.values()),
        taken_at_visit=at_visit,
    )
    over = lifted + money.total(max(ZERO, -one.balance) for one in deductions.values())
    card.asked_too_much = min(over, money.total(one.asked for one in deductions.values()))
    card.written_off_too_much = over - card.asked_too_much
    if facts.is_answered:
        card.asked_too_much += unused
    return card


def deductions_by_key(
    insurer_slug: str, taken: Iterable[DeductedEntry], verdicts: Mapping[str, LiabilityOverride]
) -> dict[str, Deduction]:
    """Return what an insurer deducted on one invoice, by key, each with its reason and who owes it.

    Those that were lifted since are among them, with nothing deducted or less.
    """
    found: dict[str, Deduction] = {}
    for one in taken:
        there = found.get(one.key)
        if there is None:
            there = found[one.key] = _begun(insurer_slug, one, verdicts)
        else:
            there.deducted += one.amount
            there.words = one.words or there.words
            there.said = bill_deductions.liable_together(there.said, one.said)
        there.noted += one.amount if one.is_manual else ZERO
    return found


def _deductions(facts: ShortfallFacts) -> tuple[dict[str, Deduction], Decimal]:
    """Return the deductions by key, and what was lifted without saying of which."""
    found = deductions_by_key(facts.insurer_slug, facts.taken, facts.verdicts)
    lifted = ZERO
    for key in [key for key, one in found.items() if one.deducted <= 0]:
        lifted -= found.pop(key).deducted
    return found, lifted


def _begun(insurer_slug: str, one: DeductedEntry, verdicts: Mapping[str, LiabilityOverride]) -> Deduction:
    return Deduction(
        key=one.key,
        code=one.code,
        words=one.words,
        reason=bill_deductions.reason_for(insurer_slug, code=one.code, words=one.words),
        said=one.said,
        verdict=verdicts.get(one.key),
        deducted=one.amount,
        on=one.on,
    )


def _decide(deductions: dict[str, Deduction], facts: ShortfallFacts) -> Decimal:
    """Put the decisions to their deductions; return what the shares ask for beside them, which is for no reason yet."""
    live = dict(facts.shares)
    for decision in facts.decisions:
        one = deductions.get(decision.key)
        if one is None:
            entry = DeductedEntry(_code(decision), decision.words, ZERO)
            one = deductions[decision.key] = _begun(facts.insurer_slug, entry, facts.verdicts)
        if decision.kind == Decision.WRITTEN_OFF:
            one.written_off += decision.amount
        elif decision.kind == Decision.ASKED and decision.share_id in live:
            part = min(decision.amount, live[decision.share_id])
            live[decision.share_id] -= part
            one.asked += part
        elif decision.kind in (Decision.DISPUTED, Decision.WAITING):
            one.mark = decision
    return money.total(live.values())


def _code(decision: Decision) -> str:
    return "" if decision.key == decision.words else decision.key


def _lift(deductions: Iterable[Deduction], amount: Decimal) -> Decimal:
    """What the insurer pays after all goes to what is disputed first, then to what nobody decided; return the rest."""
    order = {Decision.DISPUTED: 0, Decision.WAITING: 1}
    for one in sorted(deductions, key=lambda one: order.get(one.mark.kind, 2) if one.mark else 2):
        part = min(one.left, amount)
        one.paid_after_all += part
        amount -= part
    return amount


def _set_against(deductions: Iterable[Deduction], amount: Decimal) -> Decimal:
    """What was taken at the visit is for what the patient owes; return the rest."""
    for one in deductions:
        if one.owed_by == bill_deductions.PATIENT:
            part = min(one.left, amount)
            one.taken_at_visit += part
            amount -= part
    return amount
