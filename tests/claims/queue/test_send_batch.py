"""Several bills sent in turn: the next is taken in the transaction that records the one before."""

from __future__ import annotations

import time
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from clearbill.bill.lifecycle import Status
from clearbill.claims.models import Claim, Exchange, Outbox
from clearbill.claims.queue import circuit_breaker, sender
from clearbill.workspace.models import HealthcodeConnection
from tests.claims.desk import WRONG_MEMBER, Desk, status

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk()


def sent_in_turn(desk: Desk, **how: Any) -> int:
    given = {"now": lambda: desk.now, "house_of": desk.house_of, "seconds": time.monotonic, "at_most": 8, **how}
    return sender.send_batch(**given)


def states() -> list[str]:
    return list(Outbox.objects.order_by("pk").values_list("state", flat=True))


def test_all_that_wait_are_sent_each_once_up_to_so_many(desk: Desk) -> None:
    for _ in range(5):
        desk.submitted()
    assert sent_in_turn(desk, at_most=3) == 3
    assert states() == [Outbox.DONE] * 3 + [Outbox.READY] * 2
    assert sent_in_turn(desk, at_most=3) == 2
    assert sent_in_turn(desk, at_most=3) == 0
    assert len(desk.house.ledger) == desk.house.sent == Exchange.objects.count() == 5


def test_one_that_is_asked_to_stop_takes_no_further_bill(desk: Desk) -> None:
    for _ in range(3):
        desk.submitted()
    may_go_on = iter([True, False])
    assert sent_in_turn(desk, go_on=lambda: next(may_go_on)) == 2
    assert states() == [Outbox.DONE, Outbox.DONE, Outbox.READY]


def test_a_refusal_does_not_end_the_turn(desk: Desk) -> None:
    first = desk.submitted()
    desk.submitted()
    desk.house.refuse_next([WRONG_MEMBER])
    assert sent_in_turn(desk) == 2
    assert status(first) == Status.REJECTED
    assert states() == [Outbox.REFUSED, Outbox.DONE]


def test_a_failure_ends_the_turn(desk: Desk) -> None:
    for _ in range(2):
        desk.submitted()
    desk.house.lose_next_reply(stored=True)
    assert sent_in_turn(desk) == 1
    assert states() == [Outbox.UNCERTAIN, Outbox.READY]
    desk.house.tell_next_to_wait(30)
    assert sent_in_turn(desk) == 1
    assert states() == [Outbox.UNCERTAIN, Outbox.READY]
    assert circuit_breaker.is_paused(HealthcodeConnection.objects.get(), desk.now)


def test_a_connection_that_comes_back_ends_the_turn_so_that_its_row_is_free_again(desk: Desk) -> None:
    for _ in range(2):
        desk.submitted()
    HealthcodeConnection.objects.update(failures=1)
    assert sent_in_turn(desk) == 1
    assert circuit_breaker.is_closed(HealthcodeConnection.objects.get())
    assert sent_in_turn(desk) == 1


def test_a_connection_that_has_to_be_tried_is_not_tried_in_the_middle_of_a_turn(desk: Desk) -> None:
    other = Desk()
    desk.submitted()
    other.submitted()
    paused = HealthcodeConnection.objects.filter(practice=other.practice)
    paused.update(paused_until=desk.now - timedelta(seconds=1), failures=3, served_at=desk.now)
    assert sent_in_turn(desk) == 1
    assert (desk.house.sent, paused.get().failures) == (1, 3)
    assert sent_in_turn(desk) == 1
    assert paused.get().paused_until is None


def test_a_claim_that_moves_while_its_bill_is_out_is_recorded_and_the_turn_goes_on(desk: Desk) -> None:
    first = desk.submitted()
    desk.submitted()
    real_submit = desk.house.submit

    def moved_meanwhile(*given: Any, **how: Any) -> Any:
        if desk.house.sent == 0:
            Claim.objects.filter(pk=first.pk).update(status=Status.UNKNOWN.value)
        return real_submit(*given, **how)

    desk.house.submit = moved_meanwhile  # type: ignore[method-assign]
    assert sent_in_turn(desk) == 2
    assert states() == [Outbox.DONE, Outbox.DONE]
    assert status(first) == Status.SUBMITTED


def test_practices_take_turns_within_a_turn(desk: Desk) -> None:
    other = Desk()
    for _ in range(3):
        desk.submitted()
    for _ in range(3):
        other.submitted()
    ticks = count()
    assert sent_in_turn(desk, at_most=4, now=lambda: desk.now + timedelta(seconds=next(ticks))) == 4
    done = Outbox.objects.filter(state=Outbox.DONE)
    assert done.filter(practice=desk.practice).count() == done.filter(practice=other.practice).count() == 2
