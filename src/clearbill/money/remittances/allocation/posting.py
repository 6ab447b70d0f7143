"""Write allocations: ledger entries, claim transitions, claim payment states; a few statements for many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from clearbill.bill import money
from clearbill.bill.dates import uk_day
from clearbill.bill.lifecycle import Event, allowed, step
from clearbill.claims.core import transitions
from clearbill.claims.models import Claim
from clearbill.db import statements
from clearbill.invoicing import cover, ledger
from clearbill.invoicing.models import LedgerEntry
from clearbill.money.remittances.allocation import rules
from clearbill.money.remittances.allocation.claim_balance import ClaimBalance
from clearbill.money.remittances.models import ClaimPayment, Remittance
from clearbill.people.actor import Actor
from clearbill.people.models import User


class PostingBatch:
    """What is to be written for several advices, gathered first and written at once."""

    def __init__(self, remittance: Remittance, *, now: datetime, by: User | None = None) -> None:
        self._remittance, self._now, self._by = remittance, now, by
        self._on: date = remittance.paid_on or uk_day(now)
        self._entries: list[dict[str, Any]] = []
        self._steps: list[transitions.ReportedStep] = []
        self._advices: list[tuple[dict[str, Any], dict[str, Any]]] = []
        self._with_excess: set[UUID] = set()
        self.allocated = self.unmatched = 0

    def leave(self, advice: ClaimPayment, why: str) -> None:
        """Put it into the queue with the reason."""
        self._settle(advice, ClaimPayment.UNMATCHED, why, None)
        self.unmatched += 1

    def to(self, advice: ClaimPayment, standing: ClaimBalance) -> None:
        """Put it to this claim: entries in the books, and the step that follows for the claim."""
        if advice.paid:
            self._enter(advice, standing, LedgerEntry.PAID, advice.paid, "", "")
        for code, reason, amount in deductions_by_reason(advice):
            self._enter(advice, standing, LedgerEntry.SHORT, amount, code, reason)
            if cover.is_excess(self._remittance.insurer_slug, code=code, words=reason):
                self._with_excess.add(standing.claim.invoice_id)
        _count_in(advice, standing)
        for event in resulting_events(advice, standing):
            self._steps.append(transitions.ReportedStep(standing.claim, event, self._note(advice)))
            standing.status = step(standing.status, event)
        self._settle(advice, ClaimPayment.ALLOCATED, "", standing.claim)
        self.allocated += 1

    def lift(self, advice: ClaimPayment, standing: ClaimBalance) -> None:
        """What an insurer pays after all is no longer short."""
        amount = min(standing.short, advice.paid + advice.short - standing.open)
        if advice.paid > 0 and amount > 0:
            self._enter(advice, standing, LedgerEntry.SHORT, -amount, "", "Paid after all.")
            standing.short -= amount

    def write(self) -> None:
        """Write all of it. Raises ConcurrentChange where a claim or an advice is no longer as it was read."""
        ledger.post_many(self._entries)
        transitions.apply_reports(
            self._steps, now=self._now, source=transitions.INSURER, waiting_reason="", next_check_at=None
        )
        if statements.update_many(ClaimPayment, self._advices) != len(self._advices):
            raise transitions.ConcurrentChange
        if self._with_excess:
            cover.count_excess(Actor(self._remittance.practice, self._by, self._now), self._with_excess)

    def _enter(
        self, advice: ClaimPayment, standing: ClaimBalance, kind: str, amount: Decimal, code: str, reason: str
    ) -> None:
        self._entries.append(
            {
                "practice": self._remittance.practice_id,
                "invoice": standing.claim.invoice_id,
                "at": self._now,
                "on": self._on,
                "kind": kind,
                "source": LedgerEntry.INSURER,
                "amount": amount,
                "reference": self._remittance.payment_reference,
                "reason": reason[:300],
                "code": code[:20],
                "advice": advice.pk,
                "takes_back": None,
                "by": self._by,
            }
        )

    def _settle(self, advice: ClaimPayment, state: str, why: str, claim: Claim | None) -> None:
        found = {"id": advice.pk, "state": advice.state}
        settled = {"settled_at": self._now if claim else None, "settled_by": self._by}
        self._advices.append((found, {"state": state, "why": why, "claim": claim and claim.pk, **settled}))

    def _note(self, advice: ClaimPayment) -> str:
        said = f"{money.show(advice.paid)} in payment {self._remittance.payment_reference}."
        return f"{said} {money.show(advice.short)} was deducted." if advice.short else said


def is_allowed(advice: ClaimPayment, standing: ClaimBalance) -> bool:
    """Return whether the table has the steps that follow for the claim once the advice is put to it."""
    after = replace(standing)
    _count_in(advice, after)
    for event in resulting_events(advice, after):
        if not allowed(after.status, event):
            return False
        after.status = step(after.status, event)
    return True


def _count_in(advice: ClaimPayment, standing: ClaimBalance) -> None:
    standing.paid, standing.by_insurer = standing.paid + advice.paid, standing.by_insurer + advice.paid
    standing.short += advice.short


def deductions_by_reason(advice: ClaimPayment) -> list[tuple[str, str, Decimal]]:
    """Return what was deducted by reason: code, words, pounds."""
    found: dict[tuple[str, str], Decimal] = {}
    for line in advice.lines:
        for one in line["deductions"]:
            reason = (one["code"], one["reason"])
            found[reason] = found.get(reason, Decimal("0.00")) + Decimal(one["amount"])
    return [(code, words, amount) for (code, words), amount in found.items() if amount]


def resulting_events(advice: ClaimPayment, after: ClaimBalance) -> Iterator[Event]:
    """Yield the steps that follow for a claim whose books now stand like this."""
    if advice.paid >= 0:
        yield rules.resulting_event(after)
        return
    yield Event.TAKEN_BACK
    if after.by_insurer <= 0:
        yield Event.DECLINED
    elif after.paid >= after.net:
        # Only what had been paid too much went back.
        yield Event.PAID
