"""The takings of a day: what clients paid and were paid back, by method and by who took it. Pounds.

They are the entries of the ledger that are a client's money, each on its own day. What a client had paid before an
invoice was made counts on the invoice's day, as in the accountant's journal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from clearbill.bill import dates, money
from clearbill.fileformats import WrittenTable
from clearbill.invoicing.models import METHOD_NOT_RECORDED, Invoice, LedgerEntry, Method
from clearbill.people.models import Practice

WITH_THE_INVOICE = "Entered on the invoice"

NOBODY = "Clearbill"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """Money of one client; `amount` is negative where it went back or is taken back.

    `entered_on` is the UK day on which it was entered. `taken_back_on` is the day of the entry that takes it back, and
    `takes_back_on` that of the one that this entry takes back; None where there is no such.
    """

    invoice: Invoice
    amount: Decimal
    method: str
    by: str
    reference: str = ""
    entered_on: date
    taken_back_on: date | None = None
    takes_back_on: date | None = None

    @property
    def words(self) -> str:
        """What kind of entry it is, as people say it."""
        if self.takes_back_on:
            return f"Taken back: entered by mistake on {dates.show(self.takes_back_on)}"
        if self.taken_back_on:
            return f"Entered by mistake, taken back on {dates.show(self.taken_back_on)}"
        return "Paid back" if self.amount < 0 else "Payment"


@dataclass(frozen=True, slots=True)
class Sum:
    """Money in and out under one heading; `out` is not negative, and `net` is what is left."""

    name: str
    count: int
    into: Decimal
    out: Decimal

    @property
    def net(self) -> Decimal:
        return self.into - self.out


@dataclass(frozen=True, slots=True)
class DayTakings:
    """All takings of one UK day, as they were entered."""

    on: date
    rows: tuple[Taking, ...]

    @property
    def by_method(self) -> list[Sum]:
        """Return what came in and went out by each method that occurs, in the order in which they are offered."""
        order = [*Method.labels, METHOD_NOT_RECORDED]
        return sorted(self._sums(lambda one: one.method), key=lambda one: order.index(one.name))

    @property
    def by_person(self) -> list[Sum]:
        """Return the same by who entered it."""
        return sorted(self._sums(lambda one: one.by), key=lambda one: one.name)

    @property
    def total(self) -> Sum:
        return _sum("All", self.rows)

    def _sums(self, of: Callable[[Taking], str]) -> list[Sum]:
        groups: dict[str, list[Taking]] = {}
        for one in self.rows:
            groups.setdefault(of(one), []).append(one)
        return [_sum(name, rows) for name, rows in groups.items()]


def takings_of(practice: Practice, on: date, *, tells_references: bool = True) -> DayTakings:
    """Return what clients paid and were paid back on this UK day, in the order in which it was entered.

    A reference is what a person wrote, so it is left out for those who see no clients' records.
    """
    rows = (*_before_invoices(practice, on), *_entries(practice, on))
    return DayTakings(on, rows if tells_references else tuple(replace(one, reference="") for one in rows))


def written(takings: DayTakings) -> WrittenTable:
    """Return the takings of the day to be written as a file."""
    names = ("Date", "Client", "Invoice", "What", "Paid by", "Taken by", "Reference", "Entered on", "Amount")
    rows = (
        (
            takings.on,
            one.invoice.client.name,
            one.invoice.number,
            one.words,
            one.method,
            one.by,
            one.reference,
            one.entered_on,
            one.amount,
        )
        for one in takings.rows
    )
    return WrittenTable(names, rows)


def _before_invoices(practice: Practice, on: date) -> Iterator[Taking]:
    rows = Invoice.objects.filter(practice=practice, issued_on=on, voided_at=None, patient_paid__gt=0)
    for invoice in rows.select_related("client").order_by("number"):
        yield Taking(
            invoice=invoice,
            amount=invoice.patient_paid,
            method=invoice.get_patient_paid_method_display() or METHOD_NOT_RECORDED,
            by=WITH_THE_INVOICE,
            entered_on=dates.uk_day(invoice.created_at),
        )


def _entries(practice: Practice, on: date) -> Iterator[Taking]:
    rows = LedgerEntry.objects.filter(practice=practice, on=on, kind=LedgerEntry.PAID, source=LedgerEntry.PATIENT)
    rows = rows.select_related("invoice__client", "by", "method", "takes_back__method", "taken_back_by")
    for entry in rows.order_by("pk"):
        undone = entry.takes_back
        later = entry.taken_back_by if hasattr(entry, "taken_back_by") else None
        yield Taking(
            invoice=entry.invoice,
            amount=entry.amount,
            method=(undone or entry).paid_by or METHOD_NOT_RECORDED,
            by=str(entry.by) if entry.by else NOBODY,
            reference=entry.reference,
            entered_on=dates.uk_day(entry.at),
            taken_back_on=later.on if later else None,
            takes_back_on=undone.on if undone else None,
        )


def _sum(name: str, rows: Sequence[Taking]) -> Sum:
    into = money.total(one.amount for one in rows if one.amount > 0)
    return Sum(name, len(rows), into, into - money.total(one.amount for one in rows))
