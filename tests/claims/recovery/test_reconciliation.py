"""What happens after a restore, question by question, with a house in memory."""

from __future__ import annotations

import html
from datetime import datetime, timedelta

import pytest

from clearbill.backups.models import Reconciliation
from clearbill.bill.lifecycle import Status
from clearbill.bill.problem import Refused
from clearbill.claims.core import restore_hold, services, validation
from clearbill.claims.core.next_step import next_step
from clearbill.claims.models import Claim, Outbox, Task
from clearbill.claims.recovery import in_doubt, reconciliation
from clearbill.clearinghouse.port import BillKey, ClearingStatus, StatusReport
from clearbill.db.number_sequences import NumberSequence
from clearbill.invoicing import services as invoicing_services
from clearbill.people.models import AuditEntry
from clearbill.workspace.models import HealthcodeConnection
from tests import builders
from tests.claims.desk import WRONG_MEMBER, Desk, events, status
from tests.fakes.clearing_house import MemoryHouse

pytestmark = pytest.mark.django_db


class Counting(MemoryHouse):
    """A house that counts what it is asked."""

    questions = 0

    def status_of(self, key: BillKey, *, at: datetime) -> StatusReport:
        self.questions += 1
        return super().status_of(key, at=at)


class Restored(Desk):
    """A desk whose database is a backup: what happened after it is known to the house alone."""

    def sent_since(self, claim: Claim, at: ClearingStatus = ClearingStatus.UNPROCESSED, *, number: str = "") -> None:
        """The house was sent this claim's bill after the backup, under a reference that is lost."""
        document = self.house.prepare(
            validation.stored_bill(claim), reference=f"LOST{number or claim.number}", at=self.now
        )
        if number:
            document = document.replace(claim.number.encode(), number.encode())
        self.house.submit(document, reference=f"LOST{number or claim.number}", at=self.now)
        if at != ClearingStatus.UNPROCESSED:
            self.house.advance(number or claim.number, at, at=self.now)

    def restore(self) -> int:
        """The backup is two hours old; the claims of this desk stand in it."""
        taken_at = self.now
        self.wait(hours=2)
        asked = in_doubt.mark_restored(taken_at=taken_at, now=self.now)
        self.wait(minutes=2)
        return asked

    def step(self) -> bool:
        return reconciliation.reconcile_next(now=self.now, house_of=self.house_of)

    def reconcile(self) -> None:
        for _ in range(400):
            if not self.step():
                return
        raise AssertionError("the asking found no end")

    def rejected(self) -> Claim:
        self.house.refuse_next([WRONG_MEMBER])
        claim = self.submitted()
        self.send()
        assert status(claim) == Status.REJECTED
        return claim

    @property
    def row(self) -> Reconciliation:
        return Reconciliation.objects.get(practice=self.practice)


@pytest.fixture
def desk() -> Restored:
    return Restored()


def mark(claim: Claim) -> bool:
    claim.refresh_from_db()
    return claim.is_restored


def sentences() -> list[str]:
    return list(Task.objects.order_by("created_at").values_list("sentence", flat=True))


def test_a_claim_that_stood_in_the_backup_cannot_be_submitted_before_the_answer(desk: Restored) -> None:
    claim = desk.created()
    assert desk.restore() == 1
    with pytest.raises(Refused, match=r"restored from a backup of 10 Nov 2026, 09:00.*nothing is sent twice"):
        desk.submit(claim)
    claim.refresh_from_db()
    assert "first asks Healthcode" in next_step(claim).sentence
    assert desk.house.sent == 0


def test_a_pause_written_by_a_clock_gone_wrong_does_not_hold_up_the_asking(desk: Restored) -> None:
    claim = desk.created()
    desk.restore()
    HealthcodeConnection.objects.update(paused_until=desk.now + timedelta(days=400))
    desk.reconcile()
    assert not mark(claim)


