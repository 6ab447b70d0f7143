from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from clearbill.bill.lifecycle import Status
from clearbill.bill.problem import Refused
from clearbill.claims.bulk import queries as bulk_queries
from clearbill.claims.bulk import services as bulk
from clearbill.claims.core import amendments, services, validation
from clearbill.claims.core.queries import Filters
from clearbill.claims.models import Claim
from clearbill.clients.models import Client
from clearbill.invoicing import payments
from clearbill.invoicing import services as invoicing
from clearbill.invoicing.models import LedgerEntry
from clearbill.people.models import AuditEntry
from clearbill.workspace.models import InsurerSetting, Payee
from tests import builders
from tests.builders import NOW
from tests.claims.desk import Desk, events, status
from tests.money.follow_up.agreed import agreed

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk()


def blocking(claim: Claim) -> list[str]:
    fresh = Claim.objects.get(pk=claim.pk)
    return [one.code for one in validation.problems_today(fresh, on=builders.TODAY) if one.blocks]


def messages(claim: Claim, code: str) -> list[str]:
    fresh = Claim.objects.get(pk=claim.pk)
    return [one.message for one in validation.problems_today(fresh, on=builders.TODAY) if one.code == code]


def test_an_individual_who_is_paid_in_person_is_payee_and_practitioner_id_at_once(desk: Desk) -> None:
    Payee.objects.update(kind=Payee.PERSON, name="Emeka Stonebridge")
    claim = desk.created()
    assert "ROLES-07" in blocking(claim)
    assert "Emeka Stonebridge is paid in person (Case 1)" in messages(claim, "ROLES-07")[0]
    Payee.objects.update(number="tp000002")
    services.rebuild(desk.actor(), claim=claim)
    assert "ROLES-07" not in blocking(claim)


def test_another_practitioners_number_as_payee_is_paid_in_person_too(desk: Desk) -> None:
    builders.practitioner(desk.practice, "TP000003", name="Idris Other")
    claim = desk.created()
    bill = validation.stored_bill(claim)
    typed = replace(bill.providers, payee_provider_number="TP000003")
    amendments.amend(desk.actor(), claim=claim, bill=replace(bill, providers=typed))
    assert "ROLES-07" in blocking(claim)


def same_visit_twice(desk: Desk) -> tuple[Claim, Claim]:
    client = builders.client(desk.practice)
    return desk.created(client=client), desk.created(client=client)


def test_two_claims_of_one_treatment_that_are_only_created_both_block(desk: Desk) -> None:
    first, second = same_visit_twice(desk)
    assert "DUPLICATE-04" in blocking(first)
    assert "DUPLICATE-04" in blocking(second)
    with pytest.raises(Refused, match=bulk.NOTHING_READY):
        bulk.start(desk.actor(), claims=bulk_queries.created_claims(desk.practice, Filters()))


def test_a_treatment_is_known_whatever_else_has_changed(desk: Desk) -> None:
    client = builders.client(desk.practice)
    desk.submitted(client=client)
    Client.objects.update(first_name="Clara", last_name="Married", birth_date=date(1985, 4, 13))
    client.policies.update(insurer_slug="axa-health", membership_number="AXA-ZZ000001")
    client.refresh_from_db()
    again = desk.created(client=client)
    assert again.insurer_slug == "axa-health"
    assert "to BUPA, claim “Submitted”" in messages(again, "DUPLICATE-04")[0]
    with pytest.raises(Refused):
        desk.submit(again)


def test_an_invoice_by_hand_to_the_client_counts_as_well(desk: Desk) -> None:
    client = builders.client(desk.practice)
    by_hand = desk.invoice(client=client, insurer_slug="")
    claim = desk.created(client=client)
    assert f"invoice {by_hand.number}, to the client" in messages(claim, "DUPLICATE-04")[0]


def test_two_visits_of_one_day_are_two_treatments(desk: Desk) -> None:
    client, service = builders.client(desk.practice), builders.service(desk.practice)
    made = [
        invoicing.invoice_appointments(
            desk.actor(),
            appointments=[
                builders.appointment(
                    desk.practice,
                    client=client,
                    service=service,
                    practitioner=desk.practitioner,
                    site=desk.site,
                    starts_at=NOW.replace(day=9, hour=hour),
                )
            ],
        )
        for hour in (9, 15)
    ]
    claims = [services.create(desk.actor(), invoice=invoice) for invoice in made]
    assert not any("DUPLICATE-04" in blocking(claim) for claim in claims)


