from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client as Browser
from django.utils import timezone

from clearbill.bill.lifecycle import Status
from clearbill.bill.problem import Refused
from clearbill.claims.bulk import queries
from clearbill.claims.bulk import services as bulk_services
from clearbill.claims.bulk.services import SLICE
from clearbill.claims.core import services
from clearbill.claims.models import BulkSubmission, BulkSubmissionEntry, Claim, Outbox
from clearbill.clearinghouse.port import ClearingHouse
from clearbill.people.actor import Actor
from clearbill.people.models import AuditEntry, Role
from clearbill.worker.loop import SENDINGS_PER_ROUND, Worker
from clearbill.workspace.models import HealthcodeConnection
from tests import builders
from tests.claims.desk import Desk, status

pytestmark = pytest.mark.django_db
LONGER_THAN_A_LEASE = settings.TAKEN_TOO_LONG_SECONDS + 1


class Killed(BaseException):
    """The worker is gone, as by SIGKILL: nothing that catches faults may stop it."""


class MonthEnd(Desk):
    """A desk whose worker queues a batch; time moves on a little with each of its rounds."""

    def start(self) -> BulkSubmission:
        return bulk_services.start(self.actor(), claims=Claim.objects.all())

    def slice(self) -> bool:
        return bulk_services.submit_next_slice(now=self.now, house_of=self.house_of)

    def work(self) -> None:
        worker = Worker(house_of=self.house_of, now=lambda: self.now)
        for _ in range(200):
            if not worker.work():
                return
            self.wait(seconds=1)
        raise AssertionError("the worker found no end")

    def dies_at(self, count: int) -> Callable[[HealthcodeConnection], ClearingHouse]:
        """A way to the house on which the worker is killed with the count-th claim in hand."""
        left = iter([False] * (count - 1) + [True])

        def house_of(connection: HealthcodeConnection) -> ClearingHouse:
            if next(left):
                raise Killed
            return self.house

        return house_of

    def unready(self) -> Claim:
        return self.created(client=builders.client(self.practice, birth_date=None))

    def spoilt(self) -> Claim:
        """A claim that was ready when it was last looked at and is not any more."""
        claim = self.unready()
        Claim.objects.filter(pk=claim.pk).update(blocking_count=0)
        return claim


@pytest.fixture
def desk() -> MonthEnd:
    return MonthEnd()


@pytest.fixture
def browser(desk: MonthEnd) -> Browser:
    return builders.signed_in(desk.owner)


def submitted() -> int:
    return Claim.objects.filter(status=Status.SUBMITTED.value).count()


def confirmed(browser: Browser, **filters: str) -> Any:
    return browser.post("/claims/submit-ready", {**filters, "confirmed": "yes"})


def page(browser: Browser, batch: BulkSubmission) -> str:
    return browser.get(f"/claims/batches/{batch.pk}").content.decode()


def test_starting_queues_nothing_by_itself_and_the_worker_does_it_all(desk: MonthEnd) -> None:
    claims = [desk.created() for _ in range(SLICE + 3)]
    batch = desk.start()
    assert (batch.total, batch.net_total, submitted()) == (SLICE + 3, sum(one.net_total for one in claims), 0)
    assert desk.slice()
    assert submitted() == SLICE
    desk.work()
    batch.refresh_from_db()
    assert batch.state == BulkSubmission.FINISHED
    assert Outbox.objects.filter(state=Outbox.DONE).count() == len(desk.house.ledger) == SLICE + 3
    assert {claim.submitted_by for claim in Claim.objects.all()} == {desk.owner.user}
    assert not desk.slice()


def test_the_trail_says_who_submitted_how_many(desk: MonthEnd) -> None:
    desk.created()
    batch = desk.start()
    entry = AuditEntry.objects.get(action="started a bulk submission")
    assert (entry.by, entry.subject_id) == (desk.owner.user, str(batch.pk))
    assert entry.changes == {"claims": 1, "total": {"$pounds": "70.00"}}


def test_only_what_is_created_and_ready_is_taken(desk: MonthEnd) -> None:
    ready = desk.created()
    desk.unready()
    desk.submitted()
    assert [entry.claim for entry in desk.start().entries.all()] == [ready]


