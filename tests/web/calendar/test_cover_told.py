"""The booking form says what is used, booked and left of an authorisation before anything is booked."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from clearbill.appointments.models import Appointment
from clearbill.bill import dates
from clearbill.people.models import Practice
from tests import builders

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_the_time_of_the_story")]


@pytest.fixture
def practice() -> Practice:
    return builders.practice()


@pytest.fixture
def desk(practice: Practice) -> Any:
    return builders.signed_in(builders.member(practice))


def told(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def chosen(visit: Appointment, **fields: str) -> dict[str, str]:
    day = dates.show(dates.uk_day(builders.NOW + timedelta(days=7)))
    return {"client": str(visit.client_id), "service": str(visit.service_id), "day": day, **fields}


def test_what_is_left_is_said_once_client_day_and_service_are_chosen(practice: Practice, desk: Any) -> None:
    visit = builders.appointment(practice, state=Appointment.BOOKED)
    builders.authorisation(visit.client, sessions=3, amount=Decimal("210.00"))
    said = told(desk.post("/calendar/cover", chosen(visit)))
    assert "Billed to BUPA ZZ00000001" in said
    assert "0 of 3 sessions used, 1 booked, 2 left, £70.00 of £210.00 used or booked." in said
    assert "beyond" not in said
    said = told(desk.post("/calendar/cover", chosen(visit, weeks="3")))
    assert "is beyond what was authorised" in said


def test_without_a_service_what_is_authorised_on_the_day_is_said(practice: Practice, desk: Any) -> None:
    visit = builders.appointment(practice)
    builders.authorisation(visit.client, sessions=3, codes="ZPHY09")
    assert "ZZAUTH01" in told(desk.post("/calendar/cover", chosen(visit, service="")))
    said = told(desk.post("/calendar/cover", chosen(visit)))
    assert "No authorisation covers" in said


@pytest.mark.parametrize(
    "without", [{"client": ""}, {"day": "soon"}, {"client": "x"}, {"day": ""}, {"client": "", "client_words": "Testa"}]
)
def test_nothing_is_said_before_enough_is_chosen(practice: Practice, desk: Any, without: dict[str, str]) -> None:
    visit = builders.appointment(practice)
    builders.authorisation(visit.client, sessions=3)
    answer = desk.post("/calendar/cover", chosen(visit, **without))
    assert (answer.status_code, told(answer)) == (200, "")


def test_a_client_without_insurance_pays(practice: Practice, desk: Any) -> None:
    visit = builders.appointment(practice, client=builders.client(practice, insurer=""))
    assert "The client has no insurance here, so the client pays." in told(desk.post("/calendar/cover", chosen(visit)))


def test_a_visit_that_is_changed_does_not_count_against_itself(practice: Practice, desk: Any) -> None:
    visit = builders.appointment(practice, starts_at=builders.NOW + timedelta(days=7), state=Appointment.BOOKED)
    builders.authorisation(visit.client, sessions=1)
    page = told(desk.get(f"/calendar/{visit.pk}/edit"))
    assert f'name="editing" value="{visit.pk}"' in page
    assert "0 of 1 session used, 0 booked, 1 left" in page
    said = told(desk.post("/calendar/cover", chosen(visit, editing=str(visit.pk))))
    assert "0 of 1 session used, 0 booked, 1 left" in said
    assert "0 of 1 session used, 1 booked, 0 left" in told(desk.post("/calendar/cover", chosen(visit)))


def test_the_form_says_it_as_soon_as_it_opens_for_a_client(practice: Practice, desk: Any) -> None:
    client = builders.client(practice)
    builders.authorisation(client, sessions=3)
    page = told(desk.get(f"/calendar/new?client={client.pk}"))
    assert "0 of 3 sessions used, 0 booked, 3 left" in page
    assert "sessions used" not in told(desk.get("/calendar/new"))


def test_a_stranger_is_told_nothing(practice: Practice) -> None:
    visit = builders.appointment(practice)
    builders.authorisation(visit.client, sessions=3)
    stranger = builders.signed_in(builders.member(builders.practice("Elsewhere")))
    assert told(stranger.post("/calendar/cover", chosen(visit))) == ""
    assert stranger.post("/calendar/cover", chosen(visit, editing=str(visit.pk))).status_code == 404
    assert stranger.get("/calendar/cover").status_code == 405
