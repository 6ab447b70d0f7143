from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings

from clearbill.claims.bulk import services
from clearbill.claims.models import Claim, Outbox
from clearbill.claims.queue import lease
from clearbill.claims.recovery import in_doubt
from clearbill.worker import maintenance
from clearbill.workspace.models import HealthcodeConnection
from tests.claims.desk import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_bills_that_wait_or_are_on_their_way_are_no_other_work(desk: Desk) -> None:
    desk.submitted()
    desk.submitted()
    assert lease.lease_next(desk.now) is not None
    assert maintenance.due_maintenance(desk.now) == set()


def test_a_bill_that_was_taken_too_long_ago_is_to_be_recovered(desk: Desk) -> None:
    desk.submitted()
    lease.lease_next(desk.now)
    desk.wait(seconds=settings.TAKEN_TOO_LONG_SECONDS + 1)
    assert maintenance.due_maintenance(desk.now) == {"recover"}


def test_a_bill_taken_by_a_clock_that_went_wrong_is_to_be_recovered(desk: Desk) -> None:
    desk.submitted()
    lease.lease_next(desk.now)
    Outbox.objects.update(taken_at=desk.now + timedelta(days=1))
    assert maintenance.due_maintenance(desk.now) == {"recover"}


def test_a_bill_that_waits_without_a_connection_is_told_once(desk: Desk) -> None:
    desk.submitted()
    HealthcodeConnection.objects.all().delete()
    assert maintenance.due_maintenance(desk.now) == {"tell"}
    assert lease.mark_disconnected() == 1
    assert maintenance.due_maintenance(desk.now) == set()


def test_a_running_batch_is_to_be_queued_and_a_restore_to_be_asked_about(desk: Desk) -> None:
    desk.created()
    services.start(desk.actor(), claims=Claim.objects.all())
    assert maintenance.due_maintenance(desk.now) == {"queue"}
    in_doubt.mark_restored(taken_at=desk.now, now=desk.now)
    assert maintenance.due_maintenance(desk.now) == {"queue", "reconcile"}
