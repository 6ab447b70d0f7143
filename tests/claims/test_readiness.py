"""Workspace Settings > Business > Readiness."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clearbill.bill.lifecycle import Status
from clearbill.claims.core import services
from clearbill.claims.models import Claim
from clearbill.claims.readiness import HEALTHCODES_MOVE, SetupStep, readiness, setup_steps
from clearbill.people.actor import Actor
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


def claim(
    practice: Practice, practitioner: Practitioner, status: Status, providers: dict[str, str] | None = None
) -> None:
    invoice = builders.invoice(practice, practitioner=practitioner)
    Claim.objects.create(
        practice=practice,
        invoice=invoice,
        number=invoice.number,
        insurer_slug="bupa",
        practitioner=practitioner,
        status=status.value,
        bill={"providers": providers} if providers else {},
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


def test_a_claim_of_before_with_its_numbers_in_small_letters_proves_the_pair_of_the_same_numbers(
    owner: Membership,
) -> None:
    connect(owner)
    builders.payee(owner.practice)
    sent = {
        "payee_provider_number": "tp000001",
        "controlling_specialist_number": "tp000002",
        "treating_site_number": "tl000001",
    }
    claim(owner.practice, builders.practitioner(owner.practice), Status.PAID, sent)
    assert word(owner.practice) == "Proved"


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


def steps(practice: Practice) -> dict[str, SetupStep]:
    return {step.name.partition(":")[0].partition(",")[0]: step for step in setup_steps(practice)}


def test_the_steps_name_everything_that_a_first_claim_needs(owner: Membership, site: Site) -> None:
    names = list(steps(owner.practice))
    assert names == [
        "Give each practitioner a provider number",
        "Say who is paid",
        "Enter where clients are treated",
        "Give each service its ISC",
        "Enter your clients’ insurance",
        "Submit your first claim",
    ]
    assert not any(step.is_done for step in setup_steps(owner.practice))


@pytest.mark.parametrize(("number", "is_done"), [("TP000001", True), ("", False)])
def test_who_is_paid_is_done_with_a_payee_that_has_its_number(owner: Membership, number: str, is_done: bool) -> None:
    builders.practitioner(owner.practice)
    assert not steps(owner.practice)["Say who is paid"].is_done
    builders.payee(owner.practice, number=number)
    assert steps(owner.practice)["Say who is paid"].is_done == is_done


@pytest.mark.parametrize("change", [{"site_number": ""}, {"is_active": False}, {"is_default": False}])
def test_where_clients_are_treated_is_done_with_a_site_in_use_that_has_its_number(
    owner: Membership, change: dict[str, object]
) -> None:
    builders.practitioner(owner.practice)
    assert steps(owner.practice)["Enter where clients are treated"].is_done
    Site.objects.update(**change)
    step = steps(owner.practice)["Enter where clients are treated"]
    assert not step.is_done
    assert "missing: Rosa Therapist" in step.sentence


def test_the_checklist_is_there_before_the_practice_is_connected(owner: Membership) -> None:
    browser = builders.signed_in(owner)
    for path in ("/settings/integrations", "/settings/integrations/healthcode/connect"):
        page = browser.get(path).content.decode()
        assert "While you wait for Healthcode" in page
        for step in setup_steps(owner.practice):
            assert step.name in page
    connect(owner)
    assert "While you wait" not in browser.get("/settings/integrations").content.decode()


def test_the_connect_page_names_veda_and_how_to_reach_healthcode(owner: Membership) -> None:
    page = builders.signed_in(owner).get("/settings/integrations/healthcode/connect").content.decode()
    for said in ("Healthcode VEDA", "custserv@healthcode.co.uk", "0330 900 4900", "5 to 7 business days"):
        assert said in page


def test_the_list_of_insurers_shows_the_day_it_was_read(owner: Membership) -> None:
    page = builders.signed_in(owner).get("/settings/insurers").content.decode()
    assert "was read on 23 Nov 2026" in " ".join(page.split())


def test_a_claim_to_an_insurer_without_an_identifier_says_that_and_where_to_enter_it(owner: Membership) -> None:
    client = builders.client(owner.practice, insurer="alliance-health-corporate", membership_number="123456")
    invoice = builders.invoice(owner.practice, client=client)
    claim = services.create(Actor(owner.practice, owner.user, builders.NOW), invoice=invoice)
    page = builders.signed_in(owner).get(f"/claims/{claim.pk}").content.decode()
    assert "Healthcode’s identifier of Alliance Health Corporate is not known" in page
    assert "The insurer is missing" not in page
    assert 'href="/settings/insurers/alliance-health-corporate"' in page
