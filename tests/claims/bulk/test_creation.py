"""Claims made of many invoices: which, what is missing on each, how far it is, and what came of each."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from clearbill.bill.lifecycle import Event, Status
from clearbill.bill.problem import Refused
from clearbill.claims.bulk import creation, creation_queries, unclaimed
from clearbill.claims.core import services, transitions
from clearbill.claims.models import BulkCreation, BulkCreationEntry, Claim, MappingRefusal
from clearbill.invoicing.models import Invoice
from clearbill.people.models import AuditEntry
from clearbill.worker.loop import Worker
from tests import builders
from tests.builders import TODAY
from tests.claims.desk import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk()


def listed(desk: Desk) -> list[Invoice]:
    rows = unclaimed.unclaimed(desk.practice, on=TODAY)
    return [invoice for _, invoice in unclaimed.with_invoices(desk.practice, rows)]


def work(desk: Desk) -> None:
    while creation.create_next_slice(now=desk.now):
        pass


def preview(desk: Desk) -> creation_queries.CreationPreview:
    return creation_queries.preview(desk.actor(), unclaimed.unclaimed(desk.practice, on=TODAY))


def test_an_invoice_to_an_insurer_is_listed_until_it_has_a_claim(desk: Desk) -> None:
    invoice = desk.invoice()
    assert listed(desk) == [invoice]
    services.create(desk.actor(), invoice=invoice)
    assert listed(desk) == []


def test_what_needs_no_claim_is_not_listed(desk: Desk) -> None:
    desk.invoice(insurer_slug="")
    desk.invoice(voided_at=desk.now)
    desk.invoice(paid_total=Decimal("70.00"))
    builders.invoice(builders.practice("Beech Rooms"))
    assert listed(desk) == []


def test_the_days_left_are_counted_from_the_first_treatment_to_the_insurers_limit(desk: Desk) -> None:
    over = desk.invoice(treated_on=date(2026, 5, 9))  # BUPA takes bills for six months
    soon = desk.invoice(treated_on=date(2026, 5, 12))
    calm = desk.invoice(treated_on=TODAY)
    unknown = desk.invoice(insurer_slug="gone-away")
    rows = unclaimed.unclaimed(desk.practice, on=TODAY)
    assert [(row.invoice_id, row.days_left) for row in rows] == [
        (over.pk, -1),
        (soon.pk, 2),
        (calm.pk, (date(2027, 5, 10) - TODAY).days),
        (unknown.pk, None),
    ]
    found = unclaimed.summed(rows)
    assert (found.count, found.amount, found.over, found.soon) == (4, Decimal("280.00"), 1, 1)


def test_a_claim_that_healthcode_cancelled_leaves_its_invoice_without_one(desk: Desk) -> None:
    claim = desk.submitted()
    with builders.holding(claim.invoice):
        transitions.transition(claim, Event.CANCELLED, by=None, now=desk.now, source=transitions.HEALTHCODE)
    assert listed(desk) == [claim.invoice]
    creation.start(desk.actor())
    work(desk)
    made = Claim.objects.get(is_current=True)
    assert (made.replaces, made.number, made.status) == (claim, f"{claim.number}R2", Status.CREATED)


def test_the_dry_run_says_what_would_be_made_and_what_is_missing_and_makes_nothing(desk: Desk) -> None:
    whole, lacking, credited = desk.invoice(), desk.invoice(), desk.invoice(credited_total=Decimal("10.00"))
    lacking.client.birth_date = None
    lacking.client.save()
    found = preview(desk)
    by_invoice = {one.invoice: one for one in found.drafts}
    assert not by_invoice[whole].blocking
    assert (by_invoice[whole].number, by_invoice[whole].amount) == (whole.number, Decimal("70.00"))
    assert ["date of birth" in problem["message"].lower() for problem in by_invoice[lacking].blocking] == [True]
    assert "credit note" in by_invoice[credited].refused
    assert (found.would_be_made, found.complete, found.lacking, found.refused) == (2, 1, 1, 1)
    assert found.amount == Decimal("140.00")
    assert not Claim.objects.exists()


def test_what_the_dry_run_says_is_what_is_made(desk: Desk) -> None:
    desk.invoice()
    desk.invoice(client=builders.client(desk.practice, birth_date=None, sex=""))
    said = {one.number: (len(one.blocking) > 0, one.amount) for one in preview(desk).drafts}
    creation.start(desk.actor())
    work(desk)
    assert {row.number: (row.blocking_count > 0, row.net_total) for row in Claim.objects.all()} == said


def test_a_practitioner_who_was_refused_is_named_in_the_dry_run(desk: Desk) -> None:
    invoice, other = desk.invoice(), desk.created()
    MappingRefusal.objects.create(
        practice=desk.practice,
        practitioner=desk.practitioner,
        insurer_slug="bupa",
        claim=other,
        at=desk.now,
        message="Healthcode does not know it.",
    )
    advice = [problem["message"] for one in preview(desk).drafts for problem in one.advice]
    assert any("was refused for BUPA on 10 Nov 2026" in said and other.number in said for said in advice)
    assert invoice.number == preview(desk).drafts[0].number


def test_a_creation_makes_each_claim_and_keeps_a_result_for_each(desk: Desk) -> None:
    whole, credited = desk.invoice(), desk.invoice(credited_total=Decimal("10.00"))
    row = creation.start(desk.actor())
    work(desk)
    row.refresh_from_db()
    results = {entry.invoice: entry for entry in creation_queries.results(row)}
    assert results[whole].claim == Claim.objects.get()
    assert "credit note" in results[credited].sentence
    found = creation_queries.progress(row)
    assert (found.total, found.created, found.refused, found.complete, found.left) == (2, 1, 1, 1, 0)
    assert (row.state, row.ended_at) == (BulkCreation.FINISHED, desk.now)
    assert Claim.objects.get().created_by == desk.owner.user
    assert AuditEntry.objects.filter(action="started to create claims").count() == 1


def test_only_the_invoices_that_were_ticked_get_one(desk: Desk) -> None:
    ticked, _other = desk.invoice(), desk.invoice()
    creation.start(desk.actor(), invoice_ids=[ticked.pk])
    work(desk)
    assert Claim.objects.get().invoice == ticked


def test_another_practices_invoice_is_never_taken(desk: Desk) -> None:
    theirs = builders.invoice(builders.practice("Beech Rooms"))
    with pytest.raises(Refused, match="has a claim by now"):
        creation.start(desk.actor(), invoice_ids=[theirs.pk])


def test_a_second_click_starts_no_second_one(desk: Desk) -> None:
    desk.invoice()
    first = creation.start(desk.actor())
    assert creation.start(desk.actor()) == first
    work(desk)
    with pytest.raises(Refused):
        creation.start(desk.actor())
    assert Claim.objects.count() == 1


def test_a_claim_that_somebody_makes_meanwhile_is_not_made_twice(desk: Desk) -> None:
    invoice = desk.invoice()
    row = creation.start(desk.actor())
    services.create(desk.actor(), invoice=invoice)
    work(desk)
    entry = row.entries.get()
    assert Claim.objects.count() == 1
    assert (entry.state, "already has a claim" in entry.sentence) == (BulkCreationEntry.REFUSED, True)


def test_a_stopped_creation_keeps_what_it_made_and_makes_no_more(desk: Desk) -> None:
    for _ in range(creation.SLICE + 2):
        desk.invoice()
    row = creation.start(desk.actor())
    creation.create_next_slice(now=desk.now)
    creation.stop(desk.actor(), creation=row)
    work(desk)
    row.refresh_from_db()
    assert Claim.objects.count() == creation.SLICE
    assert row.state == BulkCreation.STOPPED
    assert row.entries.filter(state=BulkCreationEntry.LEFT).count() == 2
    assert len(listed(desk)) == 2


def test_the_worker_makes_them(desk: Desk) -> None:
    desk.invoice()
    creation.start(desk.actor())
    worker = Worker(house_of=desk.house_of, now=lambda: desk.now)
    for _ in range(20):
        if not worker.work():
            break
        desk.now += timedelta(seconds=2)
    assert Claim.objects.count() == 1
