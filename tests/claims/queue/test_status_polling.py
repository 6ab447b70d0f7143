from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.test import override_settings

from clearbill.bill.lifecycle import Event, Status
from clearbill.claims.core import transitions
from clearbill.claims.models import Claim, Outbox, Task
from clearbill.clearinghouse.port import BillKey, ClearingStatus, StatusReport
from clearbill.people.models import AuditEntry
from clearbill.workspace.models import HealthcodeConnection
from tests import builders
from tests.claims.desk import WRONG_MEMBER, Desk, events, status
from tests.fakes.clearing_house import MemoryHouse

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def claim(desk: Desk) -> Claim:
    sent = desk.submitted()
    desk.send()
    sent.refresh_from_db()
    return sent


def later(desk: Desk, claim: Claim) -> None:
    claim.refresh_from_db()
    assert claim.next_check_at is not None
    desk.now = claim.next_check_at
    assert desk.ask()


def test_a_claim_goes_through_the_four_statuses(desk: Desk, claim: Claim) -> None:
    seen = [claim.status]
    for step in (
        ClearingStatus.IN_PROCESS,
        ClearingStatus.VALIDATED,
        ClearingStatus.AWAITING_COLLECTION,
        ClearingStatus.COLLECTED,
    ):
        desk.house.advance(claim.number, step)
        later(desk, claim)
        seen.append(status(claim))
    assert seen == [
        Status.SUBMITTED,
        Status.SUBMITTED,
        Status.SUBMITTED,
        Status.AWAITING_COLLECTION,
        Status.COLLECTED,
    ]
    assert claim.next_check_at is None
    assert not desk.ask()


def test_the_same_answer_twice_is_one_entry(desk: Desk, claim: Claim) -> None:
    desk.house.advance(claim.number, ClearingStatus.AWAITING_COLLECTION)
    later(desk, claim)
    later(desk, claim)
    later(desk, claim)
    assert events(claim) == ["created", "submit", "receipt", "waiting for the insurer"]
    assert not AuditEntry.objects.filter(by=None).exists(), "what Healthcode reports is in the timeline alone"


def test_a_bill_that_fails_later_is_rejected_with_its_problems(desk: Desk, claim: Claim) -> None:
    desk.house.advance(claim.number, ClearingStatus.AWAITING_CORRECTION, messages=[WRONG_MEMBER])
    later(desk, claim)
    assert status(claim) == Status.REJECTED
    assert claim.events.get(event="refused").problems[0]["path"] == "cover.registration_number"


def test_a_bill_cancelled_at_the_house_is_cancelled(desk: Desk, claim: Claim) -> None:
    desk.house.advance(claim.number, ClearingStatus.CANCELLED)
    later(desk, claim)
    assert status(claim) == Status.CANCELLED


def test_a_step_that_the_table_forbids_becomes_work_for_a_person_once(desk: Desk, claim: Claim) -> None:
    desk.house.advance(claim.number, ClearingStatus.AWAITING_COLLECTION)
    later(desk, claim)
    desk.house.advance(claim.number, ClearingStatus.IN_PROCESS)
    later(desk, claim)
    later(desk, claim)
    assert status(claim) == Status.AWAITING_COLLECTION
    assert Task.objects.count() == 1


def test_a_step_back_without_a_date_is_an_answer_that_came_late(desk: Desk, claim: Claim) -> None:
    desk.house = Undated(desk.house)
    desk.house.advance(claim.number, ClearingStatus.AWAITING_COLLECTION)
    later(desk, claim)
    desk.house.advance(claim.number, ClearingStatus.VALIDATED)
    later(desk, claim)
    assert status(claim) == Status.AWAITING_COLLECTION
    assert not Task.objects.exists()
    desk.house.advance(claim.number, ClearingStatus.COLLECTED)
    later(desk, claim)
    assert status(claim) == Status.COLLECTED


class Undated(MemoryHouse):
    """The same ledger in a house that does not say since when."""

    def __init__(self, house: MemoryHouse) -> None:
        super().__init__()
        self.ledger = house.ledger

    def status_of(self, key: BillKey, *, at: datetime) -> StatusReport:
        return replace(super().status_of(key, at=at), status_at=None)


def test_a_bill_that_the_house_took_and_no_longer_knows_becomes_work_and_is_not_sent_again(
    desk: Desk, claim: Claim
) -> None:
    desk.house.ledger.clear()
    later(desk, claim)
    later(desk, claim)
    assert Task.objects.get().kind == "not found"
    assert not desk.send()
    assert status(claim) == Status.SUBMITTED


def test_an_answer_that_says_nothing_changes_nothing(desk: Desk, claim: Claim) -> None:
    desk.house.advance(claim.number, ClearingStatus.UNSPECIFIED)
    later(desk, claim)
    assert status(claim) == Status.SUBMITTED
    assert events(claim) == ["created", "submit", "receipt"]


