"""What a page says while nothing goes to Healthcode, and of a claim that is on its way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client as Browser

from clearbill.bill.dates import show_clock
from clearbill.claims.models import Claim, Outbox
from clearbill.claims.queue import circuit_breaker
from clearbill.claims.queue.connection_status import SendingPause, sending_pause
from clearbill.people.models import Role
from clearbill.workspace.models import HealthcodeConnection
from tests import builders
from tests.claims.desk import Desk, status

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 10, 14, 5, tzinfo=UTC)
PAGES = ("/today", "/claims/", "/settings/integrations", "/settings/integrations/healthcode")


@pytest.fixture
def desk() -> Iterator[Desk]:
    with time_machine.travel(NOON, tick=False):
        desk = Desk()
        desk.now = NOON
        yield desk


@pytest.fixture
def browser(desk: Desk) -> Browser:
    return builders.signed_in(desk.owner)


def put(**values: object) -> None:
    HealthcodeConnection.objects.update(**values)


def pause(desk: Desk) -> SendingPause | None:
    return sending_pause(HealthcodeConnection.objects.get(practice=desk.practice), now=desk.now)


def test_a_connection_that_works_has_no_pause(desk: Desk) -> None:
    assert pause(desk) is None
    assert sending_pause(None, now=desk.now) is None


def test_a_silent_house_is_told_with_since_when_what_waits_and_when_next(desk: Desk, browser: Browser) -> None:
    claims = [desk.submitted() for _ in range(3)]
    put(not_answering_since=NOON - timedelta(minutes=10), failures=5, paused_until=NOON + timedelta(minutes=7))
    for path in (*PAGES, f"/claims/{claims[0].pk}"):
        text = browser.get(path).content.decode()
        assert "Healthcode has not answered since 13:55" in text, path
        assert "3 claims wait; nothing is lost." in text, path
        assert "Next try at 14:12." in text, path


def test_a_house_that_asked_us_to_wait_is_told_until_when(desk: Desk, browser: Browser) -> None:
    desk.submitted()
    desk.house.tell_next_to_wait(420)
    desk.send()
    for path in PAGES:
        text = browser.get(path).content.decode()
        assert "Healthcode asked us to wait until 14:12" in text, path
        assert "1 claim waits; nothing is lost." in text, path
    desk.wait(minutes=8)
    assert pause(desk) is None


def test_refused_credentials_are_told_with_what_healthcode_said(desk: Desk, browser: Browser) -> None:
    desk.submitted()
    desk.house.refuse_credential("api_key")
    desk.send()
    text = browser.get("/claims/").content.decode()
    assert "does not take the practice’s credentials" in text
    assert "The house did not take a credential." in text
    assert "Fix the connection" in text


def test_claims_to_be_asked_about_are_counted_apart(desk: Desk) -> None:
    desk.submitted()
    other = desk.submitted()
    Outbox.objects.filter(claim=other).update(state=Outbox.UNCERTAIN)
    put(not_answering_since=NOON, paused_until=NOON + timedelta(minutes=1))
    told = pause(desk)
    assert told is not None
    assert told.queue == "1 claim waits to be sent and 1 to be asked about; nothing is lost."
    Outbox.objects.update(state=Outbox.DONE)
    told = pause(desk)
    assert told is not None
    assert (told.queue, told.next_try) == ("No claim waits for it.", "")


def test_a_try_that_is_long_due_says_that_the_worker_may_not_run(desk: Desk) -> None:
    desk.submitted()
    put(not_answering_since=NOON - timedelta(hours=1), paused_until=NOON - timedelta(minutes=9))
    told = pause(desk)
    assert told is not None
    assert told.next_try == "Clearbill tries again now."
    desk.wait(minutes=5)
    told = pause(desk)
    assert told is not None
    assert "whether the worker runs" in told.next_try


def test_times_of_another_day_have_their_date_and_all_are_uk_times(desk: Desk) -> None:
    summer = datetime(2026, 7, 10, 13, 5, tzinfo=UTC)
    assert show_clock(summer, summer) == "14:05"
    assert show_clock(summer, summer + timedelta(days=1)) == "10 Jul 2026 14:05"


def test_try_now_is_for_those_who_may_change_settings(desk: Desk) -> None:
    put(not_answering_since=NOON, paused_until=NOON + timedelta(minutes=7))
    for role, there in ((Role.ADMINISTRATOR, True), (Role.RECEPTIONIST, False)):
        text = builders.signed_in(desk.colleague(role)).get("/claims/").content.decode()
        assert ("Try now</button>" in text) is there


def test_an_unknown_claim_says_how_often_it_was_asked_about_and_when_next(desk: Desk, browser: Browser) -> None:
    claim = desk.submitted()
    desk.house.lose_next_reply(stored=False)
    desk.send()
    text = browser.get(f"/claims/{claim.pk}").content.decode()
    assert "<dt>Sent</dt><dd>10 Nov 2026 14:05<" in text
    assert "<dt>Asked</dt><dd>not yet</dd>" in text
    at = NOON + timedelta(minutes=3)
    Claim.objects.update(check_count=3, last_checked_at=at, next_check_at=at + timedelta(minutes=2))
    text = browser.get(f"/claims/{claim.pk}").content.decode()
    assert "<dt>Asked</dt><dd>3 times, last 10 Nov 2026 14:08</dd>" in text
    assert "<dt>Next check</dt><dd>10 Nov 2026 14:10</dd>" in text
    assert "set by Clearbill on" in text
    put(not_answering_since=NOON, paused_until=NOON + timedelta(minutes=9))
    assert "<dd>10 Nov 2026 14:14, after the pause</dd>" in browser.get(f"/claims/{claim.pk}").content.decode()


def test_a_claim_that_was_not_taken_says_how_often_it_was_tried_and_when_next(desk: Desk, browser: Browser) -> None:
    claim = desk.submitted()
    desk.house.be_unreachable()
    desk.send()
    for _ in range(2):
        Outbox.objects.update(ready_at=desk.now)
        put(paused_until=None)
        desk.send()
    assert status(claim) == "Submitted"
    row = claim.outbox.get()
    text = browser.get(f"/claims/{claim.pk}").content.decode()
    assert "first 10 Nov 2026 14:05, 3 times in all<span>; Healthcode did not take it then</span>" in text
    assert row.ready_at > NOON
    assert "<dt>Next try</dt>" in text


def test_the_list_says_when_each_open_claim_was_checked_and_is_next(desk: Desk, browser: Browser) -> None:
    claim = desk.submitted()
    desk.send()
    Claim.objects.update(last_checked_at=NOON, next_check_at=NOON + timedelta(minutes=5))
    assert "checked 14:05, next 14:10" in browser.get("/claims/").content.decode()
    assert "checked 14:05, next 14:10" in browser.post("/claims/standings", {"open": [str(claim.pk)]}).content.decode()


def test_the_open_page_follows_when_the_pause_begins_and_ends(desk: Desk, browser: Browser) -> None:
    claim = desk.submitted()
    text = browser.get(f"/claims/{claim.pk}").content.decode()
    address = text.split('hx-get="')[1].split('"')[0]
    assert browser.get(address).status_code == 204
    put(not_answering_since=NOON, failures=circuit_breaker.FAILURE_THRESHOLD, paused_until=NOON + timedelta(minutes=7))
    news = browser.get(address)
    assert news.status_code == 200
    assert "has not answered since 14:05" in news.content.decode()
    address = news.content.decode().split('hx-get="')[1].split('"')[0]
    assert browser.get(address).status_code == 204
    put(not_answering_since=None, failures=0, paused_until=None)
    assert browser.get(address).status_code == 200


def test_asking_during_a_pause_says_when_it_will_be(desk: Desk, browser: Browser) -> None:
    claim = desk.submitted()
    desk.send()
    put(not_answering_since=NOON, failures=5, paused_until=NOON + timedelta(minutes=7))
    text = browser.post(f"/claims/{claim.pk}/ask", follow=True).content.decode()
    assert "Clearbill asks once the pause is over, at 14:12." in text
    put(not_answering_since=None, failures=0, paused_until=None)
    assert "Clearbill asks Healthcode now." in browser.post(f"/claims/{claim.pk}/ask", follow=True).content.decode()
