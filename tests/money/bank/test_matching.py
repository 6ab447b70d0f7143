"""What is clear is matched by itself; everything else waits for a person, with the likeliest first."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clearbill.bill.problem import Refused
from clearbill.invoicing import payments
from clearbill.invoicing.models import Invoice, LedgerEntry
from clearbill.money.bank import auto_match, line_candidates, manual_match, outstanding, remittance_candidates
from clearbill.money.bank import auto_match as bank_auto_match
from clearbill.money.bank.models import BankLine, BankReceipt, IgnoreRule, Match
from clearbill.money.remittances.models import Remittance
from tests import builders
from tests.claims.desk import Desk
from tests.money.bank.teller import csv, line, paid, pounds, states, taken

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk()


def likeliest(desk: Desk, text: str) -> list[line_candidates.Candidate]:
    row = line(text)
    return line_candidates.candidates_for(desk.practice, [row])[row.pk]


def arrived(payment: Remittance) -> object:
    row = BankReceipt.objects.filter(remittance=payment).first()
    return row and row.arrived


def test_amount_and_reference_match_by_themselves_whatever_the_day(desk: Desk) -> None:
    payment = paid(desk, on=date(2026, 9, 1))
    taken(desk, csv("20/11/2026,FPI pay 900001 x,70.00"))
    assert states() == {"FPI pay 900001 x": (BankLine.MATCHED, 70)}
    assert arrived(payment) == 70
    found = Match.objects.get()
    assert (found.by, found.why) == (None, "The amount and the payment reference are the same.")


def test_amount_and_insurer_match_by_themselves_where_nothing_else_is_like_it(desk: Desk) -> None:
    payment = paid(desk)
    taken(desk, csv("20/11/2026,BUPA INSURANCE LTD,70.00"))
    assert arrived(payment) == 70


@pytest.mark.parametrize(
    "row",
    [
        "20/11/2026,BUPA PAY900777,70.00",  # another payment's number
        "20/11/2026,BUPA,70.01",
        "20/11/2026,AVIVA,70.00",
        "05/11/2026,BUPA,70.00",  # long before the insurer paid
        "20/12/2025,BUPA,70.00",
        "20/11/2026,A PERSON,70.00",
        "20/11/2026,BUPA PAY900001,-70.00",
    ],
)
def test_what_is_not_clear_waits(desk: Desk, row: str) -> None:
    payment = paid(desk)
    taken(desk, csv(row))
    assert not Match.objects.exists()
    assert arrived(payment) is None


def test_two_lines_or_two_payments_that_look_alike_wait_for_a_person(desk: Desk) -> None:
    paid(desk, reference="PAY900001")
    paid(desk, reference="PAY900002")
    taken(desk, csv("20/11/2026,BUPA,70.00"))
    assert not Match.objects.exists()
    first, second = likeliest(desk, "BUPA")
    assert first.weight == second.weight
    paid(desk, 30, reference="PAY900003")
    taken(desk, csv("20/11/2026,BUPA a,30.00", "21/11/2026,BUPA b,30.00"))
    assert not Match.objects.exists()


def test_references_tell_payments_of_one_amount_apart_and_leave_the_last_one_clear(desk: Desk) -> None:
    first, second = paid(desk, reference="PAY900001"), paid(desk, reference="PAY900002")
    taken(desk, csv("20/11/2026,BUPA CREDIT,70.00", "20/11/2026,BUPA PAY900002,70.00"))
    assert line("PAY900002").matches.get().remittance == second
    assert line("CREDIT").matches.get().remittance == first


def test_a_second_line_with_the_same_reference_came_too_often_and_waits(desk: Desk) -> None:
    payment = paid(desk)
    taken(desk, csv("20/11/2026,BUPA PAY900001,70.00", "23/11/2026,BUPA PAY900001,70.00"))
    assert arrived(payment) == 70
    assert sorted(BankLine.objects.filter(amount=70).values_list("state", flat=True)) == ["matched", "new"]


def test_money_taken_back_matches_money_out(desk: Desk) -> None:
    payment = paid(desk, -125)
    taken(desk, csv("20/11/2026,BUPA PAY900001,-125.00"))
    assert arrived(payment) == -125


def test_a_payment_announced_after_its_line_is_matched_by_the_worker(desk: Desk) -> None:
    taken(desk, csv("20/11/2026,BUPA PAY900001,70.00"))
    assert auto_match.rematch_next(now=desk.now, house_of=desk.house_of) is False
    payment = paid(desk)
    assert auto_match.rematch_next(now=desk.now, house_of=desk.house_of) is True
    assert arrived(payment) == 70
    assert auto_match.rematch_next(now=desk.now, house_of=desk.house_of) is False


@pytest.mark.parametrize(
    "was",
    [
        {"amount": pounds(30)},  # a part of it came as a file
        {"paid_on": None, "payment_reference": "OTHER"},
    ],
)
def test_a_payment_that_grows_or_is_announced_later_is_matched_by_the_worker(desk: Desk, was: dict[str, Any]) -> None:
    payment = paid(desk)
    Remittance.objects.filter(pk=payment.pk).update(**was)
    taken(desk, csv("20/11/2026,BUPA PAY900001,70.00"))
    assert auto_match.rematch_next(now=desk.now, house_of=desk.house_of) is False
    announced = {"amount": payment.amount, "paid_on": payment.paid_on, "payment_reference": payment.payment_reference}
    Remittance.objects.filter(pk=payment.pk).update(**announced, announced_at=desk.now)
    assert auto_match.rematch_next(now=desk.now, house_of=desk.house_of) is True
    assert arrived(payment) == 70
    assert auto_match.rematch_next(now=desk.now, house_of=desk.house_of) is False


def test_a_payment_that_takes_the_place_of_a_wrong_one_of_the_same_amount_is_noticed(desk: Desk) -> None:
    wrong = paid(desk, insurer="axa-health", reference="WRONG1")
    taken(desk, csv("20/11/2026,BUPA PAY900001,70.00"))
    wrong.delete()
    payment = paid(desk)
    assert auto_match.rematch_next(now=desk.now, house_of=desk.house_of) is True
    assert arrived(payment) == 70


def test_whether_there_are_news_takes_as_many_queries_for_many_practices(desk: Desk) -> None:
    for other in (desk, Desk(), Desk()):
        paid(other)
        taken(other, csv("20/11/2026,BUPA PAY900001,70.00"))
    with CaptureQueriesContext(connection) as queries:
        assert bank_auto_match.practices_to_rematch() == []
    assert len(queries) <= 3


def test_what_a_person_undid_is_not_matched_again_by_itself(desk: Desk) -> None:
    payment = paid(desk)
    taken(desk, csv("20/11/2026,BUPA PAY900001,70.00"))
    manual_match.undo(desk.actor(), group=Match.objects.get().group)
    assert (line("BUPA").state, line("BUPA").matched, arrived(payment)) == (BankLine.NEW, 0, 0)
    paid(desk, 5, reference="PAY900009")
    assert auto_match.rematch_next(now=desk.now, house_of=desk.house_of) is True
    assert line("BUPA").state == BankLine.NEW
    assert Match.objects.get().undone_by == desk.owner.user
    manual_match.match_payments(desk.actor(), lines=[line("BUPA")], payments=[payment])
    assert (line("BUPA").state, arrived(payment)) == (BankLine.MATCHED, 70)
    with pytest.raises(Refused, match="meanwhile"):
        manual_match.undo(desk.actor(), group=Match.objects.order_by("pk")[0].group)


def test_several_payments_in_one_line_are_proposed_and_matched_and_undone_together(desk: Desk) -> None:
    several = [paid(desk, amount, reference=f"PAY90000{amount}") for amount in (30, 40, 55)]
    taken(desk, csv("20/11/2026,BUPA BATCH,70.00"))
    best = likeliest(desk, "BATCH")[0]
    assert set(best.payments) == {several[0].pk, several[1].pk}
    assert best.signs[0] == "these 2 payments together come to the amount"
    manual_match.match_payments(desk.actor(), lines=[line("BATCH")], payments=several[:2])
    assert line("BATCH").state == BankLine.MATCHED
    assert [arrived(one) for one in several] == [30, 40, None]
    manual_match.undo(desk.actor(), group=Match.objects.order_by("pk")[0].group)
    assert (line("BATCH").state, line("BATCH").matched) == (BankLine.NEW, 0)
    assert [arrived(one) for one in several] == [0, 0, None]


def test_money_taken_back_within_a_payment_is_matched_with_both(desk: Desk) -> None:
    whole, back = paid(desk, 300, reference="PAY900001"), paid(desk, -125, reference="PAY900002")
    taken(desk, csv("20/11/2026,BUPA,175.00"))
    best = likeliest(desk, "BUPA")[0]
    assert set(best.payments) == {whole.pk, back.pk}
    assert "money taken back is among them" in best.signs
    manual_match.match_payments(desk.actor(), lines=[line("BUPA")], payments=[whole, back])
    assert (line("BUPA").state, arrived(whole), arrived(back)) == (BankLine.MATCHED, 300, -125)
    manual_match.undo(desk.actor(), group=Match.objects.order_by("pk")[1].group)
    assert (line("BUPA").matched, arrived(whole), arrived(back)) == (0, 0, 0)


def test_one_payment_in_two_lines_is_proposed_and_matched(desk: Desk) -> None:
    payment = paid(desk, 100)
    taken(desk, csv("20/11/2026,BUPA one,60.00", "23/11/2026,BUPA two,40.00"))
    (best,) = remittance_candidates.lines_for(
        desk.practice, outstanding.outstanding_of(outstanding.outstanding(desk.practice))
    )[payment.pk][:1]
    assert [row.amount for row in best.lines] == [60, 40]
    manual_match.match_payments(desk.actor(), lines=best.lines, payments=[payment])
    assert arrived(payment) == 100
    assert {state for state, _ in states().values()} == {BankLine.MATCHED}
    assert payment.arrival.arrived_on == date(2026, 11, 23)


def test_less_or_more_than_announced_leaves_the_rest_to_be_explained(desk: Desk) -> None:
    less, more = paid(desk, 100, reference="PAY900001"), paid(desk, 50, reference="PAY900002")
    taken(desk, csv("20/11/2026,BUPA PAY900001,95.00", "20/11/2026,BUPA PAY900002,52.00"))
    assert "the line has £5.00 less" in likeliest(desk, "PAY900001")[0].signs
    manual_match.match_payments(desk.actor(), lines=[line("PAY900001")], payments=[less])
    manual_match.match_payments(desk.actor(), lines=[line("PAY900002")], payments=[more])
    assert states() == {"BUPA PAY900001": (BankLine.MATCHED, 95), "BUPA PAY900002": (BankLine.NEW, 50)}
    assert (arrived(less), arrived(more)) == (95, 50)
    assert line("PAY900002").open == 2


def test_a_payment_that_grew_since_its_line_came_waits_for_the_rest(desk: Desk) -> None:
    """A file may lack bills that the insurer's own announcement has."""
    payment = paid(desk, 60)
    taken(desk, csv("20/11/2026,BUPA one,60.00"))
    assert arrived(payment) == 60
    Remittance.objects.filter(pk=payment.pk).update(amount=pounds(100))
    assert [one.left for one in outstanding.outstanding_of(outstanding.outstanding(desk.practice))] == [40]
    taken(desk, csv("24/11/2026,BUPA PAY900001,40.00"))
    manual_match.match_payments(desk.actor(), lines=[line("PAY900001")], payments=[Remittance.objects.get()])
    assert arrived(payment) == 100
    assert not outstanding.outstanding(desk.practice).exists()


