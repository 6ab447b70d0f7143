"""Entries and steps of claims are written only by a transaction that holds the invoice: anything else raises."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, connections, transaction

from clearbill.bill.lifecycle import Event, Status
from clearbill.claims.core import transitions
from clearbill.claims.models import Claim, ClaimEvent
from clearbill.db import held_rows
from clearbill.db.held_rows import RowNotHeld
from clearbill.invoicing import ledger
from clearbill.invoicing.models import Invoice, LedgerEntry
from clearbill.money.remittances.allocation import claim_balance
from tests import builders
from tests.builders import NOW, TODAY
from tests.claims.desk import Desk, status
from tests.patience import wait_until

# Real transactions: what is held ends with them.
pytestmark = pytest.mark.django_db(transaction=True)


def post(invoice: Invoice) -> LedgerEntry:
    return ledger.post(
        invoice,
        kind=LedgerEntry.PAID,
        amount=Decimal("20.00"),
        on=TODAY,
        source=LedgerEntry.INSURER,
        by=None,
        now=NOW,
    )


def post_many(invoice: Invoice) -> None:
    given: dict[str, Any] = dict.fromkeys(("reference", "reason", "code"), "")
    given |= dict.fromkeys(("advice", "takes_back", "by"))
    given |= {"practice": invoice.practice_id, "invoice": invoice.pk, "at": NOW, "on": TODAY}
    ledger.post_many([{**given, "kind": LedgerEntry.PAID, "source": LedgerEntry.INSURER, "amount": Decimal("20.00")}])


@pytest.fixture
def invoice() -> Invoice:
    return builders.invoice(builders.practice())


@pytest.mark.parametrize("write", [post, post_many])
def test_an_entry_needs_a_transaction_that_holds_its_invoice(
    invoice: Invoice, write: Callable[[Invoice], object]
) -> None:
    other = builders.invoice(invoice.practice)
    with pytest.raises(RowNotHeld):
        write(invoice)
    with pytest.raises(RowNotHeld), transaction.atomic():
        write(invoice)
    with pytest.raises(RowNotHeld, match=str(invoice.pk)), builders.holding(other):
        write(invoice)
    assert not LedgerEntry.objects.exists()
    with transaction.atomic():
        ledger.lock_invoice(invoice.practice, invoice)
        write(invoice)
    assert Invoice.objects.get(pk=invoice.pk).paid_total == Decimal("20.00")


def test_what_one_transaction_held_another_does_not(invoice: Invoice) -> None:
    with builders.holding(invoice):
        post(invoice)
    with pytest.raises(RowNotHeld), transaction.atomic():
        post(invoice)
    with pytest.raises(KeyError), builders.holding(invoice):
        raise KeyError
    with pytest.raises(RowNotHeld), transaction.atomic():
        post(invoice)
    assert LedgerEntry.objects.count() == 1


def test_a_lock_is_gone_with_the_savepoint_in_which_it_was_taken_but_not_with_one_that_was_kept(
    invoice: Invoice,
) -> None:
    with transaction.atomic():
        with pytest.raises(KeyError), transaction.atomic():
            _hold_and_fail(invoice)
        with pytest.raises(RowNotHeld):
            post(invoice)
        with transaction.atomic():
            ledger.lock_invoice(invoice.practice, invoice)
        post(invoice)
    assert LedgerEntry.objects.count() == 1


def _hold_and_fail(invoice: Invoice) -> None:
    ledger.lock_invoice(invoice.practice, invoice)
    raise KeyError


def test_nothing_is_held_outside_a_transaction() -> None:
    with pytest.raises(RowNotHeld):
        held_rows.note([uuid4()])
    held_rows.require([])


def test_a_claim_moves_only_in_a_transaction_that_holds_its_invoice() -> None:
    desk = Desk()
    claim = desk.submitted()
    before = ClaimEvent.objects.count()
    given: dict[str, Any] = {"now": desk.now, "source": transitions.HEALTHCODE}
    steps: list[Callable[[], object]] = [
        lambda: transitions.transition(claim, Event.RECEIPT, by=None, **given),
        lambda: transitions.apply_report(claim, Event.RECEIPT, **given),
        lambda: transitions.apply_reports([transitions.ReportedStep(claim, Event.RECEIPT, "")], **given),
    ]
    for step in steps:
        with pytest.raises(RowNotHeld):
            step()
        with pytest.raises(RowNotHeld), transaction.atomic():
            step()
    assert (status(claim), ClaimEvent.objects.count()) == (Status.SUBMITTED, before)
    with builders.holding(claim.invoice):
        steps[1]()
    assert ClaimEvent.objects.count() == before + 1


def test_a_claim_read_with_its_books_to_be_paid_is_held() -> None:
    desk = Desk()
    claim = desk.submitted()
    with transaction.atomic():
        assert claim_balance.balance_of(Claim.objects.get(pk=claim.pk))
        post(claim.invoice)
    assert LedgerEntry.objects.count() == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite locks no rows")
def test_what_is_held_is_locked_in_the_database(invoice: Invoice) -> None:
    reached: list[str] = []

    def wait_for_it() -> None:
        try:
            with transaction.atomic():
                ledger.lock_invoice(invoice.practice, invoice)
                reached.append("second")
        finally:
            connections.close_all()

    second = Thread(target=wait_for_it)
    with builders.holding(invoice):
        second.start()
        with connection.cursor() as cursor:
            wait_until("the second transaction waits", lambda: _waiting(cursor) > 0)
        reached.append("first")
    second.join()
    assert reached == ["first", "second"]


def _waiting(cursor: Any) -> int:
    cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
    return int(cursor.fetchone()[0])
