from __future__ import annotations

from typing import Any

import pytest

from clearbill.bill.lifecycle import Status
from clearbill.bill.problem import Refused
from clearbill.claims.core import services
from clearbill.claims.core import submission as core_submission
from clearbill.claims.models import Claim, Outbox
from clearbill.clearinghouse.port import ClearingHouse
from clearbill.people.models import AuditEntry
from clearbill.workspace.models import HealthcodeConnection
from tests.claims.desk import Desk, status

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk()


def prepared(desk: Desk, claim: Claim) -> core_submission.PreparedClaim:
    return services.prepare(claim_id=claim.pk, practice=desk.practice, now=desk.now, house_of=desk.house_of)


def hand_over(desk: Desk, submission: core_submission.PreparedClaim) -> Claim:
    return core_submission.enqueue(desk.actor(), submission)


@pytest.mark.parametrize(
    "changes", [{"bill": {"changed": True}}, {"is_restored": True}], ids=["its bill", "that it is asked about"]
)
def test_a_claim_changed_while_it_was_checked_is_not_submitted(desk: Desk, changes: dict[str, Any]) -> None:
    claim = desk.created()
    submission = prepared(desk, claim)
    Claim.objects.filter(pk=claim.pk).update(**changes)
    with pytest.raises(Refused, match="changed while it was being checked"):
        hand_over(desk, submission)
    assert status(claim) == Status.CREATED
    assert not Outbox.objects.exists()


def test_an_invoice_voided_while_its_claim_was_checked_is_not_billed(desk: Desk) -> None:
    claim = desk.created()
    submission = prepared(desk, claim)
    type(claim.invoice).objects.filter(pk=claim.invoice_id).update(voided_at=desk.now)
    with pytest.raises(Refused):
        hand_over(desk, submission)
    assert not Outbox.objects.exists()


def test_two_clicks_that_were_both_checked_submit_once(desk: Desk) -> None:
    claim = desk.created()
    first, second = prepared(desk, claim), prepared(desk, claim)
    hand_over(desk, first)
    assert hand_over(desk, second).status == Status.SUBMITTED
    assert Outbox.objects.get().reference == first.reference
    assert AuditEntry.objects.filter(action="submitted the claim").count() == 1


def test_a_claim_cancelled_while_it_was_checked_stays_cancelled(desk: Desk) -> None:
    claim = desk.created()
    submission = prepared(desk, claim)
    services.cancel(desk.actor(), claim=Claim.objects.get(pk=claim.pk))
    with pytest.raises(Refused, match="Cancelled"):
        hand_over(desk, submission)
    assert not Outbox.objects.exists()


def test_others_can_write_while_a_claim_is_checked(desk: Desk) -> None:
    """The check takes most of the time; on SQLite a transaction keeps everybody else from writing."""
    from django.db import connection

    held: list[bool] = []

    def house_of(_connection: HealthcodeConnection) -> ClearingHouse:
        held.append(len(connection.savepoint_ids) > before)
        return desk.house

    claim, before = desk.created(), len(connection.savepoint_ids)
    services.submit(desk.actor(), claim_id=claim.pk, house_of=house_of)
    assert held == [False]
