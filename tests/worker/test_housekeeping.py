"""What is kept about sign-ins is removed in time, by whichever worker is there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session

from clearbill.people.models import AccountMail, FailedAttempt
from clearbill.worker.housekeeping import EVERY, Housekeeping
from tests import builders
from tests.builders import NOW

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def house_of(_: object) -> Any:
    raise AssertionError("nothing is asked of any clearing house")


def attempt(before: timedelta) -> FailedAttempt:
    return FailedAttempt.objects.create(kind=FailedAttempt.PASSWORD, email="a@example.org", at=NOW - before)


def test_what_is_over_goes_and_the_rest_stays() -> None:
    builders.signed_in(builders.member(builders.practice()))
    Session.objects.update(expire_date=NOW + HOUR)
    Session.objects.create(session_key="ended", session_data="", expire_date=NOW - HOUR)
    kept, gone = attempt(timedelta(hours=1)), attempt(timedelta(hours=25))
    AccountMail.objects.create(kind=AccountMail.LINK, email="a@example.org", asked_at=NOW - timedelta(days=2))
    assert not Housekeeping()(now=NOW, house_of=house_of)
    assert [one.session_key for one in Session.objects.all()] != ["ended"]
    assert Session.objects.count() == 1
    assert list(FailedAttempt.objects.all()) == [kept], gone
    assert not AccountMail.objects.exists()


def test_it_is_done_once_an_hour_also_after_a_clock_was_set_back() -> None:
    step = Housekeeping()
    for now, is_done in ((NOW, True), (NOW + HOUR / 2, False), (NOW + EVERY, True), (NOW - EVERY, True)):
        Session.objects.create(session_key="ended", session_data="", expire_date=NOW - 9 * HOUR)
        step(now=now, house_of=house_of)
        assert Session.objects.exists() is not is_done
        Session.objects.all().delete()
