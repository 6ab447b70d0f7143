"""A declined claim is claimed anew: its deductions end with it, and come back where the new claim comes to nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest

from clearbill.bill.lifecycle import Status
from clearbill.bill.problem import Refused
from clearbill.claims.core import services
from clearbill.claims.models import Claim
from clearbill.invoicing import ledger, patient_share, payments
from clearbill.invoicing.models import Invoice, LedgerEntry
from tests import builders
from tests.builders import TODAY
from tests.claims.desk import Desk

pytestmark = pytest.mark.django_db
P = Decimal


@pytest.fixture
def desk() -> Desk:
    return Desk()


def declined(desk: Desk) -> Claim:
    """A claim of £70.00 of which the insurer deducted everything, in two parts."""
    claim = desk.submitted()
    Claim.objects.filter(pk=claim.pk).update(status=Status.DECLINED.value)
    for amount in (P("50.00"), P("20.00")):
        short(claim.invoice, desk, amount, LedgerEntry.INSURER)
    return claim


def short(invoice: Invoice, desk: Desk, amount: Decimal, source: str) -> LedgerEntry:
    with builders.holding(invoice):
        return ledger.post(
            invoice, kind=LedgerEntry.SHORT, amount=amount, on=TODAY, source=source, by=None, now=desk.now
        )


def sums(claim: Claim) -> tuple[Decimal, Decimal]:
    row = Invoice.objects.get(pk=claim.invoice_id)
    return row.short_total, row.open_total


def test_the_insurer_is_asked_for_all_of_it_again(desk: Desk) -> None:
    old = declined(desk)
    assert sums(old) == (P("70.00"), P("0.00"))
    new = services.create_follow_on(desk.actor(), invoice=old.invoice)
    assert sums(old) == (P("0.00"), P("70.00"))
    assert set(LedgerEntry.objects.filter(takes_back__isnull=False).values_list("reference", flat=True)) == {new.number}


def test_a_new_claim_that_is_cancelled_unsent_leaves_the_books_as_they_were(desk: Desk) -> None:
    old = declined(desk)
    for _ in range(2):
        services.cancel(desk.actor(), claim=services.create_follow_on(desk.actor(), invoice=old.invoice))
        assert sums(old) == (P("70.00"), P("0.00"))
    standing = LedgerEntry.objects.filter(kind=LedgerEntry.SHORT, takes_back=None, taken_back_by=None)
    assert sorted(standing.values_list("amount", flat=True)) == [P("20.00"), P("50.00")]


def test_what_the_client_is_asked_for_is_not_claimed_as_well(desk: Desk) -> None:
    old = declined(desk)
    share = patient_share.invoice_share(
        desk.actor(), invoice=old.invoice, parts=[patient_share.ShareLine("excess", P("20.00"))]
    )
    with pytest.raises(Refused, match=share.number):
        services.create_follow_on(desk.actor(), invoice=old.invoice)
    old.refresh_from_db()
    assert old.is_current
    assert sums(old) == (P("70.00"), P("0.00"))


def test_what_is_written_off_is_not_claimed_as_well(desk: Desk) -> None:
    old = declined(desk)
    short(old.invoice, desk, P("-20.00"), LedgerEntry.PRACTICE)
    with builders.holding(old.invoice):
        ledger.post(
            old.invoice,
            kind=LedgerEntry.WRITTEN_OFF,
            amount=P("20.00"),
            on=TODAY,
            source=LedgerEntry.PRACTICE,
            by=None,
            now=desk.now,
        )
    with pytest.raises(Refused, match=r"£20\.00 of it is written off"):
        services.create_follow_on(desk.actor(), invoice=old.invoice)


def test_what_was_short_is_not_short_again_once_it_is_paid(desk: Desk) -> None:
    old = declined(desk)
    new = services.create_follow_on(desk.actor(), invoice=old.invoice)
    entry = payments.record_payment(
        desk.actor(), invoice=old.invoice, amount=P("70.00"), received_on=TODAY, source=LedgerEntry.PATIENT
    )
    with pytest.raises(Refused, match=r"only £0\.00 is open by now"):
        services.cancel(desk.actor(), claim=new)
    new.refresh_from_db()
    assert (new.status, new.is_current) == (Status.CREATED, True)
    payments.reverse_payment(desk.actor(), entry=entry)
    services.cancel(desk.actor(), claim=new)
    assert sums(old) == (P("70.00"), P("0.00"))
