"""A client who is archived with something open, or brought back beside a namesake: the page says so."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from clearbill.appointments.models import Appointment
from clearbill.clients.models import Client
from tests import builders

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_the_time_of_the_story")]


def test_what_is_still_open_with_an_archived_client_is_told() -> None:
    practice = builders.practice()
    desk = builders.signed_in(builders.member(practice))
    row = builders.client(practice)
    with_her = {"client": row, "practitioner": builders.practitioner(practice), "service": builders.service(practice)}
    for days in (2, 5):
        when = builders.NOW + timedelta(days=days)
        builders.appointment(practice, starts_at=when, state=Appointment.BOOKED, **with_her)
    builders.appointment(practice, starts_at=builders.NOW - timedelta(days=2), **with_her)
    builders.invoice(practice, client=row, practitioner=with_her["practitioner"])
    page = desk.post(f"/clients/{row.pk}/archive", follow=True).content.decode()
    assert "Still open: 2 booked visits, the next on " in page
    assert "; 1 visit not yet invoiced; £70.00 owed on invoices." in page


def test_a_client_with_nothing_open_is_archived_without_a_word() -> None:
    practice = builders.practice()
    row = builders.client(practice)
    page = builders.signed_in(builders.member(practice)).post(f"/clients/{row.pk}/archive", follow=True)
    assert "Still open" not in page.content.decode()


def test_a_client_with_a_namesake_is_brought_back_only_after_a_question() -> None:
    practice = builders.practice()
    desk = builders.signed_in(builders.member(practice))
    row = builders.client(practice, first_name="Zoë", number="P-00001", archived_at=builders.NOW)
    builders.client(practice, first_name="Zoe", number="P-00002")
    builders.client(practice, first_name="Zoe", number="P-00003", birth_date=date(1990, 1, 1))
    page = desk.post(f"/clients/{row.pk}/unarchive").content.decode()
    assert "This client may be there already. Nothing was brought back." in page
    assert "P-00002" in page
    assert "P-00003" not in page
    assert Client.objects.get(pk=row.pk).archived_at
    desk.post(f"/clients/{row.pk}/unarchive", {"action": "anyway"})
    assert Client.objects.get(pk=row.pk).archived_at is None


def test_a_client_without_a_namesake_is_brought_back_at_once() -> None:
    practice = builders.practice()
    row = builders.client(practice, archived_at=builders.NOW)
    builders.client(practice, first_name="Another")
    builders.signed_in(builders.member(practice)).post(f"/clients/{row.pk}/unarchive")
    assert Client.objects.get(pk=row.pk).archived_at is None