def test_a_claim_that_healthcode_does_not_have_may_go(desk: Restored) -> None:
    claim = desk.created()
    desk.restore()
    desk.reconcile()
    assert not mark(claim)
    assert events(claim)[-1] == "asked after a restore"
    desk.submit(claim)
    desk.send()
    assert len(desk.house.ledger) == 1


@pytest.mark.parametrize(
    ("there", "here"),
    [
        (ClearingStatus.UNPROCESSED, Status.SUBMITTED),
        (ClearingStatus.VALIDATED, Status.SUBMITTED),
        (ClearingStatus.AWAITING_COLLECTION, Status.AWAITING_COLLECTION),
        (ClearingStatus.COLLECTED, Status.COLLECTED),
        (ClearingStatus.CANCELLED, Status.CANCELLED),
        (ClearingStatus.AWAITING_CORRECTION, Status.REJECTED),
        (ClearingStatus.NOT_REQUIRED, Status.SUBMITTED),
    ],
)
def test_a_claim_that_was_sent_since_is_adopted_as_it_stands(
    desk: Restored, there: ClearingStatus, here: Status
) -> None:
    claim = desk.created()
    desk.sent_since(claim, there)
    desk.restore()
    desk.reconcile()
    assert status(claim) == here
    assert not claim.is_restored
    assert claim.clearing_bill_number == desk.house.ledger[0].clearing_bill_number
    assert claim.submitted_at is not None
    assert "found after a restore" in events(claim)
    assert any("compare the two in VEDA" in sentence for sentence in sentences())
    assert desk.house.sent == 1


def test_an_adopted_claim_is_followed_on(desk: Restored) -> None:
    claim = desk.created()
    desk.sent_since(claim)
    desk.restore()
    desk.reconcile()
    desk.house.advance(claim.number, ClearingStatus.COLLECTED, at=desk.now)
    desk.wait(hours=1)
    desk.ask()
    assert status(claim) == Status.COLLECTED


def test_a_rejection_after_the_backup_is_told_with_its_problems(desk: Restored) -> None:
    claim = desk.created()
    desk.sent_since(claim)
    desk.house.advance(claim.number, ClearingStatus.AWAITING_CORRECTION, messages=[WRONG_MEMBER], at=desk.now)
    desk.restore()
    desk.reconcile()
    assert status(claim) == Status.REJECTED
    assert claim.events.get(event="refused").problems[0]["house_words"] == WRONG_MEMBER.text


def test_a_rejected_claim_that_was_mended_and_sent_since_is_not_offered_for_correction(desk: Restored) -> None:
    claim = desk.rejected()
    desk.wait(hours=1)
    desk.sent_since(claim, ClearingStatus.AWAITING_COLLECTION)
    desk.restore()
    desk.reconcile()
    assert status(claim) == Status.AWAITING_COLLECTION
    assert claim.reference == ""
    with pytest.raises(Refused):
        services.reopen(desk.actor(), claim=claim)


def test_a_rejection_that_the_backup_knows_is_no_news(desk: Restored) -> None:
    claim = desk.rejected()
    corrected = desk.rejected()
    services.reopen(desk.actor(), claim=corrected)
    desk.wait(hours=1)
    desk.restore()
    desk.reconcile()
    assert (status(claim), status(corrected)) == (Status.REJECTED, Status.CREATED)
    assert not mark(claim)
    assert not mark(corrected)
    assert sentences() == []
    desk.submit(corrected)
    desk.send()
    assert status(corrected) == Status.SUBMITTED


def test_a_number_that_was_used_outside_clearbill_is_not_taken_for_ours(desk: Restored) -> None:
    claim = desk.rejected()
    desk.house.advance(claim.number, ClearingStatus.COLLECTED, at=desk.now - timedelta(days=30))
    desk.restore()
    desk.reconcile()
    assert status(claim) == Status.REJECTED
    assert not mark(claim)