def test_the_claims_with_the_least_time_left_go_first(desk: MonthEnd) -> None:
    first, second, third = (desk.created() for _ in range(3))
    for claim, days in ((first, 30), (second, 2), (third, None)):
        on = desk.now.date() + timedelta(days=days) if days else None
        Claim.objects.filter(pk=claim.pk).update(bill_by_on=on)
    assert [entry.claim for entry in desk.start().entries.all()] == [second, first, third]


def test_a_second_click_starts_no_second_batch(desk: MonthEnd) -> None:
    desk.created()
    assert desk.start() == desk.start()
    assert BulkSubmissionEntry.objects.count() == 1


def test_ticked_claims_are_started_beside_a_running_batch_and_leave_its_claims_to_it(desk: MonthEnd) -> None:
    held = desk.created()
    first = desk.start()
    other = desk.created()
    colleague = desk.colleague(Role.RECEPTIONIST).user
    second = bulk_services.start(Actor(desk.practice, colleague, desk.now), claims=Claim.objects.all())
    assert [entry.claim for entry in first.entries.all()] == [held]
    assert [entry.claim for entry in second.entries.all()] == [other]
    assert bulk_services.start(desk.actor(), claims=Claim.objects.filter(pk=held.pk)) == first
    desk.work()
    assert dict(Claim.objects.values_list("pk", "submitted_by")) == {
        held.pk: desk.owner.user.pk,
        other.pk: colleague.pk,
    }
    assert Outbox.objects.count() == 2


def test_a_refused_claim_that_is_fixed_goes_with_another_batch_while_the_first_still_runs(desk: MonthEnd) -> None:
    claim = desk.created()
    first = desk.start()
    first.entries.update(state=BulkSubmissionEntry.REFUSED)
    assert desk.start() != first
    desk.work()
    assert status(claim) == Status.SUBMITTED


def test_checking_again_stores_what_blocks_today(desk: MonthEnd) -> None:
    spoilt, good = desk.spoilt(), desk.created()
    Claim.objects.filter(pk=good.pk).update(blocking_count=3)
    found = bulk_services.recheck(Claim.objects.order_by("number"), now=desk.now)
    assert {claim: any(problem.blocks for problem in problems) for claim, problems in found} == {
        spoilt: True,
        good: False,
    }
    assert [claim for claim in bulk_services.ready_claims(Claim.objects.all())] == [good]


def test_nothing_to_submit_and_no_connection_are_refused_with_a_sentence(desk: MonthEnd) -> None:
    with pytest.raises(Refused, match="None of these claims is ready"):
        desk.start()
    desk.created()
    HealthcodeConnection.objects.all().delete()
    with pytest.raises(Refused, match="until Healthcode is connected"):
        desk.start()
    assert not BulkSubmission.objects.exists()


def test_a_worker_killed_in_the_middle_leaves_whole_claims_and_another_goes_on(desk: MonthEnd) -> None:
    for _ in range(SLICE + 5):
        desk.created()
    batch = desk.start()
    with pytest.raises(Killed):
        bulk_services.submit_next_slice(now=desk.now, house_of=desk.dies_at(10))
    assert submitted() == Outbox.objects.count() == 9
    assert batch.entries.filter(state=BulkSubmissionEntry.QUEUED).count() == 9
    desk.work()
    assert submitted() == 9 + 5, "what the dead worker holds is not touched while it may still be at it"
    desk.wait(seconds=LONGER_THAN_A_LEASE)
    desk.work()
    batch.refresh_from_db()
    assert batch.state == BulkSubmission.FINISHED
    assert len(desk.house.ledger) == Outbox.objects.filter(state=Outbox.DONE).count() == SLICE + 5
    assert Outbox.objects.values("claim").distinct().count() == SLICE + 5
    assert AuditEntry.objects.filter(action="submitted the claim").count() == SLICE + 5


def test_two_workers_take_different_claims(desk: MonthEnd) -> None:
    for _ in range(2 * SLICE):
        desk.created()
    batch = desk.start()
    with pytest.raises(Killed):
        bulk_services.submit_next_slice(now=desk.now, house_of=desk.dies_at(1))
    held = set(batch.entries.filter(state=BulkSubmissionEntry.TAKEN).values_list("pk", flat=True))
    assert desk.slice()
    queued = set(batch.entries.filter(state=BulkSubmissionEntry.QUEUED).values_list("pk", flat=True))
    assert (len(held), len(queued), held & queued) == (SLICE, SLICE, set())


