from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from clearbill.bill.lifecycle import Status
from clearbill.bill.problem import Refused
from clearbill.claims.core import services, validation
from clearbill.claims.models import Claim, Outbox
from clearbill.clearinghouse.port import ClearingStatus
from clearbill.invoicing import credit_notes
from clearbill.people.models import AuditEntry
from tests import builders
from tests.claims.desk import WRONG_MEMBER, Desk, events, status

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_new_claim_holds_everything_that_will_be_sent(desk: Desk) -> None:
    claim = desk.created()
    bill = validation.stored_bill(claim)
    assert (bill.insurer_id, bill.invoice_number) == ("bup", claim.invoice.number)
    assert bill.cover.registration_number == "ZZ00000001"
    assert bill.patient.patient_last_name == "Sample"
    assert bill.providers.payee_provider_number == "TP000001"
    assert bill.providers.controlling_specialist_number == "TP000002"
    assert bill.providers.treating_site_number == "TL000001"
    assert bill.diagnoses[0].is_primary
    assert bill.diagnoses[0].code == "M54.5"
    line = bill.lines[0]
    assert (line.service_code, line.units, line.net_amount) == ("ZPHY01", 1, Decimal("70.00"))
    assert line.service_provider_number == "TP000002"
    assert bill.totals.net_total == claim.net_total == Decimal("70.00")
    assert bill.episode.episode_setting == "O"


def test_a_good_claim_has_nothing_to_mend(desk: Desk) -> None:
    claim = desk.created()
    found = validation.problems_today(claim, on=builders.TODAY)
    assert [problem.path for problem in found] == ["cover.authorisation_code"]
    assert (claim.status, claim.blocking_count, claim.warning_count) == (Status.CREATED, 0, 1)
    assert claim.treated_on == date(2026, 11, 9)
    assert claim.bill_by_on == date(2027, 5, 9)
    assert events(claim) == ["created"]
    assert AuditEntry.objects.filter(action="created the claim", subject_id=str(claim.pk)).count() == 1


def test_who_is_paid_comes_with_the_reason(desk: Desk) -> None:
    claim = desk.created()
    assert claim.payee == desk.payee
    assert "organisation (Case 2)" in claim.payee_reason


def test_an_invoice_has_one_current_claim(desk: Desk) -> None:
    invoice = desk.invoice()
    services.create(desk.actor(), invoice=invoice)
    with pytest.raises(Refused, match="already has a claim"):
        services.create(desk.actor(), invoice=invoice)
    assert Claim.objects.count() == 1


def test_a_void_invoice_is_not_claimed(desk: Desk) -> None:
    with pytest.raises(Refused, match="void"):
        desk.created(voided_at=desk.now)


def test_an_invoice_with_a_credit_note_is_not_claimed_by_a_page_from_before_it_either(desk: Desk) -> None:
    invoice = desk.invoice()
    credit_notes.create(
        desk.actor(), invoice=invoice, amounts={invoice.lines.get().pk: Decimal("10.00")}, reason="Billed twice"
    )
    assert not invoice.credited_total
    with pytest.raises(Refused, match="credit note"):
        services.create(desk.actor(), invoice=invoice)


def test_an_invoice_to_the_client_is_not_claimed(desk: Desk) -> None:
    with pytest.raises(Refused, match="billed to the client"):
        desk.created(insurer_slug="")


def test_another_practices_invoice_is_not_claimed(desk: Desk) -> None:
    with pytest.raises(Refused, match="no such invoice"):
        services.create(desk.actor(), invoice=builders.invoice(builders.practice("Elsewhere")))


def test_collecting_again_takes_what_was_changed_on_the_client(desk: Desk) -> None:
    claim = desk.created()
    claim.invoice.client.policies.update(membership_number="ZZ00000099")
    services.rebuild(desk.actor(), claim=Claim.objects.get(pk=claim.pk))
    claim.refresh_from_db()
    assert validation.stored_bill(claim).cover.registration_number == "ZZ00000099"


def test_submitting_writes_status_and_outbox_row_together(desk: Desk) -> None:
    claim = desk.submitted()
    row = Outbox.objects.get()
    assert status(claim) == Status.SUBMITTED
    assert (row.claim, row.state, row.reference) == (claim, Outbox.READY, claim.reference)
    assert len(row.reference) <= 25
    assert b"ZZ00000001" in bytes(row.document)
    assert claim.submitted_by == desk.owner.user
    assert desk.house.sent == 0


def test_submitting_twice_submits_once(desk: Desk) -> None:
    claim = desk.created()
    first, second = desk.submit(claim), desk.submit(claim)
    assert first.reference == second.reference
    assert Outbox.objects.count() == 1
    assert events(claim) == ["created", "submit"]


def test_a_claim_with_a_blocking_problem_is_not_submitted_and_every_problem_is_named(desk: Desk) -> None:
    client = builders.client(desk.practice, birth_date=None)
    client.last_name = ""
    client.save()
    claim = desk.created(client=client)
    with pytest.raises(Refused) as refusal:
        desk.submit(claim)
    paths = {problem.path for problem in refusal.value.problems}
    assert {"patient.patient_birth_date", "patient.patient_last_name"} <= paths
    assert status(claim) == Status.CREATED
    assert not Outbox.objects.exists()


