from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from pytest_django import DjangoAssertNumQueries

from clearbill.bill import insurers
from clearbill.bill.lifecycle import Status
from clearbill.bill.problem import Refused
from clearbill.claims.core import transitions
from clearbill.claims.models import Claim, Outbox, Task
from clearbill.claims.tasks import resolution
from clearbill.claims.tasks.resolution import ManualFinding, Resolution
from clearbill.clearinghouse.port import ClearingStatus
from clearbill.people.models import AuditEntry, Role
from clearbill.workspace.models import HealthcodeConnection
from tests import builders
from tests.claims.desk import Desk, events, status

pytestmark = pytest.mark.django_db
SEND_AGAIN = ManualFinding(way=Resolution.SEND_AGAIN, looked=True)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def browser(desk: Desk) -> Browser:
    return builders.signed_in(desk.owner)


def unknown(desk: Desk, *, stored: bool) -> Claim:
    """A claim whose reply was lost; `stored` says whether the house has the bill."""
    claim = desk.submitted()
    desk.house.lose_next_reply(stored=stored)
    desk.send()
    assert status(claim) == Status.UNKNOWN
    return claim


def item_of(claim: Claim, kind: str = "unsettled", sentence: str = "Look it up in VEDA.") -> Task:
    transitions.open_task(claim, kind=kind, sentence=sentence)
    return Task.objects.select_related("claim").get(claim=claim, kind=kind)


def settle(desk: Desk, item: Task, finding: ManualFinding) -> bool:
    return resolution.resolve(desk.actor(), item=item, finding=finding, house_of=desk.house_of)


def state_of(claim: Claim) -> list[str]:
    return list(claim.outbox.order_by("pk").values_list("state", flat=True))


def test_healthcode_has_it_makes_the_claim_submitted_and_its_sending_done(desk: Desk) -> None:
    claim = unknown(desk, stored=True)
    item = item_of(claim)
    assert settle(desk, item, ManualFinding(way=Resolution.HAS_IT, number="9123456000")) is True
    assert status(claim) == Status.SUBMITTED
    assert state_of(claim) == ["done"]
    assert claim.clearing_bill_number == "9123456000"
    last = claim.events.latest("pk")
    assert (last.event, last.by, last.source) == ("receipt", desk.owner.user, "practice")
    item.refresh_from_db()
    assert item.settled_by == desk.owner.user
    assert "9123456000" in item.settlement
    actions = AuditEntry.objects.filter(subject_id=str(claim.pk)).values_list("action", flat=True)
    assert "settled work on the claim" in actions


def test_after_healthcode_has_it_the_house_is_asked_at_once_and_its_word_counts(desk: Desk) -> None:
    claim = unknown(desk, stored=True)
    desk.house.advance(claim.number, ClearingStatus.AWAITING_COLLECTION, at=desk.now)
    settle(desk, item_of(claim), ManualFinding(way=Resolution.HAS_IT))
    assert desk.ask() is True
    assert status(claim) == Status.AWAITING_COLLECTION


def test_settling_twice_changes_nothing_the_second_time(desk: Desk) -> None:
    claim = unknown(desk, stored=False)
    item = item_of(claim)
    desk.wait(minutes=30)
    assert settle(desk, item, SEND_AGAIN) is True
    before = (events(claim), state_of(claim), AuditEntry.objects.count())
    assert settle(desk, item, SEND_AGAIN) is False
    assert settle(desk, item, ManualFinding(way=Resolution.CANCELLED)) is False
    assert (events(claim), state_of(claim), AuditEntry.objects.count()) == before


def test_an_uncertain_bill_is_sent_again_under_the_same_reference_with_the_same_bytes(desk: Desk) -> None:
    claim = unknown(desk, stored=False)
    first = claim.outbox.get()
    desk.wait(minutes=30)
    settle(desk, item_of(claim), SEND_AGAIN)
    assert status(claim) == Status.SUBMITTED
    again = claim.outbox.get()
    assert (again.state, again.reference, bytes(again.document)) == ("ready", first.reference, bytes(first.document))
    desk.send()
    assert [bill.references for bill in desk.house.ledger] == [[first.reference]]


