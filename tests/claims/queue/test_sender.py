from __future__ import annotations

import logging
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.test import override_settings

from clearbill.bill.lifecycle import Status
from clearbill.claims.core import services
from clearbill.claims.models import Claim, Outbox, Task
from clearbill.claims.queue import circuit_breaker, lease, sender
from clearbill.clearinghouse.port import ClearingMessage, ClearingStatus, NotSent, Receipt
from clearbill.workspace.models import HealthcodeConnection
from tests.claims.desk import WRONG_MEMBER, Desk, events, status
from tests.fakes.clearing_house import MemoryHouse

pytestmark = pytest.mark.django_db
SETTLED = 2 * settings.HEALTHCODE_REPLY_SECONDS + 1


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_receipt_leaves_the_claim_submitted_with_the_houses_number(desk: Desk) -> None:
    claim = desk.submitted()
    assert desk.send()
    assert status(claim) == Status.SUBMITTED
    assert claim.clearing_bill_number == desk.house.ledger[0].clearing_bill_number
    assert claim.next_check_at is not None
    assert Outbox.objects.get().state == Outbox.DONE
    assert events(claim) == ["created", "submit", "receipt"]
    assert claim.exchanges.count() == 1


def test_nothing_ready_is_no_work(desk: Desk) -> None:
    assert not desk.send()
    assert not desk.ask()


def test_a_bill_is_sent_once(desk: Desk) -> None:
    desk.submitted()
    assert desk.send()
    assert not desk.send()
    assert desk.house.sent == 1


def test_a_refusal_rejects_the_claim_in_plain_words_with_the_houses_own_beside_them(desk: Desk) -> None:
    claim = desk.submitted()
    desk.house.refuse_next([WRONG_MEMBER])
    desk.send()
    assert status(claim) == Status.REJECTED
    problem = claim.events.get(event="refused").problems[0]
    assert problem["path"] == "cover.registration_number"
    assert problem["who"] == "practice"
    assert problem["house_words"] == WRONG_MEMBER.text
    assert claim.next_check_at is None


def test_a_house_that_is_not_there_leaves_the_bill_waiting_and_it_goes_later(desk: Desk) -> None:
    claim = desk.submitted()
    desk.house.be_unreachable()
    desk.send()
    assert status(claim) == Status.SUBMITTED
    assert claim.waiting_reason == "The house is not answering. Nothing was sent."
    assert HealthcodeConnection.objects.get().not_answering_since is not None
    assert not desk.send()
    desk.house.be_unreachable(False)
    desk.wait(seconds=10)
    assert desk.send()
    assert status(claim) == Status.SUBMITTED
    assert claim.waiting_reason == ""
    assert HealthcodeConnection.objects.get().not_answering_since is None
    assert len(desk.house.ledger) == 1


def test_the_pauses_grow_and_stay_below_a_quarter_of_an_hour(desk: Desk) -> None:
    desk.submitted()
    desk.house.be_unreachable()
    pauses = []
    for _ in range(12):
        desk.send()
        row = Outbox.objects.get()
        pauses.append((row.ready_at - desk.now).total_seconds())
        desk.now = row.ready_at
    assert pauses[0] < pauses[3] < pauses[6]
    assert max(pauses) < 900 * 1.2 + 1


class Busy(MemoryHouse):
    """Asks everybody to come back in 40 seconds."""

    def submit(self, document: bytes, *, reference: str, at: datetime) -> Receipt:
        raise NotSent("Healthcode asks us to wait before sending again.", retry_after_seconds=40)


def test_the_wait_that_the_house_asks_for_is_kept(desk: Desk) -> None:
    desk.submitted()
    desk.house = Busy()
    desk.send()
    assert 39 < (Outbox.objects.get().ready_at - desk.now).total_seconds() < 42


