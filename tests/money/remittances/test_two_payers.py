"""The patient’s money and the insurer’s on one invoice, money taken back, words that differ: the books stay true."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from clearbill.bill.lifecycle import Status
from clearbill.bill.problem import Refused
from clearbill.claims.core import services
from clearbill.claims.models import Claim
from clearbill.invoicing import patient_share_limits, payments
from clearbill.invoicing.models import Invoice, LedgerEntry
from clearbill.invoicing.services import reason_locked
from clearbill.money.bank import manual_match
from clearbill.money.bank.models import Match
from clearbill.money.follow_up import late_claims
from clearbill.money.follow_up.late_claims import LateFilter
from clearbill.money.remittances import poll, reversal
from clearbill.money.remittances.allocation import manual
from clearbill.money.remittances.models import ClaimPayment, Remittance, RemittancePoll
from clearbill.money.shortfalls import excess, manual_deductions
from clearbill.worker.loop import Worker
from tests import builders
from tests.builders import TODAY
from tests.claims.desk import Desk, events, status
from tests.imports.remittance_files.importing_files import bring, csv_file, row
from tests.money.bank import teller
from tests.money.remittances.paying import advices, summary, taken_in, told
from tests.money.remittances.test_allocation import books, collected
from tests.money.remittances.test_manual_entry import bill, form, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def browser(desk: Desk) -> Browser:
    return builders.signed_in(desk.owner)


def invoice(claim: Claim) -> Invoice:
    return Invoice.objects.get(pk=claim.invoice_id)


def patient_pays(desk: Desk, claim: Claim, amount: int) -> LedgerEntry:
    return payments.record_payment(
        desk.actor(), invoice=invoice(claim), amount=Decimal(amount), received_on=TODAY, source=LedgerEntry.PATIENT
    )


def fetch(desk: Desk) -> None:
    worker = Worker(house_of=desk.house_of, now=lambda: desk.now, more=[poll.poll_next])
    for _ in range(60):
        worker.work()


def test_what_the_patient_paid_cannot_be_taken_back_by_the_insurer(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    patient_pays(desk, claim, 20)
    send(browser, form(bill(claim.number, "-20")))
    assert advices() == [(ClaimPayment.UNMATCHED, "taken back")]
    assert (status(claim), books(claim)) == (Status.COLLECTED, (20, 0, 0, 50))
    with pytest.raises(Refused, match="paid only"):
        manual.allocate(desk.actor(), advice=ClaimPayment.objects.get(), claim=claim)


def test_money_taken_back_wrongly_holds_up_no_other_payment(desk: Desk) -> None:
    odd, other = collected(desk), collected(desk)
    patient_pays(desk, odd, 20)
    desk.house.add_remittance(replace(summary("PAY1", -20), created_at=desk.now), [told(odd, "-20")])
    desk.house.add_remittance(replace(summary("PAY2", 70), created_at=desk.now), [told(other)])
    fetch(desk)
    assert status(other) == Status.PAID
    found = RemittancePoll.objects.get(insurer_slug="bupa")
    assert (found.problem, found.fetched_at) == ("", desk.now)


def test_a_payment_that_breaks_something_is_said_and_the_others_are_taken_in(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, other = collected(desk), collected(desk)
    for reference, claim in (("PAY1", broken), ("PAY2", other)):
        desk.house.add_remittance(replace(summary(reference, 70), created_at=desk.now), [told(claim)])
    whole = poll.store.store_remittance

    def store_remittance(**given: Any) -> Any:
        if given["summary"].payment_reference == "PAY1":
            raise ZeroDivisionError
        return whole(**given)

    monkeypatch.setattr(poll.store, "store_remittance", store_remittance)
    fetch(desk)
    assert (status(broken), status(other)) == (Status.COLLECTED, Status.PAID)
    assert RemittancePoll.objects.get(insurer_slug="bupa").problem.startswith("1 of 2 payments could not be taken in")


@pytest.mark.usefixtures("at_the_time_of_the_story")
def test_a_paid_claim_of_which_the_patients_payment_was_taken_back_waits_for_the_rest(
    desk: Desk, browser: Browser
) -> None:
    claim = collected(desk)
    entry = patient_pays(desk, claim, 20)
    taken_in(desk, told(claim, "50"))
    assert status(claim) == Status.PAID
    for _ in range(2):
        page = browser.post(reverse("payment-take-back", args=[entry.pk]), follow=True).content.decode()
        assert "Payment taken back. Both entries stay in the books." in page
    assert (status(claim), books(claim)) == (Status.PART_PAID, (50, 0, 0, 20))
    assert events(claim)[-2:] == ["unallocated", "part paid"]
    long_after = TODAY + timedelta(days=365)
    assert list(late_claims.late_claims(desk.practice, LateFilter(), on=long_after)) == [claim]
    taken_in(desk, told(claim, "10"), reference="PAY2")
    assert (status(claim), books(claim)) == (Status.PART_PAID, (60, 0, 0, 10))
    taken_in(desk, told(claim, "10"), reference="PAY3")
    assert status(claim) == Status.PAID


def test_a_claim_that_the_insurer_has_paid_in_full_stays_paid_without_the_patients_payment(desk: Desk) -> None:
    claim = collected(desk)
    taken_in(desk, told(claim))
    reversal.reverse_payment(desk.actor(), entry=patient_pays(desk, claim, 20))
    assert (status(claim), books(claim)) == (Status.PAID, (70, 0, 0, 0))
    assert events(claim)[-1] == "paid"


def test_a_declined_claim_of_which_the_patients_payment_was_taken_back_is_not_answered_in_full(desk: Desk) -> None:
    claim = collected(desk)
    entry = patient_pays(desk, claim, 20)
    taken_in(desk, told(claim, "0", short=50))
    assert status(claim) == Status.DECLINED
    reversal.reverse_payment(desk.actor(), entry=entry)
    assert (status(claim), books(claim)) == (Status.PART_PAID, (0, 50, 0, 20))


def test_a_claim_that_was_paid_by_the_taken_back_money_alone_is_with_the_insurer_again(desk: Desk) -> None:
    claim = collected(desk)
    of_insurer = payments.record_payment(
        desk.actor(), invoice=invoice(claim), amount=Decimal(70), received_on=TODAY, source=LedgerEntry.INSURER
    )
    Claim.objects.filter(pk=claim.pk).update(status=Status.PAID.value)
    reversal.reverse_payment(desk.actor(), entry=of_insurer)
    assert (status(claim), books(claim)) == (Status.COLLECTED, (0, 0, 0, 70))


def test_a_payment_recorded_from_the_bank_and_undone_there_leaves_the_claim_waiting_for_it(desk: Desk) -> None:
    claim = collected(desk)
    teller.taken(desk, teller.csv(f"20/11/2026,{claim.number},20.00"))
    manual_match.record_patient_payment(desk.actor(), line=teller.line(claim.number), invoice=invoice(claim))
    taken_in(desk, told(claim, "50"))
    assert status(claim) == Status.PAID
    manual_match.undo(desk.actor(), group=Match.objects.get().group)
    assert (status(claim), books(claim)) == (Status.PART_PAID, (50, 0, 0, 20))


def test_an_insurer_that_pays_nothing_declines_whatever_the_patient_paid(desk: Desk) -> None:
    claim = collected(desk)
    patient_pays(desk, claim, 20)
    taken_in(desk, told(claim, "0", short=50))
    assert status(claim) == Status.DECLINED


def test_a_payment_under_money_taken_back_is_not_undone_first(desk: Desk) -> None:
    claim = collected(desk)
    taken_in(desk, told(claim))
    taken_in(desk, told(claim, "-70"), reference="PAY2")
    first, second = ClaimPayment.objects.order_by("pk")
    with pytest.raises(Refused, match="taken money back"):
        manual.deallocate(desk.actor(), advice=first)
    manual.deallocate(desk.actor(), advice=second)
    manual.deallocate(desk.actor(), advice=first)
    assert (status(claim), books(claim)) == (Status.COLLECTED, (0, 0, 0, 70))


def test_a_payment_of_a_claim_that_was_replaced_is_not_undone(desk: Desk) -> None:
    claim = collected(desk)
    taken_in(desk, told(claim, "0", short=70))
    new = services.create_follow_on(desk.actor(), invoice=invoice(claim))
    with pytest.raises(Refused, match="Cancel that one first"):
        manual.deallocate(desk.actor(), advice=ClaimPayment.objects.get())
    services.cancel(desk.actor(), claim=new)
    manual.deallocate(desk.actor(), advice=ClaimPayment.objects.get())
    assert books(claim) == (0, 0, 0, 70)


def test_what_healthcode_tells_takes_the_place_of_what_was_typed(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    send(browser, form(bill(claim.number, "5"), payment_reference="PAY1"))
    assert books(claim) == (5, 0, 0, 65)
    desk.house.add_remittance(replace(summary("PAY1", 50), created_at=desk.now), [told(claim, "50", short=20)])
    fetch(desk)
    assert (status(claim), books(claim)) == (Status.PART_PAID, (50, 20, 0, 0))
    assert Remittance.objects.get().amount == 50
    assert [entry.amount for entry in LedgerEntry.objects.order_by("pk")] == [5, -5, 50, 20]
    desk.wait(hours=7)
    fetch(desk)
    assert LedgerEntry.objects.count() == 4


@pytest.mark.parametrize("first", ["typed", "file"])
def test_a_bill_in_rows_is_not_counted_beside_the_same_bill_as_a_whole(
    desk: Desk, browser: Browser, first: str
) -> None:
    claim = collected(desk)
    if first == "typed":
        send(browser, form(bill(claim.number, "45"), paid_on="11 Nov 2026"))
    else:
        taken_in(desk, told(claim, "45"))
    page = bring(browser, csv_file(row(claim, paid="30.00"), row(claim, paid="15.00")))
    assert "2 wrong" in page
    assert books(claim)[0] == 45


def test_an_invoice_stays_as_it_is_under_its_shares_and_deductions(desk: Desk) -> None:
    with_share = desk.invoice()
    excess.charge(desk.actor(), invoice=with_share, amount=Decimal(60))
    assert "asked for a share" in reason_locked(with_share)
    short = collected(desk)
    taken_in(desk, told(short, "0", short=70))
    assert "deducted or written off" in reason_locked(invoice(short))


def test_the_patient_is_never_asked_for_more_than_the_invoice_comes_to(desk: Desk) -> None:
    claim = collected(desk)
    row = invoice(claim)
    row.short_total = Decimal(140)
    assert patient_share_limits.max_patient_share(row) == 70


def test_a_refund_and_a_noted_deduction_are_entered_once_on_a_double_click(desk: Desk) -> None:
    paid_twice, short = collected(desk), collected(desk)
    taken_in(desk, told(paid_twice))
    patient_pays(desk, paid_twice, 40)
    given = {"invoice": invoice(paid_twice), "amount": Decimal(20), "paid_on": TODAY}
    payments.record_refund(desk.actor(), **given)
    with pytest.raises(Refused, match="already recorded"):
        payments.record_refund(desk.actor(), **given)
    payments.record_refund(desk.actor(), **given, reference="second")
    taken_in(desk, told(short, "20"), reference="PAY2")
    noted = {"claim": short, "amount": Decimal(10), "words": "Policy excess"}
    manual_deductions.record_deduction(desk.actor(), **noted)
    with pytest.raises(Refused, match="noted already"):
        manual_deductions.record_deduction(desk.actor(), **noted)


@pytest.mark.parametrize(
    "address",
    [
        "/reports/income?last_on=31+Dec+9999",
        "/money/accounts?last_on=31+Dec+9999",
        "/invoices/?insurer=%00",
        "/money/shortfalls?insurer=%00",
    ],
)
def test_odd_addresses_are_answered(browser: Browser, address: str) -> None:
    assert browser.get(address).status_code == 200
