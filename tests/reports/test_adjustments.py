"""What insurers' payments add or take off that is for no bill, in the accountant's journal."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from clearbill.money.remittances.models import PaymentAdjustment, Remittance
from clearbill.people.models import Practice
from clearbill.reports.chart_of_accounts import Account
from clearbill.reports.journal import entries, exports, queries
from clearbill.reports.models import AccountCodes
from tests import builders
from tests.claims.desk import Desk
from tests.money.bank.teller import paid
from tests.money.remittances.paying import taken_in, told
from tests.money.remittances.test_allocation import collected

pytestmark = pytest.mark.django_db

YEAR = (date(2026, 1, 1), date(2026, 12, 31))


def adjust(remittance: Remittance, *amounts: str) -> None:
    PaymentAdjustment.objects.bulk_create(
        PaymentAdjustment(
            practice=remittance.practice,
            remittance=remittance,
            key=f"{amount}#1",
            position=place,
            amount=Decimal(amount),
            reason="Recovery, Testa Sample",
        )
        for place, amount in enumerate(amounts)
    )


def sums(practice: Practice, first_on: date, last_on: date) -> dict[Account, Decimal]:
    found = entries.totals(queries.transactions(practice, first_on, last_on))
    return {account: debit - credit for account, (debit, credit) in found.items()}


def test_money_received_is_what_the_bank_receives_to_the_penny() -> None:
    desk = Desk()
    remittance = taken_in(desk, told(collected(desk)))
    adjust(remittance, "-23.51", "0.02")
    found = sums(desk.practice, date(2020, 1, 1), date(2099, 1, 1))
    assert found[Account.BANK] == Decimal("46.51")
    assert found[Account.ADJUSTMENTS] == Decimal("23.49")
    assert sum(found.values()) == 0


def test_it_stands_on_the_day_of_the_payment_and_names_no_person() -> None:
    desk = Desk()
    adjust(paid(desk, 10, on=date(2026, 11, 18)), "10.00")
    assert list(queries.transactions(desk.practice, date(2026, 11, 1), date(2026, 11, 17))) == []
    (one,) = queries.transactions(desk.practice, date(2026, 11, 18), date(2026, 11, 18))
    assert one.words == "Adjustment by BUPA, payment PAY900001"
    assert [(line.account, line.amount) for line in one.lines] == [
        (Account.BANK, Decimal("10.00")),
        (Account.ADJUSTMENTS, Decimal("-10.00")),
    ]
    codes = AccountCodes(practice=desk.practice)
    text = "".join(exports.hledger([one], codes, title="Books", first_on=YEAR[0], last_on=YEAR[1]))
    assert "income:adjustments of insurers  GBP -10.00" in text
    assert "Sample" not in text
    assert ",260,No VAT,-10.00," in "".join(exports.xero([one], codes))


@pytest.mark.parametrize(("hour", "day"), [(22, date(2026, 7, 1)), (23, date(2026, 7, 2))])
def test_without_a_day_of_payment_it_stands_on_the_uk_day_on_which_it_came(hour: int, day: date) -> None:
    desk = Desk()
    payment = paid(desk, 10, on=None)
    payment.document.received_at = datetime(2026, 7, 1, hour, 30, tzinfo=UTC)
    payment.document.save()
    adjust(payment, "10.00")
    assert [one.on for one in queries.transactions(desk.practice, *YEAR)] == [day]
    assert [one.on for one in queries.transactions(desk.practice, day, day)] == [day]


def test_those_of_another_practice_are_not_told() -> None:
    desk = Desk()
    adjust(paid(desk, 10), "10.00")
    assert list(queries.transactions(builders.practice("Beech Rooms"), *YEAR)) == []