@pytest.mark.parametrize(
    ("amounts", "why"), [((-70,), "taken back"), ((80, 90), "more than the line"), ((), "meanwhile")]
)
def test_what_cannot_be_is_refused_and_nothing_changes(desk: Desk, amounts: tuple[int, ...], why: str) -> None:
    several = [paid(desk, amount, reference=f"PAY9000{place}") for place, amount in enumerate(amounts)]
    taken(desk, csv("20/11/2026,A,100.00"))
    with pytest.raises(Refused, match=why):
        manual_match.match_payments(desk.actor(), lines=[line("A")], payments=several)
    assert not Match.objects.exists()
    assert not BankReceipt.objects.exists()


def test_a_matched_line_cannot_be_matched_again(desk: Desk) -> None:
    payment = paid(desk)
    taken(desk, csv("20/11/2026,BUPA PAY900001,70.00"))
    with pytest.raises(Refused, match="meanwhile"):
        manual_match.match_payments(desk.actor(), lines=[line("BUPA")], payments=[payment])


def billed(desk: Desk) -> Invoice:
    return desk.invoice(client=builders.client(desk.practice, insurer="", last_name="Quux"))


def test_a_line_with_an_invoice_number_is_recorded_as_paid_by_the_patient_and_undone(desk: Desk) -> None:
    invoice = billed(desk)
    taken(desk, csv(f"20/11/2026,T QUUX {invoice.number},70.00"))
    best = likeliest(desk, "QUUX")[0]
    assert best.invoice == invoice.pk
    assert best.signs == (
        "the invoice number is in the text",
        "the patient’s name is in the text",
        "it is just what is open",
    )
    manual_match.record_patient_payment(desk.actor(), line=line("QUUX"), invoice=invoice)
    invoice.refresh_from_db()
    entry = LedgerEntry.objects.get()
    assert (invoice.open_total, entry.source, entry.on) == (0, LedgerEntry.PATIENT, date(2026, 11, 20))
    assert line("QUUX").state == BankLine.MATCHED
    manual_match.undo(desk.actor(), group=Match.objects.get().group)
    invoice.refresh_from_db()
    assert (invoice.open_total, line("QUUX").state) == (70, BankLine.NEW)
    assert LedgerEntry.objects.count() == 2


