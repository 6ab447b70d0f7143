"""What is not clear is settled by a person: one click, and one click back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection

from clearbill.bill.lifecycle import Status
from clearbill.bill.problem import Refused
from clearbill.claims.models import Claim
from clearbill.invoicing.models import Invoice, LedgerEntry
from clearbill.money.remittances.allocation import candidates, manual
from clearbill.money.remittances.models import ClaimPayment
from clearbill.people.models import AuditEntry
from tests import builders
from tests.claims.desk import Desk, events, status
from tests.money.remittances.paying import pounds, taken_in, told
from tests.money.remittances.test_allocation import books, collected

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk()


def wrong_number(desk: Desk, claim: Claim, **fields: Any) -> ClaimPayment:
    """A payment for this claim under a number that no claim has."""
    taken_in(desk, replace(told(claim), invoice_number=f"{claim.number}X", clearing_bill_number="", **fields))
    return ClaimPayment.objects.latest("pk")


def match(desk: Desk, advice: ClaimPayment, claim: Claim) -> ClaimPayment:
    return manual.allocate(desk.actor(), advice=advice, claim=claim)


def test_the_likeliest_claim_comes_first_with_what_speaks_for_it(desk: Desk) -> None:
    claim, other = collected(desk), collected(desk)
    advice = wrong_number(desk, claim)
    first = candidates.candidates_for(advice)[0]
    assert first.claim == claim
    assert first.signs[:2] == ("same membership number", f"invoice number {claim.number} is nearly the same")
    assert "same amount" in first.signs
    assert other.pk not in [one.claim.pk for one in candidates.candidates_for(advice)[:1]]


def test_a_claim_paid_in_full_is_no_candidate_because_another_number_is_like_its_own(desk: Desk) -> None:
    claim = collected(desk)
    taken_in(desk, told(claim))
    strangers = replace(told(claim, 35, claimed=pounds(35)), invoice_number=f"{claim.number}X", clearing_bill_number="")
    nobodys = replace(strangers, membership_number="", patient_name="")
    for place, one in enumerate((nobodys, replace(strangers, patient_name="Other, Una", membership_number="ZZ9"))):
        taken_in(desk, one, reference=f"PAY{place}")
        assert candidates.candidates_for(ClaimPayment.objects.latest("pk")) == []
    taken_in(desk, strangers, reference="PAY7")
    assert [one.claim for one in candidates.candidates_for(ClaimPayment.objects.latest("pk"))] == [claim]


@pytest.mark.parametrize("against", ["person", "person under another of Healthcode’s numbers", "insurer", "paid"])
def test_who_is_not_sure_is_asked_about_another_person_or_insurer_and_about_a_claim_that_is_paid(
    desk: Desk, against: str
) -> None:
    claim = collected(desk)
    if against == "paid":
        taken_in(desk, told(claim), reference="PAYFIRST")
    advice = wrong_number(desk, claim)
    said = "This claim is paid in full already. £70.00 would be too much."
    if against.startswith("person"):
        said = "The insurer names Other, Una and ZZ9; the claim is for Testa Sample."
        advice.patient_name, advice.membership_number = "Other, Una", "ZZ9"
        advice.clearing_bill_number = "" if against == "person" else "20260000000099"
        advice.save()
    elif against == "insurer":
        said = "The payment is BUPA’s; the claim is with WPA."
        Claim.objects.filter(pk=claim.pk).update(insurer_slug="wpa")
    before = books(claim)
    with pytest.raises(manual.Doubtful, match=said):
        manual.allocate(desk.actor(), advice=advice, claim=claim, is_sure=False)
    assert books(claim) == before
    browser = builders.signed_in(desk.owner)
    where = f"/money/bills/{advice.pk}/match"
    page = browser.post(where, {"number": claim.number}).content.decode()
    assert said in page
    assert books(claim) == before
    browser.post(where, {"number": claim.number, "is_sure": "on"})
    assert ClaimPayment.objects.get(pk=advice.pk).claim == claim


def test_a_claim_of_another_practice_or_insurer_is_no_candidate(desk: Desk) -> None:
    claim = collected(desk)
    advice = wrong_number(desk, claim)
    Claim.objects.filter(pk=claim.pk).update(insurer_slug="axa-health")
    assert candidates.candidates_for(advice) == []
    theirs = collected(Desk(), number=claim.number)
    assert theirs.pk not in [one.claim.pk for one in candidates.candidates_for(advice)]


def test_a_payment_is_put_to_the_claim_that_a_person_names_and_taken_off_again(desk: Desk) -> None:
    claim = collected(desk)
    advice = match(desk, wrong_number(desk, claim), claim)
    assert (advice.state, advice.settled_by, status(claim)) == (ClaimPayment.ALLOCATED, desk.owner.user, Status.PAID)
    assert books(claim) == (pounds(70), 0, 0, 0)
    advice = manual.deallocate(desk.actor(), advice=advice)
    assert (advice.state, advice.claim, status(claim)) == (ClaimPayment.UNMATCHED, None, Status.COLLECTED)
    assert books(claim) == (0, 0, 0, pounds(70))
    assert list(LedgerEntry.objects.order_by("pk").values_list("amount", flat=True)) == [70, -70]
    assert events(claim)[-2:] == ["paid", "unallocated"]
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"put a payment to the claim", "took a payment off the claim"} <= actions
    match(desk, advice, claim)
    assert (status(claim), books(claim)) == (Status.PAID, (pounds(70), 0, 0, 0))


def test_undoing_one_of_two_payments_leaves_the_other(desk: Desk) -> None:
    claim = collected(desk)
    taken_in(desk, told(claim, 35))
    taken_in(desk, told(claim, 35), reference="PAY900002")
    manual.deallocate(desk.actor(), advice=ClaimPayment.objects.latest("pk"))
    assert (status(claim), books(claim)) == (Status.PART_PAID, (pounds(35), 0, 0, pounds(35)))


def test_a_second_click_changes_nothing(desk: Desk) -> None:
    claim = collected(desk)
    advice = wrong_number(desk, claim)
    match(desk, advice, claim)
    with pytest.raises(Refused, match="meanwhile"):
        match(desk, advice, claim)
    manual.deallocate(desk.actor(), advice=advice)
    with pytest.raises(Refused, match="meanwhile"):
        manual.deallocate(desk.actor(), advice=advice)
    assert LedgerEntry.objects.count() == 2


def test_a_double_payment_that_a_person_accepts_shows_as_paid_too_much(desk: Desk) -> None:
    claim = collected(desk)
    taken_in(desk, told(claim))
    taken_in(desk, told(claim), reference="PAY900002")
    match(desk, ClaimPayment.objects.latest("pk"), claim)
    assert status(claim) == Status.PAID
    assert Invoice.objects.get(pk=claim.invoice_id).open_total == pounds(-70)


def test_a_deduction_that_the_insurer_pays_after_all_is_no_longer_short(desk: Desk) -> None:
    claim = collected(desk)
    taken_in(desk, told(claim, short=20))
    taken_in(desk, told(claim, 20), reference="PAY900002")
    advice = ClaimPayment.objects.latest("pk")
    assert advice.why == "paid"
    match(desk, advice, claim)
    assert (status(claim), books(claim)) == (Status.PAID, (pounds(70), 0, 0, 0))
    manual.deallocate(desk.actor(), advice=ClaimPayment.objects.latest("pk"))
    assert (status(claim), books(claim)) == (Status.PART_PAID, (pounds(50), pounds(20), 0, 0))


def test_nothing_is_put_to_a_claim_that_was_never_sent_or_to_another_practices(desk: Desk) -> None:
    claim = collected(desk)
    advice = wrong_number(desk, claim)
    created, theirs = desk.created(), collected(Desk())
    for wrong in (created, theirs):
        with pytest.raises(Refused, match="not sent"):
            match(desk, advice, wrong)
    assert not LedgerEntry.objects.exists()


def test_more_than_was_paid_is_not_taken_back(desk: Desk) -> None:
    claim = collected(desk)
    taken_in(desk, told(claim, -5))
    with pytest.raises(Refused, match="less than is taken back"):
        match(desk, ClaimPayment.objects.get(), claim)


def test_what_is_for_no_claim_is_set_aside_with_a_reason_and_brought_back(desk: Desk) -> None:
    advice = wrong_number(desk, collected(desk), notes=("Paid by cheque",))
    with pytest.raises(Refused, match="Say why"):
        manual.ignore(desk.actor(), advice=advice, reason="  ")
    advice = manual.ignore(desk.actor(), advice=advice, reason="From before Clearbill")
    assert (advice.state, advice.aside_reason, advice.note) == (
        ClaimPayment.SET_ASIDE,
        "From before Clearbill",
        "Paid by cheque",
    )
    advice = manual.unignore(desk.actor(), advice=advice)
    assert advice.state == ClaimPayment.UNMATCHED
    with pytest.raises(Refused):
        manual.unignore(desk.actor(), advice=advice)


def test_what_was_set_aside_can_be_put_to_a_claim_at_once(desk: Desk) -> None:
    claim = collected(desk)
    advice = manual.ignore(desk.actor(), advice=wrong_number(desk, claim), reason="Not ours")
    assert match(desk, advice, claim).state == ClaimPayment.ALLOCATED


def test_a_name_with_a_typing_error_is_nearly_the_same(desk: Desk) -> None:
    claim = collected(desk, client=builders.client(desk.practice, first_name="Testa", last_name="Samplesson"))
    advice = wrong_number(desk, claim, membership_number="ZZ99999999", patient_name="Sampleson, Testa")
    assert "name nearly the same" in candidates.candidates_for(advice)[0].signs


def test_a_claim_that_moves_while_it_is_settled_is_said_in_a_sentence_and_nothing_is_kept(desk: Desk) -> None:
    claim = collected(desk)
    advice = wrong_number(desk, claim)

    def move_it(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(f'INSERT INTO "{LedgerEntry._meta.db_table}"'):
            Claim.objects.filter(pk=claim.pk).update(version=7)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(move_it), pytest.raises(Refused, match="meanwhile"):
        match(desk, advice, claim)
    assert not LedgerEntry.objects.exists()
    assert status(claim) == Status.COLLECTED
    assert ClaimPayment.objects.get().state == ClaimPayment.UNMATCHED