def test_a_bill_that_had_arrived_after_all_is_not_stored_twice_when_a_person_sends_it_again(desk: Desk) -> None:
    claim = unknown(desk, stored=True)
    desk.wait(minutes=30)
    settle(desk, item_of(claim), SEND_AGAIN)
    desk.send()
    assert len(desk.house.ledger) == 1
    assert status(claim) == Status.SUBMITTED


def test_nothing_is_sent_again_before_somebody_looked(desk: Desk) -> None:
    claim = unknown(desk, stored=False)
    item = item_of(claim)
    desk.wait(minutes=30)
    with pytest.raises(Refused, match="in VEDA first"):
        settle(desk, item, ManualFinding(way=Resolution.SEND_AGAIN))
    item.refresh_from_db()
    assert item.settled_at is None
    assert state_of(claim) == ["uncertain"]


def test_a_bill_that_may_still_be_on_its_way_is_not_sent_again_yet(desk: Desk) -> None:
    claim = unknown(desk, stored=False)
    item = item_of(claim)
    desk.wait(seconds=20)
    with pytest.raises(Refused, match="may still be on its way"):
        settle(desk, item, SEND_AGAIN)
    assert state_of(claim) == ["uncertain"]


def test_a_bill_that_the_house_lost_goes_again_under_a_new_reference(desk: Desk) -> None:
    claim = desk.submitted()
    desk.send()
    desk.house.ledger.clear()
    desk.wait(days=1)
    desk.ask()
    item = claim.work_items.get(kind="not found")
    settle(desk, item, SEND_AGAIN)
    first, second = claim.outbox.order_by("pk")
    assert (first.state, second.state, second.may_have_arrived) == ("done", "ready", True)
    assert second.reference not in ("", first.reference)
    claim.refresh_from_db()
    assert (claim.reference, claim.clearing_bill_number, claim.status) == (second.reference, "", Status.SUBMITTED)
    desk.send()
    assert [bill.invoice_number for bill in desk.house.ledger] == [claim.number]


def test_a_bill_said_to_be_lost_that_is_there_is_found_by_the_duplicate_answer_and_not_rejected(desk: Desk) -> None:
    claim = desk.submitted()
    desk.send()
    item = item_of(claim, kind="not found")
    desk.wait(days=1)
    settle(desk, item, SEND_AGAIN)
    desk.send()
    assert status(claim) == Status.UNKNOWN
    desk.wait(minutes=5)
    desk.ask()
    assert status(claim) == Status.SUBMITTED
    assert len(desk.house.ledger) == 1


def test_a_bill_awaiting_collection_that_vanished_can_be_sent_again(desk: Desk) -> None:
    claim = desk.submitted()
    desk.send()
    desk.house.advance(claim.number, ClearingStatus.AWAITING_COLLECTION, at=desk.now)
    desk.wait(minutes=5)
    desk.ask()
    assert status(claim) == Status.AWAITING_COLLECTION
    desk.house.ledger.clear()
    desk.wait(days=1)
    desk.ask()
    settle(desk, claim.work_items.get(kind="not found"), SEND_AGAIN)
    assert status(claim) == Status.SUBMITTED
    desk.send()
    assert len(desk.house.ledger) == 1


def test_cancelled_at_healthcode_withdraws_the_sending(desk: Desk) -> None:
    claim = unknown(desk, stored=False)
    settle(desk, item_of(claim), ManualFinding(way=Resolution.CANCELLED, words="The insurer asked for it."))
    assert status(claim) == Status.CANCELLED
    assert state_of(claim) == ["withdrawn"]
    assert claim.next_check_at is None
    desk.wait(days=1)
    assert desk.send() is False
    assert desk.ask() is False


def test_a_bill_that_a_worker_has_in_hand_is_left_to_it(desk: Desk) -> None:
    claim = unknown(desk, stored=False)
    item = item_of(claim)
    Outbox.objects.filter(claim=claim).update(state=Outbox.SENDING)
    for finding in (ManualFinding(way=Resolution.HAS_IT), SEND_AGAIN, ManualFinding(way=Resolution.CANCELLED)):
        with pytest.raises(Refused, match="sending this bill just now"):
            settle(desk, item, finding)
    assert state_of(claim) == ["sending"]