def test_a_claim_mended_and_sent_minutes_after_its_rejection_is_found(desk: Restored) -> None:
    claim = desk.rejected()
    desk.sent_since(claim, ClearingStatus.VALIDATED)
    desk.restore()
    desk.reconcile()
    assert status(claim) == Status.SUBMITTED


def test_a_second_rejection_after_the_backup_is_news(desk: Restored) -> None:
    claim = desk.rejected()
    services.reopen(desk.actor(), claim=claim)
    desk.wait(hours=1)
    desk.house.advance(claim.number, ClearingStatus.AWAITING_CORRECTION, messages=[WRONG_MEMBER], at=desk.now)
    desk.restore()
    desk.reconcile()
    assert status(claim) == Status.REJECTED
    assert events(claim).count("refused") == 2


def test_a_bill_that_waited_to_be_sent_is_asked_about_and_not_sent_when_it_was(desk: Restored) -> None:
    claim = desk.submitted()
    desk.sent_since(claim, ClearingStatus.AWAITING_COLLECTION)
    assert desk.restore() == 1
    assert Outbox.objects.get(claim=claim).state == Outbox.UNCERTAIN
    assert not desk.send()
    assert not desk.ask()
    desk.reconcile()
    assert status(claim) == Status.AWAITING_COLLECTION
    assert Outbox.objects.get(claim=claim).state == Outbox.DONE
    assert desk.house.sent == 1


def test_a_bill_that_waited_to_be_sent_goes_once_when_it_was_not(desk: Restored) -> None:
    claim = desk.submitted()
    desk.restore()
    for _ in range(5):
        desk.reconcile()
        desk.ask()
        desk.send()
        desk.wait(minutes=2)
    assert status(claim) == Status.SUBMITTED
    assert claim.clearing_bill_number
    assert (desk.house.sent, len(desk.house.ledger)) == (1, 1)


def test_a_further_claim_that_was_sent_since_takes_the_place_of_the_rejected_one(desk: Restored) -> None:
    """The earlier number must not be corrected and sent as well: the insurer would pay twice."""
    claim = desk.rejected()
    desk.wait(hours=1)
    desk.sent_since(claim, ClearingStatus.COLLECTED, number=f"{claim.number}R2")
    desk.restore()
    desk.reconcile()
    made = Claim.objects.get(invoice=claim.invoice, is_current=True)
    assert (made.number, status(made)) == (f"{claim.number}R2", Status.COLLECTED)
    assert made.replaces == claim
    claim.refresh_from_db()
    assert not claim.is_current


def test_a_further_claim_in_place_of_one_that_still_waits_withdraws_it(desk: Restored) -> None:
    claim = desk.submitted()
    desk.sent_since(claim, ClearingStatus.AWAITING_COLLECTION, number=f"{claim.number}R2")
    desk.restore()
    for _ in range(3):
        desk.reconcile()
        desk.ask()
        desk.send()
        desk.wait(minutes=2)
    assert status(claim) == Status.CANCELLED
    assert Outbox.objects.get(claim=claim).state == Outbox.WITHDRAWN
    assert Claim.objects.get(invoice=claim.invoice, is_current=True).status == Status.AWAITING_COLLECTION
    assert desk.house.sent == 1


def test_a_claim_that_was_made_and_sent_since_for_an_old_invoice_is_made_again_and_adopted(desk: Restored) -> None:
    claim = desk.created()
    invoice = claim.invoice
    desk.sent_since(claim, ClearingStatus.COLLECTED)
    claim.delete()
    quiet = desk.invoice()
    desk.restore()
    desk.reconcile()
    adopted = Claim.objects.get(invoice=invoice)
    assert adopted.status == Status.COLLECTED
    assert not adopted.is_restored
    assert not Claim.objects.filter(invoice=quiet).exists()


