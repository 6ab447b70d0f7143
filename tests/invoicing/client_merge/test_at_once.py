"""A merge, and somebody else at the same records at the same moment. Real threads, a real database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from clearbill.appointments import services as appointments
from clearbill.appointments.models import Appointment
from clearbill.bill.problem import Refused
from clearbill.clients import services as clients
from clearbill.clients.merges import ClientMerge, MergedAway
from clearbill.clients.models import Client
from clearbill.invoicing import services as invoicing
from clearbill.invoicing.client_merge import relations, taking_apart
from clearbill.invoicing.client_merge.services import MergeChoices, merge
from clearbill.invoicing.models import Invoice
from tests import builders
from tests.claims.at_once import at_once, real_database
from tests.invoicing.client_merge.records import Records, stored

__all__ = ["real_database"]
both = pytest.mark.django_db(transaction=True)


@pytest.fixture
def records(real_database: None) -> Records:
    made = Records()
    made.visit(made.second)
    return made


def merging(records: Records, *, turned: bool = False) -> Callable[[], Any]:
    survivor, merged = (records.second, records.first) if turned else (records.first, records.second)
    return lambda: merge(records.actor, survivor=survivor, merged=merged, choices=MergeChoices())


def failures(results: list[Any]) -> list[Any]:
    """Whatever came of the acts that is not a plain refusal."""
    return [one for one in results if isinstance(one, Exception) and not isinstance(one, Refused)]


def left_behind(records: Records) -> str:
    """What belongs to a record that went away."""
    return "".join(relations.told(row) for row in Client.objects.exclude(merged_into=None))


@both
def test_two_people_merge_the_same_records_either_way_and_one_merge_comes_of_it(records: Records) -> None:
    results = at_once(merging(records), merging(records, turned=True), merging(records))
    assert not failures(results)
    assert [isinstance(one, ClientMerge) for one in results].count(True) == 1
    assert not left_behind(records)


@both
def test_what_is_booked_invoiced_or_changed_meanwhile_is_never_left_with_the_record_that_goes_away(
    records: Records,
) -> None:
    [visit] = Appointment.objects.all()
    planned = appointments.Visit(
        client=records.second,
        practitioner=records.practitioner,
        service=records.service,
        site=None,
        starts_at=builders.NOW + timedelta(days=3),
        minutes=30,
        note="",
    )
    results = at_once(
        merging(records),
        lambda: appointments.book(records.actor, visit=planned),
        lambda: invoicing.invoice_appointments(records.actor, appointments=[visit]),
        lambda: clients.change(records.actor, client=records.second, details={"phone": "1"}, diagnoses=[]),
    )
    assert not failures(results)
    assert Client.objects.get(pk=records.second.pk).merged_into == records.first
    assert not left_behind(records)
    for done in results[1:]:
        assert not isinstance(done, Refused) or isinstance(done, MergedAway) or "another client’s" in str(done)
    assert {one.client for one in Invoice.objects.all()} <= {records.first}


@both
def test_a_merge_is_taken_apart_once(records: Records) -> None:
    before = stored()
    made = merging(records)()
    results = at_once(*[lambda: taking_apart.take_apart(records.actor, merge=made)] * 3)
    assert not failures(results)
    assert len([one for one in results if isinstance(one, Refused)]) == 2
    assert stored() == before
