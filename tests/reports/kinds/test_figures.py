"""Every figure of every report is what plain Python makes of the same random history, whatever the filters."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from clearbill.invoicing import ledger
from clearbill.invoicing.models import LedgerEntry
from clearbill.reports.filters import ReportFilter
from clearbill.reports.kinds import aged_debt, days_to_payment, first_pass_rate, income, shortfalls, unbilled_visits
from tests import builders
from tests.reports.history import TODAY, History
from tests.reports.kinds import reckoning

pytestmark = pytest.mark.django_db
SEEDS = range(4)


@pytest.fixture(params=SEEDS)
def history(request) -> History:
    made = History(builders.practice(), request.param)
    History(builders.practice("Beech Rooms"), request.param + 100, steps=25)  # never counted
    return made


def ways(history: History) -> list[ReportFilter]:
    """The same practice under several filters."""
    several: list[dict[str, Any]] = [
        {},
        {"insurer": "bupa"},
        {"insurer": "client"},
        {"practitioner_id": history.people[0].pk},
        {"first_on": date(2026, 8, 1), "last_on": date(2026, 10, 15)},
        {"first_on": date(2026, 9, 1), "insurer": "axa-health", "practitioner_id": history.people[1].pk},
    ]
    return [ReportFilter(practice=history.practice, today=TODAY, **given) for given in several]


def test_aged_debt_is_what_is_open_by_age_and_nobody_owes_the_same_pound_twice(history):
    for narrowed in ways(history):
        told = {row.insurer: (row.invoices, list(row.bands), row.paid_too_much) for row in aged_debt.debts(narrowed)}
        assert told == reckoning.debts(narrowed)


def test_days_to_payment_are_those_within_which_each_share_was_paid(history):
    for narrowed in ways(history):
        told = {row.insurer: (row.invoices, row.days) for row in days_to_payment.waits(narrowed)}
        assert told == {
            slug: (len(days), tuple(reckoning.percentile(days, share) for share in days_to_payment.SHARES))
            for slug, days in reckoning.waits(narrowed).items()
        }


def test_the_pass_rate_counts_what_the_clearing_house_took_at_once(history):
    for narrowed in ways(history):
        told = {
            (row.month, row.insurer): (row.at_once, row.later) for row in first_pass_rate.first_pass_counts(narrowed)
        }
        assert told == reckoning.passed(narrowed)


def test_every_pound_of_shortfall_has_one_reason_and_one_fate(history):
    for narrowed in ways(history):
        told = {
            (row.code, row.reason): (row.invoices, row.deducted, [row.fates[0], *row.fates[1:]])
            for row in shortfalls.shortfalls(narrowed)
        }
        assert told == reckoning.shortfalls(narrowed)
        assert all(sum(fates) == deducted for _, deducted, fates in told.values())


def test_a_reason_typed_by_hand_stands_with_the_same_one_that_came_with_a_code():
    practice = builders.practice()
    bill = builders.invoice(practice)
    for code, words, amount in [
        ("ZSF01", "Policy excess", 5),
        ("", "policy  excess.", 3),
        ("", "POLICY EXCESS", 2),
        ("", "Excess", 1),
        ("ZSF08", "", 4),
        ("ZSF09", "", 4),
    ]:
        given = {
            "practice": practice.pk,
            "invoice": bill.pk,
            "at": builders.NOW,
            "on": builders.TODAY,
            "by": None,
            "kind": LedgerEntry.SHORT,
            "source": LedgerEntry.INSURER,
            "advice": None,
            "reference": "",
            "takes_back": None,
        }
        with builders.holding(bill):
            ledger.post_many([{**given, "amount": Decimal(amount), "code": code, "reason": words}])
    rows = shortfalls.shortfalls(ReportFilter(practice=practice, today=TODAY))
    assert [(row.code, row.reason, row.invoices, row.deducted) for row in rows] == [
        ("ZSF01", "Policy excess", 1, 10),
        ("ZSF08", "", 1, 4),
        ("ZSF09", "", 1, 4),
        ("", "Excess", 1, 1),
    ]


def test_what_is_not_decided_is_what_is_short_and_not_asked_for(history):
    bills = reckoning.bills(ReportFilter(practice=history.practice, today=TODAY))
    rests = [one.short_total - reckoning.asked(one) for one in bills if one.short_total > 0]
    waiting_ones = [rest for rest in rests if rest > 0]
    assert shortfalls.undecided(history.practice) == (len(waiting_ones), sum(waiting_ones, Decimal("0.00")))


def test_unbilled_visits_are_the_completed_ones_on_no_invoice_that_stands(history):
    for narrowed in ways(history):
        told = {
            (row.practitioner_id, row.insurer, row.band): (row.visits, row.amount)
            for row in unbilled_visits.unbilled(narrowed)
        }
        assert told == reckoning.unbilled(narrowed)


def test_income_is_within_a_penny_of_each_part_and_to_the_penny_in_all(history):
    for narrowed in ways(history):
        told = {(row.practitioner, row.service, row.month): row.amounts for row in income.income(narrowed)}
        exact = reckoning.income(narrowed)
        assert set(told) <= set(exact)
        for key, amounts in exact.items():
            mine = told.get(key, (Decimal(0),) * 3)
            assert all(
                abs(Fraction(one) - part) < Fraction(1001, 100000) for one, part in zip(mine, amounts, strict=True)
            )
        for place in range(3):
            whole = sum(amounts[place] for amounts in exact.values())
            assert Fraction(sum(amounts[place] for amounts in told.values())) == whole