def test_until_all_is_asked_a_claim_made_on_an_old_invoice_waits_too(desk: Restored) -> None:
    invoice = desk.invoice()
    desk.restore()
    claim = services.create(desk.actor(), invoice=invoice)
    assert claim.is_restored
    desk.reconcile()
    assert not mark(claim)
    later = services.create(desk.actor(), invoice=desk.invoice())
    assert not later.is_restored


def test_a_correction_of_an_old_claim_is_asked_about_even_later(desk: Restored) -> None:
    claim = desk.rejected()
    desk.restore()
    desk.reconcile()
    desk.wait(days=3)
    services.reopen(desk.actor(), claim=claim)
    assert mark(claim)
    assert restore_hold.check_progress(desk.practice) is not None
    desk.reconcile()
    assert not mark(claim)
    assert status(claim) == Status.CREATED
    assert not desk.row.is_open


def test_bills_of_invoices_made_after_the_backup_become_work_for_a_person(desk: Restored) -> None:
    claim = desk.created()
    NumberSequence.objects.create(practice=desk.practice, kind="invoice", next_value=500)
    for value in (500, 503, 518):
        desk.sent_since(claim, ClearingStatus.COLLECTED, number=invoicing_services.format_number(desk.practice, value))
    claim.invoice.voided_at = desk.now
    claim.invoice.save()
    claim.delete()
    desk.restore()
    desk.reconcile()
    found = sentences()
    assert [word in sentence for word, sentence in zip(("CB10500", "CB10503", "CB10518"), found, strict=True)] == [
        True,
        True,
        True,
    ]
    assert "“Collected”" in found[0]
    assert desk.house.ledger[0].clearing_bill_number in found[0]
    assert "do not send a claim for it" in found[0]
    assert desk.row.next_value == 539
    assert desk.row.finished_at is not None


def test_no_invoice_number_is_given_twice(desk: Restored) -> None:
    """Those billed to clients are known to nobody, so that new numbers begin well beyond those that may be in use."""
    claim = desk.created()
    sequence = NumberSequence.objects.create(practice=desk.practice, kind="invoice", next_value=500)
    desk.restore()
    sequence.refresh_from_db()
    assert sequence.next_value >= 600
    for value in range(500, 720, 15):
        desk.sent_since(claim, number=invoicing_services.format_number(desk.practice, value))
    desk.reconcile()
    sequence.refresh_from_db()
    assert sequence.next_value > 710


def test_invoices_made_here_after_the_restore_are_not_taken_for_lost_ones(desk: Restored) -> None:
    NumberSequence.objects.create(practice=desk.practice, kind="invoice", next_value=500)
    desk.restore()
    for value in range(500, 530):
        desk.invoice(number=invoicing_services.format_number(desk.practice, value))
    desk.reconcile()
    assert sentences() == []
    assert desk.row.next_value == 550


def test_an_unreachable_house_is_asked_again_until_it_answers(desk: Restored) -> None:
    claim = desk.created()
    desk.sent_since(claim, ClearingStatus.COLLECTED)
    desk.restore()
    desk.house.be_unreachable()
    for _ in range(10):
        desk.reconcile()
        desk.wait(minutes=1)
    assert mark(claim)
    told = restore_hold.check_progress(desk.practice)
    assert told is not None
    assert "1 claim is still to be asked about" in told.sentence
    for page in ("/today", "/claims/"):
        assert told.sentence in html.unescape(builders.signed_in(desk.owner).get(page).content.decode())
    assert HealthcodeConnection.objects.get().not_answering_since is not None
    desk.house.be_unreachable(False)
    desk.wait(hours=1)
    desk.reconcile()
    assert status(claim) == Status.COLLECTED
    assert restore_hold.check_progress(desk.practice) is None