def test_a_bill_already_in_the_queue_is_not_queued_twice(desk: Desk) -> None:
    claim = unknown(desk, stored=False)
    item = item_of(claim)
    desk.wait(minutes=30)
    desk.ask()
    assert state_of(claim) == ["ready"]
    settle(desk, item, SEND_AGAIN)
    assert state_of(claim) == ["ready"]


def test_just_settled_wants_a_word_and_leaves_the_claim(desk: Desk) -> None:
    claim = unknown(desk, stored=False)
    item = item_of(claim)
    with pytest.raises(Refused, match="what was done"):
        settle(desk, item, ManualFinding(way=Resolution.DONE))
    assert settle(desk, item, ManualFinding(way=Resolution.DONE, words="Asked Healthcode.")) is True
    assert status(claim) == Status.UNKNOWN
    item.refresh_from_db()
    assert item.settlement == "Asked Healthcode."


def test_a_claim_that_has_ended_meanwhile_is_only_noted(desk: Desk) -> None:
    claim = unknown(desk, stored=True)
    item = item_of(claim, kind="not found")
    desk.house.advance(claim.number, ClearingStatus.COLLECTED, at=desk.now)
    desk.wait(minutes=5)
    desk.ask()
    assert status(claim) == Status.COLLECTED
    with pytest.raises(Refused, match="Collected by insurer"):
        settle(desk, item, SEND_AGAIN)
    assert status(claim) == Status.COLLECTED
    item = Task.objects.select_related("claim").get(pk=item.pk)
    assert resolution.resolutions_of(item) == [Resolution.DONE]


def test_a_bill_that_need_not_go_through_healthcode_is_not_offered_to_be_sent_again(desk: Desk) -> None:
    claim = unknown(desk, stored=True)
    desk.house.advance(claim.number, ClearingStatus.NOT_REQUIRED, at=desk.now)
    desk.wait(minutes=5)
    desk.ask()
    item = Task.objects.select_related("claim").get(claim=claim, kind="not required")
    assert resolution.resolutions_of(item) == [Resolution.CANCELLED, Resolution.DONE]
    settle(desk, item, ManualFinding(way=Resolution.CANCELLED))
    assert status(claim) == Status.CANCELLED


@pytest.mark.parametrize("number", ["12 34<", "x" * 60, "'; drop"])
def test_healthcodes_number_is_a_number(desk: Desk, number: str) -> None:
    claim = unknown(desk, stored=True)
    with pytest.raises(Refused, match="letters, digits"):
        settle(desk, item_of(claim), ManualFinding(way=Resolution.HAS_IT, number=number))
    assert status(claim) == Status.UNKNOWN


def test_without_a_connection_a_new_sending_is_refused_with_a_sentence(desk: Desk) -> None:
    claim = desk.submitted()
    desk.send()
    item = item_of(claim, kind="not found")
    HealthcodeConnection.objects.all().delete()
    desk.wait(days=1)
    with pytest.raises(Refused, match="until Healthcode is connected"):
        settle(desk, item, SEND_AGAIN)
    assert state_of(claim) == ["done"]


# The pages


def test_the_card_has_everything_that_is_needed_to_look_it_up(desk: Desk, browser: Browser) -> None:
    claim = unknown(desk, stored=False)
    item = item_of(claim)
    text = browser.get(f"/claims/work/{item.pk}").content.decode()
    insurer = insurers.by_slug(claim.insurer_slug)
    assert insurer is not None
    for words in (claim.number, claim.reference, insurer.name, "TP000001", "£70.00", "Testa Sample", "reply lost"):
        assert words in text
    assert f"/claims/{claim.pk}/evidence" in text
    assert "under the same reference" in text
    for button in ("Healthcode has it", "send it again", "Cancelled at Healthcode", "Settled"):
        assert f"{button}</button>" in text


def test_the_card_says_what_changed_at_the_client_before_the_bill_goes_again(desk: Desk, browser: Browser) -> None:
    claim = unknown(desk, stored=False)
    item = item_of(claim)
    claim.invoice.client.postcode = "ZZ2 2ZZ"
    claim.invoice.client.save()
    text = browser.get(f"/claims/work/{item.pk}").content.decode()
    assert "have changed since: 1 field" in text
    assert "ZZ2 2ZZ" in text