def test_a_worker_whose_slice_was_taken_over_submits_no_more_of_it(desk: MonthEnd) -> None:
    for _ in range(5):
        desk.created()
    desk.start()
    asked: list[int] = []

    def house_of(_connection: HealthcodeConnection) -> ClearingHouse:
        """With its second claim in hand the worker stands still until another has taken over and done the rest."""
        asked.append(1)
        if len(asked) == 2:
            later = desk.now + timedelta(seconds=LONGER_THAN_A_LEASE)
            assert bulk_services.submit_next_slice(now=later, house_of=desk.house_of)
        return desk.house

    assert bulk_services.submit_next_slice(now=desk.now, house_of=house_of)
    assert len(asked) == 2, "it found that the rest was no longer its own"
    assert submitted() == Outbox.objects.count() == 5


def test_a_clock_that_went_wrong_holds_no_slice_for_ever(desk: MonthEnd) -> None:
    desk.created()
    desk.start()
    with pytest.raises(Killed):
        bulk_services.submit_next_slice(now=desk.now + timedelta(days=1), house_of=desk.dies_at(1))
    assert desk.slice()
    assert submitted() == 1


def test_stopping_keeps_what_is_queued_and_leaves_the_rest_created(desk: MonthEnd) -> None:
    for _ in range(SLICE + 5):
        desk.created()
    batch = desk.start()
    desk.slice()
    bulk_services.stop(desk.actor(), batch=batch)
    desk.work()
    batch.refresh_from_db()
    assert (batch.state, batch.stopped_by) == (BulkSubmission.STOPPED, desk.owner.user)
    assert Claim.objects.filter(status=Status.CREATED.value).count() == 5
    assert Outbox.objects.filter(state=Outbox.DONE).count() == SLICE
    assert AuditEntry.objects.filter(action="stopped submitting claims", by=desk.owner.user).count() == 1
    assert desk.start().total == 5, "the rest can be submitted afterwards"


def test_stopping_reaches_a_worker_in_the_middle_of_its_slice(desk: MonthEnd) -> None:
    for _ in range(5):
        desk.created()
    batch = desk.start()
    asked: list[int] = []

    def house_of(_connection: HealthcodeConnection) -> ClearingHouse:
        asked.append(1)
        if len(asked) == 2:
            bulk_services.stop(desk.actor(), batch=batch)
        return desk.house

    bulk_services.submit_next_slice(now=desk.now, house_of=house_of)
    assert submitted() == Outbox.objects.count() == 1


def test_a_stop_that_comes_too_late_changes_nothing(desk: MonthEnd) -> None:
    desk.created()
    batch = desk.start()
    desk.work()
    bulk_services.stop(desk.actor(), batch=batch)
    batch.refresh_from_db()
    assert (batch.state, batch.stopped_by) == (BulkSubmission.FINISHED, None)


def test_a_claim_that_is_refused_keeps_its_problems_and_the_others_go(desk: MonthEnd) -> None:
    spoilt, good = desk.spoilt(), desk.created()
    batch = desk.start()
    desk.work()
    assert (status(spoilt), status(good)) == (Status.CREATED, Status.SUBMITTED)
    entry = batch.entries.get(state=BulkSubmissionEntry.REFUSED)
    assert entry.claim == spoilt
    assert [problem["path"] for problem in entry.problems] == ["patient.patient_birth_date"]
    reason = queries.refusal_reasons(batch)[0]
    assert (reason.message, reason.claims) == (entry.problems[0]["message"], [spoilt])


def test_one_that_somebody_submitted_meanwhile_counts_as_submitted_once(desk: MonthEnd) -> None:
    claim = desk.created()
    batch = desk.start()
    desk.submit(claim)
    desk.work()
    assert batch.entries.get().state == BulkSubmissionEntry.QUEUED
    assert Outbox.objects.count() == len(desk.house.ledger) == 1


