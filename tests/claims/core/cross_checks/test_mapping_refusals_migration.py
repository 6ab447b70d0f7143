"""An installation from before refusals were noted: those that stand are read from the claims' timelines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from clearbill.claims.models import Claim, ClaimEvent, MappingRefusal
from clearbill.people.models import Practice
from clearbill.workspace.models import Practitioner
from tests import builders, migration_history
from tests.builders import NOW

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
UNKNOWN = {"code": "HC-14", "path": "providers.controlling_specialist_number", "message": "Not known."}


@pytest.fixture(autouse=True)
def before() -> Iterator[None]:
    """The tables of before the notes; those of now come back whatever happens."""
    try:
        migration_history.executor().migrate([("claims", "0013_bulk_creation")])
        yield
    finally:
        executor = migration_history.executor()
        executor.migrate(executor.loader.graph.leaf_nodes())


def claim(practice: Practice, practitioner: Practitioner) -> Claim:
    invoice = builders.invoice(practice, practitioner=practitioner)
    return Claim.objects.create(
        practice=practice,
        invoice=invoice,
        number=invoice.number,
        insurer_slug="bupa",
        practitioner=practitioner,
        bill={},
        status_at=NOW,
    )


def told(of: Claim, event: str, at: datetime, **fields: Any) -> None:
    given = {"status_before": "Submitted", "source": "healthcode", **fields}
    ClaimEvent.objects.create(claim=of, event=event, at=at, **given)


def refused(of: Claim, at: datetime, problem: dict[str, str] | None = None) -> None:
    told(of, "refused", at, status_after="Rejected", problems=[problem or UNKNOWN])


def test_the_latest_refusal_without_an_acceptance_since_stands() -> None:
    practice = builders.practice()
    stands, proved, other = (builders.practitioner(practice, name=name) for name in ("A", "B", "C"))
    first, again = claim(practice, stands), claim(practice, stands)
    refused(first, NOW)
    refused(again, NOW + timedelta(days=1))
    taken = claim(practice, proved)
    refused(taken, NOW)
    told(taken, "waiting for the insurer", NOW + timedelta(days=1), status_after="Awaiting collection")
    refused(claim(practice, other), NOW, {"code": "HC-04", "path": "cover.registration_number", "message": "No."})
    migration_history.executor().migrate([("claims", "0014_mapping_refusals_so_far")])
    rows = MappingRefusal.objects.all()
    assert [(row.practitioner, row.claim, row.at, row.message) for row in rows] == [
        (stands, again, NOW + timedelta(days=1), "Not known.")
    ]


def test_payment_of_a_claim_accepted_before_the_refusal_proves_nothing() -> None:
    practice = builders.practice()
    rosa = builders.practitioner(practice)
    old, new = claim(practice, rosa), claim(practice, rosa)
    told(old, "collected", NOW, status_after="Collected by insurer")
    refused(new, NOW + timedelta(days=1))
    told(old, "paid", NOW + timedelta(days=2), status_before="Collected by insurer", status_after="Paid")
    migration_history.executor().migrate([("claims", "0014_mapping_refusals_so_far")])
    assert [row.claim for row in MappingRefusal.objects.all()] == [new]
