"""What an insurer paid less than agreed: found to the penny, and nothing else is."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import settings as pace
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from clearbill.bill import money
from clearbill.claims.core import services
from clearbill.invoicing import ledger
from clearbill.invoicing.models import Invoice, InvoiceLine, LedgerEntry
from clearbill.money.follow_up import services as follow_up_services
from clearbill.money.follow_up import underpayment, underpayments
from clearbill.money.follow_up.billed_prices import billed_at_other_price
from clearbill.money.follow_up.models import DismissedUnderpayment
from clearbill.money.follow_up.underpayments import ANY, DISMISSED, UnderpaymentFilter, UnderpaymentPage
from clearbill.money.remittances.allocation import manual
from clearbill.money.remittances.models import ClaimPayment
from clearbill.workspace.contract_prices.models import ContractPrice
from tests import builders
from tests.claims.desk import Desk
from tests.examples import examples
from tests.money.follow_up.agreed import agreed, collected, found, line, paid, with_lines
from tests.money.remittances.paying import pounds, taken_in, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_line_paid_below_its_contract_price_is_told_with_the_claim_and_the_sum(desk: Desk) -> None:
    agreed(desk)
    claim = collected(desk)
    paid(desk, claim, line(1, 60, short=10))
    (one,) = found(desk)
    assert (one.number, one.line_no, one.code) == (claim.number, 1, "ZPHY01")
    assert (one.due, one.paid, one.missing, one.pattern) == (70, 60, 10, underpayment.LESS)
    assert one.words == "Paid less than agreed. The insurer’s reason: Agreed rate"
    assert underpayments.underpayments(desk.practice, UnderpaymentFilter()).sums == [
        {"slug": "bupa", "count": 1, "missing": pounds(10)}
    ]


@pytest.mark.parametrize(
    ("liable", "reason", "missing"),
    [
        (True, "Policy excess", []),
        (False, "Policy excess", [20]),
        (None, "Policy excess", []),
        (None, "Benefit limit reached", []),
        (None, "Something else", [20]),
    ],
)
def test_what_the_patient_owes_is_not_missing(desk: Desk, liable: bool | None, reason: str, missing: list[int]) -> None:
    agreed(desk)
    paid(desk, collected(desk), line(1, 50, short=20, liable=liable, reason=reason))
    assert [one.missing for one in found(desk)] == missing


def test_a_first_visit_paid_as_follow_up_is_recognised_by_the_price(desk: Desk) -> None:
    agreed(desk, visit=ContractPrice.FIRST)
    agreed(desk, "ZPHY02", 50, visit=ContractPrice.FOLLOW_UP)
    agreed(desk, "ZPHY00", 50)
    paid(desk, collected(desk), line(1, 50, short=20, reason="Adjusted"))
    (one,) = found(desk, pattern=underpayment.FOLLOW_UP)
    assert one.words == "First visit paid as follow-up, at the price of ZPHY02. The insurer’s reason: Adjusted"


def test_the_price_of_another_code_is_named(desk: Desk) -> None:
    agreed(desk)
    agreed(desk, "ZPHY09", 50, description="Short session")
    paid(desk, collected(desk), line(1, 40, short=30))
    assert [one.pattern for one in found(desk)] == [underpayment.LESS]
    paid(desk, collected(desk), line(1, 50, short=20), reference="PAY900002")
    (one,) = found(desk, pattern=underpayment.OTHER_PRICE)
    assert one.words.startswith("Paid at the price of Short session (ZPHY09).")


def test_the_price_of_the_day_of_treatment_counts(desk: Desk) -> None:
    agreed(desk, amount=40, valid_from=date(2025, 1, 1))
    agreed(desk, amount=65, valid_from=date(2026, 11, 9))
    old, new = collected(desk, treated_on=date(2026, 11, 8)), collected(desk, treated_on=date(2026, 11, 9))
    for number, claim in enumerate((old, new)):
        paid(desk, claim, line(1, 50, short=20), reference=f"PAY90000{number}")
    assert [(one.number, one.missing) for one in found(desk)] == [(new.number, 15)]


def test_an_insurer_owes_no_more_than_was_billed(desk: Desk) -> None:
    agreed(desk, amount=100)
    paid(desk, collected(desk), line(1, 60, short=10))
    assert [one.missing for one in found(desk)] == [10]


def test_a_fee_cut_to_the_agreed_rate_is_no_underpayment(desk: Desk) -> None:
    agreed(desk, amount=55)
    paid(desk, collected(desk), line(1, 55, short=15, reason="Fee above the agreed rate"))
    assert found(desk) == []


def test_a_part_without_a_reason_is_told_until_the_rest_comes(desk: Desk) -> None:
    agreed(desk)
    claim = collected(desk)
    taken_in(desk, told(claim, 35, claimed=pounds(70)))
    assert [(one.missing, one.pattern) for one in found(desk)] == [(35, underpayment.UNSAID)]
    taken_in(desk, told(claim, 35, claimed=pounds(70)), reference="PAY900002")
    assert found(desk) == []


def test_what_was_written_off_is_over(desk: Desk) -> None:
    agreed(desk)
    claim = collected(desk)
    paid(desk, claim, line(1, 60, short=10))
    invoice = Invoice.objects.get(pk=claim.invoice_id)
    with builders.holding(invoice):
        for kind, amount in ((LedgerEntry.SHORT, -10), (LedgerEntry.WRITTEN_OFF, 10)):
            ledger.post(
                invoice,
                kind=kind,
                amount=pounds(amount),
                on=builders.TODAY,
                source=LedgerEntry.PRACTICE,
                by=None,
                now=desk.now,
            )
    assert found(desk) == []


def test_each_line_of_a_bill_is_measured_by_itself(desk: Desk) -> None:
    agreed(desk)
    agreed(desk, "ZPHY02", 50)
    claim = services.create(desk.actor(), invoice=with_lines(desk, ("ZPHY01", 70), ("ZPHY02", 50), ("ZOTHER", 30)))
    desk.submit(claim)
    desk.send()
    type(claim).objects.filter(pk=claim.pk).update(status="Collected by insurer")
    claim.refresh_from_db()
    paid(desk, claim, line(1, 70), line(2, 45, short=5), line(3, 10, short=20))
    assert [(one.line_no, one.missing) for one in found(desk)] == [(2, 5)]
    assert underpayments.unpriced(desk.practice, UnderpaymentFilter()) == [
        {"slug": "bupa", "code": "ZOTHER", "count": 1}
    ]


def test_a_bill_of_which_only_the_sum_is_told_is_measured_as_a_whole(desk: Desk) -> None:
    agreed(desk)
    agreed(desk, "ZPHY02", 50)
    invoice = with_lines(desk, ("ZPHY01", 70), ("ZPHY02", 50), patient_paid=pounds(15))
    Invoice.objects.filter(pk=invoice.pk).update(net_total=pounds(105))
    claim = services.create(desk.actor(), invoice=Invoice.objects.get(pk=invoice.pk))
    type(claim).objects.filter(pk=claim.pk).update(status="Collected by insurer", submitted_at=desk.now)
    claim.refresh_from_db()
    paid(desk, claim, line(1, 90, short=15))
    (one,) = found(desk)
    assert (one.line_no, one.due, one.patients, one.missing, one.code) == (0, 120, 15, 15, "")


def test_letting_go_holds_for_the_amount_and_can_be_undone(desk: Desk) -> None:
    agreed(desk)
    claim = collected(desk)
    paid(desk, claim, line(1, 60, short=10))
    (one,) = found(desk)
    follow_up_services.dismiss(desk.actor(), claim=claim, found=one, reason="Not worth it")
    assert found(desk) == []
    (gone,) = found(desk, state=DISMISSED)
    assert gone.dismissed_because == "Not worth it"
    taken_in(desk, told(claim, 4, claimed=pounds(70)), reference="PAY900002")
    manual.allocate(desk.actor(), advice=ClaimPayment.objects.get(state=ClaimPayment.UNMATCHED), claim=claim)
    (left,) = found(desk, state=ANY)
    assert (left.missing, left.is_dismissed) == (6, False), "another amount is told of again"
    dismissal = DismissedUnderpayment.objects.get()
    follow_up_services.undo_dismissal(desk.actor(), dismissal=dismissal)
    assert not DismissedUnderpayment.objects.exists()


def test_only_the_practices_own_lines_and_prices_count(desk: Desk) -> None:
    agreed(desk)
    paid(desk, collected(desk), line(1, 60, short=10))
    assert underpayments.underpayments(builders.practice("Beech Rooms"), UnderpaymentFilter()) == UnderpaymentPage(
        [], []
    )


def test_a_withdrawn_price_measures_nothing(desk: Desk) -> None:
    price = agreed(desk)
    paid(desk, collected(desk), line(1, 60, short=10))
    ContractPrice.objects.filter(pk=price.pk).update(withdrawn_at=desk.now, withdrawn_because="Never agreed")
    assert found(desk) == []


def test_the_procedure_code_counts_where_the_item_code_has_no_price(desk: Desk) -> None:
    agreed(desk, "W9999", 65)
    claim = collected(desk)
    InvoiceLine.objects.filter(invoice=claim.invoice_id).update(procedure_code="W9999")
    paid(desk, claim, line(1, 60, short=10))
    assert [(one.code, one.missing) for one in found(desk)] == [("W9999", 5)]


@pytest.mark.parametrize("sort", [*underpayments.SORTS, *(f"-{key}" for key in underpayments.SORTS), "'; drop", ""])
def test_a_page_is_narrowed_and_sorted_and_knows_how_many_there_are(desk: Desk, sort: str) -> None:
    agreed(desk)
    for number, amount in enumerate((60, 50, 40)):
        paid(desk, collected(desk), line(1, amount, short=70 - amount), reference=f"PAY90000{number}")
    page = underpayments.underpayments(desk.practice, UnderpaymentFilter(sort=sort), start=1, count=1)
    assert (len(page.rows), page.count, page.missing) == (1, 3, 60)
    assert underpayments.underpayments(desk.practice, UnderpaymentFilter(number=page.rows[0].number.lower())).count == 1
    for nothing in (
        UnderpaymentFilter(insurer="axa-health"),
        UnderpaymentFilter(number="%"),
        UnderpaymentFilter(since=date(2027, 1, 1)),
    ):
        assert underpayments.underpayments(desk.practice, nothing) == UnderpaymentPage([], [])


def test_the_dearest_comes_first_and_the_other_way_round(desk: Desk) -> None:
    agreed(desk)
    for number, amount in enumerate((60, 40, 50)):
        paid(desk, collected(desk), line(1, amount, short=70 - amount), reference=f"PAY90000{number}")
    assert [one.missing for one in found(desk)] == [30, 20, 10]
    assert [one.missing for one in found(desk, sort="-missing")] == [10, 20, 30]
    assert [one.paid for one in found(desk, sort="paid")] == [40, 50, 60]


def test_prices_billed_below_or_above_the_contract_are_grouped_by_code(desk: Desk) -> None:
    agreed(desk, amount=75)
    agreed(desk, "ZPHY02", 50)
    collected(desk)
    collected(desk)
    services.create(desk.actor(), invoice=with_lines(desk, ("ZPHY02", 60), ("ZPHY03", 1)))
    low, high = sorted(billed_at_other_price(desk.practice, UnderpaymentFilter()), key=lambda one: bool(one["is_high"]))
    assert (low["code"], low["count"], low["difference"], low["agreed"], low["least"]) == ("ZPHY01", 2, 10, 75, 70)
    assert (high["code"], high["count"], high["difference"], high["is_high"]) == ("ZPHY02", 1, 10, True)


pennies = st.integers(1, 300_000).map(lambda pence: Decimal(pence) / 100)


class TestToThePenny(TestCase):
    """Every amount: the statement agrees with the definition, exactly."""

    @pace(max_examples=examples(60))
    @given(billed=pennies, contract=pennies, part=st.integers(0, 100), liable=st.integers(0, 100))
    def test_missing_is_what_is_due_less_what_was_paid_and_what_the_patient_owes(
        self, billed: Decimal, contract: Decimal, part: int, liable: int
    ) -> None:
        desk = Desk()
        agreed(desk, amount=contract)
        claim = services.create(desk.actor(), invoice=with_lines(desk, ("ZPHY01", billed)))
        type(claim).objects.filter(pk=claim.pk).update(status="Collected by insurer", submitted_at=desk.now)
        claim.refresh_from_db()
        got = (billed * part / 100).quantize(money.PENNY)
        patients = ((billed - got) * liable / 100).quantize(money.PENNY)
        excess = line(1, got, short=patients, liable=True, reason="Policy excess")
        cuts = (excess, line(1, 0, short=billed - got - patients))
        both = cuts[0].deductions + cuts[1].deductions
        paid(desk, claim, type(cuts[0])(line_no=1, claimed=billed, paid=got, deductions=both))
        missing = min(billed, contract) - got - patients
        told_of = [one.missing for one in found(desk)]
        assert told_of == ([missing] if missing > 0 and got < billed else [])