def test_one_that_was_cancelled_meanwhile_is_refused_with_its_status(desk: MonthEnd) -> None:
    claim = desk.created()
    batch = desk.start()
    services.cancel(desk.actor(), claim=claim)
    desk.work()
    assert "Cancelled" in batch.entries.get(state=BulkSubmissionEntry.REFUSED).sentence


def test_a_fault_of_ours_in_one_claim_does_not_hold_up_the_others(desk: MonthEnd) -> None:
    broken, good = desk.created(), desk.created()
    Claim.objects.filter(pk=broken.pk).update(bill={"lines": "nonsense"})
    batch = desk.start()
    desk.work()
    assert (status(broken), status(good)) == (Status.CREATED, Status.SUBMITTED)
    assert batch.entries.get(claim=broken).state == BulkSubmissionEntry.REFUSED


def test_when_the_connection_is_gone_the_batch_stops_and_says_so(desk: MonthEnd, browser: Browser) -> None:
    claim = desk.created()
    batch = desk.start()
    HealthcodeConnection.objects.all().delete()
    desk.work()
    batch.refresh_from_db()
    assert (batch.state, status(claim)) == (BulkSubmission.STOPPED, Status.CREATED)
    assert "until Healthcode is connected" in page(browser, batch)


def test_practices_take_turns(desk: MonthEnd) -> None:
    other = MonthEnd()
    for _ in range(2 * SLICE):
        desk.created()
    other.created()
    bulk_services.start(desk.actor(), claims=Claim.objects.filter(practice=desk.practice))
    bulk_services.start(other.actor(), claims=Claim.objects.filter(practice=other.practice))
    desk.slice()
    desk.wait(seconds=1)
    desk.slice()
    assert Claim.objects.filter(practice=other.practice, status=Status.SUBMITTED.value).count() == 1


def test_bills_that_wait_are_sent_between_the_slices(desk: MonthEnd) -> None:
    for _ in range(3 * SLICE):
        desk.created()
    desk.start()
    worker = Worker(house_of=desk.house_of, now=lambda: desk.now)
    for _ in range(3):
        worker.work()
    assert len(desk.house.ledger) == 2 * SENDINGS_PER_ROUND
    assert submitted() == 3 * SLICE


@pytest.mark.usefixtures("at_the_time_of_the_story")
def test_the_first_page_says_how_many_would_go_and_why_others_would_not(desk: MonthEnd, browser: Browser) -> None:
    for _ in range(3):
        desk.created()
    stuck = [desk.unready(), desk.unready()]
    text = browser.post("/claims/submit-ready").content.decode()
    assert "3 claims can go, £210.00" in text
    assert "2 must be fixed first" in text
    assert text.count("<h3>") == 1, "the same fault is said once"
    for claim in stuck:
        assert f"/claims/{claim.pk}" in text
    assert not BulkSubmission.objects.exists()


def test_the_filters_of_the_list_choose_what_goes(desk: MonthEnd, browser: Browser) -> None:
    wanted = desk.created(client=builders.client(desk.practice, last_name="Wanted"))
    desk.created()
    text = browser.post("/claims/submit-ready", {"q": "Wanted"}).content.decode()
    assert "1 claim can go" in text
    assert 'name="q" value="Wanted"' in text
    answer = confirmed(browser, q="Wanted")
    batch = BulkSubmission.objects.get()
    assert answer.headers["Location"] == f"/claims/batches/{batch.pk}"
    assert [entry.claim for entry in batch.entries.all()] == [wanted]


def test_more_than_one_page_of_the_list_goes(desk: MonthEnd, browser: Browser) -> None:
    for _ in range(53):
        desk.created()
    assert "Submit all that are ready" in browser.get("/claims/").content.decode()
    confirmed(browser)
    assert BulkSubmission.objects.get().total == 53


def test_the_button_is_there_where_the_claims_stand_on_another_page(desk: MonthEnd, browser: Browser) -> None:
    desk.created()
    for _ in range(50):
        desk.wait(minutes=1)
        desk.submitted()
    Claim.objects.filter(status=Status.CREATED.value).update(created_at=desk.now - timedelta(days=9))
    text = browser.get("/claims/").content.decode()
    assert "Submit all that are ready" in text
    assert "Check and submit the ticked claims" not in text


