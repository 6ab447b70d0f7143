"""What is kept about sign-ins is removed in time, by whichever worker is there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt, AccessLog
from django.contrib.sessions.models import Session

from clearbill.people.models import AccountMail
from clearbill.worker.housekeeping import EVERY, Housekeeping
from tests import builders
from tests.builders import NOW

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def house_of(_: object) -> Any:
    raise AssertionError("nothing is asked of any clearing house")


def attempt(before: timedelta) -> AccessAttempt:
    row = AccessAttempt.objects.create(username=f"{before}", failures_since_start=1)
    AccessAttempt.objects.filter(pk=row.pk).update(attempt_time=NOW - before)
    return row


def sign_in(before: timedelta) -> AccessLog:
    row = AccessLog.objects.create(username=f"{before}")
    AccessLog.objects.filter(pk=row.pk).update(attempt_time=NOW - before)
    return row


def test_what_is_over_goes_and_the_rest_stays() -> None:
    builders.signed_in(builders.member(builders.practice()))
    Session.objects.update(expire_date=NOW + HOUR)
    Session.objects.create(session_key="ended", session_data="", expire_date=NOW - HOUR)
    kept = [attempt(timedelta(hours=1)), sign_in(timedelta(days=29))]
    gone = [attempt(timedelta(hours=25)), sign_in(timedelta(days=31))]
    AccountMail.objects.create(kind=AccountMail.LINK, email="a@example.org", asked_at=NOW - timedelta(days=2))
    assert not Housekeeping()(now=NOW, house_of=house_of)
    assert [one.session_key for one in Session.objects.all()] != ["ended"]
    assert Session.objects.count() == 1
    assert all(type(row).objects.filter(pk=row.pk).exists() for row in kept)
    assert not any(type(row).objects.filter(pk=row.pk).exists() for row in gone)
    assert not AccountMail.objects.exists()


def test_it_is_done_once_an_hour_also_after_a_clock_was_set_back() -> None:
    step = Housekeeping()
    for now, is_done in ((NOW, True), (NOW + HOUR / 2, False), (NOW + EVERY, True), (NOW - EVERY, True)):
        Session.objects.create(session_key="ended", session_data="", expire_date=NOW - 9 * HOUR)
        step(now=now, house_of=house_of)
        assert Session.objects.exists() is not is_done
        Session.objects.all().delete()
