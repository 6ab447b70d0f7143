"""The day of treatment says who is billed, and where it does not, the page asks and keeps what was typed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client as Browser

from clearbill.clients.models import Client
from clearbill.invoicing.models import Invoice
from clearbill.people.models import Practice
from tests import builders
from tests.builders import NOW

pytestmark = pytest.mark.django_db
JOINED = date(2026, 11, 5)


@pytest.fixture
def practice() -> Practice:
    return builders.practice()


@pytest.fixture
def desk(practice: Practice) -> Browser:
    return builders.signed_in(builders.member(practice))


@pytest.fixture
def client(practice: Practice) -> Client:
    """A client who had BUPA until 4 November and has AXA Health since."""
    row = builders.client(practice)
    row.policies.update(valid_to=JOINED - timedelta(days=1))
    builders.policy(row, valid_from=JOINED)
    return row


@pytest.fixture
def torn(practice: Practice) -> Client:
    """A client of whom two policies are valid."""
    row = builders.client(practice)
    builders.policy(row, valid_from=JOINED)
    return row


def typed(client: Client, *days: str, **fields: Any) -> dict[str, Any]:
    practice = client.practice
    service, who = builders.service(practice), builders.practitioner(practice)
    lines = {f"lines-{number}-treated_on": day for number, day in enumerate(days)}
    lines |= {f"lines-{number}-service": str(service.pk) for number in range(len(days))}
    return {
        "client": str(client.pk),
        "client_words": client.name,
        "practitioner": str(who.pk),
        "insurer": "as-covered",
        "issued_on": "10 Nov 2026",
        "note": "Kept while asking",
        "lines-TOTAL_FORMS": str(len(days)),
        "lines-INITIAL_FORMS": "0",
        **lines,
        **fields,
    }


@pytest.mark.parametrize(("day", "insurer"), [("4/11/2026", "bupa"), ("5/11/2026", "axa-health")])
def test_an_invoice_by_hand_goes_to_the_insurer_of_the_day(
    client: Client, desk: Browser, day: str, insurer: str
) -> None:
    assert desk.post("/invoices/new", typed(client, day)).status_code == 302
    assert Invoice.objects.get().insurer_slug == insurer


def test_lines_of_two_policies_on_one_invoice_are_asked_about(client: Client, desk: Browser) -> None:
    said = desk.post("/invoices/new", typed(client, "4/11/2026", "5/11/2026")).content.decode()
    assert "The visits fall under different policies" in said
    assert "Kept while asking" in said
    assert not Invoice.objects.exists()


def test_where_two_policies_fit_the_form_offers_both_and_keeps_the_choice(torn: Client, desk: Browser) -> None:
    said = desk.post("/invoices/new", typed(torn, "6/11/2026")).content.decode()
    assert "Two policies are valid on 6 Nov 2026" in said
    chosen = torn.policies.get(insurer_slug="axa-health")
    assert f'<option value="policy:{chosen.pk}">AXA Health AXA-ZZ000001 from 5 Nov 2026' in said
    row = builders.authorisation(chosen)
    answer = desk.post(
        "/invoices/new", typed(torn, "6/11/2026", insurer=f"policy:{chosen.pk}", authorisation=str(row.pk))
    )
    assert answer.status_code == 302
    made = Invoice.objects.get()
    assert (made.insurer_slug, made.policy, made.authorisation) == ("axa-health", chosen, row)
    shown = desk.get(f"/invoices/{made.pk}/edit").content.decode()
    assert f'<option value="policy:{chosen.pk}" selected>' in shown


def test_an_authorisation_under_another_policy_is_refused_at_its_field(torn: Client, desk: Browser) -> None:
    bupa, axa = torn.policies.get(insurer_slug="bupa"), torn.policies.get(insurer_slug="axa-health")
    row = builders.authorisation(bupa)
    answer = desk.post("/invoices/new", typed(torn, "6/11/2026", insurer=f"policy:{axa.pk}", authorisation=str(row.pk)))
    assert "ZZAUTH01 is no authorisation under AXA Health AXA-ZZ000001" in answer.content.decode()
    assert not Invoice.objects.exists()


def test_a_policy_of_somebody_else_is_no_choice(client: Client, torn: Client, desk: Browser) -> None:
    foreign = torn.policies.first()
    assert foreign is not None
    answer = desk.post("/invoices/new", typed(client, "6/11/2026", insurer=f"policy:{foreign.pk}"))
    assert "Choose one from the list" in answer.content.decode()
    assert not Invoice.objects.exists()


def test_the_invoice_button_of_a_visit_leads_to_the_form_where_a_person_has_to_choose(
    practice: Practice, torn: Client, desk: Browser
) -> None:
    visit = builders.appointment(practice, client=torn)
    answer = desk.post(f"/invoices/from-appointment/{visit.pk}", follow=True)
    said = answer.content.decode()
    assert answer.redirect_chain == [(f"/invoices/new?visit={visit.pk}", 302)]
    assert "Two policies are valid on 9 Nov 2026" in said
    assert str(visit.pk) in said
    assert "Physiotherapy, first visit" in said
    assert not Invoice.objects.exists()


def test_make_invoices_leaves_out_whom_nobody_can_bill_yet_and_says_so(
    practice: Practice, torn: Client, desk: Browser
) -> None:
    clear, unclear = builders.appointment(practice), builders.appointment(practice, client=torn)
    assert "Choose who is billed" in desk.get("/invoices/unbilled").content.decode()
    answer = desk.post("/invoices/unbilled", {"visit": [str(clear.pk), str(unclear.pk)]}, follow=True)
    said = answer.content.decode()
    assert "Two policies are valid on 9 Nov 2026" in said
    assert "1 invoice made" in said
    assert Invoice.objects.get().client == clear.client


def test_the_panel_says_the_insurer_of_the_day_and_what_is_used(
    practice: Practice, client: Client, desk: Browser
) -> None:
    builders.authorisation(client.policies.get(insurer_slug="bupa"), sessions=6)
    visit = builders.appointment(practice, client=client, starts_at=NOW - timedelta(days=7))
    said = " ".join(desk.get(f"/calendar/{visit.pk}").content.decode().split())
    assert "<dd> BUPA </dd>" in said
    assert "1 of 6 sessions used, 0 booked, 5 left" in said


def test_a_booking_beyond_the_sessions_says_so_and_the_practice_may_refuse_it(
    practice: Practice, desk: Browser
) -> None:
    client = builders.client(practice)
    builders.authorisation(client, sessions=1)
    builders.appointment(practice, client=client)
    booking = {
        "client": str(client.pk),
        "client_words": client.name,
        "service": str(builders.service(practice).pk),
        "practitioner": str(builders.practitioner(practice).pk),
        "day": "24/11/2027",
        "at": "2.30pm",
        "note": "Kept while asking",
    }
    said = desk.post("/calendar/new", booking, follow=True).content.decode()
    assert "Booked on 24 Nov 2027" in said
    assert "is beyond what was authorised" in said
    Practice.objects.update(refuses_unauthorised=True)
    said = desk.post("/calendar/new", {**booking, "at": "4pm"}).content.decode()
    assert "settings refuse such a visit" in said
    assert "Kept while asking" in said
    assert client.appointments.count() == 2
