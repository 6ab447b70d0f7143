"""Who is billed is said by the day of treatment, whatever the client has by the day of invoicing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from clearbill.appointments.models import Appointment
from clearbill.bill.problem import Refused
from clearbill.clients import policy_services
from clearbill.clients.models import Client
from clearbill.invoicing import cover, services
from clearbill.invoicing.cover import CoverUnclear
from clearbill.invoicing.papers import pages
from clearbill.people.actor import Actor
from clearbill.people.models import AuditEntry, Practice
from clearbill.workspace.models import Practitioner
from tests import builders
from tests.builders import NOW

pytestmark = pytest.mark.django_db
JOINED = date(2026, 11, 5)


@pytest.fixture
def practice() -> Practice:
    return builders.practice()


@pytest.fixture
def insured(practice: Practice) -> Client:
    """A client who had BUPA until 4 November 2026 and has AXA Health since."""
    client = builders.client(practice)
    details = {"insurer_slug": "axa-health", "membership_number": "AXA-ZZ000001", "valid_from": JOINED}
    bupa = client.policies.get()
    policy_services.add_policy(acting(practice), client=client, details=details, ends=bupa)
    return client


@pytest.fixture
def rosa(practice: Practice) -> Practitioner:
    return builders.practitioner(practice)


def acting(practice: Practice) -> Actor:
    return Actor(practice, builders.user(), NOW)


def visit(client: Client, day: date, practitioner: Practitioner, **fields: Any) -> Appointment:
    starts_at = datetime(day.year, day.month, day.day, 9, tzinfo=NOW.tzinfo)
    return builders.appointment(
        client.practice, client=client, practitioner=practitioner, starts_at=starts_at, **fields
    )


def test_a_visit_before_the_change_goes_to_the_former_insurer(insured: Client, rosa: Practitioner) -> None:
    made = services.invoice_appointments(
        acting(insured.practice), appointments=[visit(insured, JOINED - timedelta(days=1), rosa)]
    )
    covered = cover.of_invoice(made)
    assert made.insurer_slug == "bupa"
    assert covered.policy is not None
    assert covered.policy.membership_number == "ZZ00000001"
    facts = dict(pages.invoice(made).facts)
    assert facts["Membership Number"] == "ZZ00000001"


def test_visits_of_different_policies_become_an_invoice_each(insured: Client, rosa: Practitioner) -> None:
    visits = [visit(insured, JOINED + timedelta(days=days), rosa) for days in (-2, -1, 0)]
    made = services.invoice_all(acting(insured.practice), appointments=visits)
    assert [(one.insurer_slug, one.lines.count()) for one in made.invoices] == [("bupa", 2), ("axa-health", 1)]
    assert made.unclear == []


def test_visits_of_different_policies_are_not_put_on_one_invoice(insured: Client, rosa: Practitioner) -> None:
    visits = [visit(insured, JOINED + timedelta(days=days), rosa) for days in (-1, 0)]
    with pytest.raises(CoverUnclear, match="different policies: BUPA ZZ00000001 on 4 Nov 2026 and AXA Health"):
        services.invoice_appointments(acting(insured.practice), appointments=visits)


def test_visits_under_different_authorisations_become_an_invoice_each(practice: Practice, rosa: Practitioner) -> None:
    client = builders.client(practice)
    builders.authorisation(client, "ZZAUTH01", valid_to=JOINED)
    builders.authorisation(client, "ZZAUTH02", valid_from=JOINED + timedelta(days=1))
    visits = [visit(client, JOINED + timedelta(days=days), rosa) for days in (0, 1)]
    made = services.invoice_all(acting(practice), appointments=visits)
    rows = [cover.of_invoice(one).authorisation for one in made.invoices]
    assert [row.code for row in rows if row] == ["ZZAUTH01", "ZZAUTH02"]


def test_where_two_policies_fit_no_invoice_is_made_and_the_reason_is_given(
    practice: Practice, rosa: Practitioner
) -> None:
    client = builders.client(practice)
    builders.policy(client, valid_from=JOINED)
    unclear, clear = visit(client, JOINED, rosa), visit(client, JOINED - timedelta(days=1), rosa)
    made = services.invoice_all(acting(practice), appointments=[unclear, clear])
    assert [one.lines.get().appointment for one in made.invoices] == [clear]
    assert [one.visit for one in made.unclear] == [unclear]
    assert made.unclear[0].question.startswith("Two policies are valid on 5 Nov 2026")


def test_a_policy_that_a_person_chose_stays_with_the_invoice(practice: Practice) -> None:
    client = builders.client(practice)
    builders.policy(client, "bupa", "ZZ00000002", valid_from=JOINED)
    invoice = builders.invoice(practice, client=client)
    assert "Two policies are valid" in cover.of_invoice(invoice).policy_question
    chosen = client.policies.get(membership_number="ZZ00000002")
    invoice = services.choose_cover(acting(practice), invoice=invoice, policy=chosen)
    covered = cover.of_invoice(invoice)
    assert (covered.policy, covered.policy_question) == (chosen, "")
    assert AuditEntry.objects.get(action="chose the policy of the invoice").changes == {
        "policy": ["", "BUPA ZZ00000002"],
        "edition": 2,
    }


@pytest.mark.parametrize("whose", ["another insurer's", "another client's"])
def test_only_a_policy_of_this_client_with_this_insurer_can_be_chosen(practice: Practice, whose: str) -> None:
    client = builders.client(practice)
    other = builders.client(practice, membership_number="ZZ00000009")
    wrong = builders.policy(client) if whose == "another insurer's" else other.policies.get()
    invoice = builders.invoice(practice, client=client, insurer_slug="bupa")
    with pytest.raises(Refused, match="not the client’s with the insurer"):
        services.choose_cover(acting(practice), invoice=invoice, policy=wrong)
    invoice.refresh_from_db()
    assert invoice.policy is None


def test_a_paper_never_bears_the_number_of_another_insurer(practice: Practice) -> None:
    client = builders.client(practice)
    invoice = builders.invoice(practice, client=client)
    client.policies.update(insurer_slug="axa-health", membership_number="AXA-ZZ000001")
    assert "Membership Number" not in dict(pages.invoice(invoice).facts)