def test_a_void_invoice_bills_nothing_twice(desk: Desk) -> None:
    client = builders.client(desk.practice)
    by_hand = desk.invoice(client=client)
    claim = desk.created(client=client)
    invoicing.void(desk.actor(), invoice=by_hand, reason="Made twice")
    assert blocking(claim) == []
    assert status(desk.submit(claim)) == Status.SUBMITTED


def test_the_block_is_lifted_with_a_reason_that_stays(desk: Desk) -> None:
    first, second = same_visit_twice(desk)
    for nothing in ("", "  "):
        with pytest.raises(Refused, match="Say why"):
            services.allow_repeat(desk.actor(), claim=first, reason=nothing)
    services.allow_repeat(desk.actor(), claim=first, reason="Seen twice that day, morning and evening")
    first.refresh_from_db()
    assert (first.repeat_reason, first.repeat_allowed_by) == (
        "Seen twice that day, morning and evening",
        desk.owner.user,
    )
    assert first.blocking_count == 0
    assert "allowed it: Seen twice" in messages(first, "DUPLICATE-04")[0]
    entry = AuditEntry.objects.get(subject_id=str(first.pk), action__startswith="allowed the claim")
    assert entry.changes == {
        "reason": "Seen twice that day, morning and evening",
        "invoices": second.invoice.number,
    }
    assert "allowed" in events(first)
    assert status(desk.submit(first)) == Status.SUBMITTED
    with pytest.raises(Refused):
        desk.submit(second)


def test_what_was_allowed_beside_one_invoice_is_not_allowed_beside_a_third(desk: Desk) -> None:
    first, _ = same_visit_twice(desk)
    services.allow_repeat(desk.actor(), claim=first, reason="Seen twice")
    desk.created(client=first.invoice.client)
    assert "DUPLICATE-04" in blocking(first)


def test_nothing_is_allowed_where_nothing_blocks(desk: Desk) -> None:
    with pytest.raises(Refused, match="No other invoice"):
        services.allow_repeat(desk.actor(), claim=desk.created(), reason="To be sure")


@pytest.mark.parametrize("claimed_first", [True, False])
def test_what_the_client_has_paid_is_said_with_its_amount(desk: Desk, claimed_first: bool) -> None:
    invoice = desk.invoice()
    claim = services.create(desk.actor(), invoice=invoice) if claimed_first else None
    entry = payments.record_payment(
        desk.actor(), invoice=invoice, amount=Decimal("70.00"), received_on=builders.TODAY, source=LedgerEntry.PATIENT
    )
    claim = claim or services.create(desk.actor(), invoice=invoice)
    told = "The client has paid £70.00 on this invoice already, and this claim asks BUPA for £70.00."
    assert messages(claim, "PAID-01") == [told]
    assert blocking(claim) == []
    paid = bulk_queries.preview(desk.practice, Filters())["paid_already"]
    assert paid == [(claim, Decimal("70.00"))]
    payments.reverse_payment(desk.actor(), entry=entry)
    assert messages(claim, "PAID-01") == []


def test_an_insurer_that_is_switched_off_says_so(desk: Desk) -> None:
    claim = desk.created()
    InsurerSetting.objects.create(practice=desk.practice, insurer_slug="bupa", is_billed=False)
    assert messages(claim, "INSURER-20") == ["By the Workspace Settings the practice does not bill BUPA."]


def test_a_line_below_its_contract_price_is_told_with_what_is_lost_and_does_not_block(desk: Desk) -> None:
    agreed(desk, amount=95)
    claim = desk.created()
    assert messages(claim, "PRICE-01") == [
        "Line 1: £25.00 is lost: the contract price of BUPA from 1 Jan 2026 is £95.00, and less is billed."
    ]
    assert blocking(claim) == []


def test_a_claim_that_comes_to_nothing_is_not_submitted(desk: Desk) -> None:
    invoice = desk.invoice(gross_total=Decimal("0.00"), net_total=Decimal("0.00"))
    invoice.lines.update(unit_price=Decimal("0.00"), gross=Decimal("0.00"), net=Decimal("0.00"))
    claim = services.create(desk.actor(), invoice=invoice)
    assert "TOTALS-08" in blocking(claim)
