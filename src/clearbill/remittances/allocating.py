"""Put what insurers paid to the claims it is for: the clear ones by themselves, others into a queue for a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from clearbill import rows
from clearbill.bill import money
from clearbill.bill.lifecycle import Event, Status
from clearbill.billing import books
from clearbill.billing.models import Entry, Invoice
from clearbill.claims import moves
from clearbill.claims.models import Claim
from clearbill.clients.models import Client, Cover
from clearbill.diary.times import uk_day
from clearbill.people.models import User
from clearbill.remittances import matching
from clearbill.remittances.matching import Standing
from clearbill.remittances.models import Advice, Remittance

AT_ONCE, TRIES = 1000, 3


@dataclass(frozen=True, slots=True)
class Allocated:
    """How many advices were put to claims, and how many wait for a person."""

    allocated: int
    unmatched: int


def allocate(remittance: Remittance, *, now: datetime) -> Allocated:
    """Go through what is new in a payment, all of it or nothing, and return what came of it.

    Raises MovedMeanwhile where claims of it move again and again; it can be done again.
    """
    for _ in range(TRIES - 1):
        with suppress(moves.MovedMeanwhile):
            return _allocate(remittance, now)
    return _allocate(remittance, now)


def _allocate(remittance: Remittance, now: datetime) -> Allocated:
    allocated = unmatched = 0
    with transaction.atomic():
        for several in _new(remittance):
            run = _Run(remittance, now, None)
            for advice, standing in several:
                why = matching.why_not(advice, remittance.insurer_slug, standing)
                if why or standing is None:
                    run.leave(advice, why)
                else:
                    run.to(advice, standing)
            run.write()
            allocated, unmatched = allocated + run.allocated, unmatched + run.unmatched
    return Allocated(allocated, unmatched)


class _Run:
    """What is to be written for several advices, gathered first and written at once."""

    def __init__(self, remittance: Remittance, now: datetime, by: User | None) -> None:
        self._remittance, self._now, self._by = remittance, now, by
        self._on: date = remittance.paid_on or uk_day(now)
        self._entries: list[dict[str, Any]] = []
        self._steps: list[moves.Step] = []
        self._advices: list[tuple[dict[str, Any], dict[str, Any]]] = []
        self.allocated = self.unmatched = 0

    def leave(self, advice: Advice, why: str) -> None:
        """Put it into the queue with the reason."""
        self._settle(advice, Advice.UNMATCHED, why, None)
        self.unmatched += 1

    def to(self, advice: Advice, standing: Standing) -> None:
        """Put it to this claim: entries in the books, and the step that follows for the claim."""
        if advice.paid:
            self._enter(advice, standing, Entry.PAID, advice.paid, "", "")
        for code, reason, amount in deductions(advice):
            self._enter(advice, standing, Entry.SHORT, amount, code, reason)
        standing.paid, standing.short = standing.paid + advice.paid, standing.short + advice.short
        for event in events(advice, standing):
            self._steps.append(moves.Step(standing.claim, event, self._note(advice)))
        self._settle(advice, Advice.ALLOCATED, "", standing.claim)
        self.allocated += 1

    def write(self) -> None:
        books.post_many(self._entries)
        moves.learn_many(self._steps, now=self._now, source=moves.INSURER, waiting_reason="", next_check_at=None)
        rows.update_many(Advice, self._advices)

    def _enter(self, advice: Advice, standing: Standing, kind: str, amount: Decimal, code: str, reason: str) -> None:
        self._entries.append(
            {
                "practice": self._remittance.practice_id,
                "invoice": standing.invoice_id,
                "at": self._now,
                "on": self._on,
                "kind": kind,
                "source": Entry.INSURER,
                "amount": amount,
                "reference": self._remittance.payment_reference,
                "reason": reason[:300],
                "code": code[:20],
                "advice": advice.pk,
                "takes_back": None,
                "by": self._by,
            }
        )

    def _settle(self, advice: Advice, state: str, why: str, claim: Claim | None) -> None:
        found = {"id": advice.pk, "state": Advice.NEW}
        settled_at = self._now if claim else None
        self._advices.append(
            (found, {"state": state, "why": why, "claim": claim and claim.pk, "settled_at": settled_at})
        )

    def _note(self, advice: Advice) -> str:
        said = f"{money.show(advice.paid)} in payment {self._remittance.payment_reference}."
        return f"{said} {money.show(advice.short)} was deducted." if advice.short else said


def deductions(advice: Advice) -> list[tuple[str, str, Decimal]]:
    """Return what was deducted by reason: code, words, pounds."""
    found: dict[tuple[str, str], Decimal] = {}
    for line in advice.lines:
        for one in line["deductions"]:
            reason = (one["code"], one["reason"])
            found[reason] = found.get(reason, Decimal("0.00")) + Decimal(one["amount"])
    return [(code, words, amount) for (code, words), amount in found.items() if amount]


def events(advice: Advice, after: Standing) -> Iterator[Event]:
    """Yield the steps that follow for a claim whose books now stand like this."""
    if advice.paid < 0:
        yield Event.TAKEN_BACK
        if after.paid <= 0:
            yield Event.DECLINED
    elif after.paid >= after.net:
        yield Event.PAID
    elif after.paid <= 0 and after.open <= 0:
        yield Event.DECLINED
    else:
        yield Event.PART_PAID


def _new(remittance: Remittance) -> Iterator[list[tuple[Advice, Standing | None]]]:
    """Yield the new advices of a payment, some at a time, each with the claim that has its invoice number.

    The claims' invoices are held until the transaction ends, so that their books have one writer.
    """
    last = 0
    hold = " FOR UPDATE OF advice" if connection.features.has_select_for_update else ""
    while found := rows.select(
        _ADVICES + hold, {**rows.stored(Advice, remittance=remittance.pk), "last": last, "at_once": AT_ONCE}
    ):
        advices = [_ADVICE.row(values) for values in found]
        last = advices[-1].pk
        standings = _standings(remittance, sorted({advice.invoice_number for advice in advices}))
        yield [(advice, standings.get(advice.invoice_number)) for advice in advices]


def _standings(remittance: Remittance, numbers: Sequence[str]) -> dict[str, Standing]:
    marks = ", ".join(f"%(n{index})s" for index in range(len(numbers)))
    hold = " FOR UPDATE OF invoice" if connection.features.has_select_for_update else ""
    given = {f"n{index}": number for index, number in enumerate(numbers)}
    found = rows.select(
        _CLAIMS.format(marks=marks) + hold, {**rows.stored(Claim, practice=remittance.practice_id), **given}
    )
    standings = map(_standing, found)
    return {standing.claim.number: standing for standing in standings}


def _standing(values: Sequence[Any]) -> Standing:
    invoice_at, client_at = len(_CLAIM), len(_CLAIM) + len(_INVOICE)
    claim, invoice = _CLAIM.row(values[:invoice_at]), _INVOICE.row(values[invoice_at:client_at])
    client, membership_number = _CLIENT.row(values[client_at : client_at + len(_CLIENT)]), values[-1] or ""
    return Standing(
        claim=claim,
        first_name=client.first_name,
        last_name=client.last_name,
        membership_number=membership_number,
        invoice_id=invoice.pk,
        is_void=invoice.voided_at is not None,
        net=invoice.net_total,
        paid=invoice.paid_total,
        short=invoice.short_total,
        written_off=invoice.written_off_total,
    )


_ADVICE = rows.Columns(
    Advice, "id", "practice", "remittance", "invoice_number", "clearing_bill_number", "membership_number",
    "patient_name", "claimed", "paid", "previously_paid", "short", "lines", table="advice",
)  # fmt: skip
_CLAIM = rows.Columns(
    Claim, "id", "practice", "invoice", "number", "insurer_slug", "status", "status_at", "version", "net_total",
    "clearing_bill_number", table="claim",
)  # fmt: skip
_INVOICE = rows.Columns(
    Invoice, "id", "voided_at", "net_total", "paid_total", "short_total", "written_off_total", table="invoice"
)
_CLIENT = rows.Columns(Client, "id", "first_name", "last_name", table="client")
_ADVICES = f"""
    SELECT {_ADVICE} FROM {Advice._meta.db_table} advice
    WHERE advice.remittance_id = %(remittance)s AND advice.state = 'new' AND advice.id > %(last)s
    ORDER BY advice.id LIMIT %(at_once)s"""  # nosec B608: names of our own
_CLAIMS = f"""
    SELECT {_CLAIM}, {_INVOICE}, {_CLIENT}, cover.membership_number FROM {Claim._meta.db_table} claim
    JOIN {Invoice._meta.db_table} invoice ON invoice.id = claim.invoice_id
    JOIN {Client._meta.db_table} client ON client.id = invoice.client_id
    LEFT JOIN {Cover._meta.db_table} cover ON cover.client_id = client.id
    WHERE claim.practice_id = %(practice)s AND claim.is_current AND claim.status <> '{Status.CANCELLED.value}'
    AND claim.number IN ({{marks}})"""  # nosec B608: names of our own
