"""Double entry: what each invoice and each ledger entry moves between accounts. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from clearbill.invoicing.models import LedgerEntry
from clearbill.reports.chart_of_accounts import Account


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceFacts:
    """An invoice, pounds. `insurer` is its name, "" where the client is billed; a share asks for nothing new."""

    number: str
    insurer: str
    is_share: bool
    issued_on: date
    voided_on: date | None
    before_vat: Decimal
    vat: Decimal
    patient_paid: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFacts:
    """One entry in the books of a bill. `vat` is how much of it is VAT, as a credit note says."""

    key: int
    on: date
    kind: str
    source: str
    amount: Decimal
    bill: InvoiceFacts
    vat: Decimal = Decimal("0.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentFacts:
    """What a payment of an insurer adds, or takes off where it is negative, that is for no bill. Pounds."""

    key: int
    on: date
    insurer: str
    reference: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    account: Account
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Transaction:
    """`key` is the same each time the books are exported. The lines come to nothing together."""

    key: str
    on: date
    words: str
    lines: Sequence[Line]


def invoice_transaction(bill: InvoiceFacts) -> Transaction:
    """Return what the invoice moves on the day it is issued. A share moves what is short to the client."""
    words = f"Share {bill.number} to the client" if bill.is_share else f"Invoice {bill.number} to {_to(bill)}"
    return _transaction(f"I-{bill.number}", bill.issued_on, words, _asked(bill))


def void_transaction(bill: InvoiceFacts) -> Transaction | None:
    """Return what takes a void invoice out again, never before the day it was issued; None where it stands."""
    if bill.voided_on is None:
        return None
    lines = [(account, -amount) for account, amount in _asked(bill)]
    return _transaction(f"V-{bill.number}", max(bill.voided_on, bill.issued_on), f"Invoice {bill.number} void", lines)


def entry_transaction(moved: EntryFacts) -> Transaction:
    """Return what one entry moves. It lessens what the debtor of its bill owes; one negative does the reverse."""
    lines = [*_where_to(moved), (_debtor(moved.bill), -moved.amount)]
    return _transaction(f"E-{moved.key}", moved.on, f"{_entry_words(moved)} {moved.bill.number}", lines)


def adjustment_transaction(moved: AdjustmentFacts) -> Transaction:
    """Return what one adjustment moves. Why it was made is not told: it may name a person."""
    lines = [(Account.BANK, moved.amount), (Account.ADJUSTMENTS, -moved.amount)]
    return _transaction(f"A-{moved.key}", moved.on, f"Adjustment by {moved.insurer}, payment {moved.reference}", lines)


def by_day(transactions: Iterable[Transaction]) -> Iterator[Transaction]:
    """Yield one transaction for each day: each account once. They must come by day."""
    for on, group in groupby(transactions, key=lambda one: one.on):
        lines = [(line.account, line.amount) for one in group for line in one.lines]
        together = _transaction(f"D-{on}", on, "The books of the day", lines)
        if together.lines:
            yield together


def totals(transactions: Iterable[Transaction]) -> dict[Account, tuple[Decimal, Decimal]]:
    """Return the debits and the credits of each account."""
    sums = {account: [Decimal("0.00"), Decimal("0.00")] for account in Account}
    for one in transactions:
        for line in one.lines:
            sums[line.account][line.amount < 0] += abs(line.amount)
    return {account: (debit, credit) for account, (debit, credit) in sums.items()}


def _asked(bill: InvoiceFacts) -> list[tuple[Account, Decimal]]:
    net = bill.before_vat + bill.vat - bill.patient_paid
    debits = [(_debtor(bill), net), (Account.BANK, bill.patient_paid)]
    if bill.is_share:
        return [*debits, (Account.SHORTFALL, -(net + bill.patient_paid))]
    return [*debits, (Account.INCOME, -bill.before_vat), (Account.VAT, -bill.vat)]


def _where_to(moved: EntryFacts) -> list[tuple[Account, Decimal]]:
    if moved.kind == LedgerEntry.PAID:
        return [(Account.BANK, moved.amount)]
    if moved.kind == LedgerEntry.WRITTEN_OFF:
        return [(Account.WRITTEN_OFF, moved.amount)]
    if moved.kind == LedgerEntry.SHORT or moved.bill.is_share:
        return [(Account.SHORTFALL, moved.amount)]
    return [(Account.INCOME, moved.amount - moved.vat), (Account.VAT, moved.vat)]


def _debtor(bill: InvoiceFacts) -> Account:
    return Account.DEBTORS_INSURERS if bill.insurer else Account.DEBTORS_CLIENTS


def _to(bill: InvoiceFacts) -> str:
    return bill.insurer or "the client"


def _entry_words(moved: EntryFacts) -> str:
    who = _to(moved.bill) if moved.source == LedgerEntry.INSURER else "the client"
    is_back = moved.amount < 0
    if moved.kind == LedgerEntry.PAID:
        return f"Paid back or corrected, {who}, on" if is_back else f"Paid by {who} on"
    if moved.kind == LedgerEntry.SHORT:
        return "Shortfall lifted on" if is_back else f"Deducted by {who} on"
    word = "Written off" if moved.kind == LedgerEntry.WRITTEN_OFF else "Credited"
    return f"{word}, taken back, on" if is_back else f"{word} on"


def _transaction(key: str, on: date, words: str, amounts: Iterable[tuple[Account, Decimal]]) -> Transaction:
    sums: dict[Account, Decimal] = {}
    for account, amount in amounts:
        sums[account] = sums.get(account, Decimal("0.00")) + amount
    ordered = [Line(account, sums[account]) for account in Account if sums.get(account)]
    return Transaction(key, on, words, ordered)