class Picky(MemoryHouse):
    """Never takes one bill, and takes all others."""

    def __init__(self, never: str) -> None:
        super().__init__()
        self.never = never

    def submit(self, document: bytes, *, reference: str, at: datetime) -> Receipt:
        if reference == self.never:
            raise NotSent("The house is not answering.")
        return super().submit(document, reference=reference, at=at)


def test_one_bill_that_never_goes_holds_up_no_other(desk: Desk) -> None:
    stuck, free = desk.submitted(), desk.submitted()
    desk.house = Picky(stuck.reference)
    for _ in range(3):
        desk.send()
        desk.wait(seconds=7)
    assert status(free) == Status.SUBMITTED
    assert free.clearing_bill_number


def outage(desk: Desk, count: int) -> None:
    """So many sendings in a row find nobody there."""
    desk.house.be_unreachable()
    for _ in range(count):
        assert desk.send()


def test_after_three_failures_in_a_row_the_connection_is_paused_and_the_other_bills_are_not_tried(desk: Desk) -> None:
    for _ in range(6):
        desk.submitted()
    outage(desk, 3)
    assert not desk.send()
    connection = HealthcodeConnection.objects.get()
    assert connection.failures == 3
    assert connection.paused_until is not None
    assert 3 < (connection.paused_until - desk.now).total_seconds() < 7
    assert sorted(Outbox.objects.values_list("attempts", flat=True)) == [0, 0, 0, 1, 1, 1]


def test_after_a_pause_one_bill_tries_the_house_and_the_rest_follow_its_answer(desk: Desk) -> None:
    for _ in range(6):
        desk.submitted()
    outage(desk, 3)
    desk.wait(seconds=8)
    assert lease.lease_next(desk.now) is not None
    assert lease.lease_next(desk.now) is None, "a second worker waits for the first one's answer"
    circuit_breaker.record_success(HealthcodeConnection.objects.get())
    assert lease.lease_next(desk.now) is not None


def test_a_paused_connection_is_not_asked_for_a_status_either(desk: Desk) -> None:
    claim = desk.submitted()
    desk.send()
    HealthcodeConnection.objects.update(paused_until=desk.now + timedelta(hours=1), failures=5)
    services.poll_now(practice=desk.practice, now=desk.now, claim=claim)
    assert not desk.ask()
    desk.wait(hours=1, seconds=1)
    assert desk.ask()
    assert HealthcodeConnection.objects.get().paused_until is None


def test_every_practice_has_its_turn_however_much_another_sends() -> None:
    busy, quiet = Desk(), Desk()
    for _ in range(4):
        busy.submitted()
    quiet.now = busy.now
    late = quiet.submitted()
    assert busy.send()
    assert busy.send()
    late.refresh_from_db()
    assert Outbox.objects.get(claim=late).state == Outbox.DONE


def test_a_bill_whose_pause_was_written_by_a_clock_gone_wrong_is_sent(desk: Desk) -> None:
    desk.submitted()
    Outbox.objects.update(ready_at=desk.now + timedelta(days=400))
    assert desk.send()
    assert len(desk.house.ledger) == 1


def test_a_worker_that_slept_between_taking_and_sending_does_not_send(desk: Desk) -> None:
    desk.submitted()
    readings = iter([0.0, sender.max_start_delay_seconds() + 1, sender.max_start_delay_seconds() + 2])
    assert sender.send_one(now=desk.now, house_of=desk.house_of, seconds=lambda: next(readings))
    assert desk.house.sent == 0
    row = Outbox.objects.get()
    assert (row.state, row.last_error) == (Outbox.READY, sender.TOO_SLOW)


def test_a_bill_whose_reply_is_lost_again_and_again_becomes_work_for_a_person(desk: Desk) -> None:
    claim = desk.submitted()
    for _ in range(sender.MAX_LOST_REPLIES):
        assert not Task.objects.exists()
        desk.house.lose_next_reply(stored=False)
        desk.wait(hours=1)
        assert desk.send()
        desk.wait(seconds=SETTLED + 60)
        assert desk.ask()
    assert claim.number in Task.objects.get(claim=claim).sentence