def press(browser: Browser, item: Task, **given: Any) -> Any:
    return browser.post(f"/claims/work/{item.pk}", given, follow=True)


def test_the_buttons_settle_and_a_second_press_says_so(desk: Desk, browser: Browser) -> None:
    claim = unknown(desk, stored=True)
    item = item_of(claim)
    assert "Healthcode has it" in press(browser, item, way="has it", number="9 123 456").content.decode()
    assert status(claim) == Status.SUBMITTED
    assert claim.clearing_bill_number == "9123456"
    again = press(browser, item, way="has it").content.decode()
    assert "This was settled already" in again
    assert "Rosa Example" in again


def test_a_refusal_keeps_what_was_typed(desk: Desk, browser: Browser) -> None:
    item = item_of(unknown(desk, stored=True))
    answer = press(browser, item, way="has it", number="12;34")
    assert answer.status_code == 200
    text = answer.content.decode()
    assert "Nothing was changed" in text
    assert 'value="12;34"' in text


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"way": "done", "settlement": "w" * 301}, "words", "This has 301 characters; 300 at most can be kept."),
        ({"way": "cancelled", "settlement": "w" * 301}, "cancelled-words", "This has 301 characters"),
        ({"way": "has it", "number": "9" * 61}, "number", "This has 61 characters; 50 at most can be kept."),
    ],
)
def test_what_is_too_long_is_said_at_its_field_and_nothing_of_it_is_cut(
    desk: Desk, browser: Browser, given: dict[str, str], field: str, sentence: str
) -> None:
    item = item_of(unknown(desk, stored=True))
    text = press(browser, item, **given).content.decode()
    assert f'<a href="#{field}">{sentence}' in text
    assert f'<p class="why" id="{field}-why">{sentence}' in text
    assert re.search(f'aria-describedby="{field}-why"\\s+value="{given.get("settlement") or given["number"]}"', text)
    assert "maxlength" not in text.partition("What did you find in VEDA?")[2]
    item.refresh_from_db()
    assert item.settled_at is None


def test_words_of_just_the_longest_length_are_kept_whole(desk: Desk, browser: Browser) -> None:
    item = item_of(unknown(desk, stored=True))
    press(browser, item, way="done", settlement="w" * 300)
    item.refresh_from_db()
    assert item.settlement == "w" * 300


def test_nonsense_for_a_way_settles_nothing(desk: Desk, browser: Browser) -> None:
    claim = unknown(desk, stored=True)
    item = item_of(claim)
    assert "what was done" in press(browser, item, way="explode").content.decode()
    item.refresh_from_db()
    assert item.settled_at is None


def test_the_list_has_the_oldest_first_and_is_narrowed_by_kind_and_name(desk: Desk, browser: Browser) -> None:
    older = item_of(unknown(desk, stored=True))
    newer = item_of(desk.submitted(client=builders.client(desk.practice, last_name="Invented")), kind="not found")
    Task.objects.filter(pk=older.pk).update(created_at=desk.now - timedelta(days=3))
    text = browser.get("/claims/work").content.decode()
    assert text.index(str(older.pk)) < text.index(str(newer.pk))
    narrowed = browser.get("/claims/work?kind=not+found").content.decode()
    assert str(newer.pk) in narrowed
    assert str(older.pk) not in narrowed
    found = browser.post("/claims/work", {"q": "invented"}).content.decode()
    assert str(newer.pk) in found
    assert str(older.pk) not in found
    assert "Nothing fits" in browser.post("/claims/work", {"q": "nobody"}).content.decode()
    assert browser.get("/claims/work?kind=x&page=y&show=z").status_code == 200


def test_what_was_settled_stays_to_be_read(desk: Desk, browser: Browser) -> None:
    item = item_of(unknown(desk, stored=True))
    settle(desk, item, ManualFinding(way=Resolution.DONE, words="Asked Healthcode."))
    assert str(item.pk) not in browser.get("/claims/work").content.decode()
    assert "Asked Healthcode." in browser.get("/claims/work?show=settled").content.decode()
    assert "Asked Healthcode." in browser.get(f"/claims/work/{item.pk}").content.decode()


def test_an_empty_list_says_what_it_is_for(browser: Browser) -> None:
    assert "the claim comes here" in browser.get("/claims/work").content.decode()


