from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from clearbill.bill import Bill, Diagnosis
from clearbill.claims.core import amendments, services, validation
from clearbill.claims.models import Claim
from clearbill.clients import services as clients
from clearbill.clients.models import Client, Cover
from clearbill.clients.services import ChosenDiagnosis
from tests import builders
from tests.claims.desk import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk()


def change_client(desk: Desk, client: Client, cover: dict[str, Any] | None = None, **details: Any) -> None:
    """Change the client as the client's own page does."""
    client = Client.objects.get(pk=client.pk)
    row = Cover.objects.get(client=client)
    held = {"insurer_slug": row.insurer_slug, "membership_number": row.membership_number}
    clients.change(
        desk.actor(),
        client=client,
        details=details,
        cover={**held, **(cover or {})},
        diagnoses=[ChosenDiagnosis(code=one.code, title=one.title) for one in client.diagnoses.all()],
    )


def amend(desk: Desk, claim: Claim, change: Callable[[Bill], Bill]) -> list[str]:
    claim = Claim.objects.get(pk=claim.pk)
    return amendments.amend(desk.actor(), claim=claim, bill=change(validation.stored_bill(claim))).kept


def of_cover(**fields: Any) -> Callable[[Bill], Bill]:
    return lambda bill: replace(bill, cover=replace(bill.cover, **fields))


def of_patient(**fields: Any) -> Callable[[Bill], Bill]:
    return lambda bill: replace(bill, patient=replace(bill.patient, **fields))


def cover_of(claim: Claim) -> Cover:
    return Cover.objects.get(client=claim.invoice.client_id)


def stored(claim: Claim) -> Bill:
    return validation.stored_bill(Claim.objects.get(pk=claim.pk))


def test_what_the_client_still_says_is_corrected_there_too(desk: Desk) -> None:
    claim = desk.created()
    kept = amend(desk, claim, of_cover(registration_number="ZZ00000077", authorisation_code="AUTH1"))
    assert kept == []
    assert (cover_of(claim).membership_number, cover_of(claim).authorisation_code) == ("ZZ00000077", "AUTH1")


def test_another_insurers_cover_is_never_touched(desk: Desk) -> None:
    client = builders.client(desk.practice)
    invoice = desk.invoice(client=client)
    change_client(desk, client, {"insurer_slug": "axa-health", "membership_number": "AXA-ZZ000001"})
    claim = services.create(desk.actor(), invoice=invoice)
    kept = amend(desk, claim, of_cover(registration_number="ZZ00000001", authorisation_code="BUPAAUTH1"))
    assert kept == ["Membership Number", "Authorisation Code"]
    row = cover_of(claim)
    assert (row.insurer_slug, row.membership_number, row.authorisation_code) == ("axa-health", "AXA-ZZ000001", "")
    assert stored(claim).cover.registration_number == "ZZ00000001"


def test_a_renewed_number_keeps_the_authorisation_of_the_old_one_away(desk: Desk) -> None:
    claim = desk.created()
    change_client(desk, claim.invoice.client, {"membership_number": "ZZ00000099"})
    assert amend(desk, claim, of_cover(authorisation_code="OLD1")) == ["Authorisation Code"]
    assert (cover_of(claim).membership_number, cover_of(claim).authorisation_code) == ("ZZ00000099", "")


def test_a_number_that_is_corrected_on_the_client_too_is_not_a_difference(desk: Desk) -> None:
    claim = desk.created()
    change_client(desk, claim.invoice.client, {"membership_number": "ZZ00000077"})
    assert amend(desk, claim, of_cover(registration_number="ZZ00000077")) == []


@pytest.mark.parametrize("is_collected_before", [True, False])
def test_the_authorisation_of_that_day_stays_on_the_claim(desk: Desk, is_collected_before: bool) -> None:
    client = builders.client(desk.practice)
    first = {
        "authorisation_code": "AUTH1",
        "authorisation_from": date(2026, 11, 1),
        "authorisation_to": date(2026, 11, 9),
    }
    second = {
        "authorisation_code": "AUTH2",
        "authorisation_from": date(2026, 11, 10),
        "authorisation_to": date(2026, 12, 30),
    }
    change_client(desk, client, first)
    claim = desk.created(client=client) if is_collected_before else None
    change_client(desk, client, second)
    claim = claim or desk.created(client=client)
    typed = {**first, "authorisation_code": "AUTH1-B"} if is_collected_before else first
    kept = amend(desk, claim, of_cover(**typed))
    assert "Authorisation Code" in kept
    row = cover_of(claim)
    assert (row.authorisation_code, row.authorisation_from, row.authorisation_to) == tuple(second.values())


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
