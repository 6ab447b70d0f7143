"""Claims whose payment should have come: by this practice's own history, in UK days, and not before one may ask."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from hypothesis import given
from hypothesis import settings as pace_of
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from clearbill.bill.dates import uk_day
from clearbill.bill.lifecycle import Event, Status
from clearbill.claims.models import Claim
from clearbill.invoicing import ledger
from clearbill.invoicing.models import Invoice, LedgerEntry
from clearbill.money.follow_up import late_claims, payment_history, services
from clearbill.money.follow_up.late_claims import ASKED, EARLY, MOVES, YOURS, LateFilter
from tests import builders
from tests.claims.desk import Desk
from tests.examples import examples

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 24)  # a Tuesday
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.fixture
def desk() -> Desk:
    cache.clear()
    return Desk()


def waiting(desk: Desk, days: int, *, insurer: str = "bupa", **fields: Any) -> Claim:
    """A claim that the insurer collected, sent so many days ago."""
    invoice = builders.invoice(desk.practice, practitioner=desk.practitioner, insurer_slug=insurer)
    sent_at = NOW - timedelta(days=days)
    given = {
        "practice": desk.practice,
        "invoice": invoice,
        "number": invoice.number,
        "insurer_slug": insurer,
        "bill": {},
        "practitioner": desk.practitioner,
        "net_total": invoice.net_total,
        "status": Status.COLLECTED,
        "status_at": sent_at,
        "submitted_at": sent_at,
        "treated_on": invoice.issued_on,
        **fields,
    }
    return Claim.objects.create(**given)


def comes(claim: Claim, on: date, amount: int = 70) -> LedgerEntry:
    invoice = Invoice.objects.get(pk=claim.invoice_id)
    with builders.holding(invoice):
        return ledger.post(
            invoice,
            kind=LedgerEntry.PAID,
            amount=builders.Decimal(amount),
            on=on,
            source=LedgerEntry.INSURER,
            by=None,
            now=NOW,
        )


def history(desk: Desk, *took: int, insurer: str = "bupa") -> None:
    """Payments of the last months that took so many days."""
    for index, days in enumerate(took):
        claim = waiting(desk, 60 + days + index, insurer=insurer, status=Status.PAID)
        comes(claim, uk_day(claim.submitted_at or NOW) + timedelta(days=days))


def late(desk: Desk, move: str = YOURS, **wanted: Any) -> list[str]:
    return [claim.number for claim in late_claims.late_claims(desk.practice, LateFilter(move=move, **wanted), on=ON)]


def counts(desk: Desk) -> dict[str, int]:
    return {tab["key"]: tab["count"] for tab in late_claims.tabs(desk.practice, LateFilter(), on=ON)}


def days_counted(desk: Desk, insurer: str = "bupa") -> dict[int, int]:
    pace = payment_history.payment_times(desk.practice, on=ON).get(insurer)
    return dict(pace.counts) if pace else {}


def test_a_claim_is_late_against_the_practices_own_history_with_that_insurer(desk: Desk) -> None:
    history(desk, 33, 34, 35, 36, 40, insurer="wpa")
    slow, quick = waiting(desk, 36, insurer="wpa"), waiting(desk, 36, insurer="aviva")
    assert late(desk) == [quick.number], "Aviva has no history: after the 30 days that are assumed"
    older = waiting(desk, 37, insurer="wpa")
    assert late(desk) == [older.number, quick.number]
    assert slow.number not in late(desk, EARLY)


def test_before_the_insurer_takes_questions_a_late_claim_waits_apart(desk: Desk) -> None:
    history(desk, 8, 9, 9, 10, 12, insurer="axa-health")
    claim = waiting(desk, 20, insurer="axa-health")
    assert (late(desk), late(desk, EARLY)) == ([], [claim.number])
    (row,) = late_claims.expectations(
        desk.practice, list(late_claims.late_claims(desk.practice, LateFilter(move=EARLY), on=ON)), on=ON
    )
    assert row["expected"].by_on == date(2026, 11, 16)  # sent on 4 Nov, 10 days: a Saturday
    assert row["expected"].ask_from_on == date(2026, 12, 5)
    assert row["next"] == "Nothing yet: AXA Health takes questions after 30 days from the invoice date."


def test_one_huge_outlier_changes_nothing(desk: Desk) -> None:
    history(desk, 31, 31, 31, 31, 250)
    claim = waiting(desk, 36)
    assert late(desk) == [claim.number]


def test_what_was_asked_about_comes_back_when_it_is_time_to_ask_again(desk: Desk) -> None:
    claim = waiting(desk, 60)
    assert counts(desk) == {YOURS: 1, ASKED: 0, EARLY: 0}
    noted = {"claim": claim, "chased_on": ON, "note": "They will look"}
    chase = services.record_chase(desk.actor(), again_on=ON + timedelta(days=1), **noted)
    assert services.record_chase(desk.actor(), again_on=ON + timedelta(days=1), **noted) == chase
    assert counts(desk) == {YOURS: 0, ASKED: 1, EARLY: 0}
    tomorrow = late_claims.late_claims(desk.practice, LateFilter(), on=ON + timedelta(days=1))
    assert [one.number for one in tomorrow] == [claim.number]
    services.delete_chase(desk.actor(), chase=chase)
    assert late(desk) == [claim.number]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.AWAITING_COLLECTION, "Ask Healthcode why BUPA has not collected it."),
        (Status.COLLECTED, "Ask BUPA whether it has the bill"),
        (Status.PART_PAID, "Ask BUPA when the rest comes"),
    ],
)
def test_each_late_claim_says_what_to_do_next(desk: Desk, status: Status, words: str) -> None:
    waiting(desk, 60, status=status)
    claims = list(late_claims.late_claims(desk.practice, LateFilter(), on=ON))
    (row,) = late_claims.expectations(desk.practice, claims, on=ON)
    assert words in row["next"]


@pytest.mark.parametrize("status", [Status.CREATED, Status.REJECTED, Status.PAID, Status.DECLINED, Status.CANCELLED])
def test_only_what_an_insurer_has_to_pay_is_late(desk: Desk, status: Status) -> None:
    waiting(desk, 90, status=status)
    assert counts(desk) == {YOURS: 0, ASKED: 0, EARLY: 0}


def test_the_rest_of_a_bill_paid_in_part_is_expected_from_the_day_of_the_part(desk: Desk) -> None:
    claim = waiting(desk, 90, status=Status.PART_PAID)
    Claim.objects.filter(pk=claim.pk).update(status_at=NOW - timedelta(days=3))
    assert late(desk) == []
    Claim.objects.filter(pk=claim.pk).update(status_at=NOW - timedelta(days=40))
    assert late(desk) == [claim.number]
    comes(claim, ON)
    assert late(desk) == [], "nothing is open"


def test_a_claim_sent_again_waits_from_its_latest_sending(desk: Desk) -> None:
    claim = waiting(desk, 90, version=2)
    for days in (90, 5):
        claim.events.create(
            at=NOW - timedelta(days=days), event=Event.SUBMIT, status_after=Status.SUBMITTED, source="practice"
        )
    assert late(desk) == []
    expected = late_claims.expectation_of(claim, on=ON)
    assert expected
    assert expected.sent_on == ON - timedelta(days=5)


def test_payments_count_from_the_latest_sending_to_the_first_payment(desk: Desk) -> None:
    claim = waiting(desk, 90, version=2, status=Status.PAID)
    for days in (90, 40):
        claim.events.create(
            at=NOW - timedelta(days=days), event=Event.SUBMIT, status_after=Status.SUBMITTED, source="practice"
        )
    comes(claim, ON - timedelta(days=30), 35)
    comes(claim, ON - timedelta(days=10), 35)
    assert days_counted(desk) == {10: 1}


def test_payments_taken_back_of_patients_and_of_long_ago_do_not_count(desk: Desk) -> None:
    wrong, old, patients = waiting(desk, 50), waiting(desk, 500), waiting(desk, 50)
    entry = comes(wrong, ON)
    with builders.holding(wrong.invoice):
        ledger.reverse(Invoice.objects.get(pk=wrong.invoice_id), entry, on=ON, by=None, now=NOW)
    comes(old, ON - timedelta(days=400), 35)
    comes(old, ON, 35)
    invoice = Invoice.objects.get(pk=patients.invoice_id)
    with builders.holding(invoice):
        ledger.post(
            invoice,
            kind=LedgerEntry.PAID,
            amount=builders.Decimal(70),
            on=ON,
            source=LedgerEntry.PATIENT,
            by=None,
            now=NOW,
        )
    assert days_counted(desk) == {}


def test_what_is_kept_of_the_history_is_counted_anew_with_the_next_payment(desk: Desk) -> None:
    history(desk, 9, 9)
    assert days_counted(desk) == {9: 2}
    history(desk, 12)
    assert days_counted(desk) == {9: 2, 12: 1}
    assert dict(payment_history.payment_times(builders.practice("Beech Rooms"), on=ON)) == {}


class TestUkDays(TestCase):
    """The database counts UK days as the calendar on the wall does, across both changes of the clocks."""

    @pace_of(max_examples=examples(40))
    @given(
        st.integers(0, 357 * 24 * 60).map(
            lambda minutes: datetime(2025, 12, 1, tzinfo=UTC) + timedelta(minutes=minutes)
        )
        | st.integers(0, 300).map(lambda minutes: datetime(2026, 3, 28, 22, tzinfo=UTC) + timedelta(minutes=minutes))
        | st.integers(0, 300).map(lambda minutes: datetime(2026, 10, 24, 22, tzinfo=UTC) + timedelta(minutes=minutes)),
        st.integers(0, 3),
    )
    def test_days_to_payment_are_uk_days(self, sent_at: datetime, took: int) -> None:
        cache.clear()
        desk = Desk()
        claim = waiting(desk, 0, status=Status.PAID, submitted_at=sent_at)
        comes(claim, uk_day(sent_at) + timedelta(days=took))
        assert days_counted(desk) == {took: 1}


@pytest.mark.parametrize(("hour", "is_late"), [(22, True), (23, False)])
def test_a_bill_sent_after_midnight_in_summer_belongs_to_the_new_day(desk: Desk, hour: int, is_late: bool) -> None:
    sent_at = datetime(2026, 8, 3, hour, 30, tzinfo=UTC)  # 23:30 or 00:30 in London
    claim = waiting(desk, 0, submitted_at=sent_at)
    rows = late_claims.late_claims(desk.practice, LateFilter(), on=date(2026, 9, 3))
    assert [one.number for one in rows] == ([claim.number] if is_late else [])


@pytest.mark.parametrize("sort", [*late_claims.SORTS, "-amount", "'; drop", ""])
def test_the_list_is_narrowed_and_sorted(desk: Desk, sort: str) -> None:
    one = waiting(desk, 60)
    waiting(desk, 60, insurer="wpa")
    assert late(desk, sort=sort, insurer="bupa", number=one.number[-3:]) == [one.number]
    assert late(desk, number="%") == []


def test_every_late_claim_is_in_exactly_one_tab(desk: Desk) -> None:
    history(desk, 5, 5, 5, 5, 5)
    for days in (10, 20, 31, 45, 60):
        waiting(desk, days)
    services.record_chase(
        desk.actor(),
        claim=Claim.objects.order_by("submitted_at")[0],
        chased_on=ON,
        again_on=ON + timedelta(days=9),
        note="",
    )
    everywhere = [number for move in MOVES for number in late(desk, move)]
    assert len(everywhere) == len(set(everywhere)) == sum(counts(desk).values())
