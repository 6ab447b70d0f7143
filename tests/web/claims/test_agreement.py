from __future__ import annotations

import html
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser

from clearbill.bill.lifecycle import Status
from clearbill.claims.core import services
from clearbill.claims.models import BulkSubmission, Claim
from clearbill.clearinghouse.port import ClearingMessage
from clearbill.invoicing import payments
from clearbill.invoicing import services as invoicing
from clearbill.invoicing.drafts import draft_of, line_of
from clearbill.invoicing.models import Invoice, LedgerEntry
from clearbill.people.models import Role
from tests import builders
from tests.claims.desk import Desk, status
from tests.web.claims.test_pages import typed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_the_time_of_the_story")]

WRONG_SPECIALIST = ClearingMessage(
    field="ControllingSpecialist", error="Invalid Code", text="Problem with ControllingSpecialist: Invalid Code"
)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def browser(desk: Desk) -> Browser:
    return builders.signed_in(desk.owner)


def page(browser: Browser, claim: Claim) -> str:
    return html.unescape(browser.get(f"/claims/{claim.pk}").content.decode())


def post(browser: Browser, address: str, data: Any = None) -> str:
    return html.unescape(browser.post(address, data or {}, follow=True).content.decode())


def lower_price(desk: Desk, claim: Claim) -> None:
    invoice = Invoice.objects.get(pk=claim.invoice_id)
    line = replace(line_of(invoice.lines.get()), unit_price=Decimal("50.00"))
    invoicing.change(desk.actor(), invoice=invoice, draft=draft_of(invoice), lines=[line])


def test_the_page_leads_with_the_difference_and_one_button(desk: Desk, browser: Browser) -> None:
    claim = desk.created()
    assert "differs from its invoice" not in page(browser, claim)
    lower_price(desk, claim)
    text = page(browser, claim)
    assert "Net total is £70.00 on this claim and £50.00 by the invoice." in text
    assert text.index("This claim differs from its invoice") < text.index('id="claim-form"')
    assert "<h2>Nothing to fix</h2>" not in text
    assert text.count(f'action="/claims/{claim.pk}/refresh"') == 1
    assert "Submit Claim" not in text
    post(browser, f"/claims/{claim.pk}/refresh")
    text = page(browser, claim)
    assert "differs from its invoice" not in text
    assert "£50.00" in text


def test_submit_on_the_page_is_refused(desk: Desk, browser: Browser) -> None:
    claim = desk.created()
    lower_price(desk, claim)
    claim.refresh_from_db()
    text = post(browser, f"/claims/{claim.pk}", typed(claim, action="submit"))
    assert "The claim was not submitted" in text
    assert status(claim) == Status.CREATED


def test_the_list_and_both_dry_runs_know_it(desk: Desk, browser: Browser) -> None:
    claim = desk.created()
    assert "Ready to submit" in post(browser, "/claims/")
    lower_price(desk, claim)
    listed = html.unescape(browser.get("/claims/").content.decode())
    assert "things to fix before it can go" in listed
    ticked = post(browser, "/claims/submit", {"claim": [str(claim.pk)]})
    assert "Net total is £70.00 on this claim and £50.00 by the invoice." in ticked
    assert "No claim is ready" in ticked
    assert "No claim is ready" in post(browser, "/claims/submit-ready")
    post(browser, "/claims/submit-ready", {"confirmed": "yes"})
    assert not BulkSubmission.objects.exists()


def test_the_day_of_a_visit_is_refused_at_its_field_and_nothing_typed_is_lost(desk: Desk, browser: Browser) -> None:
    visit = builders.appointment(desk.practice, practitioner=desk.practitioner, site=desk.site)
    invoice = invoicing.invoice_appointments(desk.actor(), appointments=[visit])
    claim = services.create(desk.actor(), invoice=invoice)
    changes = {"lines-0-first_date_of_service": "1/11/2026", "lines-0-last_date_of_service": "1/11/2026"}
    answer = browser.post(f"/claims/{claim.pk}", typed(claim, note="Kept", **changes))
    text = html.unescape(answer.content.decode())
    assert answer.status_code == 200
    assert 'id="id_lines-0-first_date_of_service-why"' in text
    assert "its visit was on 9 Nov 2026" in text
    assert 'value="1/11/2026"' in text
    assert "Kept" in text


