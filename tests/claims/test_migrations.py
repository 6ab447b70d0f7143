"""Claims of before that were amended by hand: their numbers stand, and they are checked again before they go."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clearbill.bill.lifecycle import Status
from clearbill.claims.bulk import services as bulk
from clearbill.claims.core import amendments, validation
from clearbill.claims.core.cross_checks import agreement
from clearbill.claims.models import Claim
from tests import builders, migration_history
from tests.claims.desk import Desk, status

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def migrate(*targets: tuple[str, str]) -> None:
    executor = migration_history.executor()
    executor.migrate(list(targets) or executor.loader.graph.leaf_nodes())


def test_a_number_that_was_typed_before_stands_and_the_claim_is_checked_again() -> None:
    desk = Desk()
    claim = desk.created()
    bill = validation.stored_bill(claim)
    typed = replace(bill, providers=replace(bill.providers, controlling_specialist_number="TP999999"))
    amendments.amend(desk.actor(), claim=claim, bill=typed)
    migrate(("claims", "0010_bulk_submissions_side_by_side"))
    migrate()
    claim = Claim.objects.get(pk=claim.pk)
    assert claim.amended_by_hand == {"providers.controlling_specialist_number": "TP000002"}
    assert claim.is_stale
    assert agreement.differences(claim, on=builders.TODAY) == []
    bulk.start(desk.actor(), claims=Claim.objects.all())
    bulk.submit_next_slice(now=desk.now, house_of=desk.house_of)
    assert status(claim) == Status.SUBMITTED
