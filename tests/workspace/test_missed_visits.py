"""Workspace Settings > Missed visits, and the list in which they stand apart."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from clearbill.appointments.models import Appointment
from clearbill.invoicing.models import Invoice
from clearbill.people.models import AuditEntry, Membership, Role
from clearbill.workspace.models import CancellationPolicy
from tests import builders

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_the_time_of_the_story")]
ADDRESS = "/settings/missed-visits"
FORM = {
    "missed_rate": "50",
    "missed_sum": "",
    "missed_words": "Missed appointment",
    "late_rate": "",
    "late_sum": "£25",
    "late_hours": "24",
    "late_words": "Late cancellation",
    "vat_rate": "",
    "applies_from": "1 Nov 2026",
}


@pytest.fixture
def owner() -> Membership:
    return builders.member(builders.practice())


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_the_policy_is_kept_once_for_each_practice_and_told_in_the_trail(owner: Membership) -> None:
    browser = builders.signed_in(owner)
    assert browser.post(ADDRESS, FORM)["Location"] == ADDRESS
    kept = CancellationPolicy.objects.get(practice=owner.practice)
    assert (kept.missed_rate, kept.missed_sum, kept.late_rate, kept.late_sum) == (50, None, None, Decimal("25.00"))
    assert (kept.late_hours, kept.vat_rate, f"{kept.applies_from}") == (24, 0, "2026-11-01")
    page = browser.get(ADDRESS).content.decode()
    assert 'value="50.00"' in page
    browser.post(ADDRESS, {**FORM, "late_hours": "48"})
    assert CancellationPolicy.objects.get().late_hours == 48
    entry = AuditEntry.objects.filter(action="changed what missed visits cost").first()
    assert entry is not None
    assert entry.changes == {"late_hours": [24, 48]}
    trail = text(browser.get("/settings/audit"))
    assert "Late is less than so many hours before" in trail
    assert "Did not attend: share of the price" in trail


def test_a_change_from_another_day_follows_and_is_taken_back(owner: Membership) -> None:
    browser = builders.signed_in(owner)
    browser.post(ADDRESS, FORM)
    assert browser.post(ADDRESS, {**FORM, "missed_rate": "80", "applies_from": "15 Dec 2026"}).status_code == 302
    kept = [(f"{one.applies_from}", one.missed_rate) for one in CancellationPolicy.objects.all()]
    assert kept == [("2026-11-01", 50), ("2026-12-15", 80)]
    entry = AuditEntry.objects.filter(action="changed what missed visits cost").first()
    assert entry is not None
    assert entry.changes == {
        "missed_rate": [{"$rate": "50.00"}, {"$rate": "80.00"}],
        "applies_from": [{"$day": "2026-11-01"}, {"$day": "2026-12-15"}],
    }
    page = text(browser.get(ADDRESS))
    assert 'value="50.00"' in page
    assert "15 Dec 2026" in page
    later = CancellationPolicy.objects.get(missed_rate=80)
    assert browser.post(f"{ADDRESS}/{later.pk}/take-back").status_code == 302
    assert CancellationPolicy.objects.get().missed_rate == 50


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"missed_rate": "90", "applies_from": "15 Dec 2026"}, "from 15 Dec 2026 on is entered already"),
        ({"applies_from": "1 Dec 2026"}, "On 1 Dec 2026 this holds already"),
    ],
)
def test_a_change_that_takes_the_place_of_another_or_makes_none_is_refused_at_its_day(
    owner: Membership, typed: dict[str, str], sentence: str
) -> None:
    browser = builders.signed_in(owner)
    browser.post(ADDRESS, FORM)
    browser.post(ADDRESS, {**FORM, "missed_rate": "80", "applies_from": "15 Dec 2026"})
    page = text(browser.post(ADDRESS, {**FORM, **typed}))
    assert sentence in page
    assert 'id="id_applies_from-why"' in page
    assert CancellationPolicy.objects.count() == 2


def test_a_policy_of_another_practice_is_not_taken_back(owner: Membership) -> None:
    stranger = builders.member(builders.practice())
    builders.signed_in(owner).post(ADDRESS, FORM)
    row = CancellationPolicy.objects.get()
    assert builders.signed_in(stranger).post(f"{ADDRESS}/{row.pk}/take-back").status_code == 404
    reader = builders.signed_in(builders.member(owner.practice, Role.RECEPTIONIST))
    assert reader.post(f"{ADDRESS}/{row.pk}/take-back").status_code == 403
    assert CancellationPolicy.objects.exists()


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ({"missed_sum": "20"}, "missed_sum"),
        ({"late_rate": "10"}, "late_sum"),
        ({"missed_rate": "101"}, "missed_rate"),
        ({"missed_rate": "-1"}, "missed_rate"),
        ({"missed_rate": "half"}, "missed_rate"),
        ({"late_sum": "-5"}, "late_sum"),
        ({"late_sum": "99999999"}, "late_sum"),
        ({"late_hours": "0"}, "late_hours"),
        ({"late_hours": ""}, "late_hours"),
        ({"late_hours": "1000"}, "late_hours"),
        ({"missed_words": ""}, "missed_words"),
        ({"missed_words": "x" * 101}, "missed_words"),
        ({"applies_from": "soon"}, "applies_from"),
        ({"vat_rate": "120"}, "vat_rate"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_the_rest_stays(
    owner: Membership, bad: dict[str, str], field: str
) -> None:
    page = builders.signed_in(owner).post(ADDRESS, {**FORM, "late_words": "Too late", **bad}).content.decode()
    assert f'id="id_{field}-why"' in page
    assert 'value="Too late"' in page
    assert not CancellationPolicy.objects.exists()


def test_vat_needs_the_practices_vat_number() -> None:
    owner = builders.member(builders.practice(vat_number=""))
    browser = builders.signed_in(owner)
    assert "VAT number under Practice details first" in text(browser.post(ADDRESS, {**FORM, "vat_rate": "20"}))
    assert browser.post(ADDRESS, FORM).status_code == 302


def test_who_may_not_change_settings_reads_them_only(owner: Membership) -> None:
    browser = builders.signed_in(builders.member(owner.practice, Role.RECEPTIONIST))
    assert "<fieldset disabled>" in text(browser.get(ADDRESS))
    assert browser.post(ADDRESS, FORM).status_code == 403


def test_missed_visits_are_charged_from_the_list_of_unbilled_visits_to_the_clients(owner: Membership) -> None:
    long_ago = builders.TODAY - timedelta(days=30)
    CancellationPolicy.objects.create(practice=owner.practice, missed_rate=Decimal(50), applies_from=long_ago)
    hour_ago = builders.NOW - timedelta(hours=1)
    given = {"starts_at": hour_ago, "state": Appointment.MISSED}
    ticked, left = (builders.appointment(owner.practice, **given) for _ in range(2))
    browser = builders.signed_in(owner)
    page = text(browser.get("/invoices/unbilled"))
    assert "Missed or cancelled late: to the client only" in page
    assert page.count("£35.00") == 2
    assert "2 visits missed or cancelled late" in text(browser.get("/today"))
    assert "Nothing was made" in text(browser.post("/invoices/unbilled/missed", {}, follow=True))
    crafted = [str(builders.appointment(owner.practice).pk), "nonsense"]
    assert "Nothing was made" in text(browser.post("/invoices/unbilled/missed", {"visit": crafted}, follow=True))
    answer = browser.post("/invoices/unbilled/missed", {"visit": [str(ticked.pk)]}, follow=True)
    assert "1 invoice to clients made, £35.00 in all." in text(answer)
    assert (Invoice.objects.get().insurer_slug, Invoice.objects.get().client) == ("", ticked.client)
    assert f"/calendar/{left.pk}" in text(answer)
    assert f"/calendar/{ticked.pk}" not in text(answer)
    assert "Nothing was made" in text(browser.post("/invoices/unbilled", {"visit": [str(left.pk)]}, follow=True))
    report = text(browser.get("/reports/unbilled"))
    assert "Missed or cancelled late, to the client" in report
    assert "Missed or cancelled late, to the client" not in text(browser.get("/reports/unbilled?insurer=bupa"))
