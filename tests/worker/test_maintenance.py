from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings

from clearbill.claims.bulk import services
from clearbill.claims.models import Claim, Outbox
from clearbill.claims.queue import lease
from clearbill.claims.recovery import in_doubt
from clearbill.people.audit import chain
from clearbill.worker import maintenance
from clearbill.workspace.models import HealthcodeConnection
from tests.claims.desk import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk()


def due(desk: Desk) -> set[str]:
    """Return what is due once the entries that the desk wrote are in the chain."""
    chain.append_all()
    return maintenance.due_maintenance(desk.now)


def test_entries_of_the_audit_trail_that_are_in_no_chain_are_to_be_appended(desk: Desk) -> None:
    desk.submitted()
    assert maintenance.due_maintenance(desk.now) == {"chain"}
    assert due(desk) == set()


def test_bills_that_wait_or_are_on_their_way_are_no_other_work(desk: Desk) -> None:
    desk.submitted()
    desk.submitted()
    assert lease.lease_next(desk.now) is not None
    assert due(desk) == set()


def test_a_bill_that_was_taken_too_long_ago_is_to_be_recovered(desk: Desk) -> None:
    desk.submitted()
    lease.lease_next(desk.now)
    desk.wait(seconds=settings.TAKEN_TOO_LONG_SECONDS + 1)
    assert due(desk) == {"recover"}


def test_a_bill_taken_by_a_clock_that_went_wrong_is_to_be_recovered(desk: Desk) -> None:
    desk.submitted()
    lease.lease_next(desk.now)
    Outbox.objects.update(taken_at=desk.now + timedelta(days=1))
    assert due(desk) == {"recover"}


def test_a_bill_that_waits_without_a_connection_is_told_once(desk: Desk) -> None:
    desk.submitted()
    HealthcodeConnection.objects.all().delete()
    assert due(desk) == {"tell"}
    assert lease.mark_disconnected() == 1
    assert due(desk) == set()


def test_a_running_batch_is_to_be_queued_and_a_restore_to_be_asked_about(desk: Desk) -> None:
    desk.created()
    services.start(desk.actor(), claims=Claim.objects.all())
    assert due(desk) == {"queue"}
    in_doubt.mark_restored(taken_at=desk.now, now=desk.now)
    assert due(desk) == {"queue", "reconcile"}
