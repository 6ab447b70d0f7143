"""A payment that was not for a claim is taken off it: it stands where it stood, and Healthcode is asked again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from clearbill.bill.lifecycle import Status
from clearbill.claims.core import transitions
from clearbill.claims.models import Claim, Outbox, Task, TaskKind
from clearbill.clearinghouse.port import ClearingStatus
from clearbill.imports import undo
from clearbill.invoicing.models import LedgerEntry
from clearbill.money.remittances.allocation import manual
from clearbill.money.remittances.models import ClaimPayment, Remittance
from tests.claims.desk import WRONG_MEMBER, Desk, status
from tests.money.remittances.paying import taken_in, told
from tests.money.remittances.test_allocation import books

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk()


def submitted(desk: Desk) -> Claim:
    claim = desk.submitted()
    desk.send()
    claim.refresh_from_db()
    return claim


def take_out(desk: Desk, payment: Remittance) -> None:
    undo.void_remittance(desk.actor(), remittance=payment, reason="Typed in by mistake")


def test_a_claim_of_which_a_mistyped_payment_is_taken_out_is_submitted_again_and_a_rejection_is_seen(
    desk: Desk,
) -> None:
    claim = submitted(desk)
    payment = taken_in(desk, told(claim))
    assert (status(claim), claim.next_check_at) == (Status.PAID, None)
    take_out(desk, payment)
    assert (status(claim), claim.next_check_at) == (Status.SUBMITTED, desk.now)
    assert books(claim) == (0, 0, 0, 70)
    desk.house.advance(claim.number, ClearingStatus.AWAITING_CORRECTION, messages=[WRONG_MEMBER], at=desk.now)
    assert desk.ask()
    assert status(claim) == Status.REJECTED


def test_a_claim_that_awaited_collection_does_so_again(desk: Desk) -> None:
    claim = submitted(desk)
    desk.wait(hours=1)
    desk.house.advance(claim.number, ClearingStatus.AWAITING_COLLECTION, at=desk.now)
    desk.ask()
    assert status(claim) == Status.AWAITING_COLLECTION
    claim.refresh_from_db()
    taken_in(desk, told(claim, 35))
    taken_in(desk, told(claim, 35), reference="PAY900002")
    first, second = ClaimPayment.objects.order_by("pk")
    manual.deallocate(desk.actor(), advice=second)
    assert (status(claim), claim.next_check_at) == (Status.PART_PAID, None)
    manual.deallocate(desk.actor(), advice=first)
    assert (status(claim), claim.next_check_at) == (Status.AWAITING_COLLECTION, desk.now)


def test_a_bill_of_which_nobody_knew_whether_it_had_arrived_is_looked_for_again(desk: Desk) -> None:
    desk.house.lose_next_reply(stored=False)
    claim = submitted(desk)
    transitions.open_task(claim, kind=TaskKind.UNSETTLED, sentence="Look for it in VEDA.")
    payment = taken_in(desk, told(claim))
    assert not Task.objects.filter(settled_at=None).exists()
    take_out(desk, payment)
    assert (status(claim), claim.outbox.get().state) == (Status.UNKNOWN, Outbox.UNCERTAIN)
    assert Task.objects.get(settled_at=None).kind == TaskKind.UNSETTLED
    desk.wait(minutes=30)
    assert desk.ask()
    assert (status(claim), claim.outbox.get().state) == (Status.SUBMITTED, Outbox.READY)


def test_a_collected_claim_is_collected_again_and_not_asked_about(desk: Desk) -> None:
    claim = submitted(desk)
    desk.wait(hours=1)
    desk.house.advance(claim.number, ClearingStatus.COLLECTED, at=desk.now)
    desk.ask()
    take_out(desk, taken_in(desk, told(claim)))
    assert (status(claim), claim.next_check_at) == (Status.COLLECTED, None)


def test_the_books_and_the_timeline_give_the_reason_that_was_typed(desk: Desk) -> None:
    claim = submitted(desk)
    take_out(desk, taken_in(desk, told(claim)))
    assert LedgerEntry.objects.order_by("pk").last().reason == "Typed in by mistake"  # type: ignore[union-attr]
    event = claim.events.order_by("pk").last()
    assert event
    assert event.note == "£70.00 of payment PAY900001 was taken off: Typed in by mistake"


def test_who_is_asked_about_again_is_asked_soon(desk: Desk) -> None:
    claim = submitted(desk)
    for _ in range(5):
        desk.wait(days=1)
        desk.ask()
    take_out(desk, taken_in(desk, told(claim)))
    desk.ask()
    claim.refresh_from_db()
    assert claim.next_check_at
    assert claim.next_check_at - desk.now < timedelta(hours=1)
