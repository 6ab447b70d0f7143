"""Booking, moving, completing, missing, cancelling, reopening."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from clearbill.appointments import services
from clearbill.appointments.models import Appointment
from clearbill.bill.problem import Refused
from clearbill.invoicing import services as invoicing_services
from clearbill.people.actor import Actor
from clearbill.people.models import AuditEntry, Practice, User
from tests import builders
from tests.builders import NOW

pytestmark = pytest.mark.django_db
TOMORROW = datetime(2026, 11, 11, 10, 0, tzinfo=UTC)


@pytest.fixture
def practice() -> Practice:
    return builders.practice()


@pytest.fixture
def by(practice: Practice) -> User:
    return builders.member(practice).user


def visit(practice: Practice, **fields: Any) -> services.Visit:
    given: dict[str, Any] = {
        "client": fields.pop("client", None) or builders.client(practice),
        "practitioner": fields.pop("practitioner", None) or builders.practitioner(practice),
        "service": fields.pop("service", None) or builders.service(practice),
        "starts_at": TOMORROW,
        "minutes": 30,
    }
    return services.Visit(**{**given, **fields})


def book(practice: Practice, by: User, wanted: services.Visit, **more: Any) -> list[Appointment]:
    return services.book(Actor(practice, by, NOW), visit=wanted, **more)


def step(name: str, practice: Practice, by: User, appointment: Appointment) -> Appointment:
    result: Appointment = getattr(services, name)(Actor(practice, by, NOW), appointment=appointment)
    return result


def invoiced(practice: Practice, by: User) -> Appointment:
    row = builders.appointment(practice)
    invoicing_services.invoice_appointments(Actor(practice, by, NOW), appointments=[row])
    return row


def test_a_booking_lasts_as_long_as_asked_and_is_audited(practice: Practice, by: User) -> None:
    (row,) = book(practice, by, visit(practice, minutes=45))
    assert row.ends_at - row.starts_at == timedelta(minutes=45)
    assert row.state == Appointment.BOOKED
    entry = AuditEntry.objects.get(subject_id=str(row.pk))
    assert (entry.action, entry.by) == ("booked the appointment", by)


def test_a_form_sent_twice_books_once(practice: Practice, by: User) -> None:
    wanted, key = visit(practice), uuid4()
    first, second = book(practice, by, wanted, appointment_id=key), book(practice, by, wanted, appointment_id=key)
    assert [row.pk for row in first] == [row.pk for row in second] == [key]
    assert Appointment.objects.count() == 1


def test_a_weekly_booking_makes_one_appointment_a_week(practice: Practice, by: User) -> None:
    rows = book(practice, by, visit(practice), weeks=3)
    assert [row.starts_at for row in rows] == [TOMORROW + timedelta(weeks=week) for week in range(3)]


def test_a_practitioner_is_not_booked_twice_unless_wished(practice: Practice, by: User) -> None:
    wanted = visit(practice)
    book(practice, by, wanted)
    later = visit(practice, practitioner=wanted.practitioner, starts_at=TOMORROW + timedelta(minutes=15))
    with pytest.raises(services.Overlapping, match="already has an appointment"):
        book(practice, by, later)
    assert len(book(practice, by, later, anyway=True)) == 1


def test_one_clash_in_a_series_books_nothing(practice: Practice, by: User) -> None:
    taken = visit(practice, starts_at=TOMORROW + timedelta(weeks=1))
    book(practice, by, taken)
    with pytest.raises(services.Overlapping):
        book(practice, by, visit(practice, practitioner=taken.practitioner), weeks=3)
    assert Appointment.objects.count() == 1


def test_appointments_that_touch_do_not_overlap(practice: Practice, by: User) -> None:
    wanted = visit(practice)
    book(practice, by, wanted)
    after = visit(practice, practitioner=wanted.practitioner, starts_at=TOMORROW + timedelta(minutes=30))
    assert book(practice, by, after)


def test_a_cancelled_appointment_leaves_its_time_free(practice: Practice, by: User) -> None:
    wanted = visit(practice)
    (row,) = book(practice, by, wanted)
    step("cancel", practice, by, row)
    assert book(practice, by, visit(practice, practitioner=wanted.practitioner))


def test_another_practices_client_cannot_be_booked(practice: Practice, by: User) -> None:
    stranger = builders.client(builders.practice("Elsewhere"))
    with pytest.raises(Refused, match="own"):
        book(practice, by, visit(practice, client=stranger))


def test_a_visit_that_has_not_begun_cannot_be_completed(practice: Practice, by: User) -> None:
    (row,) = book(practice, by, visit(practice))
    for name in ("complete", "mark_missed"):
        with pytest.raises(Refused, match="It has not begun yet"):
            step(name, practice, by, row)


def test_completing_twice_is_one_change(practice: Practice, by: User) -> None:
    row = builders.appointment(practice, state=Appointment.BOOKED)
    step("complete", practice, by, row)
    assert step("complete", practice, by, row).state == Appointment.COMPLETED
    assert AuditEntry.objects.filter(subject_id=str(row.pk)).count() == 1


def test_every_step_can_be_taken_back(practice: Practice, by: User) -> None:
    for name in ("complete", "mark_missed", "cancel"):
        row = builders.appointment(practice, state=Appointment.BOOKED)
        step(name, practice, by, row)
        assert step("reopen", practice, by, row).state == Appointment.BOOKED


def test_a_missed_visit_is_not_completed_by_the_way(practice: Practice, by: User) -> None:
    row = builders.appointment(practice, state=Appointment.MISSED)
    with pytest.raises(Refused, match="Reopen it first"):
        step("complete", practice, by, row)


def test_an_invoiced_visit_is_neither_cancelled_nor_reopened(practice: Practice, by: User) -> None:
    row = invoiced(practice, by)
    for name in ("cancel", "reopen"):
        with pytest.raises(Refused, match="Void the invoice first"):
            step(name, practice, by, row)


def test_an_invoiced_visit_keeps_client_and_day(practice: Practice, by: User) -> None:
    row = invoiced(practice, by)
    same = {"practitioner": row.practitioner, "service": row.service, "starts_at": row.starts_at}
    for changed in (
        visit(practice, **same, client=builders.client(practice)),
        visit(practice, client=row.client, **{**same, "starts_at": row.starts_at - timedelta(days=1)}),
    ):
        with pytest.raises(Refused, match="Void the invoice first"):
            services.change(Actor(practice, by, NOW), appointment=row, visit=changed)


def test_the_note_of_an_invoiced_visit_may_change(practice: Practice, by: User) -> None:
    row = invoiced(practice, by)
    same = visit(
        practice,
        client=row.client,
        practitioner=row.practitioner,
        service=row.service,
        starts_at=row.starts_at,
        note="Knee",
    )
    assert services.change(Actor(practice, by, NOW), appointment=row, visit=same).note == "Knee"


def test_a_move_keeps_everything_but_the_time_and_says_what_was(practice: Practice, by: User) -> None:
    (row,) = book(practice, by, visit(practice, note="Bring the letter"))
    moved = services.move(
        Actor(practice, by, NOW),
        appointment=row,
        starts_at=TOMORROW + timedelta(hours=2),
        minutes=60,
    )
    assert (moved.note, moved.starts_at) == ("Bring the letter", TOMORROW + timedelta(hours=2))
    entry = AuditEntry.objects.filter(action="changed the appointment").get()
    assert set(entry.changes) == {"starts_at", "ends_at"}


def test_a_move_cannot_end_before_it_starts(practice: Practice, by: User) -> None:
    (row,) = book(practice, by, visit(practice))
    with pytest.raises(Refused):
        services.move(Actor(practice, by, NOW), appointment=row, starts_at=TOMORROW, minutes=0)


def test_a_completed_visit_does_not_move_into_the_future(practice: Practice, by: User) -> None:
    row = builders.appointment(practice)
    with pytest.raises(Refused, match="future"):
        services.move(Actor(practice, by, NOW), appointment=row, starts_at=TOMORROW, minutes=30)


@pytest.mark.parametrize("ended", [Appointment.CANCELLED, Appointment.MISSED])
def test_reopening_asks_as_booking_does_where_the_time_was_given_away(practice: Practice, by: User, ended: str) -> None:
    row = builders.appointment(practice, state=ended)
    builders.appointment(
        practice, practitioner=row.practitioner, starts_at=row.starts_at, state=Appointment.BOOKED, service=row.service
    )
    actor = Actor(practice, by, NOW)
    with pytest.raises(services.Overlapping, match="already has an appointment"):
        services.reopen(actor, appointment=row)
    row.refresh_from_db()
    assert row.state == ended
    assert services.reopen(actor, appointment=row, anyway=True).state == Appointment.BOOKED


def test_a_completed_visit_held_its_time_and_is_reopened_without_a_question(practice: Practice, by: User) -> None:
    row = builders.appointment(practice)
    assert services.reopen(Actor(practice, by, NOW), appointment=row).state == Appointment.BOOKED