def test_an_unclear_answer_holds_up_nobody_else_and_is_told_after_a_day(desk: Restored) -> None:
    unclear, other = desk.created(), desk.created()
    desk.sent_since(unclear, ClearingStatus.UNSPECIFIED)
    desk.restore()
    for _ in range(4):
        desk.reconcile()
        desk.wait(minutes=10)
    assert mark(unclear)
    assert not mark(other)
    assert sentences() == []
    desk.wait(days=1)
    desk.reconcile()
    assert any("has not said clearly" in sentence for sentence in sentences())
    assert mark(unclear)


def test_nothing_is_believed_before_what_was_on_its_way_has_arrived(desk: Restored) -> None:
    desk.created()
    in_doubt.mark_restored(taken_at=desk.now, now=desk.now)
    services.create(desk.actor(), invoice=desk.invoice())
    assert not desk.step()
    desk.wait(minutes=1)
    assert desk.step()


def test_a_worker_that_dies_in_the_middle_lets_another_go_on(desk: Restored) -> None:
    claims = [desk.created() for _ in range(3)]
    desk.restore()
    desk.step()

    def killed(_connection: HealthcodeConnection) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reconciliation.reconcile_next(now=desk.now, house_of=killed)  # type: ignore[arg-type]
    assert not desk.step()
    desk.wait(minutes=5)
    desk.reconcile()
    assert not any(mark(claim) for claim in claims)
    assert desk.row.finished_at is not None


def test_a_practice_without_connection_waits_and_says_nothing(desk: Restored) -> None:
    HealthcodeConnection.objects.all().delete()
    claim = desk.created()
    desk.restore()
    assert not desk.step()
    assert restore_hold.check_progress(desk.practice) is None
    services.cancel(desk.actor(), claim=claim)
    desk.connect()
    desk.wait(minutes=2)
    assert desk.step()


def test_a_marked_claim_can_neither_be_cancelled_nor_replaced(desk: Restored) -> None:
    claim = desk.rejected()
    desk.restore()
    with pytest.raises(Refused, match="restored from a backup"):
        services.cancel(desk.actor(), claim=Claim.objects.get(pk=claim.pk))
    with pytest.raises(Refused, match="restored from a backup"):
        services.create_follow_on(desk.actor(), invoice=claim.invoice)
    assert status(claim) == Status.REJECTED


def test_two_practices_are_reconciled_apart(desk: Restored) -> None:
    other = Restored(connected=False)
    mine, theirs = desk.created(), other.created()
    desk.sent_since(mine, ClearingStatus.COLLECTED)
    desk.restore()
    desk.reconcile()
    assert status(mine) == Status.COLLECTED
    assert mark(theirs)
    told = AuditEntry.objects.filter(action="was restored from a backup")
    assert {entry.practice_id for entry in told} == {desk.practice.pk, other.practice.pk}


def test_a_restore_of_a_backup_that_was_taken_amid_the_asking_forgets_nothing(desk: Restored) -> None:
    NumberSequence.objects.create(practice=desk.practice, kind="invoice", next_value=500)
    claim = desk.created()
    desk.restore()
    first = desk.row
    desk.wait(hours=1)
    in_doubt.mark_restored(taken_at=desk.now, now=desk.now)
    again = desk.row
    assert again.taken_at == first.taken_at
    assert again.next_value == 500
    assert again.least_value > 600
    desk.sent_since(claim, number=invoicing_services.format_number(desk.practice, again.least_value + 3))
    desk.wait(minutes=2)
    desk.reconcile()
    assert len(sentences()) == 1
    assert desk.row.finished_at is not None


def test_each_step_asks_a_bounded_number_of_questions(desk: Restored) -> None:
    for _ in range(5):
        desk.created()
    desk.restore()
    house = Counting()
    reconciliation.reconcile_next(now=desk.now, house_of=lambda _connection: house)
    assert 1 <= house.questions <= 2
    assert desk.now - timedelta(seconds=1) < desk.row.ask_at <= desk.now


def test_invoice_numbers_of_builders_are_the_practices_own() -> None:
    practice = builders.practice()
    assert invoicing_services.format_number(practice, 71) == "CB10071"
