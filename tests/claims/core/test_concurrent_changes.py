"""What others do while a bill is under way: another claim, the insurer's money, another lane's news."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from clearbill.bill.lifecycle import Event, Status
from clearbill.bill.problem import Refused
from clearbill.claims.core import services, submission, transitions
from clearbill.claims.models import Claim, Outbox, Task
from clearbill.claims.queue import circuit_breaker, sender
from clearbill.claims.queue.client_pool import MAX_OPEN, ConnectionPool
from clearbill.claims.tasks import resolution
from clearbill.clearinghouse.port import ClearingStatus, CredentialsRefused, Exchange, NotSent, Receipt, ReplyLost
from clearbill.invoicing import services as invoicing
from clearbill.invoicing.drafts import LineDraft, draft_of, line_of
from clearbill.invoicing.models import Invoice
from clearbill.workspace.models import HealthcodeConnection
from tests import builders
from tests.claims.at_once import at_once, real_database
from tests.claims.desk import WRONG_MEMBER, Desk, status

__all__ = ["real_database"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk()


def rejected(desk: Desk) -> Claim:
    claim = desk.submitted()
    desk.house.refuse_next([WRONG_MEMBER])
    desk.send()
    assert status(claim) == Status.REJECTED
    return Claim.objects.select_related("practice", "invoice").get(pk=claim.pk)


# One live claim for an invoice


def test_a_claim_that_was_replaced_meanwhile_is_not_corrected(desk: Desk) -> None:
    old = rejected(desk)
    new = services.create_follow_on(desk.actor(), invoice=old.invoice)
    with pytest.raises(Refused, match="taken this one’s place"):
        services.reopen(desk.actor(), claim=old)
    assert (status(old), status(new)) == (Status.REJECTED, Status.CREATED)


def test_a_claim_in_whose_place_another_stands_is_not_submitted(desk: Desk) -> None:
    claim = desk.created()
    prepared = services.prepare(claim_id=claim.pk, practice=desk.practice, now=desk.now, house_of=desk.house_of)
    Claim.objects.filter(pk=claim.pk).update(is_current=False)
    with pytest.raises(Refused, match="changed while"):
        submission.enqueue(desk.actor(), prepared)
    with pytest.raises(Refused, match="taken this one’s place"):
        desk.submit(claim)
    assert not Outbox.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_correcting_and_claiming_anew_at_once_leaves_one_live_claim(real_database: None) -> None:
    desk = Desk()
    for _ in range(6):
        claim = rejected(desk)
        browsers = [builders.signed_in(desk.owner) for _ in range(2)]
        at_once(
            lambda b=browsers[0], c=claim: b.post(f"/claims/{c.pk}/correct"),
            lambda b=browsers[1], c=claim: b.post(f"/claims/new/{c.invoice_id}"),
        )
        live = Claim.objects.filter(invoice=claim.invoice_id, status=Status.CREATED.value)
        assert [one.is_current for one in live] == [True]


@pytest.mark.django_db(transaction=True)
def test_several_people_who_let_a_bill_go_again_queue_it_once(real_database: None) -> None:
    desk = Desk()
    desk.submitted()
    desk.send()
    forget(desk)
    items = [Task.objects.select_related("claim").get() for _ in range(4)]
    again = resolution.ManualFinding(way=resolution.Resolution.SEND_AGAIN, looked=True)
    results = at_once(
        *[
            lambda item=item: resolution.resolve(desk.actor(), item=item, finding=again, house_of=desk.house_of)
            for item in items
        ]
    )
    assert results.count(True) == 1
    assert all(result is False or isinstance(result, Refused | bool) for result in results)
    assert Outbox.objects.filter(state=Outbox.READY).count() == 1


# The insurer's word


def test_what_an_insurer_pays_on_a_bill_in_doubt_ends_the_doubt(desk: Desk) -> None:
    claim = desk.submitted()
    desk.house.lose_next_reply(stored=True)
    desk.send()
    claim.refresh_from_db()
    transitions.open_task(claim, kind="replies lost", sentence="Look for it.")
    with builders.holding(claim.invoice):
        transitions.apply_report(claim, Event.PAID, now=desk.now, source=transitions.INSURER)
    assert Outbox.objects.get().state == Outbox.DONE
    assert "The insurer answered" in Task.objects.get().settlement
    desk.wait(days=2)
    assert not desk.ask()
    assert not desk.send()


# Work for a person, for each sending


def forget(desk: Desk) -> None:
    """The house loses what it has, and is asked until a person is told."""
    desk.house.ledger.clear()
    for _ in range(3):
        desk.wait(hours=5)
        desk.ask()


def test_a_bill_that_is_lost_again_after_it_was_sent_again_is_work_again(desk: Desk) -> None:
    desk.submitted()
    desk.send()
    forget(desk)
    item = Task.objects.select_related("claim").get()
    again = resolution.ManualFinding(way=resolution.Resolution.SEND_AGAIN, looked=True)
    assert resolution.resolve(desk.actor(), item=item, finding=again, house_of=desk.house_of)
    desk.send()
    assert len(desk.house.ledger) == 1
    forget(desk)
    assert Task.objects.filter(settled_at=None, kind="not found").count() == 1


def test_work_that_was_done_is_not_raised_again_for_the_same_sending(desk: Desk) -> None:
    desk.submitted()
    desk.send()
    forget(desk)
    item = Task.objects.select_related("claim").get()
    done = resolution.ManualFinding(way=resolution.Resolution.DONE, words="Healthcode looks into it")
    assert resolution.resolve(desk.actor(), item=item, finding=done, house_of=desk.house_of)
    forget(desk)
    assert Task.objects.count() == 1


# Another lane's news


class TwoLanes:
    """While the first bill is on its way, another lane sends the next; what becomes of each is given."""

    def __init__(self, desk: Desk, *outcomes: Exception | None) -> None:
        self.desk, self.outcomes, self.sent = desk, list(outcomes), 0

    def submit(self, document: bytes, *, reference: str, at: object) -> Receipt:
        self.sent += 1
        outcome = self.outcomes[self.sent - 1] if self.sent <= len(self.outcomes) else None
        if self.sent == 1:
            self.send()
        if outcome is not None:
            raise outcome
        return Receipt(
            reference=reference, clearing_bill_number="1", status=ClearingStatus.UNPROCESSED, exchange=EXCHANGE
        )

    def send(self) -> bool:
        return sender.send_one(now=self.desk.now, house_of=lambda _: self)


EXCHANGE = Exchange(operation="submitBill", started_at=builders.NOW)


def pause() -> Any:
    return HealthcodeConnection.objects.values_list("paused_until", flat=True).get()


@pytest.mark.parametrize(
    "first", [ReplyLost("lost", exchange=EXCHANGE), None], ids=["whose reply is lost", "that is taken"]
)
def test_a_wait_that_the_house_asked_for_outlasts_an_earlier_bill(desk: Desk, first: Exception | None) -> None:
    for _ in range(3):
        desk.submitted()
    lanes = TwoLanes(desk, first, NotSent("Wait.", retry_after_seconds=3600, exchange=EXCHANGE))
    lanes.send()
    assert pause() >= desk.now + timedelta(hours=1)
    desk.wait(minutes=59)
    assert not lanes.send()
    desk.wait(minutes=2)
    assert lanes.send()
    assert lanes.sent == 3


def test_refused_credentials_are_not_tried_again_because_of_an_earlier_bill(desk: Desk) -> None:
    for _ in range(3):
        desk.submitted()
    lanes = TwoLanes(desk, ReplyLost("lost", exchange=EXCHANGE), CredentialsRefused("No.", exchange=EXCHANGE))
    lanes.send()
    desk.wait(minutes=4)
    assert not lanes.send()


def test_failures_of_several_lanes_at_once_add_up(desk: Desk) -> None:
    for _ in range(3):
        desk.submitted()
    lost = ReplyLost("lost", exchange=EXCHANGE)
    read = [HealthcodeConnection.objects.get() for _ in range(circuit_breaker.FAILURE_THRESHOLD)]
    for connection in read:
        circuit_breaker.record_failure(connection, lost, now=desk.now)
    stored = HealthcodeConnection.objects.get()
    assert stored.failures == circuit_breaker.FAILURE_THRESHOLD
    assert stored.paused_until is not None
    circuit_breaker.record_failure(read[0], lost, now=desk.now)
    again = HealthcodeConnection.objects.get()
    assert (again.failures, again.paused_until) == (stored.failures, stored.paused_until), "it is the same outage"


def test_of_many_practices_houses_a_lane_keeps_those_used_last() -> None:
    made = [Desk() for _ in range(MAX_OPEN + 2)]
    connections = [HealthcodeConnection.objects.get(practice=desk.practice) for desk in made]
    kept = ConnectionPool()
    first, second = kept(connections[0]), kept(connections[1])
    for connection in connections[2:]:
        kept(connection)
        assert kept(connections[0]) is first
    assert kept(connections[1]) is not second
    kept.close()


def test_an_edit_of_the_invoice_and_a_submission_at_once_leave_nothing_sent_that_differs(real_database: None) -> None:
    for number in range(6):
        desk = Desk()
        claim = desk.created()
        invoice = Invoice.objects.get(pk=claim.invoice_id)
        line = replace(line_of(invoice.lines.get()), unit_price=Decimal(30 + number))

        def edit(desk: Desk = desk, invoice: Invoice = invoice, line: LineDraft = line) -> None:
            invoicing.change(desk.actor(), invoice=invoice, draft=draft_of(invoice), lines=[line])

        at_once(lambda desk=desk, claim=claim: desk.submit(claim), edit)
        claim.refresh_from_db()
        invoice.refresh_from_db()
        assert claim.status == Status.CREATED or claim.net_total == invoice.net_total
