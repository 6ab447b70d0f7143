"""The takings of a day add up to the ledger, by method and by person, with what was taken back."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from clearbill.invoicing import payments
from clearbill.invoicing.models import Invoice, LedgerEntry, Method
from clearbill.people.actor import Actor
from clearbill.people.models import Practice, Role
from clearbill.reports import takings
from tests import builders
from tests.builders import NOW, TODAY

pytestmark = pytest.mark.django_db
P = Decimal


@pytest.fixture
def practice() -> Practice:
    return builders.practice()


@pytest.fixture
def actor(practice: Practice) -> Actor:
    return Actor(practice, builders.member(practice).user, NOW)


def pay(actor: Actor, amount: str, method: str = Method.CARD, *, on: date = TODAY, **fields: Any) -> LedgerEntry:
    invoice = builders.invoice(actor.practice, client=builders.client(actor.practice, insurer=""))
    given = {"source": LedgerEntry.PATIENT, "received_on": on, **fields}
    return payments.record_payment(actor, invoice=invoice, amount=P(amount), method=method, **given)


def told(sums: list[takings.Sum]) -> list[tuple[str, int, Decimal, Decimal, Decimal]]:
    return [(one.name, one.count, one.into, one.out, one.net) for one in sums]


def test_a_day_is_told_by_method_and_by_who_took_it(practice: Practice, actor: Actor) -> None:
    sam = builders.user("sam@example.org")
    sam.full_name = "Sam Desk"
    sam.save()
    pay(actor, "70.00", Method.CARD)
    pay(Actor(practice, sam, NOW), "30.00", Method.CASH)
    pay(Actor(practice, sam, NOW), "5.00", "")
    pay(actor, "12.00", on=TODAY - timedelta(days=1))
    pay(actor, "40.00", source=LedgerEntry.INSURER)
    found = takings.takings_of(practice, TODAY)
    assert told(found.by_method) == [
        ("Cash", 1, P("30.00"), P(0), P("30.00")),
        ("Card", 1, P("70.00"), P(0), P("70.00")),
        ("Not recorded", 1, P("5.00"), P(0), P("5.00")),
    ]
    assert [(one.name, one.net) for one in found.by_person] == [
        ("Rosa Example", P("70.00")),
        ("Sam Desk", P("35.00")),
    ]
    assert found.total.net == P("105.00")
    assert not takings.takings_of(builders.practice("Elsewhere"), TODAY).rows


def test_a_payment_that_is_taken_back_later_counts_on_both_days(practice: Practice, actor: Actor) -> None:
    entry = pay(actor, "70.00", Method.CASH, on=TODAY - timedelta(days=2))
    payments.reverse_payment(actor, entry=entry)
    earlier, today = (takings.takings_of(practice, on) for on in (TODAY - timedelta(days=2), TODAY))
    assert (earlier.total.net, today.total.net) == (P("70.00"), P("-70.00"))
    assert earlier.rows[0].words == "Entered by mistake, taken back on 10 Nov 2026"
    assert today.rows[0].words == "Taken back: entered by mistake on 8 Nov 2026"
    assert (today.rows[0].method, today.by_method[0].out) == ("Cash", P("70.00"))


def test_what_a_client_had_paid_before_the_invoice_counts_on_its_day(practice: Practice) -> None:
    client = builders.client(practice, insurer="")
    given = {"client": client, "patient_paid": P("15.00"), "net_total": P("55.00")}
    builders.invoice(practice, **given, patient_paid_method=Method.CASH)
    builders.invoice(practice, **given)
    builders.invoice(practice, **given, voided_at=NOW)
    builders.invoice(practice, **given, issued_on=TODAY - timedelta(days=1))
    found = takings.takings_of(practice, TODAY)
    assert [(one.method, one.by, one.amount) for one in found.rows] == [
        ("Cash", "Entered on the invoice", P("15.00")),
        ("Not recorded", "Entered on the invoice", P("15.00")),
    ]


@pytest.mark.parametrize("seed", range(5))
def test_any_days_takings_are_what_the_ledger_says_of_clients_money(practice: Practice, seed: int) -> None:
    dice = Random(seed)
    people = [builders.member(practice).user for _ in range(3)]
    for _ in range(30):
        actor = Actor(practice, dice.choice(people), NOW - timedelta(days=dice.randint(0, 2)))
        on = TODAY - timedelta(days=dice.randint(0, 3))
        entry = pay(actor, f"{dice.randint(1, 9000) / 100:.2f}", dice.choice(["", *Method.values]), on=on)
        if dice.random() < 0.3:
            payments.reverse_payment(actor, entry=entry)
        elif dice.random() < 0.3 and (most := payments.refundable(Invoice.objects.get(pk=entry.invoice_id))):
            given = {"amount": most, "paid_on": on, "method": Method.CASH}
            payments.record_refund(actor, invoice=entry.invoice, **given)
    for days in range(5):
        on = TODAY - timedelta(days=days)
        rows = LedgerEntry.objects.filter(practice=practice, on=on, kind=LedgerEntry.PAID, source=LedgerEntry.PATIENT)
        expected = (rows.aggregate(sum=Sum("amount"))["sum"] or P(0)).quantize(P("0.01"))
        found = takings.takings_of(practice, on)
        assert found.total.net == expected
        for sums in (found.by_method, found.by_person):
            assert sum((one.net for one in sums), P(0)) == expected
            assert sum(one.count for one in sums) == rows.count()
        by_person: Counter[str] = Counter()
        for row in rows.select_related("by"):
            by_person[str(row.by)] += row.amount  # type: ignore[assignment]
        assert {one.name: one.net for one in found.by_person} == dict(by_person)


def test_the_page_shows_a_day_and_hands_it_out_as_a_file(practice: Practice, actor: Actor) -> None:
    entry = pay(actor, "70.00", Method.CASH, reference="=1+1")
    browser = builders.signed_in(builders.member(practice, Role.RECEPTIONIST))
    page = " ".join(browser.get("/money/takings?day=10/11/2026").content.decode().split())
    assert "£70.00" in page
    assert f"/invoices/{entry.invoice_id}" in page
    assert 'href="/money/takings?day=2026-11-09"' in page
    assert 'href="/money/takings"' in browser.get("/reports/").content.decode()
    file = b"".join(browser.get("/money/takings?day=2026-11-10&file=csv").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    (row,) = csv.DictReader(file.splitlines())
    assert (row["Amount"], row["Paid by"], row["Taken by"]) == ("70.00", "Cash", "Rosa Example")
    assert row["Reference"].startswith("'")
    assert "No takings on 1 Nov 2026" in browser.get("/money/takings?day=2026-11-01").content.decode()


@pytest.mark.parametrize("day", ["soon", "", "31/2/2026", "1/1/1700"])
def test_a_day_that_is_none_is_said_at_its_field(practice: Practice, day: str) -> None:
    browser = builders.signed_in(builders.member(practice))
    answer = browser.get("/money/takings", {"day": day})
    assert answer.status_code == 200
    assert 'href="#id_day"' in answer.content.decode()
    assert 'href="#id_day"' in browser.get("/money/takings", {"day": day, "file": "csv"}).content.decode()


def test_a_busy_day_takes_as_many_queries_as_a_quiet_one(practice: Practice, actor: Actor) -> None:
    def ask() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert takings.takings_of(practice, TODAY).rows
        return len(asked)

    pay(actor, "70.00")
    quiet = ask()
    for _ in range(5):
        payments.reverse_payment(actor, entry=pay(actor, "70.00"))
    assert ask() == quiet
