"""What is decided about a deduction: asked of the patient, written off, disputed, put off; once, and back again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from clearbill.bill import deductions
from clearbill.bill.problem import Refused
from clearbill.claims.core import services
from clearbill.invoicing import ledger
from clearbill.invoicing import services as invoicing_services
from clearbill.invoicing.models import Invoice, LedgerEntry
from clearbill.money.remittances.allocation import manual
from clearbill.money.remittances.models import ClaimPayment
from clearbill.money.shortfalls import holds, letters, manual_deductions
from clearbill.money.shortfalls import services as shortfalls_services
from clearbill.money.shortfalls.models import Decision, Letter, LiabilityOverride
from clearbill.money.shortfalls.shortfall import DECIDED, DISPUTED, TO_DECIDE, WAITING
from clearbill.people.models import AuditEntry
from tests import builders
from tests.builders import TODAY
from tests.claims.desk import WRONG_MEMBER, Desk, status
from tests.money.remittances.paying import pounds, taken_in, told
from tests.money.remittances.test_allocation import collected
from tests.money.shortfalls.falling_short import ask, books, card, deduction, give_up, pays_after_all, says, short

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk()


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("at", "created_at").values_list("action", flat=True))


def test_the_excess_is_invoiced_to_the_patient_as_a_share(desk: Desk) -> None:
    claim = short(desk)
    made = ask(desk, claim)
    made.refresh_from_db()
    assert (made.share_of_id, made.insurer_slug, made.net_total, made.vat_total) == (
        claim.invoice_id,
        "",
        pounds(20),
        0,
    )
    assert made.number != claim.invoice.number
    line = made.lines.get()
    assert line.description == f"Your share of invoice {claim.number}: policy excess"
    now = card(claim)
    assert (now.left, now.asked, now.short) == (0, pounds(20), pounds(20))
    assert now.states(TODAY) == {DECIDED}
    assert books(claim) == (pounds(50), pounds(20), 0, 0)
    assert "asked the patient for what is short" in actions()


def test_the_patient_is_never_asked_for_more_than_the_insurer_deducted(desk: Desk) -> None:
    claim = short(desk)
    with pytest.raises(Refused, match=r"Only £20.00"):
        ask(desk, claim, amount="20.01")
    ask(desk, claim, amount=15)
    with pytest.raises(Refused, match=r"Only £5.00"):
        ask(desk, claim, amount=20)
    ask(desk, claim, amount=5)
    with pytest.raises(Refused, match="Nothing of this deduction is left"):
        ask(desk, claim, amount="0.01")
    assert Invoice.objects.filter(share_of=claim.invoice_id).count() == 2


def test_several_deductions_go_on_one_invoice(desk: Desk) -> None:
    claim = short(desk, ("ZSF01", 20), ("ZSF02", 10))
    made = shortfalls_services.invoice_patient(
        desk.actor(), claim=claim, amounts={"ZSF01": pounds(20), "ZSF02": pounds(10)}
    )
    assert made.net_total == pounds(30)
    assert [line.net for line in made.lines.all()] == [20, 10]
    assert card(claim).left == 0


def test_a_form_sent_twice_makes_one_invoice(desk: Desk) -> None:
    claim = short(desk)
    once = Letter().pk
    made = [ask(desk, claim, amount=5, share_id=once) for _ in range(2)]
    assert made[0] == made[1]
    assert card(claim).left == pounds(15)


def test_what_the_insurer_says_the_patient_does_not_owe_is_asked_only_after_somebody_says_why(desk: Desk) -> None:
    claim = short(desk, ("ZSF03", 20))
    with pytest.raises(Refused, match="patient does not owe"):
        ask(desk, claim, "ZSF03")
    say = {"claim": claim, "key": "ZSF03", "owed_by": deductions.PATIENT}
    with pytest.raises(Refused, match="Say why"):
        shortfalls_services.override_liability(desk.actor(), **say)
    shortfalls_services.override_liability(desk.actor(), why="They signed for the difference.", **say)
    assert ask(desk, claim, "ZSF03").net_total == pounds(20)
    entry = AuditEntry.objects.get(action="said who owes what is short")
    assert entry.changes["owed_by"] == ["nobody", "patient"]
    assert entry.changes["why"] == "They signed for the difference."


def test_what_nobody_knows_is_to_be_asked_until_a_person_says_so(desk: Desk) -> None:
    claim = short(desk, ("ZSF06", 20))
    one = card(claim).of("ZSF06")
    assert one
    assert one.owed_by == deductions.UNCLEAR
    with pytest.raises(Refused, match="not certain"):
        ask(desk, claim, "ZSF06")
    shortfalls_services.override_liability(desk.actor(), claim=claim, key="ZSF06", owed_by=deductions.PATIENT)
    assert ask(desk, claim, "ZSF06")


def test_going_back_to_the_usual_owner_takes_the_verdict_away(desk: Desk) -> None:
    claim = short(desk, ("ZSF06", 20))
    for owner in (deductions.PATIENT, deductions.UNCLEAR):
        shortfalls_services.override_liability(desk.actor(), claim=claim, key="ZSF06", owed_by=owner)
    assert not LiabilityOverride.objects.exists()


def test_voiding_the_patients_invoice_gives_the_amount_back_to_be_decided(desk: Desk) -> None:
    claim = short(desk)
    made = ask(desk, claim)
    invoicing_services.void(desk.actor(), invoice=made, reason="The insurer asks us to wait")
    assert card(claim).left == pounds(20)
    again = ask(desk, claim)
    with pytest.raises(Refused, match="Nothing of invoice"):
        invoicing_services.restore(desk.actor(), invoice=made)
    invoicing_services.void(desk.actor(), invoice=again, reason="After all")
    invoicing_services.restore(desk.actor(), invoice=made)
    assert (card(claim).left, card(claim).asked) == (0, pounds(20))


def test_a_share_is_neither_changed_nor_claimed_and_its_invoice_stays_while_it_stands(desk: Desk) -> None:
    claim = short(desk)
    made = ask(desk, claim)
    assert "share of invoice" in invoicing_services.reason_locked(made)
    with pytest.raises(Refused, match="billed to the client"):
        services.create(desk.actor(), invoice=made)
    uncharged = desk.invoice()
    billing_share = Invoice.objects.filter(pk=made.pk)
    billing_share.update(share_of=uncharged)
    with pytest.raises(Refused, match="asked for a share"):
        invoicing_services.void(desk.actor(), invoice=uncharged, reason="No")


def test_a_write_off_lifts_what_is_short_and_is_undone(desk: Desk) -> None:
    claim = short(desk)
    made = give_up(desk, claim, amount=15)
    assert books(claim) == (pounds(50), pounds(5), pounds(15), 0)
    assert card(claim).left == pounds(5)
    for _ in range(2):
        shortfalls_services.undo_write_off(desk.actor(), claim=claim, decision=made)
    assert books(claim) == (pounds(50), pounds(20), 0, 0)
    assert card(claim).left == pounds(20)
    assert LedgerEntry.objects.filter(invoice=claim.invoice_id).count() == 2 + 2 + 2
    assert actions()[-1] == "took a write-off back"


def test_a_write_off_needs_a_reason_and_is_done_once(desk: Desk) -> None:
    claim = short(desk)
    with pytest.raises(Refused, match="Say why"):
        shortfalls_services.write_off(desk.actor(), claim=claim, key="ZSF01", amount=pounds(5), reason=" ")
    with pytest.raises(Refused, match="more than nothing"):
        give_up(desk, claim, amount=-5)
    once = Decision().pk
    assert give_up(desk, claim, amount=5, decision_id=once) == give_up(desk, claim, amount=5, decision_id=once)
    assert card(claim).left == pounds(15)


def test_what_waits_comes_back_on_its_day(desk: Desk) -> None:
    claim = short(desk)
    later = TODAY + timedelta(days=7)
    with pytest.raises(Refused, match="day to come"):
        holds.hold(desk.actor(), claim=claim, key="ZSF01", come_back_on=TODAY, note="They ring back")
    made = holds.hold(desk.actor(), claim=claim, key="ZSF01", come_back_on=later, note="They ring back")
    assert card(claim).states(TODAY) == {WAITING}
    assert card(claim).states(later) == {TO_DECIDE}
    holds.release(desk.actor(), claim=claim, decision=made)
    assert card(claim).states(TODAY) == {TO_DECIDE}


def test_a_dispute_keeps_the_letter_with_its_evidence_and_is_undone(desk: Desk) -> None:
    claim = short(desk, ("ZSF01", 20), ("ZSF03", 10))
    later = TODAY + timedelta(days=30)
    letter = holds.dispute(desk.actor(), claim=claim, keys=["ZSF03"], text="We agreed £70.", come_back_on=later)
    assert card(claim).states(TODAY) == {TO_DECIDE, DISPUTED}
    facts = letter.facts
    assert facts["disputed_total"] == "10.00"
    assert [one["is_disputed"] for one in facts["deducted"]] == [False, True]
    assert ["Healthcode’s number", claim.clearing_bill_number] in facts["numbers"]
    assert facts["paid"][0]["amount"] == "40.00"
    mark = Decision.objects.get(kind=Decision.DISPUTED)
    holds.hold(desk.actor(), claim=claim, key="ZSF03", come_back_on=later, note="They look into it")
    mark.refresh_from_db()
    assert mark.undone_at
    assert card(claim).states(TODAY) == {TO_DECIDE, WAITING}
    assert Letter.objects.get() == letter


def test_a_letter_gives_the_day_on_which_the_bill_that_the_insurer_has_was_submitted(desk: Desk) -> None:
    claim = desk.submitted()
    desk.house.refuse_next([WRONG_MEMBER])
    desk.send()
    desk.wait(days=3)
    claim.refresh_from_db()
    services.reopen(desk.actor(), claim=claim)
    desk.submit(claim)
    desk.send()
    claim.refresh_from_db()
    facts = letters.letter_facts(claim, card(claim))
    assert facts["submitted_on"] == str(TODAY + timedelta(days=3))


def test_what_is_decided_in_full_waits_no_longer_even_when_it_is_taken_back(desk: Desk) -> None:
    claim = short(desk)
    holds.hold(desk.actor(), claim=claim, key="ZSF01", come_back_on=TODAY + timedelta(days=9), note="They ring")
    made = ask(desk, claim)
    invoicing_services.void(desk.actor(), invoice=made, reason="No")
    assert card(claim).states(TODAY) == {TO_DECIDE}


def test_what_the_insurer_pays_after_all_goes_to_the_disputed_deduction_first(desk: Desk) -> None:
    claim = short(desk, ("ZSF01", 20), ("ZSF03", 10))
    holds.dispute(desk.actor(), claim=claim, keys=["ZSF03"], text="No", come_back_on=TODAY + timedelta(days=9))
    pays_after_all(desk, claim, 10)
    now = card(claim)
    assert [(one.left, one.paid_after_all) for one in now.deductions] == [(20, 0), (0, 10)]
    assert books(claim) == (pounds(50), pounds(20), 0, 0)


def test_a_patient_who_was_asked_for_what_the_insurer_pays_after_all_was_asked_for_too_much(desk: Desk) -> None:
    claim = short(desk)
    made = ask(desk, claim)
    pays_after_all(desk, claim, 20)
    assert (card(claim).asked_too_much, card(claim).left) == (pounds(20), 0)
    invoicing_services.void(desk.actor(), invoice=made, reason="The insurer paid")
    assert card(claim).asked_too_much == 0
    with pytest.raises(Refused):
        invoicing_services.restore(desk.actor(), invoice=made)


def test_a_deduction_that_is_taken_back_after_a_write_off_is_said_and_put_right(desk: Desk) -> None:
    claim = short(desk)
    made = give_up(desk, claim)
    manual.deallocate(desk.actor(), advice=ClaimPayment.objects.get())
    assert card(claim).written_off_too_much == pounds(20)
    shortfalls_services.undo_write_off(desk.actor(), claim=claim, decision=made)
    assert books(claim) == (0, 0, 0, pounds(70))
    assert (card(claim).written_off_too_much, card(claim).deductions) == (0, [])


def test_a_write_off_undone_after_the_insurer_paid_it_does_not_fall_short_again(desk: Desk) -> None:
    claim = short(desk)
    made = give_up(desk, claim)
    pays_after_all(desk, claim, 20)
    assert books(claim) == (pounds(70), 0, pounds(20), pounds(-20))
    shortfalls_services.undo_write_off(desk.actor(), claim=claim, decision=made)
    assert books(claim) == (pounds(70), 0, 0, 0)
    manual.deallocate(desk.actor(), advice=ClaimPayment.objects.latest("pk"))
    assert books(claim) == (pounds(50), pounds(20), 0, 0)
    assert card(claim).left == pounds(20)


def test_a_reason_that_comes_by_letter_is_noted_decided_and_taken_back(desk: Desk) -> None:
    claim = collected(desk)
    taken_in(desk, told(claim, 50))
    note = {"claim": claim, "words": "Policy excess"}
    with pytest.raises(Refused, match=r"£20\.00 is open"):
        manual_deductions.record_deduction(desk.actor(), amount=pounds(21), **note)
    manual_deductions.record_deduction(desk.actor(), amount=pounds(20), **note)
    assert books(claim) == (pounds(50), pounds(20), 0, 0)
    one = card(claim).deductions[0]
    assert (one.key, one.owed_by, one.left) == ("Policy excess", deductions.PATIENT, pounds(20))
    entry = LedgerEntry.objects.get(kind=LedgerEntry.SHORT)
    made = give_up(desk, claim, "Policy excess")
    with pytest.raises(Refused, match="decided about it already"):
        manual_deductions.reverse_deduction(desk.actor(), claim=claim, entry=entry)
    shortfalls_services.undo_write_off(desk.actor(), claim=claim, decision=made)
    for _ in range(2):
        manual_deductions.reverse_deduction(desk.actor(), claim=claim, entry=entry)
    assert books(claim) == (pounds(50), 0, 0, pounds(20))


def test_a_deduction_of_a_payment_is_not_taken_back_by_hand_nor_noted_before_the_insurer_speaks(desk: Desk) -> None:
    claim = short(desk)
    with pytest.raises(Refused, match="came with a payment"):
        manual_deductions.reverse_deduction(
            desk.actor(), claim=claim, entry=LedgerEntry.objects.get(kind=LedgerEntry.SHORT)
        )
    other = collected(desk)
    with pytest.raises(Refused, match="nothing was deducted"):
        manual_deductions.record_deduction(desk.actor(), claim=other, amount=pounds(5), words="Excess")


def test_a_claim_declined_altogether_can_be_asked_of_the_patient(desk: Desk) -> None:
    claim = collected(desk)
    taken_in(desk, says(claim, deduction("ZSF02", 70), paid=0))
    assert status(claim) == "Declined"
    assert ask(desk, claim, "ZSF02", 70).net_total == pounds(70)
    assert card(claim).left == 0


def test_what_is_credited_to_the_patient_is_to_be_decided_again(desk: Desk) -> None:
    claim = short(desk, ("ZSF01", 20), ("ZSF02", 10))
    made = shortfalls_services.invoice_patient(
        desk.actor(), claim=claim, amounts={"ZSF01": pounds(20), "ZSF02": pounds(10)}
    )
    with builders.holding(made):
        ledger.post(
            made,
            kind=LedgerEntry.CREDITED,
            amount=pounds(4),
            on=TODAY,
            source=LedgerEntry.PRACTICE,
            by=None,
            now=desk.now,
        )
    now = card(claim)
    assert (now.asked, now.left) == (pounds(26), pounds(4))
    assert [one.left for one in now.deductions] == [0, 4]
    assert ask(desk, claim, "ZSF02", 4).net_total == pounds(4)
