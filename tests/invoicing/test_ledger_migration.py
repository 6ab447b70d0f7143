"""An installation from before the books: its payments become entries."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests import builders, migration_history
from tests.builders import NOW, TODAY

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
BEFORE, AFTER = "0001_initial", "0004_no_payments"


def migrate(name: str) -> Any:
    executor = migration_history.executor()
    executor.migrate([("billing", name)])
    return migration_history.executor().loader.project_state([("billing", name)]).apps


@pytest.fixture
def then() -> Iterator[Any]:
    """The tables of then; those of now come back whatever happens."""
    try:
        yield migrate(BEFORE)
    finally:
        executor = migration_history.executor()
        executor.migrate(executor.loader.graph.leaf_nodes())


def test_payments_of_before_become_entries_and_the_books_balance(then: Any) -> None:
    practice = builders.practice()
    client, practitioner = builders.client(practice), builders.practitioner(practice)
    invoice = then.get_model("billing", "Invoice").objects.create(
        practice_id=practice.pk,
        number="CB10001",
        client_id=client.pk,
        practitioner_id=practitioner.pk,
        insurer_slug="bupa",
        issued_on=TODAY,
        gross_total=Decimal("70.00"),
        net_total=Decimal("70.00"),
    )
    for amount, source in (("20.00", "patient"), ("30.10", "insurer")):
        then.get_model("billing", "Payment").objects.create(
            practice_id=practice.pk,
            invoice=invoice,
            amount=Decimal(amount),
            received_on=TODAY,
            source=source,
            reference="PAY1",
            entered_by_id=None,
        )
    now = migrate(AFTER)
    row = now.get_model("billing", "Invoice").objects.get()
    assert (row.paid_total, row.open_total) == (Decimal("50.10"), Decimal("19.90"))
    entries = list(now.get_model("billing", "Entry").objects.order_by("pk"))
    told = [(entry.kind, entry.source, entry.amount, entry.on, entry.reference) for entry in entries]
    assert told == [
        ("paid", "patient", Decimal("20.00"), TODAY, "PAY1"),
        ("paid", "insurer", Decimal("30.10"), TODAY, "PAY1"),
    ]
    assert all(entry.at.date() >= NOW.date() for entry in entries)
