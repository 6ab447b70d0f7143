"""A claim is made under the policy and the authorisation of the day of treatment, or a person says which."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from clearbill.bill.problem import Refused
from clearbill.claims.core import amendments, cover_choice, services, validation
from clearbill.claims.core.cross_checks import cover_check
from clearbill.claims.models import Claim
from clearbill.clients import policy_services
from clearbill.clients.models import Client
from clearbill.people.models import AuditEntry
from tests import builders
from tests.claims.desk import Desk

JOINED = date(2026, 11, 5)
FIRST = date(2026, 11, 1)


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()


def joins(desk: Desk, client: Client, begins: date, insurer: str = "axa-health", number: str = "AXA-ZZ000001") -> None:
    details = {"insurer_slug": insurer, "membership_number": number, "valid_from": begins}
    ends = client.policies.filter(valid_to=None).first()
    policy_services.add_policy(desk.actor(), client=client, details=details, ends=ends)


def cover_of(claim: Claim) -> Any:
    return validation.stored_bill(claim).cover


def test_a_visit_before_the_change_is_claimed_with_the_former_number_and_authorisation(desk: Desk) -> None:
    client = builders.client(desk.practice)
    builders.authorisation(client, valid_to=JOINED)
    joins(desk, client, JOINED)
    invoice = desk.invoice(client=client, insurer_slug="bupa", treated_on=JOINED - timedelta(days=1))
    section = cover_of(services.create(desk.actor(), invoice=invoice))
    assert (section.registration_number, section.cover_valid_to) == ("ZZ00000001", JOINED - timedelta(days=1))
    assert (section.authorisation_code, section.authorisation_to) == ("ZZAUTH01", JOINED)


def test_a_renewed_number_of_the_same_insurer_leaves_the_treatment_before_alone(desk: Desk) -> None:
    client = builders.client(desk.practice)
    joins(desk, client, JOINED, "bupa", "ZZ00000002")
    for day, number in ((JOINED - timedelta(days=1), "ZZ00000001"), (JOINED, "ZZ00000002")):
        invoice = desk.invoice(client=client, insurer_slug="bupa", treated_on=day)
        assert cover_of(services.create(desk.actor(), invoice=invoice)).registration_number == number


def test_where_the_days_do_not_say_it_the_claim_waits_for_a_person_who_chooses(desk: Desk) -> None:
    client = builders.client(desk.practice)
    builders.policy(client, "bupa", "ZZ00000002", valid_from=JOINED)
    invoice = desk.invoice(client=client, insurer_slug="bupa", treated_on=JOINED)
    claim = services.create(desk.actor(), invoice=invoice)
    assert cover_of(claim).registration_number == ""
    assert claim.blocking_count == 1
    chosen = client.policies.get(membership_number="ZZ00000002")
    row = builders.authorisation(chosen)
    claim = cover_choice.choose(desk.actor(), claim=claim, policy=chosen, authorisation=row)
    section = cover_of(claim)
    assert (section.registration_number, section.authorisation_code) == ("ZZ00000002", "ZZAUTH01")
    assert claim.blocking_count == 0
    services.rebuild(desk.actor(), claim=claim)
    assert cover_of(claim).registration_number == "ZZ00000002"
    changes = AuditEntry.objects.get(action="chose the policy of the invoice").changes
    assert changes == {"policy": ["", "BUPA ZZ00000002"], "authorisation": ["", "ZZAUTH01"], "edition": 2}


def test_what_was_amended_of_the_cover_goes_with_the_choice_of_another_policy(desk: Desk) -> None:
    client = builders.client(desk.practice)
    chosen = builders.policy(client, "bupa", "ZZ00000002", valid_from=JOINED)
    claim = services.create(desk.actor(), invoice=desk.invoice(client=client, insurer_slug="bupa", treated_on=JOINED))
    bill = validation.stored_bill(claim)
    amended = replace(bill, cover=replace(bill.cover, registration_number="ZZ00000077"))
    assert amendments.amend(desk.actor(), claim=claim, bill=amended).kept == ["Membership Number"]
    claim = cover_choice.choose(desk.actor(), claim=claim, policy=chosen)
    assert cover_of(claim).registration_number == "ZZ00000002"
    assert claim.amended_by_hand == {}


def test_a_claim_made_before_the_change_was_known_is_not_submitted_with_the_wrong_number(desk: Desk) -> None:
    client = builders.client(desk.practice)
    claim = services.create(desk.actor(), invoice=desk.invoice(client=client, treated_on=JOINED))
    joins(desk, client, JOINED, "bupa", "ZZ00000002")
    with pytest.raises(Refused, match="number of BUPA ZZ00000001 until 4 Nov 2026; the treatment falls under BUPA"):
        services.submit(desk.actor(), claim_id=claim.pk, house_of=desk.house_of)
    services.rebuild(desk.actor(), claim=claim)
    services.submit(desk.actor(), claim_id=claim.pk, house_of=desk.house_of)
    assert cover_of(claim).registration_number == "ZZ00000002"


def test_a_number_that_a_person_typed_on_the_claim_is_theirs(desk: Desk) -> None:
    invoice = desk.invoice()
    assert cover_check.of_another_policy(invoice, "ZZ00000077") == ""


@pytest.mark.parametrize("refuses", [False, True])
def test_treatment_beyond_the_sessions_is_refused_only_where_the_practice_chose_it(desk: Desk, refuses: bool) -> None:
    desk.practice.refuses_unauthorised = refuses
    desk.practice.save()
    client = builders.client(desk.practice)
    builders.authorisation(client, sessions=1)
    made = [desk.invoice(client=client, treated_on=day) for day in (FIRST, JOINED)]
    within, beyond = (services.create(desk.actor(), invoice=invoice) for invoice in made)
    assert cover_check.beyond(within.invoice) == ""
    assert cover_check.beyond(beyond.invoice) == ("ZZAUTH01 allows 1 session; the treatment on 5 Nov 2026 is number 2.")
    services.submit(desk.actor(), claim_id=within.pk, house_of=desk.house_of)
    if refuses:
        with pytest.raises(Refused, match="settings refuse"):
            services.submit(desk.actor(), claim_id=beyond.pk, house_of=desk.house_of)
    else:
        assert services.submit(desk.actor(), claim_id=beyond.pk, house_of=desk.house_of).submitted_at
