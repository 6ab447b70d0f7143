"""Two people, or two tabs, at the same moment: a payment comes in once, on both databases."""

from __future__ import annotations

import io
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from clearbill.imports.remittance_files import services
from clearbill.invoicing.models import LedgerEntry
from clearbill.money.remittances import manual_entry
from clearbill.money.remittances.manual_entry import EnteredBill, EnteredPayment
from clearbill.money.remittances.models import ClaimPayment, Document, Remittance, Upload
from clearbill.people.actor import Actor
from tests.builders import TODAY
from tests.claims.at_once import at_once, real_database  # noqa: F401
from tests.claims.desk import Desk
from tests.imports.remittance_files.importing_files import csv_file, row
from tests.money.remittances.test_allocation import collected

pytestmark = pytest.mark.usefixtures("real_database")


def received(desk: Desk, content: bytes) -> Upload:
    return services.store_file(
        Actor(desk.practice, desk.owner.user, desk.now), content=io.BytesIO(content), name="payments.csv"
    )


def test_a_file_that_two_people_take_in_comes_in_once() -> None:
    desk = Desk()
    upload = received(desk, csv_file(row(collected(desk))))
    results = at_once(*[lambda: services.commit(desk.actor(), upload=upload)] * 2)
    assert sorted(type(one).__name__ for one in results) == ["ImportResult", "Refused"]
    assert (Remittance.objects.count(), ClaimPayment.objects.count(), LedgerEntry.objects.count()) == (1, 1, 1)


def test_a_file_that_two_people_bring_is_kept_once() -> None:
    desk = Desk()
    content = csv_file(row(collected(desk)))
    results = at_once(*[lambda: received(desk, content)] * 2)
    assert all(isinstance(one, Upload) for one in results), results
    assert (Upload.objects.count(), Document.objects.count()) == (1, 1)


def test_two_files_of_one_payment_come_in_once() -> None:
    desk = Desk()
    claim = collected(desk)
    files = [received(desk, csv_file(row(claim, reference=reference))) for reference in ("PAY1", "pay 1")]
    results = at_once(
        *[lambda file=file: services.commit(desk.actor(), upload=file) for file in files]  # type: ignore[misc]
    )
    assert [type(one).__name__ for one in results] == ["ImportResult"] * 2, results
    assert (Remittance.objects.count(), ClaimPayment.objects.count(), LedgerEntry.objects.count()) == (1, 1, 1)
    assert Remittance.objects.get().amount == 70


def test_a_form_that_is_sent_twice_at_the_same_moment_is_one_payment() -> None:
    desk = Desk()
    bill = EnteredBill(invoice_number=collected(desk).number, paid=Decimal("70.00"))
    typed = EnteredPayment(
        form_id=uuid4(),
        insurer_slug="bupa",
        payment_reference="PAY1",
        paid_on=TODAY - timedelta(days=1),
        bills=(bill,),
    )
    results = at_once(*[lambda: manual_entry.enter(Actor(desk.practice, desk.owner.user, desk.now), typed=typed)] * 2)
    assert sorted(getattr(one, "allocated", one) is None for one in results) == [False, True], results
    assert (Remittance.objects.count(), ClaimPayment.objects.count(), LedgerEntry.objects.count()) == (1, 1, 1)
