"""Guessing is slowed down, strangers keep nobody out, and an office behind one address goes on."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from clearbill.people import sign_in_limits
from clearbill.people.models import AuditEntry, FailedAttempt
from clearbill.people.sign_in_limits import Attempt, TooMany
from tests import builders
from tests.builders import NOW

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
OFFICE, ELSEWHERE = "192.0.2.1", "198.51.100.7"


def attempt(
    email: str = "rosa@example.org", *, of: str | None = OFFICE, device: str = "", kind: str = "password"
) -> Attempt:
    return Attempt(kind=kind, email=email, address=of, device=device)


def fail(*attempts: Attempt, at: datetime = NOW) -> None:
    for one in attempts:
        sign_in_limits.failed(sign_in_limits.begin(one, now=at))


def waits(one: Attempt, *, at: datetime = NOW) -> timedelta:
    """How long this attempt has to wait; nothing where it is looked at."""
    try:
        sign_in_limits.begin(one, now=at).delete()
    except TooMany as too_many:
        return too_many.until - at
    return timedelta(0)


def test_after_five_failures_each_further_one_doubles_the_pause():
    fail(*[attempt()] * 4)
    assert waits(attempt()) == timedelta(0)
    fail(attempt())
    now, pauses = NOW, []
    for _ in range(4):
        pause = waits(attempt(), at=now)
        pauses.append(pause / MINUTE)
        now += pause
        fail(attempt(), at=now)
    assert pauses == [1, 2, 4, 8]


def test_a_try_during_the_pause_is_not_counted():
    fail(*[attempt()] * 5)
    assert [waits(attempt(), at=NOW + second * timedelta(seconds=10)) for second in range(5)][-1] == timedelta(
        seconds=20
    )
    assert FailedAttempt.objects.count() == 5


def test_after_an_hour_all_begins_anew():
    fail(*[attempt()] * 5)
    later = NOW + timedelta(minutes=61)
    fail(*[attempt()] * 4, at=later)
    assert waits(attempt(), at=later) == timedelta(0)


def test_what_was_right_ends_the_count_of_that_place():
    fail(*[attempt()] * 4)
    sign_in_limits.succeeded(sign_in_limits.begin(attempt(), now=NOW))
    assert not FailedAttempt.objects.exists()


def test_a_browser_of_the_persons_own_is_not_held_up_by_strangers():
    for number in range(19):
        fail(attempt(of=f"198.51.100.{number}"))
    fail(*[attempt(of=OFFICE)])
    assert waits(attempt(of="203.0.113.9")) == MINUTE
    assert waits(attempt(of=OFFICE, device="own")) == timedelta(0)


def test_a_browser_of_ones_own_is_slowed_down_too():
    fail(*[attempt(device="own")] * 5)
    assert waits(attempt(device="own", of=ELSEWHERE)) == MINUTE


def test_one_account_tried_from_many_addresses_is_slowed_down_but_never_for_long():
    now = NOW
    for number in range(60):
        one = attempt(of=f"198.51.{number}.1")
        now += waits(one, at=now)
        fail(one, at=now)
    assert sign_in_limits.ALL_STRANGERS.longest == 8 * MINUTE
    assert waits(attempt(of="203.0.113.9"), at=now) <= 8 * MINUTE
    assert now - NOW > timedelta(hours=2)


def test_many_accounts_tried_from_one_address_are_slowed_down():
    fail(*(attempt(f"person{number}@example.org") for number in range(50)))
    assert waits(attempt("somebody.else@example.org")) == MINUTE
    assert waits(attempt("somebody.else@example.org", of=ELSEWHERE)) == timedelta(0)


def test_an_office_of_forty_who_all_mistype_once_goes_on():
    people = [f"person{number}@example.org" for number in range(40)]
    fail(*(attempt(email) for email in people))
    assert [email for email in people if waits(attempt(email))] == []


def test_codes_of_a_second_factor_are_counted_wherever_they_come_from():
    fail(*(attempt(of=f"198.51.100.{number}", kind="factor") for number in range(5)))
    assert waits(attempt(of=ELSEWHERE, device="own", kind="factor")) == MINUTE
    assert waits(attempt(of=ELSEWHERE)) == timedelta(0)


def test_many_at_once_are_many():
    under_way = [sign_in_limits.begin(attempt(), now=NOW) for _ in range(5)]
    assert waits(attempt()) == MINUTE
    assert len(under_way) == 5


def test_a_failure_is_written_into_the_trail_of_each_practice_by_the_worker():
    member = builders.member(builders.practice(), email="rosa@example.org")
    fail(attempt())
    assert not AuditEntry.objects.exists(), "not while the person waits"
    assert sign_in_limits.tell_next(now=NOW)
    assert not sign_in_limits.tell_next(now=NOW)
    entry = AuditEntry.objects.get(practice=member.practice)
    assert (entry.action, entry.by, entry.at) == ("refused a sign-in", None, NOW)
    assert entry.changes == {"reason": "wrong password", "network_address": OFFICE}


def test_of_an_address_that_nobody_has_there_is_nothing_to_tell():
    fail(attempt("nobody@example.org"))
    assert sign_in_limits.tell_next(now=NOW)
    assert not AuditEntry.objects.exists()


def test_the_log_says_from_where_and_not_whom(caplog):
    fail(attempt())
    assert "wrong password, from 192.0.2.1" in caplog.text
    assert "rosa" not in caplog.text


def test_who_set_a_new_password_by_e_mail_need_not_wait():
    fail(*[attempt()] * 5)
    while sign_in_limits.tell_next(now=NOW):
        pass
    sign_in_limits.forget("rosa@example.org")
    assert waits(attempt()) == timedelta(0)
