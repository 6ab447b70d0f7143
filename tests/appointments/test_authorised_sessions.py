"""What is used, booked and left of an authorisation, and what is beyond it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from clearbill.appointments import authorised_sessions, services
from clearbill.appointments.authorised_sessions import AuthorisationUse
from clearbill.appointments.models import Appointment
from clearbill.appointments.services import NotCovered, Visit
from clearbill.bill.problem import Refused
from clearbill.clients.models import Client
from clearbill.invoicing import services as invoicing_services
from clearbill.people.actor import Actor
from clearbill.people.models import Practice
from clearbill.workspace.models import Practitioner, Service
from tests import builders
from tests.builders import NOW, TODAY

pytestmark = pytest.mark.django_db
NEXT_WEEK = NOW + timedelta(days=7)


class Course:
    """A client with an authorisation of some sessions, and one practitioner and service."""

    def __init__(self, **authorised: Any) -> None:
        self.practice: Practice = builders.practice()
        self.client: Client = builders.client(self.practice)
        self.row = builders.authorisation(self.client, **authorised)
        self.practitioner: Practitioner = builders.practitioner(self.practice)
        self.service: Service = builders.service(self.practice)
        self.actor = Actor(self.practice, builders.user(), NOW)

    def had(self, days_ago: int, **fields: Any) -> Appointment:
        return self._visit(NOW - timedelta(days=days_ago), state=Appointment.COMPLETED, **fields)

    def booked(self, days: int, **fields: Any) -> Appointment:
        return self._visit(NOW + timedelta(days=days), state=Appointment.BOOKED, **fields)

    def _visit(self, starts_at: datetime, **fields: Any) -> Appointment:
        who = {"client": self.client, "practitioner": self.practitioner, "service": self.service}
        return builders.appointment(self.practice, starts_at=starts_at, **{**who, **fields})

    def use(self) -> AuthorisationUse:
        return authorised_sessions.use_by_authorisation(Client.objects.get(pk=self.client.pk))[self.row.pk]

    def used_and_booked(self) -> dict[str, tuple[int, int]]:
        uses = authorised_sessions.use_by_authorisation(Client.objects.get(pk=self.client.pk)).values()
        return {use.authorisation.code: (use.used, use.booked) for use in uses}

    def book(self, starts_at: datetime, weeks: int = 1) -> list[Appointment]:
        self.practice.refresh_from_db()
        visit = Visit(
            client=self.client,
            practitioner=self.practitioner,
            service=self.service,
            starts_at=starts_at,
            minutes=30,
        )
        return services.book(self.actor, visit=visit, weeks=weeks)

    def refuse(self) -> None:
        Practice.objects.update(refuses_unauthorised=True)


def test_what_took_place_is_used_what_is_to_come_is_booked_and_the_rest_is_left() -> None:
    course = Course(sessions=6)
    for days in (1, 8, 15):
        course.had(days)
    course.booked(7)
    assert (course.use().used, course.use().booked, course.use().sessions_left) == (3, 1, 2)
    assert course.use().words == "3 of 6 sessions used, 1 booked, 2 left"


@pytest.mark.parametrize("state", [Appointment.CANCELLED, Appointment.MISSED])
def test_a_visit_that_did_not_take_place_uses_nothing(state: str) -> None:
    course = Course(sessions=6)
    course.had(1)
    Appointment.objects.update(state=state)
    assert (course.use().used, course.use().sessions_left) == (0, 6)


def test_only_days_between_the_authorisations_own_count() -> None:
    course = Course(sessions=6, valid_from=TODAY - timedelta(days=8), valid_to=TODAY - timedelta(days=1))
    for days in (9, 8, 1, 0):
        course.had(days)
    assert course.use().used == 2


def test_only_the_codes_that_the_insurer_named_count() -> None:
    course = Course(sessions=6, codes="ZPHY09")
    course.had(1)
    course.had(8, service=builders.service(course.practice, name="Scan", isc="ZPHY09"))
    assert course.use().used == 1


def test_a_visit_that_the_client_pays_uses_nothing_and_one_that_is_void_again_counts() -> None:
    course = Course(sessions=6)
    visit = course.had(1)
    invoice = invoicing_services.invoice_appointments(course.actor, appointments=[visit])
    assert course.use().used == 1
    invoice.insurer_slug = ""
    invoice.save()
    assert course.use().used == 0
    invoicing_services.void(course.actor, invoice=invoice, reason="Wrong")
    assert course.use().used == 1


def test_a_line_that_was_invoiced_by_hand_without_a_visit_is_used() -> None:
    course = Course(sessions=6, amount=300)
    builders.invoice(course.practice, client=course.client, insurer_slug="bupa")
    assert (course.use().used, course.use().amount_used, course.use().amount_left) == (1, Decimal(70), Decimal(230))
    assert course.use().words == "1 of 6 sessions used, 0 booked, 5 left, £70.00 of £300.00 used or booked"


def test_a_visit_that_fits_two_authorisations_counts_to_the_one_that_a_person_chose() -> None:
    course = Course(sessions=6)
    other = builders.authorisation(course.row.policy, "ZZAUTH02")
    invoice = invoicing_services.invoice_appointments(course.actor, appointments=[course.had(1)])
    assert course.used_and_booked() == {"ZZAUTH01": (1, 0), "ZZAUTH02": (0, 0)}
    invoicing_services.choose_cover(course.actor, invoice=invoice, policy=course.row.policy, authorisation=other)
    assert course.used_and_booked() == {"ZZAUTH01": (0, 0), "ZZAUTH02": (1, 0)}


def test_visits_that_fit_two_authorisations_count_to_the_one_that_has_room() -> None:
    course = Course(sessions=2, valid_from=TODAY - timedelta(days=14))
    builders.authorisation(course.row.policy, "ZZAUTH02", sessions=2, valid_from=TODAY + timedelta(days=1))
    course.had(8)
    course.had(1)
    course.refuse()
    course.book(NEXT_WEEK, weeks=2)
    assert course.used_and_booked() == {"ZZAUTH01": (2, 0), "ZZAUTH02": (0, 2)}
    with pytest.raises(NotCovered, match=r"1 Dec 2026 is beyond .*: ZZAUTH01 \(2 of 2 .*ZZAUTH02 \(0 of 2 .* 2 booked"):
        course.book(NEXT_WEEK + timedelta(days=14))
    course.booked(21)
    assert course.used_and_booked() == {"ZZAUTH01": (2, 0), "ZZAUTH02": (0, 3)}


def test_of_two_authorisations_the_one_that_ends_first_is_used_first() -> None:
    course = Course(sessions=2)
    builders.authorisation(course.row.policy, "ZZAUTH02", sessions=1, valid_to=TODAY + timedelta(days=10))
    course.booked(7)
    assert course.used_and_booked() == {"ZZAUTH01": (0, 0), "ZZAUTH02": (0, 1)}
    course.booked(8)
    assert course.used_and_booked() == {"ZZAUTH01": (0, 1), "ZZAUTH02": (0, 1)}


def test_a_visit_that_falls_under_one_authorisation_alone_leaves_the_other_to_those_that_fall_under_both() -> None:
    course = Course(sessions=1, codes="ZPHY01")
    builders.authorisation(course.row.policy, "ZZAUTH02", sessions=1, valid_to=TODAY + timedelta(days=20))
    course.booked(7)
    scan = builders.service(course.practice, name="Scan", isc="ZPHY09")
    [booked] = [course.booked(14, service=scan)]
    assert course.used_and_booked() == {"ZZAUTH01": (0, 1), "ZZAUTH02": (0, 1)}
    assert authorised_sessions.booking_concerns([booked]) == []
    assert authorised_sessions.visit_concern(booked) == ""


def test_on_a_day_of_two_policies_what_both_authorised_is_used_and_then_no_more() -> None:
    course = Course(sessions=1)
    second = builders.policy(course.client, "aviva", "ZZ00000002", valid_from=TODAY - timedelta(days=30))
    builders.authorisation(second, "ZZAUTH02", sessions=1)
    course.refuse()
    course.book(NEXT_WEEK, weeks=2)
    assert course.used_and_booked() == {"ZZAUTH01": (0, 1), "ZZAUTH02": (0, 1)}
    with pytest.raises(NotCovered, match="beyond what was authorised"):
        course.book(NEXT_WEEK + timedelta(days=14))


def test_of_more_visits_than_authorised_the_last_ones_by_time_are_beyond() -> None:
    course = Course(sessions=3)
    visits = [course.booked(days) for days in (7, 14, 21, 28, 35)]
    told = [authorised_sessions.visit_concern(visit) for visit in visits]
    assert told[:3] == ["", "", ""]
    words = "ZZAUTH01 (0 of 3 sessions used, 5 booked, 0 left: 2 more than authorised)."
    assert told[3:] == [f"The visit on {day} Dec 2026 is beyond what was authorised: {words}" for day in (8, 15)]


def test_a_visit_booked_before_others_that_fill_the_authorisation_is_beyond_when_it_is_booked() -> None:
    course = Course(sessions=1)
    later = course.booked(14)
    earlier = course.booked(7)
    assert "17 Nov 2026 is beyond" in authorised_sessions.booking_concerns([earlier])[0]
    assert authorised_sessions.visit_concern(earlier) == ""
    assert "24 Nov 2026 is beyond" in authorised_sessions.visit_concern(later)
    course.refuse()
    with pytest.raises(NotCovered):
        course.book(NEXT_WEEK - timedelta(days=1))


def test_more_than_authorised_is_said() -> None:
    course = Course(sessions=1)
    course.had(1)
    course.had(8)
    assert course.use().is_exceeded
    assert course.use().words == "2 of 1 session used, 0 booked, 0 left: 1 more than authorised"


@pytest.mark.parametrize(
    ("authorised", "sentence"),
    [
        ({"sessions": 1}, "is beyond what was authorised: ZZAUTH01 (1 of 1 session used, 0 booked, 0 left)"),
        ({"amount": 100}, "is beyond what was authorised: ZZAUTH01"),
        ({"valid_to": TODAY}, "No authorisation covers 17 Nov 2026. There is ZZAUTH01 until 10 Nov 2026."),
        ({"codes": "ZPHY09"}, "No authorisation covers 17 Nov 2026 for ZPHY01. There is ZZAUTH01."),
    ],
)
def test_a_booking_that_is_not_covered_warns_or_is_refused_as_the_practice_chose(
    authorised: dict[str, Any], sentence: str
) -> None:
    course = Course(**authorised)
    course.had(1)
    [booked] = course.book(NEXT_WEEK)
    [said] = authorised_sessions.booking_concerns([booked])
    assert sentence in said
    course.refuse()
    with pytest.raises(NotCovered) as refused:
        course.book(NEXT_WEEK + timedelta(hours=2))
    assert refused.value.field == "day"
    assert course.client.appointments.count() == 2


def test_a_day_outside_the_policy_is_not_covered() -> None:
    course = Course()
    course.client.policies.update(valid_to=TODAY)
    [booked] = course.book(NEXT_WEEK)
    fresh = Appointment.objects.select_related("client", "service").get(pk=booked.pk)
    assert authorised_sessions.booking_concerns([fresh]) == [
        "No policy is valid on 17 Nov 2026. The client has BUPA ZZ00000001 until 10 Nov 2026."
    ]
    course.refuse()
    with pytest.raises(NotCovered, match="No policy is valid on 17 Nov 2026"):
        course.book(NEXT_WEEK + timedelta(hours=2))


def test_of_a_weekly_course_each_visit_counts_and_all_or_none_are_booked() -> None:
    course = Course(sessions=2)
    course.refuse()
    with pytest.raises(NotCovered, match="visit on 1 Dec 2026 is beyond"):
        course.book(NEXT_WEEK, weeks=3)
    assert not course.client.appointments.exists()
    assert len(course.book(NEXT_WEEK, weeks=2)) == 2


def test_moving_or_reopening_a_visit_is_judged_as_booking_it_is() -> None:
    course = Course(sessions=1, valid_to=TODAY + timedelta(days=10))
    course.refuse()
    [visit] = course.book(NEXT_WEEK)
    late = NEXT_WEEK + timedelta(days=7)
    with pytest.raises(Refused, match="No authorisation covers 24 Nov 2026"):
        services.move(course.actor, appointment=visit, starts_at=late, minutes=30)
    soon = NEXT_WEEK + timedelta(hours=1)
    visit = services.move(course.actor, appointment=visit, starts_at=soon, minutes=30)
    services.cancel(course.actor, appointment=visit)
    course.book(NEXT_WEEK + timedelta(hours=4))
    with pytest.raises(NotCovered, match="beyond what was authorised"):
        services.reopen(course.actor, appointment=visit)


def test_a_client_with_no_authorisation_at_all_is_booked_without_a_word() -> None:
    course = Course()
    course.row.delete()
    course.refuse()
    assert authorised_sessions.booking_concerns(course.book(NEXT_WEEK)) == []


def test_of_two_policies_on_a_day_the_only_authorisation_that_covers_it_counts() -> None:
    course = Course(sessions=6)
    course.had(1)
    builders.policy(course.client, "bupa", "ZZ00000002", valid_from=TODAY - timedelta(days=30))
    assert course.use().used == 1
