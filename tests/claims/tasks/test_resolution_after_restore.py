"""A claim that stood in a backup, a house that gives no clear answer, and a person who looked in VEDA."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from clearbill.bill.lifecycle import Status
from clearbill.bill.problem import Refused
from clearbill.claims.models import Claim, Task
from clearbill.claims.recovery import in_doubt, reconciliation
from clearbill.claims.tasks import resolution
from clearbill.claims.tasks.resolution import ManualFinding, Resolution
from clearbill.clearinghouse.port import BillKey, ClearingStatus, StatusReport
from tests import builders
from tests.claims.desk import Desk, events, status
from tests.fakes.clearing_house import MemoryHouse

pytestmark = pytest.mark.django_db
NOT_THERE = ManualFinding(way=Resolution.NOT_SENT, looked=True)


class SaysNothing(MemoryHouse):
    """Says nothing clear of any bill."""

    def status_of(self, key: BillKey, *, at: datetime) -> StatusReport:
        return replace(super().status_of(key, at=at), status=ClearingStatus.UNSPECIFIED)


class Vague(Desk):
    """A desk that was restored, at a house that says nothing clear of any bill."""

    def in_doubt(self) -> tuple[Claim, Task]:
        claim = self.created()
        self.house = SaysNothing()
        in_doubt.mark_restored(taken_at=self.now, now=self.now)
        self.wait(minutes=2)
        for _ in range(2):
            reconciliation.reconcile_next(now=self.now, house_of=self.house_of)
            self.wait(days=1, hours=1)
        claim.refresh_from_db()
        assert claim.is_restored
        return claim, Task.objects.select_related("claim").get(claim=claim)

    def settle(self, item: Task, finding: ManualFinding) -> bool:
        return resolution.resolve(self.actor(), item=item, finding=finding, house_of=self.house_of)


@pytest.fixture
def desk() -> Vague:
    return Vague()


def test_a_person_is_offered_what_may_have_been_found(desk: Vague) -> None:
    _, item = desk.in_doubt()
    assert "say what you found" in item.sentence
    assert resolution.resolutions_of(item) == [Resolution.HAS_IT, Resolution.NOT_SENT, Resolution.DONE]


def test_not_there_lets_the_claim_be_submitted_and_sends_nothing_by_itself(desk: Vague) -> None:
    claim, item = desk.in_doubt()
    assert desk.settle(item, NOT_THERE) is True
    assert status(claim) == Status.CREATED
    assert events(claim)[-1] == "looked up"
    assert not claim.is_restored
    assert desk.house.sent == 0
    desk.submit(claim)
    desk.send()
    assert desk.house.sent == 1


def test_not_there_wants_somebody_to_have_looked(desk: Vague) -> None:
    claim, item = desk.in_doubt()
    with pytest.raises(Refused, match="Look for the invoice in VEDA first"):
        desk.settle(item, ManualFinding(way=Resolution.NOT_SENT))
    claim.refresh_from_db()
    assert claim.is_restored


def test_there_makes_the_claim_submitted_under_the_number_that_was_found(desk: Vague) -> None:
    claim, item = desk.in_doubt()
    assert desk.settle(item, ManualFinding(way=Resolution.HAS_IT, number="9123456000")) is True
    assert status(claim) == Status.SUBMITTED
    assert claim.clearing_bill_number == "9123456000"
    assert (claim.reference, claim.is_restored) == ("", False)
    assert events(claim)[-1] == "found after a restore"
    assert desk.house.sent == 0
    assert claim.next_check_at == desk.now


def test_other_work_on_the_claim_does_not_let_it_go(desk: Vague) -> None:
    claim, _ = desk.in_doubt()
    other = Task.objects.create(practice=desk.practice, claim=claim, kind="unsettled", sentence="Look it up.")
    with pytest.raises(Refused):
        desk.settle(other, NOT_THERE)
    claim.refresh_from_db()
    assert claim.is_restored


def test_the_page_says_that_nothing_is_sent_by_it(desk: Vague) -> None:
    claim, item = desk.in_doubt()
    browser = builders.signed_in(desk.owner)
    page = browser.get(f"/claims/work/{item.pk}").content.decode()
    assert "Nothing is sent by this." in page
    answer = browser.post(f"/claims/work/{item.pk}", {"way": Resolution.NOT_SENT, "looked": "on"}, follow=True)
    assert "The claim may be submitted now." in answer.content.decode()
    claim.refresh_from_db()
    assert not claim.is_restored