def test_what_healthcode_said_of_a_number_is_not_said_of_another(desk: Desk, browser: Browser) -> None:
    claim = desk.submitted()
    desk.house.refuse_next([WRONG_SPECIALIST])
    desk.send()
    claim.refresh_from_db()
    services.reopen(desk.actor(), claim=claim)
    said = 'id="id_controlling_specialist_number-problems"'
    assert said in page(browser, claim)
    post(browser, f"/claims/{claim.pk}", typed(claim, controlling_specialist_number="TP999999"))
    text = page(browser, claim)
    assert said not in text
    assert f"{desk.practice.name} is paid as an organisation (Case 2)" in text
    assert "The Practitioner ID stands as it was entered on this claim by hand." in text
    assert "paid as it was entered" not in text


def test_the_name_at_a_number_is_that_of_the_number_in_the_field(desk: Desk, browser: Browser) -> None:
    builders.practitioner(desk.practice, "TP000003", name="Idris Other")
    claim = desk.created()
    given = typed(claim, controlling_specialist_number="TP000003", patient_birth_date="nonsense")
    text = html.unescape(browser.post(f"/claims/{claim.pk}", given).content.decode())
    assert "Idris Other" in text.split('id="id_controlling_specialist_number-hint"')[1].split("</p>")[0]


def test_what_stays_on_the_claim_is_said(desk: Desk, browser: Browser) -> None:
    claim = desk.created()
    policy = claim.invoice.client.policies.get()
    policy.insurer_slug, policy.membership_number = "axa-health", "AXA-ZZ000001"
    policy.save()
    text = post(browser, f"/claims/{claim.pk}", typed(claim, authorisation_code="BUPAAUTH1"))
    assert "On this claim only: Authorisation Code." in text
    assert not policy.authorisations.exists()


def repeated(desk: Desk) -> tuple[Claim, Claim]:
    client = builders.client(desk.practice)
    return desk.created(client=client), desk.created(client=client)


def test_a_repeated_treatment_is_allowed_with_a_reason_on_the_page(desk: Desk, browser: Browser) -> None:
    claim, other = repeated(desk)
    text = page(browser, claim)
    assert f"is also billed on invoice {other.invoice.number}" in text
    assert "Say why the treatment is billed again." in post(browser, f"/claims/{claim.pk}/allow-repeat")
    text = post(browser, f"/claims/{claim.pk}/allow-repeat", {"reason": "Morning and evening"})
    assert "Morning and evening" in text
    assert status(desk.submit(claim)) == Status.SUBMITTED
    assert "Morning and evening" in page(browser, claim)


def test_who_has_not_the_right_cannot_allow_it(desk: Desk) -> None:
    claim, _ = repeated(desk)
    browser = builders.signed_in(desk.colleague(Role.RECEPTIONIST))
    text = page(browser, claim)
    assert "An owner or an administrator can allow it" in text
    assert f"/claims/{claim.pk}/allow-repeat" not in text
    assert browser.post(f"/claims/{claim.pk}/allow-repeat", {"reason": "Twice"}).status_code == 403
    claim.refresh_from_db()
    assert claim.repeat_reason == ""


def test_the_ticked_claims_of_one_treatment_do_not_go_together(desk: Desk, browser: Browser) -> None:
    claims = repeated(desk)
    text = post(browser, "/claims/submit", {"claim": [str(one.pk) for one in claims]})
    assert "No claim is ready" in text
    assert text.count("is also billed on invoice") >= 2


def test_what_was_paid_by_whom_is_on_claim_invoice_and_dry_runs(desk: Desk, browser: Browser) -> None:
    claim = desk.created()
    payments.record_payment(
        desk.actor(),
        invoice=claim.invoice,
        amount=Decimal("70.00"),
        received_on=builders.TODAY,
        source=LedgerEntry.PATIENT,
    )
    said = "The client has paid £70.00 on this invoice already, and this claim asks BUPA for £70.00."
    text = page(browser, claim)
    assert said in text
    assert "Paid by the client since" in text
    assert said in post(browser, "/claims/submit", {"claim": [str(claim.pk)]})
    assert "£70.00 paid, £70.00 claimed" in post(browser, "/claims/submit-ready")
    shown = html.unescape(browser.get(f"/invoices/{claim.invoice_id}").content.decode())
    assert "Received from the client" in shown
    desk.submit(claim)
    assert "Paid by the client since" in page(browser, claim)