@override_settings(STATUS_PAUSES_SECONDS=[60.0, 300.0, 900.0])
def test_an_answer_that_says_nothing_is_kept_once_for_whoever_has_to_settle_it(desk: Desk) -> None:
    claim = desk.submitted()
    desk.house.lose_next_reply(stored=True)
    desk.send()
    desk.house.advance(claim.number, ClearingStatus.UNSPECIFIED)
    for _ in range(3):
        desk.wait(minutes=20)
        assert desk.ask()
    assert list(claim.exchanges.values_list("outcome", flat=True)) == ["reply lost", "Unspecified"]


def test_the_pauses_between_questions_grow_while_nothing_changes(desk: Desk) -> None:
    claim = desk.submitted()
    desk.send()
    pauses = []
    for _ in range(4):
        claim.refresh_from_db()
        assert claim.next_check_at is not None
        pauses.append(round((claim.next_check_at - desk.now).total_seconds()))
        desk.now = claim.next_check_at
        desk.ask()
    assert pauses == [60, 60, 300, 900]


def test_a_house_that_does_not_answer_a_question_is_shown_and_asked_again(desk: Desk, claim: Claim) -> None:
    desk.house.be_unreachable()
    later(desk, claim)
    assert HealthcodeConnection.objects.get().not_answering_since == desk.now
    desk.house.be_unreachable(False)
    later(desk, claim)
    assert HealthcodeConnection.objects.get().not_answering_since is None


def test_two_workers_ask_about_a_claim_once(desk: Desk, claim: Claim) -> None:
    desk.wait(days=1)
    assert desk.ask()
    assert not desk.ask()


def test_a_claim_that_was_read_before_somebody_else_moved_it_is_not_moved(desk: Desk) -> None:
    claim = desk.created()
    stale = Claim.objects.get(pk=claim.pk)
    desk.submit(claim)
    with pytest.raises(transitions.ConcurrentChange), builders.holding(claim.invoice):
        transitions.transition(stale, Event.CANCELLED, by=None, now=desk.now, source=transitions.PRACTICE)
    assert status(claim) == Status.SUBMITTED


