from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from clearbill.bill import Bill, Diagnosis
from clearbill.claims.core import amendments, services, validation
from clearbill.claims.models import Claim
from clearbill.clients import policy_services
from clearbill.clients import services as clients
from clearbill.clients.models import Authorisation, Client, Policy
from clearbill.clients.services import ChosenDiagnosis
from tests import builders
from tests.claims.desk import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk()


def change_client(desk: Desk, client: Client, policy: dict[str, Any] | None = None, **details: Any) -> None:
    """Change the client, and the one policy, as their own pages do."""
    client = Client.objects.get(pk=client.pk)
    clients.change(
        desk.actor(),
        client=client,
        details=details,
        diagnoses=[ChosenDiagnosis(code=one.code, title=one.title) for one in client.diagnoses.all()],
    )
    if policy:
        policy_services.change_policy(desk.actor(), policy=client.policies.get(), details=policy)


def amend(desk: Desk, claim: Claim, change: Callable[[Bill], Bill]) -> list[str]:
    claim = Claim.objects.get(pk=claim.pk)
    return amendments.amend(desk.actor(), claim=claim, bill=change(validation.stored_bill(claim))).kept


def of_cover(**fields: Any) -> Callable[[Bill], Bill]:
    return lambda bill: replace(bill, cover=replace(bill.cover, **fields))


def of_patient(**fields: Any) -> Callable[[Bill], Bill]:
    return lambda bill: replace(bill, patient=replace(bill.patient, **fields))


def policy_of(claim: Claim) -> Policy:
    return Policy.objects.get(client=claim.invoice.client_id)


def codes_of(claim: Claim) -> list[str]:
    return [row.code for row in policy_of(claim).authorisations.all()]


def stored(claim: Claim) -> Bill:
    return validation.stored_bill(Claim.objects.get(pk=claim.pk))


def test_what_the_client_still_says_is_corrected_there_too(desk: Desk) -> None:
    claim = desk.created()
    kept = amend(desk, claim, of_cover(registration_number="ZZ00000077", authorisation_code="AUTH1"))
    assert kept == []
    assert (policy_of(claim).membership_number, codes_of(claim)) == ("ZZ00000077", ["AUTH1"])


def test_another_insurers_cover_is_never_touched(desk: Desk) -> None:
    client = builders.client(desk.practice)
    invoice = desk.invoice(client=client)
    change_client(desk, client, {"insurer_slug": "axa-health", "membership_number": "AXA-ZZ000001"})
    claim = services.create(desk.actor(), invoice=invoice)
    kept = amend(desk, claim, of_cover(registration_number="ZZ00000001", authorisation_code="BUPAAUTH1"))
    assert kept == ["Membership Number", "Authorisation Code"]
    row = policy_of(claim)
    assert (row.insurer_slug, row.membership_number, codes_of(claim)) == ("axa-health", "AXA-ZZ000001", [])
    assert stored(claim).cover.registration_number == "ZZ00000001"


def test_a_renewed_number_keeps_the_authorisation_of_the_old_one_away(desk: Desk) -> None:
    claim = desk.created()
    change_client(desk, claim.invoice.client, {"membership_number": "ZZ00000099"})
    assert amend(desk, claim, of_cover(authorisation_code="OLD1")) == ["Authorisation Code"]
    assert (policy_of(claim).membership_number, codes_of(claim)) == ("ZZ00000099", [])


def test_a_number_that_is_corrected_on_the_client_too_is_not_a_difference(desk: Desk) -> None:
    claim = desk.created()
    change_client(desk, claim.invoice.client, {"membership_number": "ZZ00000077"})
    assert amend(desk, claim, of_cover(registration_number="ZZ00000077")) == []


def authorised(desk: Desk, client: Client, code: str, **days: date) -> Authorisation:
    details = {"code": code, **days}
    return policy_services.add_authorisation(desk.actor(), policy=client.policies.get(), details=details)


def test_the_authorisation_of_the_day_of_treatment_is_corrected_and_no_other(desk: Desk) -> None:
    client = builders.client(desk.practice)
    first = authorised(desk, client, "AUTH1", valid_from=date(2026, 11, 1), valid_to=date(2026, 11, 9))
    second = authorised(desk, client, "AUTH2", valid_from=date(2026, 11, 10), valid_to=date(2026, 12, 30))
    claim = desk.created(client=client)
    assert stored(claim).cover.authorisation_code == "AUTH1"
    assert amend(desk, claim, of_cover(authorisation_code="AUTH1B")) == []
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.code, second.code) == ("AUTH1B", "AUTH2")


def test_an_authorisation_that_was_put_right_since_stays(desk: Desk) -> None:
    client = builders.client(desk.practice)
    row = authorised(desk, client, "AUTH1")
    claim = desk.created(client=client)
    policy_services.change_authorisation(desk.actor(), authorisation=row, details={"code": "AUTH2"})
    assert amend(desk, claim, of_cover(authorisation_code="AUTH3")) == ["Authorisation Code"]
    services.rebuild(desk.actor(), claim=claim)
    assert amend(desk, claim, of_cover(authorisation_code="AUTH1")) == ["Authorisation Code"]
    assert codes_of(claim) == ["AUTH2"]