def test_refused_credentials_are_shown_and_the_bill_waits(desk: Desk) -> None:
    claim = desk.submitted()
    desk.house.refuse_credential("api_key")
    desk.send()
    assert status(claim) == Status.SUBMITTED
    assert HealthcodeConnection.objects.get().refusal
    assert Outbox.objects.get().state == Outbox.READY


def test_mended_credentials_send_the_waiting_bill_at_once(desk: Desk) -> None:
    claim = desk.submitted()
    desk.house.refuse_credential("api_key")
    desk.send()
    desk.wait(seconds=5)
    assert not desk.send()
    desk.house.refuse_credential(None)
    HealthcodeConnection.objects.update(refusal="", tried_at=desk.now, paused_until=None)
    desk.wait(seconds=1)
    assert desk.send()
    claim.refresh_from_db()
    assert claim.clearing_bill_number


def test_a_connection_taken_away_after_submitting_makes_the_bill_wait(desk: Desk) -> None:
    claim = desk.submitted()
    HealthcodeConnection.objects.all().delete()
    assert not desk.send()
    assert lease.mark_disconnected() == 1
    assert lease.mark_disconnected() == 0
    assert status(claim) == Status.SUBMITTED
    assert "no longer connected" in claim.waiting_reason
    assert Outbox.objects.get().state == Outbox.READY


def test_a_key_that_cannot_be_read_makes_the_bill_wait_and_is_not_taken_for_a_lost_reply(desk: Desk) -> None:
    claim = desk.submitted()
    HealthcodeConnection.objects.update(api_key_encrypted="broken")
    assert sender.send_one(now=desk.now)
    assert status(claim) == Status.SUBMITTED
    assert Outbox.objects.get().state == Outbox.READY


def test_a_lost_reply_is_unknown_and_asked_about_before_anything_is_sent_again(desk: Desk) -> None:
    claim = desk.submitted()
    desk.house.lose_next_reply(stored=True)
    desk.send()
    assert status(claim) == Status.UNKNOWN
    desk.wait(seconds=SETTLED + 60)
    assert not desk.send()
    assert desk.ask()
    assert status(claim) == Status.SUBMITTED
    assert claim.clearing_bill_number
    assert (desk.house.sent, len(desk.house.ledger)) == (1, 1)
    assert Outbox.objects.get().state == Outbox.DONE


def test_a_bill_the_house_does_not_know_is_sent_again_under_the_same_reference(desk: Desk) -> None:
    claim = desk.submitted()
    desk.house.lose_next_reply(stored=False)
    desk.send()
    desk.wait(seconds=SETTLED + 60)
    assert desk.ask()
    assert status(claim) == Status.SUBMITTED
    assert desk.send()
    assert desk.house.ledger[0].references == [claim.reference]
    assert events(claim) == ["created", "submit", "reply lost", "not found", "receipt"]
    assert len(desk.house.ledger) == 1


def test_not_found_is_not_believed_while_the_bill_may_still_be_on_its_way(desk: Desk) -> None:
    claim = desk.submitted()
    desk.house.lose_next_reply(stored=False)
    desk.send()
    services.poll_now(practice=desk.practice, now=desk.now, claim=claim)
    desk.wait(seconds=1)
    assert desk.ask()
    assert status(claim) == Status.UNKNOWN
    assert not desk.send()


class Broken(MemoryHouse):
    """Fails in a way that nobody foresaw, after it stored the bill."""

    def submit(self, document: bytes, *, reference: str, at: datetime) -> Receipt:
        super().submit(document, reference=reference, at=at)
        raise ZeroDivisionError


def test_anything_unforeseen_is_a_lost_reply_and_never_a_success(desk: Desk) -> None:
    claim = desk.submitted()
    desk.house = Broken()
    assert desk.send()
    assert status(claim) == Status.UNKNOWN