def test_a_patients_name_and_just_the_open_amount_are_proposed_and_another_amount_is_not(desk: Desk) -> None:
    invoice = billed(desk)
    taken(desk, csv("20/11/2026,MRS T QUUX,70.00", "20/11/2026,MR P QUUX,71.00"))
    assert [one.invoice for one in likeliest(desk, "MRS T QUUX")] == [invoice.pk]
    assert likeliest(desk, "MR P QUUX") == []


@pytest.mark.parametrize(
    ("came", "sign"),
    [
        ("95.00", "£70.00 is open, £25.00 less than the line"),
        ("40.00", "£70.00 is open, £30.00 more than the line"),
    ],
)
def test_another_amount_than_is_open_is_proposed_for_the_invoice_that_the_text_names_with_the_difference(
    desk: Desk, came: str, sign: str
) -> None:
    invoice = billed(desk)
    taken(desk, csv(f"20/11/2026,T QUUX {invoice.number},{came}"))
    (best,) = likeliest(desk, "QUUX")
    assert best.invoice == invoice.pk
    assert best.signs == ("the invoice number is in the text", "the patient’s name is in the text", sign)


def test_a_payment_that_was_typed_in_already_is_matched_and_not_recorded_twice(desk: Desk) -> None:
    invoice = billed(desk)
    entry = payments.record_payment(
        desk.actor(), invoice=invoice, amount=pounds(70), received_on=date(2026, 11, 19), source=LedgerEntry.PATIENT
    )
    taken(desk, csv(f"20/11/2026,T QUUX {invoice.number},70.00"))
    best = likeliest(desk, "QUUX")[0]
    assert (best.entry, best.invoice) == (entry.pk, None)
    manual_match.match_entry(desk.actor(), line=line("QUUX"), entry=entry)
    assert (line("QUUX").state, LedgerEntry.objects.count()) == (BankLine.MATCHED, 1)
    taken(desk, csv(f"21/11/2026,T QUUX {invoice.number} again,70.00"))
    with pytest.raises(Refused, match="meanwhile"):
        manual_match.match_entry(desk.actor(), line=line("again"), entry=entry)
    manual_match.undo(desk.actor(), group=Match.objects.get().group)
    assert LedgerEntry.objects.count() == 1, "what was not recorded from the line stays"