def test_an_old_claim_ends_no_authorisation_that_is_in_use(desk: Desk) -> None:
    client = builders.client(desk.practice)
    row = authorised(desk, client, "AUTH2")
    claim = desk.created(client=client)
    days = {"authorisation_from": date(2026, 11, 1), "authorisation_to": date(2026, 11, 9)}
    kept = amend(desk, claim, of_cover(authorisation_code="AUTH1", **days))
    assert "Authorisation Code" in kept
    row.refresh_from_db()
    assert (row.code, row.valid_from, row.valid_to) == ("AUTH2", None, None)


def test_days_that_cannot_be_stay_on_the_claim_where_the_check_names_them(desk: Desk) -> None:
    client = builders.client(desk.practice)
    client.policies.update(valid_from=date(2026, 11, 1))
    authorised(desk, client, "AUTH1")
    claim = desk.created(client=client)
    backwards = {"authorisation_from": date(2027, 3, 2), "authorisation_to": date(2027, 3, 1)}
    kept = amend(desk, claim, of_cover(cover_valid_to=date(2026, 10, 1), **backwards))
    assert len(kept) == 3
    assert stored(claim).cover.authorisation_to == date(2027, 3, 1)
    assert policy_of(claim).valid_to is None
    assert policy_of(claim).authorisations.get().valid_to is None


def test_the_policy_of_the_day_of_treatment_is_corrected_and_no_other(desk: Desk) -> None:
    client = builders.client(desk.practice)
    client.policies.update(valid_to=date(2026, 11, 9))
    later = builders.policy(client, "bupa", "ZZ00000055", valid_from=date(2026, 11, 10))
    claim = desk.created(client=client)
    assert amend(desk, claim, of_cover(registration_number="ZZ00000077", authorisation_code="AUTH1")) == []
    assert sorted(client.policies.values_list("membership_number", flat=True)) == ["ZZ00000055", "ZZ00000077"]
    assert not later.authorisations.exists()


@pytest.mark.parametrize("is_collected_before", [True, False])
def test_the_maiden_name_on_an_old_claim_renames_nobody(desk: Desk, is_collected_before: bool) -> None:
    client = builders.client(desk.practice, last_name="Maiden")
    invoice = desk.invoice(client=client)
    claim = services.create(desk.actor(), invoice=invoice) if is_collected_before else None
    change_client(desk, client, last_name="Married")
    invoice.refresh_from_db()
    claim = claim or services.create(desk.actor(), invoice=invoice)
    name = "Maidden" if is_collected_before else "Maiden"
    assert amend(desk, claim, of_patient(patient_last_name=name)) == ["Family name"]
    assert Client.objects.get(pk=client.pk).last_name == "Married"
    assert stored(claim).patient.patient_last_name == name


def test_a_claim_that_says_no_country_leaves_the_client_with_its_own(desk: Desk) -> None:
    claim = desk.created(client=builders.client(desk.practice, country="AE"))
    assert amend(desk, claim, of_patient(patient_country="")) == ["Country"]
    assert Client.objects.get(pk=claim.invoice.client_id).country == "AE"
    assert stored(claim).patient.patient_country == ""
    assert amend(desk, claim, of_patient(patient_country="FR")) == []
    assert Client.objects.get(pk=claim.invoice.client_id).country == "FR"


def test_what_was_amended_on_the_claim_alone_is_measured_by_what_was_collected(desk: Desk) -> None:
    claim = desk.created()
    bill = validation.stored_bill(claim)
    alone = replace(bill, patient=replace(bill.patient, patient_first_name="Tess"))
    amendments.amend(desk.actor(), claim=claim, bill=alone, also_client=False)
    assert amend(desk, claim, of_patient(patient_first_name="Tessa")) == []
    assert Client.objects.get(pk=claim.invoice.client_id).first_name == "Tessa"


def test_diagnoses_that_changed_on_the_client_stay_as_they_are(desk: Desk) -> None:
    claim = desk.created()
    client = claim.invoice.client
    client.diagnoses.update(code="M75.0")
    kept = amend(desk, claim, lambda bill: replace(bill, diagnoses=(Diagnosis(code="M54.4", is_primary=True),)))
    assert kept == ["Diagnosis Codes"]
    assert [one.code for one in client.diagnoses.all()] == ["M75.0"]


def test_nobody_elses_change_of_the_client_is_lost_by_it(desk: Desk) -> None:
    claim = desk.created()
    read = Claim.objects.select_related("invoice__client").get(pk=claim.pk)
    change_client(desk, claim.invoice.client, phone="020 7946 0001")
    bill = validation.stored_bill(read)
    typed = replace(bill, patient=replace(bill.patient, patient_first_name="Tessa"))
    amendments.amend(desk.actor(), claim=read, bill=typed)
    client = Client.objects.get(pk=claim.invoice.client_id)
    assert (client.first_name, client.phone) == ("Tessa", "020 7946 0001")


def test_the_timeline_says_what_stays_on_the_claim(desk: Desk) -> None:
    claim = desk.created()
    change_client(desk, claim.invoice.client, {"insurer_slug": "axa-health"})
    amend(desk, claim, of_cover(authorisation_code="BUPAAUTH1"))
    assert "On this claim only: Authorisation Code." in claim.events.get(event="changed").note