def test_without_a_connection_the_claim_waits_as_created() -> None:
    desk = Desk(connected=False)
    claim = desk.created()
    with pytest.raises(services.NotConnected, match="waits as Created"):
        desk.submit(claim)
    assert status(claim) == Status.CREATED


def test_a_rejected_claim_is_corrected_as_its_next_version_under_a_new_reference(desk: Desk) -> None:
    claim = desk.submitted()
    desk.house.refuse_next([WRONG_MEMBER])
    desk.send()
    claim.refresh_from_db()
    first = claim.reference
    services.reopen(desk.actor(), claim=claim)
    assert (status(claim), claim.version) == (Status.CREATED, 2)
    desk.submit(claim)
    claim.refresh_from_db()
    assert claim.reference != first
    assert [row.version for row in Outbox.objects.order_by("pk")] == [1, 2]


def test_a_rejected_claim_whose_place_was_taken_is_not_corrected_beside_it(desk: Desk) -> None:
    claim = desk.submitted()
    desk.house.refuse_next([WRONG_MEMBER])
    desk.send()
    claim.refresh_from_db()
    services.create_follow_on(desk.actor(), invoice=claim.invoice)
    claim.refresh_from_db()
    with pytest.raises(Refused, match="taken this one’s place"):
        services.reopen(desk.actor(), claim=claim)
    assert status(claim) == Status.REJECTED


def test_the_first_time_of_submission_stays(desk: Desk) -> None:
    claim = desk.submitted()
    desk.house.refuse_next([WRONG_MEMBER])
    desk.send()
    claim.refresh_from_db()
    first = claim.submitted_at
    services.reopen(desk.actor(), claim=claim)
    desk.wait(days=1)
    desk.submit(claim)
    claim.refresh_from_db()
    assert claim.submitted_at == first


def test_a_new_claim_for_a_declined_one_has_its_own_number(desk: Desk) -> None:
    old = desk.submitted()
    Claim.objects.filter(pk=old.pk).update(status=Status.DECLINED.value)
    claim = services.create_follow_on(desk.actor(), invoice=old.invoice)
    old.refresh_from_db()
    assert claim.number == f"{old.number}R2"
    assert len(claim.number) <= 10
    assert validation.stored_bill(claim).invoice_number == claim.number
    assert (claim.replaces, old.is_current, claim.is_current) == (old, False, True)
    assert claim.blocking_count == 0


def test_a_collected_claim_is_replaced_only_once_veda_was_looked_at(desk: Desk) -> None:
    old = desk.submitted()
    Claim.objects.filter(pk=old.pk).update(status=Status.COLLECTED.value)
    with pytest.raises(Refused, match="VEDA"):
        services.create_follow_on(desk.actor(), invoice=old.invoice)
    assert services.create_follow_on(desk.actor(), invoice=old.invoice, confirmed_unpaid=True).is_current


@pytest.mark.parametrize("present", [Status.SUBMITTED, Status.UNKNOWN, Status.AWAITING_COLLECTION, Status.PAID])
def test_a_claim_that_may_still_be_paid_is_never_replaced(desk: Desk, present: Status) -> None:
    old = desk.submitted()
    Claim.objects.filter(pk=old.pk).update(status=present.value)
    with pytest.raises(Refused, match="come to nothing"):
        services.create_follow_on(desk.actor(), invoice=old.invoice, confirmed_unpaid=True)


def test_a_created_claim_is_cancelled_and_the_invoice_is_free_again(desk: Desk) -> None:
    claim = desk.created()
    services.cancel(desk.actor(), claim=claim)
    assert status(claim) == Status.CANCELLED
    again = services.create(desk.actor(), invoice=claim.invoice)
    assert again.number == claim.number


def test_cancelling_the_replacement_makes_the_earlier_claim_current_again(desk: Desk) -> None:
    old = desk.submitted()
    Claim.objects.filter(pk=old.pk).update(status=Status.DECLINED.value)
    services.cancel(desk.actor(), claim=services.create_follow_on(desk.actor(), invoice=old.invoice))
    old.refresh_from_db()
    assert old.is_current


def test_a_submitted_claim_is_not_cancelled_here(desk: Desk) -> None:
    claim = desk.submitted()
    with pytest.raises(Refused, match="Healthcode has this claim"):
        services.cancel(desk.actor(), claim=claim)


def test_asking_now_brings_the_next_question_forward(desk: Desk) -> None:
    claim = desk.submitted()
    desk.send()
    desk.wait(seconds=1)
    assert not desk.ask()
    services.poll_now(practice=desk.practice, now=desk.now, claim=claim)
    desk.house.advance(claim.number, ClearingStatus.AWAITING_COLLECTION)
    assert desk.ask()
    assert status(claim) == Status.AWAITING_COLLECTION
    assert claim.next_check_at is not None
    assert claim.next_check_at > desk.now + timedelta(seconds=1)
