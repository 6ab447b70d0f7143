"""What the demo always has, whatever the day it is loaded on: the README, the guide and the tests count on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from clearbill.bill import insurers
from clearbill.bill.lifecycle import Status

Ask = Callable[[str], Sequence[Sequence[Any]]]
"""Answers a question in SQL, on SQLite, about the demo as it came."""
Promise = Callable[[Ask, date], None]


def two_hundred_clients_over_all_insurers(ask: Ask, today: date) -> None:
    assert ask("select count(*) from clients_client")[0][0] == 200
    covered = {row[0] for row in ask("select distinct insurer_slug from clients_cover")}
    offered = {insurer.slug for insurer in insurers.all_insurers() if insurer.listed}
    assert offered | {"cigna", "the-exeter", "trust-in-health"} <= covered


def a_client_who_changed_insurer_and_one_with_a_session_left(ask: Ask, today: date) -> None:
    changed = ask(
        "select count(*) from clients_cover former join clients_cover present on present.client_id = former.client_id"
        f" and present.id <> former.id where former.valid_to < '{today}' and present.valid_from <= '{today}'"
    )
    assert changed[0][0] == 1
    assert ask("select sessions from clients_authorisation where body_area = 'Lower back'")[0][0] > 2
    assert ask("select count(*) from clients_cover where holder_name <> ''")[0][0] == 1


def a_claim_in_every_state(ask: Ask, today: date) -> None:
    states = {row[0] for row in ask("select distinct status from claims_claim")}
    assert states == {status.value for status in Status}


def three_months_of_diary_and_both_payee_cases(ask: Ask, today: date) -> None:
    weeks = ask("select count(distinct strftime('%Y-%W', starts_at)) from diary_appointment")
    assert int(weeks[0][0]) >= 13
    paid = ask("select distinct kind from claims_claim join practice_payee on practice_payee.id = payee_id")
    assert {row[0] for row in paid} == {"person", "organisation"}


def visits_behind_and_ahead_and_some_to_bill(ask: Ask, today: date) -> None:
    states = {row[0] for row in ask("select distinct state from diary_appointment")}
    assert states == {"booked", "completed", "cancelled", "missed"}
    unbilled = ask(
        "select count(*) from diary_appointment visit left join billing_invoiceline line"
        " on line.appointment_id = visit.id where visit.state = 'completed' and line.id is null"
    )
    assert unbilled[0][0] >= 1


def missed_visits_charged_let_off_and_to_decide(ask: Ask, today: date) -> None:
    missed = (
        "from diary_appointment visit left join billing_invoiceline line on line.appointment_id = visit.id"
        " left join billing_invoice invoice on invoice.id = line.invoice_id where visit.state = 'missed'"
    )
    assert ask(f"select insurer_slug, item_code, unit_price > 0 {missed} and line.id is not null") == [("", "", 1)]
    assert ask(f"select count(*) {missed} and not_charged_because <> ''")[0][0] == 1
    since = "(select applies_from from practice_cancellationpolicy)"
    waiting = f"{missed} and line.id is null and not_charged_because = '' and date(starts_at) >= {since}"
    assert ask(f"select count(*) {waiting}")[0][0] >= 1


def claims_to_submit_and_to_mend(ask: Ask, today: date) -> None:
    created = "select count(*) from claims_claim where status = 'Created' and is_current"
    assert ask(f"{created} and blocking_count = 0")[0][0] >= 12
    assert ask(f"{created} and blocking_count = 0 and insurer_slug = 'bupa'")[0][0] >= 5
    assert ask(f"{created} and blocking_count > 0")[0][0] >= 1
    assert ask("select count(*) from claims_workitem where settled_at is null")[0][0] >= 1


def something_in_every_money_room(ask: Ask, today: date) -> None:
    kinds = ask("select distinct kind from shortfalls_decision where undone_at is null order by kind")
    assert [kind for (kind,) in kinds] == ["asked", "disputed", "waiting", "written off"]
    states = ask("select distinct state from bank_bankline order by state")
    assert [state for (state,) in states] == ["aside", "matched", "new"]
    for table in ("billing_creditnote", "expected_chase", "shortfalls_letter"):
        assert ask(f"select count(*) from {table}")[0][0] == 1, table
    assert [state for (state,) in ask("select state from remittances_upload")] == ["taken in"]
    shares = ask("select open_total from billing_invoice where share_of_id is not null order by open_total")
    assert [open_total for (open_total,) in shares] == [0, 0, 25]
    assert ask("select count(*) from remittances_advice where state = 'unmatched'")[0][0] >= 1


def one_payment_that_the_bank_has_not_seen_for_more_than_a_week(ask: Ask, today: date) -> None:
    missing = ask(
        "select payment_reference, paid_on from remittances_remittance payment"
        " left join bank_arrival arrival on arrival.remittance_id = payment.id"
        " where payment.amount <> 0 and arrival.id is null"
    )
    late = [reference for reference, paid_on in missing if (today - date.fromisoformat(str(paid_on))).days > 7]
    assert len(late) == 1, late


def insurers_that_take_their_own_time(ask: Ask, today: date) -> None:
    found = ask(
        'select insurer_slug, avg(julianday(entry."on") - julianday(issued_on)) from billing_entry entry'
        " join billing_invoice invoice on invoice.id = entry.invoice_id"
        " where source = 'insurer' and entry.kind = 'paid' group by insurer_slug"
    )
    days = {slug: float(average) for slug, average in found}
    assert days["wpa"] + 7 < days["allianz-worldwide-care"]


def letters_that_pay_all_some_and_nothing(ask: Ask, today: date) -> None:
    typed = ask(
        "select distinct claim.status from remittances_advice advice"
        " join remittances_remittance payment on payment.id = advice.remittance_id"
        " join remittances_document document on document.id = payment.document_id"
        " join claims_claim claim on claim.id = advice.claim_id where document.way = 'typed'"
    )
    assert {"Paid", "Part paid", "Declined"} <= {status for (status,) in typed}


PROMISES: tuple[Promise, ...] = (
    two_hundred_clients_over_all_insurers,
    a_client_who_changed_insurer_and_one_with_a_session_left,
    a_claim_in_every_state,
    three_months_of_diary_and_both_payee_cases,
    visits_behind_and_ahead_and_some_to_bill,
    missed_visits_charged_let_off_and_to_decide,
    claims_to_submit_and_to_mend,
    something_in_every_money_room,
    one_payment_that_the_bank_has_not_seen_for_more_than_a_week,
    insurers_that_take_their_own_time,
    letters_that_pay_all_some_and_nothing,
)


def broken(promise: Promise, ask: Ask, today: date) -> str:
    """Return which promise is broken and how, "" where it is kept."""
    try:
        promise(ask, today)
    except (AssertionError, LookupError) as why:
        return f"{promise.__name__}: {why!r}"
    return ""