def test_a_duplicate_on_a_second_attempt_asks_before_it_rejects(desk: Desk) -> None:
    claim = desk.submitted()
    Outbox.objects.update(attempts=1, may_have_arrived=True)
    desk.house.refuse_next([ClearingMessage(field="InvoiceNo", error="Duplicate Invoice", text="Duplicate Invoice")])
    desk.send()
    assert status(claim) == Status.UNKNOWN
    assert Outbox.objects.get().last_error == sender.DUPLICATE


def test_a_duplicate_on_the_first_attempt_is_rejected(desk: Desk) -> None:
    claim = desk.submitted()
    desk.house.refuse_next([ClearingMessage(field="InvoiceNo", error="Duplicate Invoice", text="Duplicate Invoice")])
    desk.send()
    assert status(claim) == Status.REJECTED


def test_a_worker_that_died_with_a_row_leaves_it_to_be_asked_about(desk: Desk) -> None:
    claim = desk.submitted()
    taken = lease.lease_next(desk.now)
    assert taken is not None
    desk.house.submit(bytes(taken[0].document), reference=taken[0].reference, at=desk.now)
    assert sender.recover_stalled(now=desk.now) == 0
    desk.wait(seconds=settings.TAKEN_TOO_LONG_SECONDS + 1)
    assert sender.recover_stalled(now=desk.now) == 1
    assert status(claim) == Status.UNKNOWN
    desk.wait(seconds=61)
    desk.ask()
    assert status(claim) == Status.SUBMITTED
    assert len(desk.house.ledger) == 1
    assert sender.recover_stalled(now=desk.now) == 0


class Recovered(MemoryHouse):
    """Answers so late that the row was given up meanwhile."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk

    def submit(self, document: bytes, *, reference: str, at: datetime) -> Receipt:
        self.desk.wait(seconds=settings.TAKEN_TOO_LONG_SECONDS + 1)
        sender.recover_stalled(now=self.desk.now)
        return super().submit(document, reference=reference, at=at)


def test_an_answer_after_the_row_was_given_up_changes_nothing_until_the_house_is_asked(desk: Desk) -> None:
    claim = desk.submitted()
    desk.house = Recovered(desk)
    desk.send()
    assert status(claim) == Status.UNKNOWN
    desk.wait(seconds=61)
    desk.ask()
    assert status(claim) == Status.SUBMITTED
    assert len(desk.house.ledger) == 1


def test_a_second_worker_does_not_take_the_same_row(desk: Desk) -> None:
    desk.submitted()
    assert lease.lease_next(desk.now) is not None
    assert lease.lease_next(desk.now) is None


def test_a_receipt_for_a_claim_that_is_already_paid_moves_nothing(desk: Desk) -> None:
    claim = desk.submitted()
    Claim.objects.filter(pk=claim.pk).update(status=Status.PAID.value)
    desk.send()
    assert status(claim) == Status.PAID
    assert Outbox.objects.get().state == Outbox.DONE
    assert not Task.objects.exists()


def test_logs_carry_our_reference_and_nothing_of_the_patient(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    claim = desk.submitted()
    with caplog.at_level(logging.INFO):
        desk.send()
    assert claim.reference in caplog.text
    assert "Sample" not in caplog.text
    assert "ZZ00000001" not in caplog.text


@override_settings(STATUS_PAUSES_SECONDS=[5.0])
def test_each_exchange_keeps_the_bytes_that_went_out(desk: Desk) -> None:
    claim = desk.submitted()
    row = Outbox.objects.get()
    desk.send()
    assert bytes(claim.exchanges.get().sent) == bytes(row.document)


def test_the_status_named_in_the_receipt_is_kept(desk: Desk) -> None:
    claim = desk.submitted()
    desk.send()
    claim.refresh_from_db()
    assert claim.house_status == ClearingStatus.UNPROCESSED
