"""What is clearly for a claim is put to it by itself, to the penny; everything else waits with its reason."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db import OperationalError, connection

from clearbill.bill.lifecycle import Status
from clearbill.claims.core import transitions
from clearbill.claims.models import Claim
from clearbill.invoicing.models import Invoice, LedgerEntry
from clearbill.money.remittances.allocation import automatic, rules
from clearbill.money.remittances.models import ClaimPayment, Document, Remittance
from tests.claims.desk import Desk, events, status
from tests.money.remittances.paying import advices, pounds, taken_in, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk()


def collected(desk: Desk, **fields: Any) -> Claim:
    claim = desk.submitted(**fields)
    desk.send()
    Claim.objects.filter(pk=claim.pk).update(status=Status.COLLECTED.value)
    claim.refresh_from_db()
    return claim


def books(claim: Claim) -> tuple[Any, ...]:
    row = Invoice.objects.get(pk=claim.invoice_id)
    return row.paid_total, row.short_total, row.written_off_total, row.open_total


def test_a_bill_paid_in_full_is_paid(desk: Desk) -> None:
    claim = collected(desk)
    taken_in(desk, told(claim))
    assert status(claim) == Status.PAID
    assert books(claim) == (pounds(70), 0, 0, 0)
    assert advices() == [(ClaimPayment.ALLOCATED, "")]
    event = claim.events.order_by("pk").last()
    assert event
    assert (event.event, event.source, event.note) == ("paid", transitions.INSURER, "£70.00 in payment PAY900001.")
    entry = LedgerEntry.objects.get()
    assert (entry.source, entry.reference, entry.advice) == (
        LedgerEntry.INSURER,
        "PAY900001",
        ClaimPayment.objects.get().pk,
    )


def test_a_bill_paid_short_is_part_paid_with_the_reason(desk: Desk) -> None:
    claim = collected(desk)
    taken_in(desk, told(claim, short=20))
    assert status(claim) == Status.PART_PAID
    assert books(claim) == (pounds(50), pounds(20), 0, 0)
    short = LedgerEntry.objects.get(kind=LedgerEntry.SHORT)
    assert (short.code, short.reason, short.amount) == ("ZSF01", "Policy excess", pounds(20))
    assert "£20.00 was deducted" in claim.events.order_by("pk").last().note  # type: ignore[union-attr]


def test_a_bill_of_which_nothing_is_paid_is_declined_and_not_rejected(desk: Desk) -> None:
    claim = collected(desk)
    taken_in(desk, told(claim, 0, short=70))
    assert status(claim) == Status.DECLINED
    assert books(claim) == (0, pounds(70), 0, 0)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_what_a_payment_takes_back_makes_room_for_its_correction_in_whatever_order_they_stand(
    desk: Desk, order: tuple[int, int]
) -> None:
    claim = collected(desk)
    taken_in(desk, told(claim))
    both = [told(claim, -70), told(claim, 50, short=20)]
    taken_in(desk, *(both[place] for place in order), reference="PAY900002")
    assert status(claim) == Status.PART_PAID
    assert books(claim) == (pounds(50), pounds(20), 0, 0)
    assert {state for state, _ in advices()} == {ClaimPayment.ALLOCATED}


def test_a_payment_may_pay_take_back_and_pay_again(desk: Desk) -> None:
    claim, other = collected(desk), collected(desk)
    taken_in(desk, told(claim), told(claim, -70), told(claim, 50, short=20), told(other))
    assert (status(claim), books(claim)) == (Status.PART_PAID, (pounds(50), pounds(20), 0, 0))
    assert status(other) == Status.PAID


def test_what_nothing_makes_room_for_waits_with_its_reason(desk: Desk) -> None:
    claim, other = collected(desk), collected(desk)
    taken_in(desk, told(claim), told(claim), told(other, -70))
    assert sorted(advices()) == [
        (ClaimPayment.ALLOCATED, ""),
        (ClaimPayment.UNMATCHED, "paid"),
        (ClaimPayment.UNMATCHED, "taken back"),
    ]


def test_rows_for_the_lines_of_a_bill_are_put_to_its_claim_where_they_claim_the_whole(desk: Desk) -> None:
    claim, other = collected(desk), collected(desk)
    lines = [replace(told(claim, paid), claimed=pounds(35)) for paid in (35, 20)]
    taken_in(desk, *lines, replace(told(other, 35), claimed=pounds(35)))
    assert (status(claim), books(claim)) == (Status.PART_PAID, (pounds(55), 0, 0, pounds(15)))
    assert status(other) == Status.COLLECTED
    assert sorted(advices())[-1] == (ClaimPayment.UNMATCHED, "amount")


def test_a_bill_paid_in_two_parts_is_part_paid_and_then_paid(desk: Desk) -> None:
    claim = collected(desk)
    taken_in(desk, told(claim, 35))
    assert status(claim) == Status.PART_PAID
    assert books(claim) == (pounds(35), 0, 0, pounds(35))
    taken_in(desk, told(claim, 35, previously_paid=pounds(35)), reference="PAY900002")
    assert status(claim) == Status.PAID
    assert events(claim)[-2:] == ["part paid", "paid"]


def test_two_parts_in_one_payment_are_added(desk: Desk) -> None:
    claim = collected(desk)
    taken_in(desk, told(claim, 30), told(claim, 40))
    assert status(claim) == Status.PAID
    assert books(claim) == (pounds(70), 0, 0, 0)


def test_money_that_is_taken_back_is_an_entry_of_its_own(desk: Desk) -> None:
    claim = collected(desk)
    taken_in(desk, told(claim))
    taken_in(desk, told(claim, -20), reference="PAY900002")
    assert status(claim) == Status.PART_PAID
    assert books(claim) == (pounds(50), 0, 0, pounds(20))
    taken_in(desk, told(claim, -50), reference="PAY900003")
    assert status(claim) == Status.DECLINED
    assert list(LedgerEntry.objects.order_by("pk").values_list("amount", flat=True)) == [70, -20, -50]


def test_the_same_payment_again_changes_nothing(desk: Desk) -> None:
    claim = collected(desk)
    for _ in range(3):
        taken_in(desk, told(claim, short=20))
    # The same fact in another form, with less in it.
    bare = replace(told(claim, short=20), clearing_bill_number="", patient_name="", lines=(), notes=("As a file",))
    taken_in(desk, replace(bare, invoice_number=f" {claim.number.lower()} "))
    assert books(claim) == (pounds(50), pounds(20), 0, 0)
    assert (Remittance.objects.count(), ClaimPayment.objects.count(), LedgerEntry.objects.count()) == (1, 1, 2)
    assert Document.objects.count() == 2


@pytest.mark.parametrize(
    ("why", "fields"),
    [
        ("unknown", {"invoice_number": "CB99999"}),
        ("number", {"clearing_bill_number": "1234567890"}),
        ("amount", {"claimed": pounds(71)}),
        ("too much", {"paid": pounds(80)}),
        ("taken back", {"paid": pounds(-1)}),
        ("nothing", {"paid": pounds(0)}),
        (
            "person",
            {"clearing_bill_number": "", "membership_number": "ZZ99999999", "patient_name": "Somebody, Else"},
        ),
    ],
)
def test_what_is_not_clear_waits_with_its_reason(desk: Desk, why: str, fields: dict[str, Any]) -> None:
    claim = collected(desk)
    taken_in(desk, replace(told(claim), **fields))
    assert advices() == [(ClaimPayment.UNMATCHED, why)]
    assert why in rules.MISMATCHES
    assert status(claim) == Status.COLLECTED
    assert not LedgerEntry.objects.exists()


@pytest.mark.parametrize("wrong", [Status.CREATED, Status.REJECTED])
def test_a_claim_that_was_never_sent_is_not_paid_by_itself(desk: Desk, wrong: Status) -> None:
    claim = collected(desk)
    Claim.objects.filter(pk=claim.pk).update(status=wrong.value)
    taken_in(desk, told(claim))
    assert advices() == [(ClaimPayment.UNMATCHED, "not sent")]


def test_a_bill_that_is_paid_already_waits(desk: Desk) -> None:
    claim = collected(desk)
    taken_in(desk, told(claim))
    taken_in(desk, told(claim), reference="PAY900002")
    assert advices()[-1] == (ClaimPayment.UNMATCHED, "paid")
    assert books(claim) == (pounds(70), 0, 0, 0)


def test_a_claim_with_another_insurer_waits(desk: Desk) -> None:
    claim = collected(desk)
    Claim.objects.filter(pk=claim.pk).update(insurer_slug="axa-health")
    taken_in(desk, told(claim))
    assert advices() == [(ClaimPayment.UNMATCHED, "insurer")]


def test_a_name_in_another_order_is_the_same_person(desk: Desk) -> None:
    claim = collected(desk)
    client = claim.invoice.client
    name = f"MRS {client.first_name} {client.last_name.upper()}"
    taken_in(desk, replace(told(claim), clearing_bill_number="", membership_number="", patient_name=name))
    assert status(claim) == Status.PAID


def test_another_practices_claim_of_the_same_number_is_left_alone(desk: Desk) -> None:
    other = Desk()
    claim = collected(desk)
    theirs = collected(other, number=claim.number)
    taken_in(desk, told(claim))
    assert (status(claim), status(theirs)) == (Status.PAID, Status.COLLECTED)


def test_many_bills_in_one_payment_are_read_some_at_a_time(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(automatic, "AT_ONCE", 2)
    claims = [collected(desk) for _ in range(5)]
    taken_in(desk, *(told(claim) for claim in claims))
    assert [status(claim) for claim in claims] == [Status.PAID] * 5


def test_a_claim_that_moves_while_its_payment_is_put_to_it_is_read_again(desk: Desk) -> None:
    first, second = collected(desk), collected(desk)
    tries: list[str] = []

    def move_it_once(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(f'INSERT INTO "{LedgerEntry._meta.db_table}"'):
            tries.append(sql)
            if len(tries) == 1:
                Claim.objects.filter(pk=second.pk).update(version=7)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(move_it_once):
        taken_in(desk, told(first), told(second))
    assert len(tries) == 2
    assert (status(first), status(second)) == (Status.PAID, Status.PAID)
    assert LedgerEntry.objects.count() == 2


def test_all_of_a_payment_or_nothing(desk: Desk) -> None:
    first, second = collected(desk), collected(desk)

    def break_down(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(f'UPDATE "{ClaimPayment._meta.db_table}"'):
            raise OperationalError("disk I/O error")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(break_down), pytest.raises(OperationalError):
        taken_in(desk, told(first), told(second))
    assert (status(first), status(second)) == (Status.COLLECTED, Status.COLLECTED)
    assert not LedgerEntry.objects.exists()
    assert advices() == [(ClaimPayment.NEW, "")] * 2
    automatic.auto_allocate(Remittance.objects.get(), now=desk.now)
    assert (status(first), status(second)) == (Status.PAID, Status.PAID)


def test_a_bill_that_waits_to_be_sent_is_not_paid_by_itself(desk: Desk) -> None:
    claim = desk.submitted()
    taken_in(desk, told(claim))
    assert advices() == [(ClaimPayment.UNMATCHED, "not sent")]
    assert status(claim) == Status.SUBMITTED
    assert desk.send()