class Slow(MemoryHouse):
    """Says that it does not know the bill; before its answer arrives, another worker has sent the bill again."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.meanwhile = False

    def status_of(self, key: BillKey, *, at: datetime) -> StatusReport:
        report = super().status_of(key, at=at)
        if not self.meanwhile:
            self.meanwhile = True
            Outbox.objects.update(attempts=2, taken_at=at)
        return report


def test_a_not_found_that_is_older_than_the_last_sending_sends_nothing_again(desk: Desk) -> None:
    claim = desk.submitted()
    desk.house = Slow(desk)
    desk.house.lose_next_reply(stored=False)
    desk.send()
    desk.wait(minutes=10)
    assert desk.ask()
    assert status(claim) == Status.UNKNOWN
    assert Outbox.objects.get().state == Outbox.UNCERTAIN


def test_a_doubt_of_more_than_a_day_becomes_work_for_a_person_and_is_asked_about_four_times_an_hour(desk: Desk) -> None:
    claim = desk.submitted()
    desk.house.lose_next_reply(stored=True)
    desk.send()
    desk.house.advance(claim.number, ClearingStatus.UNSPECIFIED)
    for _ in range(5):
        desk.wait(minutes=16)
        assert desk.ask()
    assert not Task.objects.exists()
    desk.wait(days=1)
    assert desk.ask()
    assert claim.number in Task.objects.get(claim=claim, kind="unsettled").sentence


def test_a_doubt_from_a_clock_that_was_ahead_becomes_work_for_a_person_a_day_later(desk: Desk) -> None:
    claim = desk.submitted()
    desk.house.lose_next_reply(stored=True)
    desk.send()
    Claim.objects.filter(pk=claim.pk).update(status_at=desk.now + timedelta(days=4))
    desk.house.advance(claim.number, ClearingStatus.UNSPECIFIED, at=desk.now)
    for hours in (1, 25):
        assert not Task.objects.exists()
        desk.wait(hours=hours)
        assert desk.ask()
    assert Task.objects.get(claim=claim).kind == "unsettled"


def test_a_status_that_is_older_than_the_one_we_have_changes_nothing(desk: Desk) -> None:
    claim = desk.submitted()
    desk.send()
    desk.wait(hours=1)
    desk.house.advance(claim.number, ClearingStatus.AWAITING_COLLECTION, at=desk.now)
    assert desk.ask()
    assert status(claim) == Status.AWAITING_COLLECTION
    desk.house.advance(claim.number, ClearingStatus.IN_PROCESS, at=desk.now - timedelta(minutes=30))
    desk.wait(hours=1)
    assert desk.ask()
    assert status(claim) == Status.AWAITING_COLLECTION
    assert not Task.objects.exists()


def test_a_status_from_the_hour_that_comes_twice_is_not_taken_for_an_older_one(desk: Desk) -> None:
    """UK clocks show 01:06 twice in the night they go back: read as the first, it lies before 01:55 of the first."""
    claim = desk.submitted()
    desk.send()
    desk.wait(hours=1)
    first_hour = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    desk.house.advance(claim.number, ClearingStatus.AWAITING_COLLECTION, at=first_hour + timedelta(minutes=55))
    assert desk.ask()
    desk.wait(hours=1)
    desk.house.advance(claim.number, ClearingStatus.IN_PROCESS, at=first_hour + timedelta(minutes=3))
    assert desk.ask()
    assert status(claim) == Status.AWAITING_COLLECTION, "what goes back came late"
    desk.wait(hours=1)
    desk.house.advance(claim.number, ClearingStatus.COLLECTED, at=first_hour + timedelta(minutes=6))
    assert desk.ask()
    assert status(claim) == Status.COLLECTED


def test_an_earlier_version_kept_under_the_number_does_not_hide_that_the_house_forgot_ours(desk: Desk) -> None:
    """A house that went back to a backup from between the two versions knows the first one only."""
    claim = desk.submitted()
    desk.send()
    desk.wait(hours=1)
    desk.house.advance(claim.number, ClearingStatus.IN_PROCESS, at=desk.now)
    assert desk.ask()
    desk.house.ledger[0].references[:] = ["CB-first-version"]
    desk.house.advance(claim.number, ClearingStatus.AWAITING_CORRECTION, at=desk.now - timedelta(minutes=30))
    desk.wait(hours=1)
    assert desk.ask()
    assert status(claim) == Status.SUBMITTED
    assert Task.objects.get(claim=claim).kind == "not found"


def test_a_duplicate_found_under_our_invoice_number_counts_as_the_receipt_of_the_earlier_sending(desk: Desk) -> None:
    claim = desk.submitted()
    desk.house.lose_next_reply(stored=True)
    desk.send()
    desk.house.ledger[0].references.clear()
    desk.wait(minutes=10)
    assert desk.ask(), "the house does not remember references, so it says that it does not know the bill"
    desk.house = forgetful(desk.house)
    assert desk.send()
    assert status(claim) == Status.UNKNOWN
    desk.wait(minutes=10)
    assert desk.ask()
    assert status(claim) == Status.SUBMITTED
    assert claim.clearing_bill_number == desk.house.ledger[0].clearing_bill_number
    assert len(desk.house.ledger) == 1
    assert Outbox.objects.get().state == Outbox.DONE


def forgetful(house: MemoryHouse) -> MemoryHouse:
    """The same ledger in a house that remembers no earlier answer."""
    other = MemoryHouse()
    other.ledger = house.ledger
    return other


class Overtaken(MemoryHouse):
    """Says what it knows of the first version; before its answer arrives, a person has submitted the second."""

    def __init__(self, desk: Desk, claim: Claim) -> None:
        super().__init__()
        self.desk, self.claim = desk, claim

    def status_of(self, key: BillKey, *, at: datetime) -> StatusReport:
        report = super().status_of(key, at=at)
        Claim.objects.filter(pk=self.claim.pk).update(reference="CB-second-version", version=2)
        return report


def test_an_answer_about_an_earlier_version_does_not_touch_the_one_submitted_meanwhile(desk: Desk) -> None:
    claim = desk.submitted()
    desk.house = Overtaken(desk, claim)
    desk.send()
    desk.house.advance(claim.number, ClearingStatus.AWAITING_CORRECTION, messages=[WRONG_MEMBER])
    desk.wait(hours=1)
    assert desk.ask()
    assert status(claim) == Status.SUBMITTED
    assert not Task.objects.exists()


def test_a_bill_with_another_invoice_number_is_not_taken_for_ours(desk: Desk, claim: Claim) -> None:
    """A house that lost its last days gives its own numbers again, to other bills."""
    desk.house.ledger[0].document["invoice_number"] = "SOMEBODY1"
    desk.house.ledger[0].status = ClearingStatus.COLLECTED
    later(desk, claim)
    assert status(claim) == Status.SUBMITTED
    assert Task.objects.get(claim=claim).kind == "not found"


def test_after_the_clock_was_set_back_not_found_is_believed_as_soon_as_it_may_be(desk: Desk) -> None:
    claim = desk.submitted()
    desk.house.lose_next_reply(stored=False)
    desk.send()
    desk.wait(days=-3)
    Claim.objects.update(next_check_at=desk.now)
    assert desk.ask()
    assert status(claim) == Status.UNKNOWN
    desk.wait(minutes=2)
    assert desk.ask()
    assert desk.send()
    assert len(desk.house.ledger) == 1


def test_a_pause_written_by_a_clock_gone_wrong_holds_nothing_up(desk: Desk) -> None:
    desk.submitted()
    HealthcodeConnection.objects.update(paused_until=desk.now + timedelta(days=4), failures=3)
    assert desk.send()
    assert HealthcodeConnection.objects.get().paused_until is None


def test_another_bill_under_our_reference_does_not_let_a_bill_in_doubt_go_out_again(desk: Desk) -> None:
    claim = desk.submitted()
    desk.house.lose_next_reply(stored=True)
    desk.send()
    desk.house.ledger[0].document["invoice_number"] = "SOMEBODY1"
    for _ in range(3):
        desk.wait(hours=1)
        assert desk.ask()
    assert status(claim) == Status.UNKNOWN
    assert Outbox.objects.get().state == Outbox.UNCERTAIN
    assert desk.house.sent == 1
