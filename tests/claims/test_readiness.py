"""Workspace Settings > Business > Readiness."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clearbill.bill.lifecycle import Status
from clearbill.claims.models import Claim
from clearbill.claims.readiness import HEALTHCODES_MOVE, readiness
from clearbill.people.encryption import encrypt
from clearbill.people.models import Membership, Practice
from clearbill.web.workspace.setup_pages import setup_address
from clearbill.workspace.models import HealthcodeConnection, InsurerSetting, Practitioner, Site
from tests import builders

pytestmark = pytest.mark.django_db


def connect(member: Membership) -> None:
    HealthcodeConnection.objects.create(
        practice=member.practice,
        environment="test",
        site_id="HC0TEST",
        user_id="stand-in-user",
        api_key_encrypted=encrypt("stand-in-secret"),
        connected_at=builders.NOW,
        connected_by=member.user,
        tried_at=builders.NOW,
    )


def claim(practice: Practice, practitioner: Practitioner, status: Status) -> None:
    invoice = builders.invoice(practice, practitioner=practitioner)
    Claim.objects.create(
        practice=practice,
        invoice=invoice,
        number=invoice.number,
        insurer_slug="bupa",
        practitioner=practitioner,
        status=status.value,
        bill={},
        status_at=builders.NOW,
    )


def word(practice: Practice, insurer_slug: str = "bupa") -> str:
    row = next(row for row in readiness(practice).rows if row.insurer.slug == insurer_slug)
    return row.pairs[0].word


@pytest.fixture
def owner() -> Membership:
    return builders.member(builders.practice())


@pytest.fixture(autouse=True)
def site(owner: Membership) -> Site:
    return builders.site(owner.practice, is_default=True)


def test_a_pair_with_numbers_payee_site_and_connection_is_ready(owner: Membership) -> None:
    builders.practitioner(owner.practice)
    builders.payee(owner.practice)
    assert word(owner.practice) == "Missing"
    connect(owner)
    assert word(owner.practice) == "Ready"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (Status.CREATED, "Ready"),
        (Status.SUBMITTED, "Ready"),
        (Status.UNKNOWN, "Ready"),
        (Status.REJECTED, "Ready"),
        (Status.AWAITING_COLLECTION, "Proved"),
        (Status.COLLECTED, "Proved"),
        (Status.PAID, "Proved"),
        (Status.DECLINED, "Proved"),
    ],
)
def test_only_a_claim_that_was_accepted_proves_a_pair(owner: Membership, status: Status, expected: str) -> None:
    connect(owner)
    builders.payee(owner.practice)
    claim(owner.practice, builders.practitioner(owner.practice), status)
    assert word(owner.practice) == expected
    assert word(owner.practice, "wpa") == "Ready"


def test_what_is_missing_is_said_with_its_page(owner: Membership) -> None:
    connect(owner)
    builders.practitioner(owner.practice, number="")
    builders.payee(owner.practice, number="")
    pair = next(row for row in readiness(owner.practice).rows if row.insurer.slug == "bupa").pairs[0]
    assert [(setup_address(gap), gap.whose_move) for gap in pair.gaps] == [
        ("/settings/users", "Your move"),
        ("/settings/payees", "Your move"),
    ]


def test_an_identifier_that_is_not_published_is_healthcodes_move_until_it_is_entered(owner: Membership) -> None:
    connect(owner)
    builders.practitioner(owner.practice)
    builders.payee(owner.practice)
    slug = "alliance-health-corporate"
    row = next(row for row in readiness(owner.practice).rows if row.insurer.slug == slug)
    assert row.gaps[0].whose_move == HEALTHCODES_MOVE
    assert setup_address(row.gaps[0]) == f"/settings/insurers/{slug}"
    InsurerSetting.objects.create(practice=owner.practice, insurer_slug=slug, healthcode_id="zah")
    assert word(owner.practice, slug) == "Ready"


def test_an_insurer_that_is_not_billed_is_left_out(owner: Membership) -> None:
    builders.practitioner(owner.practice)
    InsurerSetting.objects.create(practice=owner.practice, insurer_slug="bupa", is_billed=False)
    InsurerSetting.objects.create(practice=owner.practice, insurer_slug="cigna", is_billed=True)
    slugs = [row.insurer.slug for row in readiness(owner.practice).rows]
    assert "bupa" not in slugs
    assert "cigna" in slugs


def test_the_page_shows_every_practitioner_or_the_chosen_one(owner: Membership) -> None:
    rosa = builders.practitioner(owner.practice)
    builders.practitioner(owner.practice, name="Second Therapist")
    browser = builders.signed_in(owner)
    page = browser.get("/settings/readiness").content.decode()
    assert "not connected to Healthcode" in page
    assert '<th scope="col">Second Therapist</th>' in page
    page = browser.get(f"/settings/readiness?practitioner={rosa.pk}").content.decode()
    assert '<th scope="col">Second Therapist</th>' not in page
    assert browser.get("/settings/readiness?practitioner=nonsense").status_code == 200


def test_a_practice_without_practitioners_is_told_what_to_do_next(owner: Membership) -> None:
    assert "No practitioner yet" in builders.signed_in(owner).get("/settings/readiness").content.decode()


def test_nothing_of_another_practice_counts(owner: Membership) -> None:
    connect(owner)
    builders.practitioner(owner.practice)
    builders.payee(builders.practice("Hillside Psychology"))
    assert word(owner.practice) == "Missing"


def test_the_page_needs_the_same_queries_for_one_practitioner_and_for_ten(owner: Membership) -> None:
    browser = builders.signed_in(owner)
    builders.payee(owner.practice)
    builders.practitioner(owner.practice)
    with CaptureQueriesContext(connection) as few:
        browser.get("/settings/readiness")
    for _ in range(9):
        builders.practitioner(owner.practice)
    with CaptureQueriesContext(connection) as many:
        browser.get("/settings/readiness")
    assert len(many) == len(few)