def test_an_insurers_money_is_no_patients_and_money_out_neither(desk: Desk) -> None:
    invoice = billed(desk)
    taken(desk, csv("20/11/2026,T QUUX,-70.00"))
    assert likeliest(desk, "QUUX") == []
    with pytest.raises(Refused, match="money out"):
        manual_match.record_patient_payment(desk.actor(), line=line("QUUX"), invoice=invoice)


@pytest.mark.parametrize("is_recorded", [True, False])
def test_a_payment_taken_back_on_its_invoice_leaves_its_line_to_be_explained_anew(
    desk: Desk, is_recorded: bool
) -> None:
    invoice = billed(desk)
    taken(desk, csv(f"20/11/2026,T QUUX {invoice.number},70.00"))
    if is_recorded:
        entry = manual_match.record_patient_payment(desk.actor(), line=line("QUUX"), invoice=invoice)
    else:
        entry = payments.record_payment(
            desk.actor(), invoice=invoice, amount=pounds(70), received_on=date(2026, 11, 19), source=LedgerEntry.PATIENT
        )
        manual_match.match_entry(desk.actor(), line=line("QUUX"), entry=entry)
    for _ in range(2):
        manual_match.reverse_payment(desk.actor(), entry=entry)
    assert (line("QUUX").state, line("QUUX").matched) == (BankLine.NEW, 0)
    assert list(LedgerEntry.objects.order_by("pk").values_list("amount", flat=True)) == [70, -70]
    assert Match.objects.get().undone_by == desk.owner.user
    other = billed(desk)
    manual_match.record_patient_payment(desk.actor(), line=line("QUUX"), invoice=other)
    assert (line("QUUX").state, line("QUUX").matched) == (BankLine.MATCHED, 70)


