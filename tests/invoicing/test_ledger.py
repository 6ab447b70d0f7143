"""The books balance at every moment: what was billed is what was paid, is short, is open and is written off."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clearbill.invoicing import ledger
from clearbill.invoicing.models import Invoice, LedgerEntry
from clearbill.people.models import Practice
from tests import builders
from tests.builders import NOW, TODAY
from tests.examples import examples

pytestmark = pytest.mark.django_db
KINDS = [LedgerEntry.PAID, LedgerEntry.SHORT, LedgerEntry.WRITTEN_OFF]
AMOUNTS = st.integers(-30_000, 30_000).filter(bool).map(lambda pence: Decimal(pence) / 100)
STEPS = st.lists(st.tuples(st.sampled_from(KINDS), AMOUNTS) | st.integers(0, 20), max_size=14)


@pytest.fixture
def practice() -> Practice:
    return builders.practice()


def post(invoice: Invoice, kind: str = LedgerEntry.PAID, amount: Decimal = Decimal("20.00")) -> LedgerEntry:
    with builders.holding(invoice):
        return ledger.post(invoice, kind=kind, amount=amount, on=TODAY, source=LedgerEntry.INSURER, by=None, now=NOW)


def take_back(invoice: Invoice, entry: LedgerEntry) -> None:
    with builders.holding(invoice):
        ledger.reverse(invoice, entry, on=TODAY, by=None, now=NOW)


def live(invoice: Invoice, steps: Sequence[Any]) -> None:
    """Write entries, and take back those whose place in the order is named, once each."""
    for step in steps:
        if isinstance(step, int):
            standing = invoice.entries.filter(taken_back_by=None).order_by("pk")[step : step + 1]
            for entry in standing:
                take_back(invoice, entry)
        else:
            post(invoice, *step)


@given(steps=STEPS)
@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_books_balance_after_every_history(practice: Practice, steps: Sequence[Any]) -> None:
    with transaction.atomic():
        invoice = builders.invoice(practice)
        live(invoice, steps)
        row = Invoice.objects.get(pk=invoice.pk)
        sums = dict(row.entries.order_by().values_list("kind").annotate(sum=Sum("amount")))
        told = {
            LedgerEntry.PAID: row.paid_total,
            LedgerEntry.SHORT: row.short_total,
            LedgerEntry.WRITTEN_OFF: row.written_off_total,
        }
        assert told == {kind: sums.get(kind, Decimal(0)).quantize(Decimal("0.01")) for kind in KINDS}
        assert row.net_total == row.paid_total + row.short_total + row.written_off_total + row.open_total
        assert ledger.open_amount(row) == ledger.open_amount(invoice) == row.open_total


def test_an_entry_is_taken_back_once(practice: Practice) -> None:
    invoice = builders.invoice(practice)
    entry = post(invoice)
    take_back(invoice, entry)
    with pytest.raises(IntegrityError):
        take_back(invoice, entry)
    assert Invoice.objects.get().paid_total == 0


def test_an_entry_of_nothing_is_refused_by_the_books_and_by_the_database(practice: Practice) -> None:
    invoice = builders.invoice(practice)
    with pytest.raises(ValueError, match="nothing"):
        post(invoice, amount=Decimal("0.00"))
    entry = post(invoice)
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerEntry.objects.filter(pk=entry.pk).update(amount=0)


def test_more_than_was_asked_leaves_less_than_nothing_open(practice: Practice) -> None:
    invoice = builders.invoice(practice)
    post(invoice, amount=Decimal("75.50"))
    assert Invoice.objects.get().open_total == Decimal("-5.50")


def test_pence_do_not_drift(practice: Practice) -> None:
    invoice = builders.invoice(practice)
    for _ in range(30):
        post(invoice, amount=Decimal("0.10"))
    for _ in range(10):
        post(invoice, amount=Decimal("0.01"))
    row = Invoice.objects.get()
    assert (row.paid_total, row.open_total) == (Decimal("3.10"), Decimal("66.90"))
