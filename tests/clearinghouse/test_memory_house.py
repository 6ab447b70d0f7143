"""The levers of the house in memory that the contract tests do not pull."""

from __future__ import annotations

import pytest

from clearbill.clearinghouse.port import BillKey, BillRejected, ClearingMessage, ClearingStatus, ReplyLost
from tests.clearinghouse.examples import NOW, a_bill
from tests.fakes.clearing_house import MemoryHouse

MESSAGE = ClearingMessage(field="AuthCode", error="Invalid Format", text="Problem with AuthCode: Invalid Format")


def test_only_the_next_bill_is_refused_as_told() -> None:
    house = MemoryHouse()
    house.refuse_next([MESSAGE])
    with pytest.raises(BillRejected) as refusal:
        house.submit(house.prepare(a_bill(), reference="r1", at=NOW), reference="r1", at=NOW)
    assert refusal.value.messages == (MESSAGE,)
    assert house.submit(house.prepare(a_bill(), reference="r2", at=NOW), reference="r2", at=NOW)


def test_a_refusal_is_repeated_for_its_reference() -> None:
    house = MemoryHouse()
    house.refuse_next([MESSAGE])
    document = house.prepare(a_bill(), reference="r1", at=NOW)
    for _ in range(2):
        with pytest.raises(BillRejected) as refusal:
            house.submit(document, reference="r1", at=NOW)
        assert refusal.value.messages == (MESSAGE,)


def test_the_number_of_a_cancelled_bill_is_free() -> None:
    house, bill = MemoryHouse(), a_bill()
    house.submit(house.prepare(bill, reference="r1", at=NOW), reference="r1", at=NOW)
    house.advance(bill.invoice_number, ClearingStatus.CANCELLED)
    second = house.submit(house.prepare(bill, reference="r2", at=NOW), reference="r2", at=NOW)
    assert [stored.clearing_bill_number for stored in house.ledger][1] == second.clearing_bill_number


def test_every_bill_that_reached_the_house_is_counted_even_where_the_reply_was_lost() -> None:
    house = MemoryHouse()
    house.lose_next_reply(stored=True)
    with pytest.raises(ReplyLost):
        house.submit(house.prepare(a_bill(), reference="r1", at=NOW), reference="r1", at=NOW)
    assert (house.sent, len(house.ledger)) == (1, 1)


def test_a_bill_sent_back_later_repeats_its_messages() -> None:
    house, bill = MemoryHouse(), a_bill()
    house.submit(house.prepare(bill, reference="r1", at=NOW), reference="r1", at=NOW)
    house.advance(bill.invoice_number, ClearingStatus.AWAITING_CORRECTION, messages=[MESSAGE], at=NOW)
    report = house.status_of(BillKey(reference="r1"), at=NOW)
    assert (report.status, report.messages, report.status_at) == (ClearingStatus.AWAITING_CORRECTION, (MESSAGE,), NOW)


def test_a_bill_that_is_not_there_cannot_be_moved_on() -> None:
    with pytest.raises(KeyError):
        MemoryHouse().advance("CB-NONE", ClearingStatus.COLLECTED)
