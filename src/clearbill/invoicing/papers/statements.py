"""A client's statement of account: what was asked for and paid, day by day, and what is open by age."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clearbill.bill import insurers, money
from clearbill.bill.money import ZERO
from clearbill.clients.models import Client
from clearbill.invoicing.models import Invoice, LedgerEntry
from clearbill.people.models import Practice

AGES = [("0 to 30 days", 30), ("31 to 60 days", 60), ("61 to 90 days", 90), ("Over 90 days", 10**6)]

IN_FAVOUR = "Paid too much"

WORDS = {LedgerEntry.SHORT: "Deducted", LedgerEntry.WRITTEN_OFF: "Written off"}


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of the account: `charge` and `credit` in pounds, and what was open after it."""

    on: date
    words: str
    charge: Decimal
    credit: Decimal
    balance: Decimal
    invoice: Invoice


@dataclass(frozen=True, slots=True)
class InsurerInvoice:
    """An invoice to the client's insurer, for information: what came of it up to the last day."""

    invoice: Invoice
    insurer: str
    received: Decimal
    open: Decimal


@dataclass(frozen=True, slots=True)
class Statement:
    """The account of the invoices to the client. `before` and `after` are what was open; `aged` adds up to `after`."""

    client: Client
    first_on: date
    last_on: date
    before: Decimal
    movements: tuple[Movement, ...]
    after: Decimal
    aged: tuple[tuple[str, Decimal], ...]
    to_insurers: tuple[InsurerInvoice, ...]


def statement(practice: Practice, client: Client, *, first_on: date, last_on: date) -> Statement:
    """Return the client's account from the first to the last of these UK days. Void invoices are not on it."""
    rows = Invoice.objects.filter(practice=practice, client=client, voided_at=None, issued_on__lte=last_on)
    invoices = list(rows.prefetch_related("entries__method").order_by("issued_on", "number"))
    own = [one for one in invoices if not one.insurer_slug]
    steps = sorted((step for one in own for step in _steps(one, first_on, last_on)), key=lambda step: step[:2])
    before = money.total(amount for on, _, _, amount, _ in steps if on < first_on)
    balance, movements = before, []
    for on, _, words, amount, one in steps:
        if on < first_on:
            continue
        balance += amount
        movements.append(Movement(on, words, max(amount, ZERO), max(-amount, ZERO), balance, one))
    return Statement(
        client,
        first_on,
        last_on,
        before,
        tuple(movements),
        balance,
        _aged(own, last_on),
        tuple(_told(one, last_on) for one in invoices if one.insurer_slug and one.issued_on >= first_on),
    )


def _steps(one: Invoice, first_on: date, last_on: date) -> Iterable[tuple[date, int, str, Decimal, Invoice]]:
    """What changes what is open: day, order within the day, words, pounds. Nothing counts before the invoice's day."""
    yield one.issued_on, 0, f"Invoice {one.number}", one.net_total, one
    entries = {entry.pk: entry for entry in _entries(one, last_on)}
    hidden = set(_mistakes(one, entries, first_on))
    for entry in entries.values():
        if entry.pk not in hidden:
            yield _day(entry, one), entry.pk, _words(entry, one), -entry.amount, one


def _mistakes(one: Invoice, entries: Mapping[int, LedgerEntry], first_on: date) -> Iterable[int]:
    """A mistake that was taken back says nothing to the client, unless an earlier statement told of it."""
    for entry in entries.values():
        wrong = entries.get(entry.takes_back_id or 0)
        if wrong and (_day(wrong, one) < first_on) == (_day(entry, one) < first_on):
            yield from (wrong.pk, entry.pk)


def _entries(one: Invoice, last_on: date) -> list[LedgerEntry]:
    return [entry for entry in one.entries.all() if entry.on <= last_on]


def _day(entry: LedgerEntry, one: Invoice) -> date:
    return max(entry.on, one.issued_on)


def _words(entry: LedgerEntry, one: Invoice) -> str:
    if entry.takes_back_id:
        return f"Entered by mistake, taken back: {one.number}"
    if entry.kind == LedgerEntry.CREDITED:
        return f"Credit note {entry.reference} for {one.number}"
    if entry.kind != LedgerEntry.PAID:
        return f"{WORDS[entry.kind]}, {one.number}"
    how = ", ".join(part for part in (entry.paid_by, entry.reference) if part)
    return f"{'Paid back' if entry.amount < 0 else 'Payment, thank you'}: {one.number}{f' ({how})' if how else ''}"


def _open(one: Invoice, last_on: date) -> Decimal:
    return one.net_total - money.total(entry.amount for entry in _entries(one, last_on))


def _aged(own: Iterable[Invoice], last_on: date) -> tuple[tuple[str, Decimal], ...]:
    sums = dict.fromkeys([name for name, _ in AGES] + [IN_FAVOUR], ZERO)
    for one in own:
        amount, days = _open(one, last_on), (last_on - one.issued_on).days
        sums[IN_FAVOUR if amount < 0 else next(name for name, most in AGES if days <= most)] += amount
    return tuple(sums.items())


def _told(one: Invoice, last_on: date) -> InsurerInvoice:
    paid = money.total(entry.amount for entry in _entries(one, last_on) if entry.kind == LedgerEntry.PAID)
    return InsurerInvoice(one, insurers.name_of(one.insurer_slug), paid, _open(one, last_on))
