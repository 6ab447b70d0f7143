"""The pages on which claims are created of many invoices, and where they are offered."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from lxml import html

from clearbill.bill.lifecycle import Status
from clearbill.claims.bulk import creation
from clearbill.claims.core import services
from clearbill.claims.models import BulkCreation, Claim
from clearbill.people.models import Role
from tests import builders
from tests.claims.desk import Desk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_the_time_of_the_story")]


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def browser(desk: Desk) -> Browser:
    return builders.signed_in(desk.owner)


def text(answer: Any) -> str:
    assert answer.status_code == 200
    return " ".join(html.fromstring(answer.content.decode()).xpath("//main")[0].text_content().split())


def past_the_limit() -> Any:
    return builders.TODAY - timedelta(days=400)


def test_claims_today_and_the_invoices_lead_to_those_without_a_claim(desk: Desk, browser: Browser) -> None:
    desk.invoice()
    desk.invoice(treated_on=past_the_limit())
    assert "2 invoices to insurers have no claim, £140.00 1 is past the insurer’s limit" in text(
        browser.get("/claims/")
    )
    today = text(browser.get("/today"))
    assert "2 invoices to insurers without a claim, 1 past the insurer’s limit" in today
    assert "Invoiced, no claim made £140.00" in today
    assert "With insurers £0.00" in today


def test_the_list_shows_the_time_left_and_can_be_narrowed_to_it(desk: Desk, browser: Browser) -> None:
    late, calm = desk.invoice(treated_on=past_the_limit()), desk.invoice(treated_on=builders.TODAY)
    whole = text(browser.get("/claims/to-create"))
    assert whole.index(late.number) < whole.index(calm.number)
    assert "Over" in whole
    narrowed = text(browser.get("/claims/to-create?age=over"))
    assert late.number in narrowed
    assert calm.number not in narrowed
    assert "No invoice fits" in text(browser.get("/claims/to-create?age=soon"))


def test_ticked_invoices_are_gone_through_before_anything_is_made(desk: Desk, browser: Browser) -> None:
    ticked = desk.invoice(client=builders.client(desk.practice, birth_date=None))
    other = desk.invoice()
    shown = text(browser.post("/claims/to-create/check", {"invoice": [str(ticked.pk)]}))
    assert "1 claim would be created, £70.00 owed" in shown
    assert "date of birth" in shown.lower()
    assert other.number not in shown
    assert not Claim.objects.exists()


def test_confirmed_the_claims_are_made_and_the_page_says_what_came_of_each(desk: Desk, browser: Browser) -> None:
    whole, credited = desk.invoice(), desk.invoice(credited_total=Decimal("10.00"))
    answer = browser.post("/claims/to-create/check", {"all": "yes", "confirmed": "yes"})
    row = BulkCreation.objects.get()
    assert answer.headers["Location"] == f"/claims/creations/{row.pk}"
    assert "0 of 2 done" in text(browser.get(f"/claims/creations/{row.pk}"))
    creation.create_next_slice(now=builders.NOW)
    shown = text(browser.get(f"/claims/creations/{row.pk}"))
    assert "1 of 2 claims created" in shown
    assert f"Claim {whole.number}" in shown
    assert f"A credit note was made on invoice {credited.number}" in shown


def test_while_it_runs_it_can_be_stopped(desk: Desk, browser: Browser) -> None:
    desk.invoice()
    browser.post("/claims/to-create/check", {"all": "yes", "confirmed": "yes"})
    row = BulkCreation.objects.get()
    shown = text(browser.post(f"/claims/creations/{row.pk}/stop", follow=True))
    assert "Stopped after 0 of 1" in shown
    assert not creation.create_next_slice(now=builders.NOW)


def test_nothing_ticked_is_said_and_nothing_is_made(desk: Desk, browser: Browser) -> None:
    desk.invoice()
    assert "Tick at least one invoice" in text(browser.post("/claims/to-create/check", {}))
    answer = browser.post("/claims/to-create/check", {"confirmed": "yes", "invoice": ["nonsense"]}, follow=True)
    assert "has a claim by now" in answer.content.decode()
    assert not BulkCreation.objects.exists()


def test_the_page_after_make_invoices_offers_their_claims_ticked(desk: Desk, browser: Browser) -> None:
    old = desk.invoice()
    visit = builders.appointment(desk.practice, practitioner=desk.practitioner)
    own = builders.appointment(
        desk.practice, practitioner=desk.practitioner, client=builders.client(desk.practice, insurer="")
    )
    answer = browser.post("/invoices/unbilled", {"visit": [str(visit.pk), str(own.pk)]}, follow=True)
    page = html.fromstring(answer.content.decode())
    ticked = page.xpath("//input[@name='invoice'][@checked]/@value")
    made = visit.invoice_lines.get().invoice
    assert ticked == [str(made.pk)]
    assert page.xpath("//input[@name='invoice']/@value") == [str(made.pk), str(old.pk)]
    assert "2 invoices made" in answer.content.decode()


def test_visits_that_clients_pay_lead_to_the_invoices_as_before(desk: Desk, browser: Browser) -> None:
    own = builders.client(desk.practice, insurer="")
    visit = builders.appointment(desk.practice, practitioner=desk.practitioner, client=own)
    answer = browser.post("/invoices/unbilled", {"visit": [str(visit.pk)]})
    assert answer.headers["Location"] == f"/invoices/{visit.invoice_lines.get().invoice_id}"


@pytest.mark.parametrize("path", ["/claims/to-create/check"])
def test_who_may_not_submit_claims_creates_none(desk: Desk, path: str) -> None:
    desk.invoice()
    reader = builders.signed_in(builders.member(desk.practice, Role.ACCOUNTANT))
    assert reader.get("/claims/to-create").status_code == 403
    assert reader.post(path, {"all": "yes", "confirmed": "yes"}).status_code == 403
    assert not BulkCreation.objects.exists()


def test_a_creation_of_another_practice_is_not_there(desk: Desk) -> None:
    desk.invoice()
    row = creation.start(desk.actor())
    stranger = builders.signed_in(builders.member(builders.practice("Beech Rooms")))
    assert stranger.get(f"/claims/creations/{row.pk}").status_code == 404
    assert stranger.post(f"/claims/creations/{row.pk}/stop").status_code == 404


def test_the_report_of_unbilled_visits_tells_of_them_with_the_time_left(desk: Desk, browser: Browser) -> None:
    desk.invoice(treated_on=past_the_limit())
    shown = text(browser.get("/reports/unbilled"))
    assert "Invoices to insurers without a claim" in shown
    assert "BUPA1£70.0010-" in shown.replace(" ", "")
    rows = b"".join(browser.get("/reports/unbilled?file=csv").streaming_content).decode().splitlines()
    assert "Invoices without a claim,Owed on them,Days left" in rows[0]
    assert "BUPA" in rows[1]
    assert ",1,70.00,-" in rows[1]


def test_every_place_of_money_leads_to_the_list_that_it_counts(desk: Desk, browser: Browser) -> None:
    for status in (Status.CREATED, Status.REJECTED, Status.SUBMITTED, Status.COLLECTED):
        claim = services.create(desk.actor(), invoice=desk.invoice())
        Claim.objects.filter(pk=claim.pk).update(status=status)
    desk.invoice()
    desk.invoice(insurer_slug="")
    page = html.fromstring(browser.get("/today").content.decode())
    figures = dict(
        zip(
            page.xpath("//dl[contains(@class, 'places')]/dd/a/@href"),
            (link.text_content() for link in page.xpath("//dl[contains(@class, 'places')]/dd/a")),
            strict=True,
        )
    )
    assert figures["/invoices/?place=practice"] == "£140.00"
    assert figures["/invoices/?place=healthcode"] == figures["/invoices/?place=insurers"] == "£70.00"
    for address, figure in figures.items():
        if address.startswith("/invoices/?"):
            assert f", {figure}" in text(browser.get(address)), address
        if address == "/claims/to-create":
            assert f", {figure} owed" in text(browser.get(address))