def test_the_list_asks_as_often_for_two_items_as_for_twenty(
    desk: Desk, browser: Browser, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    claim = desk.submitted()
    for number in range(2):
        transitions.open_task(claim, kind="unsettled", sentence=f"Doubt {number}")
    browser.get("/claims/work")
    with django_assert_max_num_queries(40) as few:
        browser.get("/claims/work")
    for number in range(2, 20):
        transitions.open_task(claim, kind="unsettled", sentence=f"Doubt {number}")
    with django_assert_max_num_queries(40) as many:
        browser.get("/claims/work")
    assert len(few) == len(many)


def test_today_counts_them_and_leads_there(desk: Desk, browser: Browser) -> None:
    claim = desk.submitted()
    for number in range(10):
        transitions.open_task(claim, kind="unsettled", sentence=f"Doubt {number}")
    text = browser.get("/today").content.decode()
    assert "Show all 10" in text
    assert 'href="/claims/work"' in text
    assert "10 only you can settle" in browser.get("/claims/").content.decode()


def test_an_item_without_a_claim_can_be_read_and_settled(desk: Desk, browser: Browser) -> None:
    item = Task.objects.create(practice=desk.practice, kind="restored", sentence="Bill CB99 is at Healthcode only.")
    assert "CB99" in browser.get("/claims/work").content.decode()
    assert "CB99" in browser.get(f"/claims/work/{item.pk}").content.decode()
    answer = browser.post(f"/claims/work/{item.pk}", {"way": "done", "settlement": "Made anew."})
    assert answer.headers["Location"] == "/claims/work"
    assert Task.objects.get(pk=item.pk).settlement == "Made anew."
    with pytest.raises(Refused):
        settle(desk, Task.objects.create(practice=desk.practice, kind="x", sentence="y"), SEND_AGAIN)


def test_who_sees_no_records_sees_none_and_a_stranger_finds_nothing(desk: Desk) -> None:
    item = item_of(unknown(desk, stored=True))
    reader = builders.signed_in(desk.colleague(Role.ACCOUNTANT))
    assert reader.get(f"/claims/work/{item.pk}").status_code == 403
    assert reader.post(f"/claims/work/{item.pk}", {"way": "has it"}).status_code == 403
    stranger = builders.signed_in(builders.member(builders.practice("Elsewhere")))
    assert stranger.get(f"/claims/work/{item.pk}").status_code == 404
    assert stranger.post(f"/claims/work/{item.pk}", {"way": "has it"}).status_code == 404
    assert str(item.pk) not in stranger.get("/claims/work").content.decode()
    item.refresh_from_db()
    assert item.settled_at is None


def test_an_answer_of_healthcode_settles_the_doubt_by_itself(desk: Desk, browser: Browser) -> None:
    claim = unknown(desk, stored=True)
    item = item_of(claim, kind="replies lost")
    other = item_of(claim, kind="not found")
    desk.wait(minutes=5)
    desk.ask()
    item.refresh_from_db()
    assert (item.settled_at, item.settled_by) == (desk.now, None)
    assert item.settlement == "Healthcode answered: the claim is “Submitted”."
    assert "by Clearbill" in browser.get(f"/claims/work/{item.pk}").content.decode()
    assert "by Clearbill" in press(browser, item, way="has it").content.decode()
    other.refresh_from_db()
    assert other.settled_at is None, "only a person can say what became of that"


def test_a_receipt_for_the_repeated_sending_settles_the_doubt(desk: Desk) -> None:
    claim = unknown(desk, stored=False)
    item = item_of(claim, kind="replies lost")
    desk.wait(minutes=30)
    desk.ask()
    item.refresh_from_db()
    assert item.settled_at is None, "“not found” alone is no answer: the bill goes out again first"
    desk.send()
    item.refresh_from_db()
    assert item.settled_at is not None


def test_what_was_found_settles_every_doubt_about_the_same_bill(desk: Desk) -> None:
    claim = unknown(desk, stored=True)
    first, second = item_of(claim, kind="replies lost"), item_of(claim, kind="unsettled")
    settle(desk, first, ManualFinding(way=Resolution.HAS_IT))
    second.refresh_from_db()
    assert second.settled_by == desk.owner.user
