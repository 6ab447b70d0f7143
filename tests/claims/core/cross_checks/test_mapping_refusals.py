"""A practitioner whom Healthcode or an insurer does not know: from the refusal until a claim of the two is accepted."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser

from clearbill.appointments.models import Appointment
from clearbill.bill.lifecycle import Event, Status
from clearbill.claims.bulk import queries as bulk_queries
from clearbill.claims.bulk import services as bulk_services
from clearbill.claims.core import services, transitions
from clearbill.claims.core.cross_checks import mapping_refusals
from clearbill.claims.core.queries import Filters
from clearbill.claims.models import Claim, MappingRefusal
from clearbill.claims.readiness import Pair, readiness
from clearbill.clearinghouse.port import ClearingMessage
from clearbill.workspace.models import Payee, ProviderNumber, Site
from tests import builders
from tests.claims.desk import WRONG_MEMBER, Desk, status

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_the_time_of_the_story")]


def says(field: str, error: str = "Invalid Code", **given: Any) -> ClearingMessage:
    return ClearingMessage(field=field, error=error, text=f"Problem with {field}: {error}", **given)


SPECIALIST = says("Specialist")


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    Site.objects.filter(pk=desk.site.pk).update(is_default=True)
    return desk


@pytest.fixture
def browser(desk: Desk) -> Browser:
    return builders.signed_in(desk.owner)


def refused(desk: Desk, *messages: ClearingMessage, **fields: Any) -> Claim:
    claim = desk.submitted(**fields)
    desk.house.refuse_next(messages or [SPECIALIST])
    assert desk.send()
    assert status(claim) == Status.REJECTED
    return claim


def accepted(desk: Desk, **fields: Any) -> Claim:
    claim = desk.submitted(**fields)
    assert desk.send()
    claim.refresh_from_db()
    with builders.holding(claim.invoice):
        transitions.transition(claim, Event.WAITING, by=None, now=desk.now, source=transitions.HEALTHCODE)
    return claim


def pair(desk: Desk, slug: str = "bupa") -> Pair:
    row = next(row for row in readiness(desk.practice).rows if row.insurer.slug == slug)
    return next(one for one in row.pairs if one.practitioner == desk.practitioner)


@pytest.mark.parametrize(
    "message",
    [
        SPECIALIST,
        says("PayeeNo"),
        says("PayeeNo", "Must be M"),
        says("ProviderNo", level="line", line_no=1),
        ClearingMessage(text="Hospital not mapped"),
        ClearingMessage(text="Provider not mapped"),
        says("Specialist", "Something that nobody has published"),
    ],
)
def test_a_refusal_for_a_mapping_makes_the_pair_refused_with_day_message_and_claim(
    desk: Desk, message: ClearingMessage
) -> None:
    assert pair(desk).word == "Ready"
    claim = refused(desk, message)
    found = pair(desk)
    assert found.word == "Refused"
    assert found.refusal is not None
    assert (found.refusal.claim, found.refusal.at.date()) == (claim, desk.now.date())
    assert found.refusal.message
    assert pair(desk, "wpa").word == "Ready"
    assert readiness(desk.practice).counts["Refused"] == 1


@pytest.mark.parametrize("message", [WRONG_MEMBER, says("AuthCode", "Invalid Format"), ClearingMessage(text="Quux")])
def test_a_refusal_for_something_else_leaves_the_pair_as_it_was(desk: Desk, message: ClearingMessage) -> None:
    refused(desk, message)
    assert pair(desk).word == "Ready"


def test_an_acceptance_after_the_refusal_proves_the_pair_and_one_before_does_not(desk: Desk) -> None:
    accepted(desk)
    assert pair(desk).word == "Proved"
    refused(desk)
    assert pair(desk).word == "Refused"
    desk.wait(days=1)
    accepted(desk)
    assert pair(desk).word == "Proved"


def test_the_same_claim_accepted_at_last_proves_the_pair(desk: Desk) -> None:
    claim = refused(desk)
    claim.refresh_from_db()
    services.reopen(desk.actor(), claim=claim)
    claim = desk.submit(claim)
    with builders.holding(claim.invoice):
        transitions.transition(claim, Event.COLLECTED, by=None, now=desk.now, source=transitions.HEALTHCODE)
    assert pair(desk).word == "Proved"


def test_an_insurers_payment_of_a_claim_that_was_never_said_to_be_accepted_proves_it_too(desk: Desk) -> None:
    refused(desk)
    claim = desk.submitted()
    with builders.holding(claim.invoice):
        step = transitions.ReportedStep(claim, Event.PAID, "Paid")
        transitions.apply_reports([step], now=desk.now, source=transitions.INSURER)
    assert not MappingRefusal.objects.exists()


def test_the_later_refusal_is_told(desk: Desk) -> None:
    refused(desk)
    desk.wait(days=2)
    later = refused(desk, says("PayeeNo"))
    refusal = pair(desk).refusal
    assert refusal is not None
    assert (refusal.claim, "Payee" in refusal.message) == (later, True)


def test_a_line_of_another_practitioner_makes_the_other_pair_refused(desk: Desk) -> None:
    other = builders.practitioner(desk.practice, number="TP000009", name="Second Therapist", site=desk.site)
    invoice = desk.invoice()
    visit = builders.appointment(desk.practice, client=invoice.client, practitioner=other, site=desk.site)
    invoice.lines.update(appointment=visit)
    claim = desk.submit(services.create(desk.actor(), invoice=invoice))
    desk.house.refuse_next([says("ProviderNo", level="line", line_no=1)])
    desk.send()
    assert status(claim) == Status.REJECTED
    assert [(row.practitioner, row.insurer_slug) for row in MappingRefusal.objects.all()] == [(other, "bupa")]
    assert pair(desk).word == "Ready"


def test_a_number_that_is_taken_away_takes_proved_with_it(desk: Desk) -> None:
    accepted(desk)
    ProviderNumber.objects.filter(practitioner=desk.practitioner).delete()
    found = pair(desk)
    assert (found.word, [gap.what for gap in found.gaps]) == ("Missing", ["No provider number"])


def test_a_payee_that_is_taken_away_takes_proved_with_it(desk: Desk) -> None:
    accepted(desk)
    Payee.objects.update(is_active=False)
    found = pair(desk)
    assert (found.word, [gap.what for gap in found.gaps]) == ("Missing", ["No payee"])


@pytest.mark.parametrize(
    ("change", "gap"),
    [
        ({"is_active": False}, "Riverside Rooms is no longer in use"),
        ({"site_number": ""}, "No site number of Riverside Rooms"),
    ],
)
def test_a_site_that_is_taken_away_takes_proved_with_it(desk: Desk, change: dict[str, Any], gap: str) -> None:
    accepted(desk)
    Site.objects.update(**change)
    found = pair(desk)
    assert (found.word, [one.what for one in found.gaps]) == ("Missing", [gap])


def test_without_any_site_nothing_is_ready(desk: Desk) -> None:
    desk.practitioner.site = None
    desk.practitioner.save()
    Site.objects.update(is_default=False)
    assert [gap.what for gap in pair(desk).gaps] == ["No treating site"]


def test_numbers_that_were_changed_since_the_acceptance_are_not_proved_by_it(desk: Desk) -> None:
    accepted(desk)
    ProviderNumber.objects.update(number="TP000077")
    assert pair(desk).word == "Ready"


def test_a_site_at_which_visits_are_booked_counts_too(desk: Desk) -> None:
    other = builders.site(desk.practice, name="Hillside rooms", site_number="")
    builders.appointment(desk.practice, practitioner=desk.practitioner, site=other, state=Appointment.BOOKED)
    found = pair(desk)
    assert (found.word, [gap.what for gap in found.gaps]) == ("Missing", ["No site number of Hillside rooms"])


def test_a_claim_of_a_refused_pair_is_not_among_all_that_are_ready(desk: Desk) -> None:
    refused(desk)
    other = builders.practitioner(desk.practice, number="TP000009", name="Second Therapist", site=desk.site)
    stays, goes = desk.created(), desk.created(practitioner=other)
    found = bulk_queries.preview(desk.practice, Filters())
    assert (found["ready_count"], found["stuck_count"]) == (1, 1)
    assert [reason.claims for reason in found["reasons"]] == [[stays]]
    assert "was refused for BUPA on 10 Nov 2026" in found["reasons"][0].message
    bulk_services.start(desk.actor(), claims=bulk_queries.ready_to_go(desk.practice, Filters()))
    bulk_services.submit_next_slice(now=desk.now, house_of=desk.house_of)
    assert (status(stays), status(goes)) == (Status.CREATED, Status.SUBMITTED)


def test_confirmed_on_the_page_it_stays_too(desk: Desk, browser: Browser) -> None:
    refused(desk)
    stays = desk.created()
    browser.post("/claims/submit-ready", {"confirmed": "yes"})
    bulk_services.submit_next_slice(now=desk.now, house_of=desk.house_of)
    assert status(stays) == Status.CREATED


def test_ticked_it_can_go_and_the_page_says_so_before(desk: Desk, browser: Browser) -> None:
    refused(desk)
    ticked = desk.created()
    shown = browser.post("/claims/submit", {"claim": [str(ticked.pk)]}).content.decode()
    assert "was refused for BUPA on 10 Nov 2026" in shown
    browser.post("/claims/submit", {"claim": [str(ticked.pk)], "confirmed": "yes"})
    bulk_services.submit_next_slice(now=desk.now, house_of=desk.house_of)
    assert status(ticked) == Status.SUBMITTED


def test_the_claim_says_it_before_it_is_submitted(desk: Desk, browser: Browser) -> None:
    first = refused(desk)
    claim = desk.created()
    page = browser.get(f"/claims/{claim.pk}").content.decode()
    assert "This practitioner is refused at BUPA" in page
    assert f"(claim {first.number})" in page
    assert "<h2>Nothing to fix</h2>" not in page
    assert "was refused for BUPA on 10 Nov 2026" in browser.get("/claims/?tab=created").content.decode()


def test_readiness_shows_day_claim_and_message(desk: Desk, browser: Browser) -> None:
    claim = refused(desk)
    page = browser.get("/settings/readiness").content.decode()
    assert "Refused" in page
    assert f'href="/claims/{claim.pk}"' in page
    assert "Healthcode does not know the Practitioner ID" in page


def test_another_practices_refusal_says_nothing_here(desk: Desk) -> None:
    claim = refused(desk)
    other = builders.practice("Beech Rooms")
    assert mapping_refusals.refused_pairs(other) == {}
    MappingRefusal.objects.update(practice=other)
    assert mapping_refusals.refusal_of(claim) is None
    assert pair(desk).word == "Ready"
