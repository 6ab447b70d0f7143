"""A list of appointments is brought, asked about, checked, taken in, brought again, undone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from clearbill.appointments.models import Appointment
from clearbill.appointments.services import invoice_here
from clearbill.bill.problem import Refused
from clearbill.imports import services
from clearbill.imports.appointments.models import ImportedAppointment
from clearbill.imports.models import FileImport, ImportRow
from clearbill.invoicing import queries as invoicing
from clearbill.invoicing.services import invoice_appointments
from clearbill.people.models import AuditEntry
from tests import builders
from tests.imports.appointments.desk import DiaryDesk, line, listed
from tests.imports.clients.desk import ImportDesk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> DiaryDesk:
    return DiaryDesk()


def test_a_list_of_appointments_comes_into_the_calendar(desk: DiaryDesk) -> None:
    file = desk.bring(listed([line(1), line(2, ends="")]))
    assert (file.state, desk.verdicts(file)) == (FileImport.CHECKED, ["new", "new"])
    assert not desk.visits()
    services.take_in(desk.actor, file=file, only_good=False)
    file = desk.fresh(file)
    assert (file.state, file.counts) == (FileImport.FINISHED, {"new": 2})
    first, second = desk.visits()
    assert (first.client, first.practitioner, first.service) == (desk.client, desk.practitioner, desk.service)
    assert first.starts_at == datetime(2026, 12, 11, 9, 30, tzinfo=UTC)
    assert first.ends_at == datetime(2026, 12, 11, 10, 15, tzinfo=UTC)
    assert second.ends_at == datetime(2026, 12, 12, 10, 15, tzinfo=UTC)
    assert (first.state, first.is_billed_elsewhere) == (Appointment.BOOKED, False)
    told = AuditEntry.objects.filter(subject_id=str(first.pk))
    assert [entry.action for entry in told] == ["imported the appointment"]


def test_names_that_are_not_known_are_asked_once_and_remembered(desk: DiaryDesk) -> None:
    rows = [line(1, practitioner="R. T.", service="Initial"), line(2, practitioner="R. T.", service="Initial")]
    file = desk.bring(listed(rows))
    asked = {question["field"]: question["sentence"] for question in file.found["questions"]}
    assert asked == {
        "practitioner:R. T.": "The file names the practitioner “R. T.”. Who is it here?",
        "service:Initial": "The file names the service “Initial”. Which one is it here?",
    }
    answers = {"practitioner:R. T.": str(desk.practitioner.pk), "service:Initial": str(desk.service.pk)}
    file = desk.answer(file, **answers)
    assert desk.verdicts(file) == ["new", "new"]
    services.take_in(desk.actor, file=file, only_good=False)
    assert {visit.service for visit in desk.visits()} == {desk.service}
    again = desk.bring(listed([line(3, practitioner="R. T.", service="Initial")]))
    assert desk.verdicts(again) == ["new"]


def test_rows_of_a_practitioner_can_be_left_out(desk: DiaryDesk) -> None:
    file = desk.bring(listed([line(1), line(2, practitioner="Somebody")]))
    file = desk.answer(file, **{"practitioner:Somebody": "left_out"})
    assert desk.verdicts(file) == ["new", "left out"]


def test_visits_that_were_invoiced_elsewhere_are_never_invoiced_here(desk: DiaryDesk) -> None:
    past = listed([line(1, day="2 Nov 2026", status="Attended"), line(2)])
    file = desk.bring(past)
    assert [question["field"] for question in file.found["questions"]] == ["elsewhere"]
    file = desk.answer(file, elsewhere="all")
    services.take_in(desk.actor, file=file, only_good=False)
    first, second = desk.visits()
    assert (first.state, first.is_billed_elsewhere, second.is_billed_elsewhere) == (Appointment.COMPLETED, True, False)
    assert not invoicing.unbilled(desk.practice)
    with pytest.raises(Refused, match="was invoiced in another system"):
        invoice_appointments(desk.actor, appointments=[first])
    invoice_here(desk.actor, appointment=first)
    assert list(invoicing.unbilled(desk.practice)) == [first]


def test_visits_that_were_not_invoiced_wait_for_their_invoice(desk: DiaryDesk) -> None:
    file = desk.bring(listed([line(1, day="2 Nov 2026", status="Attended")]))
    services.take_in(desk.actor, file=desk.answer(file, elsewhere="none"), only_good=False)
    assert list(invoicing.unbilled(desk.practice)) == desk.visits()


def test_clients_are_found_by_the_number_that_the_import_of_clients_kept(desk: DiaryDesk) -> None:
    clients = ImportDesk(practice=desk.practice)
    clients.taken_in(b"Client ID,First name,Last name\n77,Another,Person\n")
    desk.taken_in(listed([line(1, client="77", first="Another", last="Person", born="")]))
    assert [visit.client.last_name for visit in desk.visits()] == ["Person"]


def test_clients_are_found_by_name_and_birth_date(desk: DiaryDesk) -> None:
    file = desk.bring(listed([line(1, client=""), line(2, client="", born="1 Jan 1970"), line(3, client="", born="")]))
    assert desk.verdicts(file) == ["new", "wrong", "double"]
    assert desk.row(file, 3).found["sentence"].startswith("No client here fits.")
    assert desk.row(file, 4).found["sentence"] == "Found by the name alone."
    services.decide_all(file, verdict=ImportRow.DOUBLE, do="new")
    services.take_in(desk.actor, file=file, only_good=True)
    assert {visit.client for visit in desk.visits()} == {desk.client}
    assert len(desk.visits()) == 2


def test_of_two_clients_of_one_name_a_person_chooses_one(desk: DiaryDesk) -> None:
    other = builders.indexed(builders.client(desk.practice, birth_date=None))
    file = desk.bring(listed([line(1, client="", born="")]))
    assert desk.row(file, 2).found["sentence"] == "2 clients here could be meant."
    services.decide_all(file, verdict=ImportRow.DOUBLE, do="new")
    assert desk.row(file, 2).decision == {}
    services.decide(file, row=desk.row(file, 2), decision={"do": "new", "client": str(other.pk)})
    services.take_in(desk.actor, file=file, only_good=False)
    assert [visit.client for visit in desk.visits()] == [other]


def test_a_number_that_stands_for_somebody_else_is_asked_about(desk: DiaryDesk) -> None:
    file = desk.bring(listed([line(1, first="Quite", last="Other", born="")]))
    assert desk.verdicts(file) == ["double"]
    assert "The number P-90001 is of Ms Testa Sample here" in desk.row(file, 2).found["sentence"]


def test_a_double_booking_is_asked_about_and_the_same_visit_is_not_taken_twice(desk: DiaryDesk) -> None:
    other = builders.client(desk.practice)
    at = datetime(2026, 12, 11, 9, 0, tzinfo=UTC)
    builders.appointment(
        desk.practice,
        client=other,
        practitioner=desk.practitioner,
        service=desk.service,
        starts_at=at,
        ends_at=at.replace(hour=10),
        state=Appointment.BOOKED,
    )
    builders.appointment(
        desk.practice,
        client=desk.client,
        practitioner=desk.practitioner,
        service=desk.service,
        starts_at=datetime(2026, 12, 12, 9, 30, tzinfo=UTC),
        ends_at=datetime(2026, 12, 12, 10, 0, tzinfo=UTC),
        state=Appointment.BOOKED,
    )
    file = desk.bring(listed([line(1), line(2), line(3)]))
    assert desk.verdicts(file) == ["double", "unchanged", "new"]
    assert desk.row(file, 2).found["sentence"] == (
        "Rosa Therapist already has an appointment on 11 Dec 2026 at 09:00 to 10:00."
    )
    services.decide_all(file, verdict=ImportRow.DOUBLE, do="new")
    services.take_in(desk.actor, file=file, only_good=False)
    assert len(desk.visits()) == 4


def test_two_visits_of_the_file_at_once_are_said_and_taken_in(desk: DiaryDesk) -> None:
    file = desk.bring(listed([line(1), line(2, day="11 Dec 2026", starts="10:00"), line(1)]))
    assert desk.verdicts(file) == ["new", "new", "left out"]
    assert desk.row(file, 3).warnings == ["Row 2 of the file is at the same time with the same practitioner."]
    assert desk.row(file, 4).sentence == "The same as row 2."


def test_one_number_for_two_visits_is_wrong(desk: DiaryDesk) -> None:
    file = desk.bring(listed([line(1), line(1, starts="11:00", ends="11:30")]))
    assert desk.verdicts(file) == ["new", "wrong"]
    assert "has the same number" in desk.row(file, 3).faults[0][1]


def test_one_start_of_one_client_without_a_number_is_one_appointment_for_each_practitioner(desk: DiaryDesk) -> None:
    builders.practitioner(desk.practice, number="", name="Second Therapist")
    header = "Client ID,Date,Start time,Minutes,Practitioner,Service,Status"
    rows = ["P-90001,11 Dec 2026,09:30,45,Rosa Therapist,First visit,Booked"]
    rows += [rows[0].replace("Rosa", "Second"), rows[0].replace("45", "30")]
    file = desk.taken_in(listed(rows, header))
    assert desk.verdicts(file) == ["new", "new", "wrong"]
    assert desk.row(file, 4).faults[0][1].startswith("Row 2 has the same client, practitioner and start")
    assert len(desk.visits()) == 2


def test_two_rows_that_turn_out_to_be_one_appointment_are_not_both_taken_in(desk: DiaryDesk) -> None:
    file = desk.taken_in(listed([line(1), line(1, client="", starts="11:00", ends="11:30")]))
    assert desk.verdicts(file) == ["new", "wrong"]
    assert desk.row(file, 3).found["sentence"] == "Row 2 tells of the same appointment of this client."
    assert len(desk.visits()) == 1


def test_a_decision_here_about_the_charge_of_a_missed_visit_outlives_a_newer_file(desk: DiaryDesk) -> None:
    missed = {"day": "2 Nov 2026", "status": "DNA"}
    file = desk.bring(listed([line(1, **missed)]))
    services.take_in(desk.actor, file=desk.answer(file, elsewhere="none"), only_good=False)
    Appointment.objects.update(not_charged_because="In hospital")
    desk.taken_in(listed([line(1, **missed | {"ends": "10:30"})]))
    [visit] = desk.visits()
    assert (visit.ends_at.minute, visit.not_charged_because) == (30, "In hospital")


def test_a_newer_file_changes_what_changed_there_and_asks_where_both_changed(desk: DiaryDesk) -> None:
    desk.taken_in(listed([line(1), line(2), line(3)]))
    Appointment.objects.filter(starts_at__day=12).update(note="Ours")
    Appointment.objects.filter(starts_at__day=13).update(state=Appointment.CANCELLED)
    file = desk.bring(listed([line(1, starts="11:00", ends="11:45"), line(2), line(3, status="DNA"), line(4)]))
    assert desk.verdicts(file) == ["changed", "unchanged", "conflict", "new"]
    services.decide_all(file, verdict=ImportRow.CONFLICT, do="update")
    services.take_in(desk.actor, file=file, only_good=False)
    first, second, third, _ = desk.visits()
    assert first.starts_at == datetime(2026, 12, 11, 11, 0, tzinfo=UTC)
    assert (second.note, third.state) == ("Ours", Appointment.MISSED)


def test_an_import_is_undone_as_if_it_had_never_been(desk: DiaryDesk) -> None:
    desk.taken_in(listed([line(1)]))
    file = desk.taken_in(listed([line(1, starts="11:00", ends="11:45"), line(2)]))
    services.undo(desk.actor, file=file)
    assert desk.fresh(file).state == FileImport.UNDONE
    [only] = desk.visits()
    assert only.starts_at == datetime(2026, 12, 11, 9, 30, tzinfo=UTC)
    services.undo(desk.actor, file=FileImport.objects.last())
    assert not desk.visits()
    assert not ImportedAppointment.objects.exists()


def test_a_visit_that_was_invoiced_or_changed_since_is_kept_and_named(desk: DiaryDesk) -> None:
    file = desk.bring(listed([line(1, day="2 Nov 2026", status="Attended"), line(2), line(3)]))
    file = desk.answer(file, elsewhere="none")
    services.take_in(desk.actor, file=file, only_good=False)
    first, second, _ = desk.visits()
    invoice_appointments(desk.actor, appointments=[first])
    Appointment.objects.filter(pk=second.pk).update(note="Bring the X-ray")
    services.undo(desk.actor, file=desk.fresh(file))
    kept = ImportRow.objects.filter(file=file, state=ImportRow.KEPT)
    assert [row.sentence for row in kept] == [
        "Appointment on 2 Nov 2026 at 09:30 was invoiced here since.",
        "Appointment on 12 Dec 2026 at 09:30 was changed here since.",
    ]
    assert desk.visits() == [first, second]


def test_rows_without_a_client_come_once_the_client_is_there(desk: DiaryDesk) -> None:
    file = desk.taken_in(listed([line(1), line(2, client="55", first="Later", last="Comer", born="1 Jan 1970")]))
    assert desk.verdicts(file) == ["new", "wrong"]
    builders.client(desk.practice, number="55", first_name="Later", last_name="Comer")
    services.check_again(desk.actor, file=file)
    assert desk.row(file, 3).verdict == "new"


def test_a_calendar_comes_too(desk: DiaryDesk) -> None:
    content = b"""BEGIN:VCALENDAR\r
VERSION:2.0\r
BEGIN:VEVENT\r
UID:1@example.org\r
DTSTART;TZID=Europe/London:20261211T093000\r
DTEND;TZID=Europe/London:20261211T101500\r
SUMMARY:Testa Sample\r
END:VEVENT\r
END:VCALENDAR\r
"""
    file = desk.bring(content, name="calendar.ics")
    asked = [question["field"] for question in file.found["questions"]]
    assert asked == ["practitioner:", "service:"]
    answers = {"practitioner:": str(desk.practitioner.pk), "service:": str(desk.service.pk)}
    file = desk.answer(file, **answers)
    assert desk.verdicts(file) == ["double"]
    services.decide_all(file, verdict=ImportRow.DOUBLE, do="new")
    services.take_in(desk.actor, file=file, only_good=False)
    assert desk.visits()[0].starts_at == datetime(2026, 12, 11, 9, 30, tzinfo=UTC)