@pytest.mark.usefixtures("at_the_time_of_the_story")
def test_the_page_follows_says_how_long_it_takes_and_ends(desk: MonthEnd, browser: Browser) -> None:
    desk.now = timezone.now()
    for _ in range(SLICE + 2):
        desk.created()
    desk.spoilt()
    confirmed(browser)
    batch = BulkSubmission.objects.get()
    text = page(browser, batch)
    assert "0 of 28 submitted" in text
    assert "every 2s" in text
    desk.now = batch.started_at + timedelta(seconds=1)
    desk.slice()
    text = page(browser, batch)
    assert f"{SLICE} of 28 submitted" in text
    assert re.search(r"Less than a minute left|About \d+ minutes? left", text)
    assert f"Sent to Healthcode: 0 of {SLICE}" in text
    desk.work()
    text = page(browser, batch)
    assert "27 of 28 submitted" in text
    assert "Sent to Healthcode: 27 of 27" in text
    assert "1 was not submitted" in text
    assert "hx-get" not in text.partition('id="batch"')[2].partition(">")[0]


def test_only_the_part_that_changes_is_sent_to_a_page_that_follows(desk: MonthEnd, browser: Browser) -> None:
    desk.created()
    batch = desk.start()
    text = browser.get(f"/claims/batches/{batch.pk}", headers={"HX-Request": "true"}).content.decode()
    assert text.startswith('<div id="batch"')


def test_a_batch_that_no_worker_takes_says_what_to_do(desk: MonthEnd, browser: Browser) -> None:
    desk.created()
    assert "whether the worker runs" in page(browser, desk.start()), "it was started days ago"


def test_coming_back_finds_it(desk: MonthEnd, browser: Browser) -> None:
    desk.created()
    batch = desk.start()
    for text in (browser.get("/claims/").content.decode(), browser.post("/claims/submit-ready").content.decode()):
        assert f"/claims/batches/{batch.pk}" in text
    desk.work()
    assert f"/claims/batches/{batch.pk}" not in browser.get("/claims/").content.decode()


def test_the_button_stops_it(desk: MonthEnd, browser: Browser) -> None:
    for _ in range(3):
        desk.created()
    batch = desk.start()
    answer = browser.post(f"/claims/batches/{batch.pk}/stop", follow=True)
    assert "Stopped after 0 of 3" in answer.content.decode()
    desk.work()
    assert submitted() == 0


def test_strangers_find_nothing_and_colleagues_without_the_right_may_not(desk: MonthEnd, browser: Browser) -> None:
    desk.created()
    batch = desk.start()
    stranger = builders.signed_in(builders.member(builders.practice("Elsewhere")))
    accountant = builders.signed_in(desk.colleague(Role.ACCOUNTANT))
    assert stranger.get(f"/claims/batches/{batch.pk}").status_code == 404
    assert stranger.post(f"/claims/batches/{batch.pk}/stop").status_code == 404
    assert browser.get(f"/claims/batches/{uuid4()}").status_code == 404
    assert accountant.get(f"/claims/batches/{batch.pk}").status_code == 403
    assert accountant.post("/claims/submit-ready").status_code == 403
    assert accountant.post(f"/claims/batches/{batch.pk}/stop").status_code == 403
    assert "0 claim" not in stranger.post("/claims/submit-ready").content.decode()
    assert BulkSubmission.objects.get().state == BulkSubmission.RUNNING


def test_a_strangers_claims_are_never_taken(desk: MonthEnd) -> None:
    theirs = MonthEnd().created()
    mine = desk.created()
    assert [entry.claim for entry in desk.start().entries.all()] == [mine]
    desk.work()
    assert status(theirs) == Status.CREATED


def test_the_progress_page_asks_the_database_as_often_for_many_claims(
    desk: MonthEnd, browser: Browser, django_assert_max_num_queries: Any, django_assert_num_queries: Any
) -> None:
    desk.created()
    batch = desk.start()
    with django_assert_max_num_queries(12) as few:
        page(browser, batch)
    bulk_services.stop(desk.actor(), batch=batch)
    for _ in range(20):
        desk.created()
    batch = desk.start()
    with django_assert_num_queries(len(few)):
        page(browser, batch)