def test_a_payment_from_a_line_stays_while_a_refund_rests_on_it(desk: Desk) -> None:
    invoice = billed(desk)
    taken(desk, csv(f"20/11/2026,T QUUX {invoice.number},75.00"))
    entry = manual_match.record_patient_payment(desk.actor(), line=line("QUUX"), invoice=invoice)
    refund = payments.record_refund(desk.actor(), invoice=invoice, amount=pounds(5), paid_on=date(2026, 11, 21))
    group = Match.objects.get().group
    with pytest.raises(
        Refused, match=r"£5\.00 was paid back to the client on this invoice\. Take that refund back first"
    ):
        manual_match.undo(desk.actor(), group=group)
    with pytest.raises(Refused, match="Take that refund back first"):
        manual_match.reverse_payment(desk.actor(), entry=entry)
    invoice.refresh_from_db()
    assert (line("QUUX").state, invoice.paid_total, invoice.open_total) == (BankLine.MATCHED, 70, 0)
    manual_match.reverse_payment(desk.actor(), entry=refund)
    manual_match.undo(desk.actor(), group=group)
    invoice.refresh_from_db()
    assert (line("QUUX").state, invoice.paid_total, invoice.open_total) == (BankLine.NEW, 0, 70)


def test_undoing_works_though_the_payment_was_taken_back_on_its_invoice(desk: Desk) -> None:
    invoice = billed(desk)
    taken(desk, csv(f"20/11/2026,T QUUX {invoice.number},70.00"))
    entry = manual_match.record_patient_payment(desk.actor(), line=line("QUUX"), invoice=invoice)
    payments.reverse_payment(desk.actor(), entry=entry)
    manual_match.undo(desk.actor(), group=Match.objects.get().group)
    invoice.refresh_from_db()
    assert (invoice.open_total, LedgerEntry.objects.count(), line("QUUX").state) == (70, 2, BankLine.NEW)


def test_a_refused_recording_leaves_the_line_as_it_was(desk: Desk) -> None:
    invoice = billed(desk)
    Invoice.objects.filter(pk=invoice.pk).update(voided_at=desk.now)
    taken(desk, csv("20/11/2026,T QUUX,70.00"))
    with pytest.raises(Refused, match="void"):
        manual_match.record_patient_payment(desk.actor(), line=line("QUUX"), invoice=invoice)
    assert line("QUUX").state == BankLine.NEW


def test_usual_lines_are_set_aside_by_themselves_until_somebody_stops_it(desk: Desk) -> None:
    taken(desk, csv("06/11/2026,Card takings 0611,250.00", "13/11/2026,Card takings 1311,300.00"))
    with pytest.raises(Refused, match="Say why"):
        manual_match.ignore_line(desk.actor(), line=line("0611"), reason=" ", is_usual=True)
    assert manual_match.ignore_line(desk.actor(), line=line("0611"), reason="Card takings", is_usual=True) == 2
    taken(desk, csv("20/11/2026,Card takings 2011,280.00", "21/11/2026,Card takings 2111,-10.00"))
    assert [state for state, _ in states().values()].count(BankLine.ASIDE) == 3
    assert line("2111").state == BankLine.NEW, "money out is not like money in"
    assert manual_match.delete_ignore_rule(desk.actor(), usual_line=IgnoreRule.objects.get()) == 2
    assert line("0611").state == BankLine.ASIDE, "what a person set aside stays"
    assert line("2011").state == BankLine.NEW


def test_a_line_that_is_clearly_a_payment_is_matched_though_its_words_are_usual(desk: Desk) -> None:
    taken(desk, csv("06/11/2026,Transfer,250.00"))
    manual_match.ignore_line(desk.actor(), line=line("Transfer"), reason="Between accounts", is_usual=True)
    payment = paid(desk)
    taken(desk, csv("20/11/2026,Transfer PAY900001,70.00"))
    assert arrived(payment) == 70


def test_a_payment_that_the_bank_will_not_see_is_not_waited_for_until_somebody_wants_to(desk: Desk) -> None:
    payment = paid(desk)
    with pytest.raises(Refused, match="Say why"):
        manual_match.stop_expecting(desk.actor(), payment=payment, reason="")
    manual_match.stop_expecting(desk.actor(), payment=payment, reason="Came by cheque")
    assert not outstanding.outstanding(desk.practice).exists()
    with pytest.raises(Refused, match="meanwhile"):
        manual_match.stop_expecting(desk.actor(), payment=payment, reason="Came by cheque")
    manual_match.expect_again(desk.actor(), payment=payment)
    assert outstanding.outstanding(desk.practice).get() == payment
