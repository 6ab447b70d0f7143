"""The list of clients, one client's page, archive."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clearbill.bill.lifecycle import Status
from clearbill.claims.models import Claim
from clearbill.clients.models import Client
from clearbill.people.models import AuditEntry, Practice, Role
from tests import builders

pytestmark = pytest.mark.django_db


def names(page: bytes) -> list[str]:
    return [name for name in ("Alba", "Brook", "Çelik", "O’Dale") if name in page.decode()]


def four_clients(practice: Practice) -> None:
    builders.client(practice, last_name="Alba", number="P-00001", membership_number="AA00000001")
    builders.client(practice, last_name="Brook", number="P-00002", insurer="aviva", membership_number="BB0001")
    builders.client(practice, last_name="Çelik", number="P-00003", insurer="")
    builders.client(practice, last_name="O’Dale", number="P-00004", archived_at=timezone.now())


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["Alba", "Brook", "Çelik"]),
        ({"q": "alb test"}, ["Alba"]),
        ({"q": "P-00002"}, ["Brook"]),
        ({"q": "AA 0000 0001"}, ["Alba"]),
        ({"q": "12/4/85"}, ["Alba", "Brook", "Çelik"]),
        ({"q": "çelik"}, ["Çelik"]),
        ({"q": "o'dale", "state": "all"}, ["O’Dale"]),
        ({"q": "nobody"}, []),
        ({"insurer": "aviva"}, ["Brook"]),
        ({"insurer": "none"}, ["Çelik"]),
        ({"state": "archived"}, ["O’Dale"]),
        (
            {"sort": "nonsense", "state": "nonsense", "insurer": "nonsense", "page": "nonsense"},
            ["Alba", "Brook", "Çelik"],
        ),
    ],
)
def test_the_list_finds(asked: dict[str, str], found: list[str]) -> None:
    practice = builders.practice()
    four_clients(practice)
    browser = builders.signed_in(builders.member(practice))
    assert names(browser.post("/clients/", asked).content) == found


def test_the_list_sorts_by_number_and_by_age() -> None:
    practice = builders.practice()
    builders.client(practice, last_name="Brook", number="P-00001")
    builders.client(practice, last_name="Alba", number="P-00002")
    browser = builders.signed_in(builders.member(practice))
    for sort, first in (("name", "Alba"), ("number", "Brook"), ("newest", "Alba")):
        page = browser.get("/clients/", {"sort": sort}).content.decode()
        assert (page.index("Alba") < page.index("Brook")) == (first == "Alba")


def test_fifty_clients_stand_on_a_page_and_the_search_goes_with_the_next() -> None:
    practice = builders.practice()
    for number in range(60):
        builders.client(practice, last_name=f"Sample{number:02}", insurer="")
    browser = builders.signed_in(builders.member(practice))
    page = browser.post("/clients/", {"q": "Sample", "page": "2"}).content.decode()
    assert "51 to 60 of 60" in page
    assert 'value="Sample"' in page


def test_an_empty_practice_is_told_what_to_do_next() -> None:
    page = builders.signed_in(builders.member(builders.practice())).get("/clients/").content.decode()
    assert "No clients yet" in page
    assert "/clients/new" in page


def test_the_list_shows_no_client_of_another_practice() -> None:
    builders.client(builders.practice("Hillside Psychology"), last_name="Alba")
    browser = builders.signed_in(builders.member(builders.practice()))
    page = browser.post("/clients/", {"q": "Testa", "state": "all"})
    assert names(page.content) == []
    assert "No client fits" in page.content.decode()


def test_the_list_needs_the_same_queries_for_two_and_for_twenty() -> None:
    practice = builders.practice()
    browser = builders.signed_in(builders.member(practice))

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            browser.get("/clients/")
        return len(caught)

    for _ in range(2):
        builders.client(practice)
    few = queries()
    for _ in range(18):
        builders.client(practice)
    assert queries() == few


def with_history(practice: Practice, client: Client, visits: int) -> None:
    practitioner, service = builders.practitioner(practice, number=""), builders.service(practice)
    for number in range(visits):
        booked = {"client": client, "practitioner": practitioner, "service": service}
        builders.appointment(practice, starts_at=timezone.now() - timedelta(days=number + 1), **booked)
        builders.appointment(practice, starts_at=timezone.now() + timedelta(days=number + 1), **booked)
        invoice = builders.invoice(practice, client=client, practitioner=practitioner)
        Claim.objects.create(
            practice=practice,
            invoice=invoice,
            number=invoice.number,
            insurer_slug="bupa",
            practitioner=practitioner,
            status=Status.COLLECTED.value,
            bill={},
            status_at=timezone.now(),
        )


def test_a_client_shows_cover_appointments_invoices_and_the_claims_status() -> None:
    practice = builders.practice()
    client = builders.client(practice)
    with_history(practice, client, 1)
    page = builders.signed_in(builders.member(practice)).get(f"/clients/{client.pk}").content.decode()
    for words in (
        "ZZ00000001",
        "M54.5",
        "Collected by insurer",
        "£70.00",
        "Physiotherapy, first visit",
        "Rosa Therapist",
    ):
        assert words in page
    assert f"/calendar/new?client={client.pk}" in page
    assert f"/invoices/new?client={client.pk}" in page


def test_a_client_needs_the_same_queries_for_one_visit_and_for_nine() -> None:
    practice = builders.practice()
    client = builders.client(practice)
    browser = builders.signed_in(builders.member(practice))
    with_history(practice, client, 1)
    with CaptureQueriesContext(connection) as few:
        browser.get(f"/clients/{client.pk}")
    with_history(practice, client, 8)
    with CaptureQueriesContext(connection) as many:
        browser.get(f"/clients/{client.pk}")
    assert len(many) == len(few)


def test_archive_and_bring_back_each_write_one_entry() -> None:
    practice = builders.practice()
    client = builders.client(practice)
    browser = builders.signed_in(builders.member(practice))
    browser.post(f"/clients/{client.pk}/archive")
    browser.post(f"/clients/{client.pk}/archive")
    assert "Bring back" in browser.get(f"/clients/{client.pk}").content.decode()
    browser.post(f"/clients/{client.pk}/unarchive")
    client.refresh_from_db()
    assert client.archived_at is None
    actions = list(AuditEntry.objects.order_by("at").values_list("action", flat=True))
    assert actions == ["archived the client", "brought the client back"]


def test_a_colleague_who_sees_no_records_opens_no_client() -> None:
    practice = builders.practice()
    client = builders.client(practice)
    browser = builders.signed_in(builders.member(practice, Role.ACCOUNTANT))
    assert browser.get(f"/clients/{client.pk}").status_code == 403
    assert browser.post(f"/clients/{client.pk}/archive").status_code == 403


def test_a_stranger_finds_no_client() -> None:
    client = builders.client(builders.practice())
    browser = builders.signed_in(builders.member(builders.practice("Hillside Psychology")))
    for address in ("", "/archive", "/unarchive", "/member", "/member/use"):
        answer = browser.post(f"/clients/{client.pk}{address}") if address else browser.get(f"/clients/{client.pk}")
        assert answer.status_code == 404


def test_nobody_is_let_in_without_signing_in() -> None:
    client = builders.client(builders.practice())
    answer = Browser().get(f"/clients/{client.pk}")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in")
