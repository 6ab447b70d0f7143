"""An installation from before the moment of a cancellation was kept: the audit trail knows it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from clearbill.appointments.models import Appointment
from clearbill.people.models import AuditEntry, Practice
from tests import builders, migration_history
from tests.builders import NOW

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
BEFORE = [("diary", "0001_initial")]


@pytest.fixture
def practice() -> Practice:
    return builders.practice()


@pytest.fixture
def back_and_forth(practice: Practice) -> Iterator[None]:
    """The tables of now come back whatever happens."""
    yield
    now()


def now() -> None:
    executor = migration_history.executor()
    executor.migrate(executor.loader.graph.leaf_nodes())


def note(row: Appointment, action: str, days_ago: int) -> None:
    AuditEntry.objects.create(
        practice=row.practice,
        at=NOW - timedelta(days=days_ago),
        by_name="Rosa",
        action=action,
        subject_type="appointment",
        subject_id=str(row.pk),
    )


@pytest.mark.usefixtures("back_and_forth")
def test_when_it_was_cancelled_last_is_read_from_the_trail(practice: Practice) -> None:
    cancelled = builders.appointment(practice, state=Appointment.CANCELLED)
    untold = builders.appointment(practice, state=Appointment.CANCELLED)
    booked = builders.appointment(practice, state=Appointment.BOOKED)
    for row, action, days_ago in (
        (cancelled, "cancelled the appointment", 9),
        (cancelled, "reopened the appointment", 8),
        (cancelled, "cancelled the appointment", 7),
        (booked, "cancelled the appointment", 6),
        (booked, "reopened the appointment", 5),
    ):
        note(row, action, days_ago)
    migration_history.executor().migrate(BEFORE)
    now()
    found = dict(Appointment.objects.values_list("pk", "cancelled_at"))
    assert found == {cancelled.pk: NOW - timedelta(days=7), untold.pk: None, booked.pk: None}
