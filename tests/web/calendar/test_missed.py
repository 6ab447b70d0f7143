"""The panel of a missed visit: what the policy charges, to charge it, not to charge it, and to take that back."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from clearbill.appointments.models import Appointment
from clearbill.invoicing.models import Invoice
from clearbill.people.models import Practice, Role
from clearbill.workspace.models import CancellationPolicy
from tests import builders

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_the_time_of_the_story")]


@pytest.fixture
def practice() -> Practice:
    return builders.practice()


@pytest.fixture
def desk(practice: Practice) -> Any:
    return builders.signed_in(builders.member(practice))


def policy(practice: Practice, **fields: Any) -> CancellationPolicy:
    given = {"missed_rate": Decimal(50), "late_sum": Decimal("25.00"), "applies_from": builders.TODAY, **fields}
    return CancellationPolicy.objects.create(practice=practice, **given)


def booked(practice: Practice, **fields: Any) -> Appointment:
    given = {"starts_at": builders.NOW - timedelta(minutes=5), "state": Appointment.BOOKED, **fields}
    row = builders.appointment(practice, **given)
    CancellationPolicy.objects.filter(practice=practice).update(applies_from=timezone.localdate(row.starts_at))
    return row


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_after_did_not_attend_the_panel_says_what_is_charged_and_offers_it(practice: Practice, desk: Any) -> None:
    policy(practice)
    row = booked(practice)
    panel = text(desk.post(f"/calendar/{row.pk}/miss", headers={"HX-Request": "true"}))
    assert "the client is charged <b>£35.00</b>: 50 % of the price of £70.00. It never goes to an insurer." in panel
    assert "The client only, never an insurer" in panel
    assert "BUPA" not in panel
    answer = desk.post(f"/calendar/{row.pk}/charge")
    made = Invoice.objects.get()
    assert answer["Location"] == f"/invoices/{made.pk}"
    assert (made.insurer_slug, made.net_total) == ("", Decimal("35.00"))
    page = text(desk.get(f"/invoices/{made.pk}"))
    assert "Missed appointment" in page
    assert "Create Claim" not in page
    assert desk.post(f"/calendar/{row.pk}/charge")["Location"] == f"/invoices/{made.pk}"
    assert Invoice.objects.count() == 1
    panel = text(desk.get(f"/calendar/{row.pk}"))
    assert f"Invoice {made.number}" in panel
    assert "Do not charge" not in panel


def test_before_a_late_cancellation_the_panel_says_what_it_costs(practice: Practice, desk: Any) -> None:
    policy(practice)
    row = booked(practice, starts_at=builders.NOW + timedelta(hours=5))
    later = booked(practice, starts_at=builders.NOW + timedelta(days=5))
    CancellationPolicy.objects.update(applies_from=builders.TODAY)
    said = "Cancelled now it is a late cancellation: £25.00 to the client."
    assert said in text(desk.get(f"/calendar/{row.pk}"))
    assert said not in text(desk.get(f"/calendar/{later.pk}"))
    assert "Charge the client £25.00" in text(desk.post(f"/calendar/{row.pk}/cancel", headers={"HX-Request": "true"}))
    panel = text(desk.post(f"/calendar/{later.pk}/cancel", headers={"HX-Request": "true"}))
    assert "By the practice’s policy nothing is charged." in panel


def test_not_to_charge_needs_a_reason_that_is_shown_and_can_be_taken_back(practice: Practice, desk: Any) -> None:
    policy(practice)
    row = booked(practice, state=Appointment.MISSED)
    htmx = {"HX-Request": "true"}
    assert "Say why the client is not charged." in text(desk.post(f"/calendar/{row.pk}/waive", {}, headers=htmx))
    panel = text(desk.post(f"/calendar/{row.pk}/waive", {"reason": " In  hospital "}, headers=htmx))
    assert "The client is not charged: In hospital" in panel
    assert "<dd> Nobody </dd>" in panel
    assert "Charge the client" not in panel
    refused = desk.post(f"/calendar/{row.pk}/charge", follow=True)
    assert "It is not charged: In hospital." in text(refused)
    assert not Invoice.objects.exists()
    assert "Charge the client £35.00" in text(desk.post(f"/calendar/{row.pk}/restore-charge", headers=htmx))
    assert desk.post(f"/calendar/{row.pk}/waive", {"reason": "Ill"})["Location"] == f"/calendar/{row.pk}"


def test_without_a_policy_who_may_set_one_is_led_there(practice: Practice, desk: Any) -> None:
    row = booked(practice, state=Appointment.MISSED)
    assert 'href="/settings/missed-visits"' in text(desk.get(f"/calendar/{row.pk}"))
    clinician = builders.signed_in(builders.member(practice, Role.PRACTITIONER))
    assert "missed-visits" not in text(clinician.get(f"/calendar/{row.pk}"))
    answer = desk.post(f"/calendar/{row.pk}/charge", follow=True)
    assert "By the practice’s policy nothing is charged for this visit." in text(answer)


def test_who_reads_only_and_a_stranger_decide_nothing(practice: Practice) -> None:
    policy(practice)
    row = booked(practice, state=Appointment.MISSED)
    accountant = builders.signed_in(builders.member(practice, Role.ACCOUNTANT))
    stranger = builders.signed_in(builders.member(builders.practice("Elsewhere")))
    assert "Charge the client £" not in text(accountant.get(f"/calendar/{row.pk}"))
    for step in ("charge", "waive", "restore-charge"):
        assert accountant.post(f"/calendar/{row.pk}/{step}", {"reason": "x"}).status_code == 403
        assert stranger.post(f"/calendar/{row.pk}/{step}", {"reason": "x"}).status_code == 404
    row.refresh_from_db()
    assert (row.not_charged_because, Invoice.objects.count()) == ("", 0)


def test_an_invoice_by_hand_is_not_begun_of_a_visit_that_did_not_take_place(practice: Practice, desk: Any) -> None:
    row = booked(practice, state=Appointment.MISSED)
    answer = desk.get(f"/invoices/new?visit={row.pk}", follow=True)
    assert answer.redirect_chain[-1][0] == f"/calendar/{row.pk}"
    assert "A visit is invoiced once it is completed." in text(answer)
