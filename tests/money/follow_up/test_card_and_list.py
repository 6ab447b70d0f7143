"""Who owes a deduction is decided once: the shortfall card and the list of underpayments never say different things."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import example, given
from hypothesis import settings as pace
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from clearbill.bill import money
from clearbill.bill.deductions import INSURER, LIABLE_PARTIES, NAMES, NOBODY, PATIENT, UNCLEAR
from clearbill.claims.core import services as claims_services
from clearbill.claims.models import Claim
from clearbill.clearinghouse.remittance import RemittanceDeduction, RemittanceLine
from clearbill.money.follow_up import underpayment
from clearbill.money.follow_up.underpayments import UnderpaymentFilter, underpayments, unpriced
from clearbill.money.remittances.allocation import manual
from clearbill.money.remittances.models import ClaimPayment
from clearbill.money.shortfalls import manual_deductions, services
from tests.claims.desk import Desk
from tests.examples import examples
from tests.money.follow_up.agreed import agreed, collected, found, line, paid, with_lines
from tests.money.remittances.paying import pounds, taken_in, told
from tests.money.shortfalls.falling_short import card

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk()


def missing(desk: Desk) -> list[Decimal]:
    return [one.missing for one in found(desk)]


def patients(claim: Claim) -> Decimal:
    """What the card says that the patient owes."""
    return money.total(one.deducted for one in card(claim).deductions if one.owed_by == PATIENT)


@pytest.mark.parametrize(
    ("words", "owed_by", "expected"),
    [
        ("Policy excess", PATIENT, []),
        ("Co-payment", PATIENT, []),
        ("Cover had ended", PATIENT, []),
        ("Treatment is not covered", PATIENT, []),
        ("Benefit limit reached", PATIENT, []),
        ("Price above the agreed limit", NOBODY, [20]),
        ("Fee above the agreed rate", NOBODY, [20]),
    ],
)
def test_card_and_list_agree_on_words_alone(desk: Desk, words: str, owed_by: str, expected: list[int]) -> None:
    agreed(desk)
    claim = collected(desk)
    paid(desk, claim, line(1, 50, short=20, liable=None, reason=words))
    (deduction,) = card(claim).deductions
    assert (deduction.owed_by, missing(desk)) == (owed_by, expected)


def test_a_code_counts_before_the_words_on_both(desk: Desk) -> None:
    agreed(desk)
    claim = collected(desk)
    paid(desk, claim, line(1, 50, short=20, liable=None, code="ZSF03", reason="Policy excess"))
    assert (card(claim).deductions[0].owed_by, missing(desk)) == (NOBODY, [20])


def test_a_code_without_words_is_named_and_recognised(desk: Desk) -> None:
    agreed(desk)
    paid(desk, collected(desk), line(1, 50, short=20, liable=None, code="ZSF04", reason=""))
    (one,) = found(desk)
    assert one.pattern == underpayment.FOLLOW_UP
    assert one.words.endswith("The insurer’s reason: First visit paid as a follow-up")


def test_what_a_person_says_of_a_deduction_counts_on_both_and_can_be_changed(desk: Desk) -> None:
    agreed(desk)
    claim = collected(desk)
    paid(desk, claim, line(1, 50, short=20, liable=None, reason="Clause 7"))
    say = {"claim": claim, "key": "Clause 7"}
    assert (card(claim).deductions[0].owed_by, missing(desk)) == (UNCLEAR, [20])
    for owed_by, expected in ((PATIENT, []), (INSURER, [20]), (PATIENT, []), (NOBODY, [20]), (UNCLEAR, [20])):
        services.override_liability(desk.actor(), owed_by=owed_by, why="They rang", **say)
        assert (card(claim).deductions[0].owed_by, missing(desk)) == (owed_by, expected)


def test_a_persons_word_counts_before_the_insurers(desk: Desk) -> None:
    agreed(desk)
    claim = collected(desk)
    paid(desk, claim, line(1, 50, short=20, liable=True, reason="Policy excess"))
    assert missing(desk) == []
    services.override_liability(
        desk.actor(), claim=claim, key="Policy excess", owed_by=INSURER, why="Taken in March already"
    )
    assert missing(desk) == [20]


def test_a_reason_that_came_by_post_is_known_to_the_list_too(desk: Desk) -> None:
    agreed(desk)
    claim = collected(desk)
    taken_in(desk, told(claim, 35, claimed=pounds(70)))
    manual_deductions.record_deduction(desk.actor(), claim=claim, amount=pounds(20), words="Policy excess")
    (one,) = found(desk)
    assert (one.line_no, one.patients, one.missing, one.pattern) == (1, 20, 15, underpayment.UNSAID)
    manual_deductions.record_deduction(desk.actor(), claim=claim, amount=pounds(15), words="Fee above the rate")
    (one,) = found(desk)
    assert (one.missing, one.pattern, one.words[-18:]) == (15, underpayment.LESS, "Fee above the rate")


def test_a_reason_by_post_for_a_bill_of_several_lines_is_for_the_bill_as_a_whole(desk: Desk) -> None:
    agreed(desk)
    agreed(desk, "ZPHY02", 50)
    claim = claims_services.create(desk.actor(), invoice=with_lines(desk, ("ZPHY01", 70), ("ZPHY02", 50)))
    Claim.objects.filter(pk=claim.pk).update(status="Collected by insurer", submitted_at=desk.now)
    claim.refresh_from_db()
    taken_in(desk, told(claim, 100, claimed=pounds(120), lines=(line(1, 60), line(2, 40))))
    assert sorted(missing(desk)) == [10, 10]
    manual_deductions.record_deduction(desk.actor(), claim=claim, amount=pounds(15), words="Policy excess")
    (one,) = found(desk)
    assert (one.line_no, one.patients, one.missing) == (0, 15, 5)


def test_the_list_takes_as_many_statements_for_many_claims_as_for_one(desk: Desk) -> None:
    agreed(desk)

    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            underpayments(desk.practice, UnderpaymentFilter())
            unpriced(desk.practice, UnderpaymentFilter())
        return len(captured)

    paid(desk, collected(desk), line(1, 60, short=10))
    few = statements()
    for number in range(4):
        paid(desk, collected(desk), line(1, 50, short=20), reference=f"PAY91000{number}")
    assert (len(found(desk)), statements()) == (5, few)


def bring(desk: Desk, claim: Claim, cuts: list[RemittanceDeduction], *, reference: str) -> None:
    """A payment of £1 with these deductions, put to the claim."""
    said = RemittanceLine(line_no=1, claimed=claim.net_total, paid=Decimal("1.00"), deductions=tuple(cuts))
    taken_in(desk, told(claim, 1, lines=(said,)), reference=reference)
    claim.refresh_from_db()
    for advice in ClaimPayment.objects.filter(practice=desk.practice, state=ClaimPayment.UNMATCHED):
        manual.allocate(desk.actor(), advice=advice, claim=claim)
    assert ClaimPayment.objects.filter(claim=claim, remittance__payment_reference=reference).exists()


PARTS = ["policy", "excess", "limit", "benefit", "reached", "above", "agreed", "fee", "rate", "not", "covered", "late"]

words = st.one_of(
    st.sampled_from([*NAMES, "Price above the agreed limit", "Clause 7", "Excess", "paid as follow-up", ""]),
    st.lists(st.sampled_from(PARTS)).map(" ".join),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=320),
)
codes = st.sampled_from(["", "", "ZSF01", "ZSF02", "ZSF03", "ZSF04", "ZSF05", "ZSF06", "X99", "Z" * 20])
deductions = st.lists(
    st.builds(
        RemittanceDeduction,
        code=codes,
        reason=words,
        amount=st.integers(1, 900).map(lambda pence: Decimal(pence) / 100),
        patient_liable=st.sampled_from([None, None, True, False]),
    ),
    min_size=1,
    max_size=3,
)


ONE_CODE_TWO_WORDINGS = [
    [RemittanceDeduction(code="X99", reason="Policy excess", amount=Decimal("5.00"))],
    [RemittanceDeduction(code="X99", reason="Clause 7", amount=Decimal("5.00"), patient_liable=False)],
]


class TestAnyWording(TestCase):
    """Any words, any code, any word of the insurer, any verdict of a person, in one payment or in two."""

    @pace(max_examples=examples(60), deadline=None)
    @given(
        several=st.lists(deductions, min_size=1, max_size=2),
        verdicts=st.lists(st.sampled_from(["", *LIABLE_PARTIES]), min_size=6, max_size=6),
    )
    @example(several=ONE_CODE_TWO_WORDINGS, verdicts=[""] * 6)
    def test_the_list_misses_what_the_card_does_not_put_to_the_patient(
        self, several: list[list[RemittanceDeduction]], verdicts: list[str]
    ) -> None:
        desk = Desk()
        agreed(desk)
        claim = claims_services.create(desk.actor(), invoice=desk.invoice())
        Claim.objects.filter(pk=claim.pk).update(status="Collected by insurer", submitted_at=desk.now)
        claim.refresh_from_db()
        for number, cuts in enumerate(several):
            bring(desk, claim, cuts, reference=f"PAY92000{number}")
        self.check_agreement(desk, claim)
        for one, owed_by in zip(card(claim).deductions, verdicts, strict=False):
            if owed_by:
                services.override_liability(desk.actor(), claim=claim, key=one.key, owed_by=owed_by, why="Known")
                self.check_agreement(desk, claim)

    def check_agreement(self, desk: Desk, claim: Claim) -> None:
        (one,) = found(desk)
        assert one.patients == patients(claim)
        assert one.missing == 70 - one.paid - patients(claim)
