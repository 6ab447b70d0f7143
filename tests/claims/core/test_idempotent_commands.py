"""Double click, two tabs, reload, back button, two people at once: one claim, one submission.

Real threads against the real database. Each comes to the barrier with its page already open, as two people do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser

from clearbill.bill.lifecycle import Status
from clearbill.bill.problem import Refused
from clearbill.claims.bulk import services as bulk_services
from clearbill.claims.core import services, transitions, validation
from clearbill.claims.models import BulkSubmission, Claim, ClaimEvent, Outbox, Task
from clearbill.claims.queue import sender
from clearbill.claims.tasks import resolution
from clearbill.claims.tasks.resolution import ManualFinding, Resolution
from clearbill.invoicing import credit_notes
from clearbill.invoicing import services as invoicing_services
from clearbill.invoicing.models import Invoice
from clearbill.people.models import AuditEntry, Role
from tests import builders
from tests.claims.at_once import at_once, real_database
from tests.claims.desk import WRONG_MEMBER, Desk, events, status
from tests.web.claims.test_pages import typed

__all__ = ["real_database"]
AT_ONCE = 4
REFUSALS = (Refused, transitions.ConcurrentChange, Refused)
both = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(real_database: None) -> Desk:
    return Desk()


def failures(results: list[Any]) -> list[Any]:
    """Whatever came of the acts that is not a plain refusal."""
    return [one for one in results if isinstance(one, Exception) and not isinstance(one, REFUSALS)]


def post(browser: Browser, path: str, given: dict[str, Any] | None = None) -> Callable[[], Any]:
    return lambda: browser.post(path, given or {}, follow=True)


def rejected(desk: Desk) -> Claim:
    claim = desk.submitted()
    desk.house.refuse_next([WRONG_MEMBER])
    desk.send()
    assert status(claim) == Status.REJECTED
    return claim


@both
def test_create_pressed_by_several_people_at_once_makes_one_claim(desk: Desk) -> None:
    invoice = desk.invoice()
    browsers = [builders.signed_in(desk.colleague(Role.RECEPTIONIST)) for _ in range(AT_ONCE)]
    answers = at_once(*[post(one, f"/claims/create/{invoice.pk}") for one in browsers])
    claim = Claim.objects.get()
    assert [answer.redirect_chain[-1][0] for answer in answers] == [f"/claims/{claim.pk}"] * AT_ONCE
    assert not [answer for answer in answers if "said error" in answer.content.decode()]
    assert events(claim) == ["created"]


@both
@pytest.mark.parametrize("way", ["credited", "made void"])
def test_an_invoice_is_claimed_or_taken_back_and_never_both(desk: Desk, way: str) -> None:
    for _ in range(5):
        invoice = desk.invoice()
        line = invoice.lines.get().pk
        amounts = {line: invoice.net_total}

        def take_back(invoice: Invoice = invoice, amounts: dict[int, Decimal] = amounts) -> object:
            if way == "credited":
                return credit_notes.create(desk.actor(), invoice=invoice, amounts=amounts, reason="Billed twice")
            return invoicing_services.void(desk.actor(), invoice=invoice, reason="Billed twice")

        results = at_once(lambda invoice=invoice: services.create(desk.actor(), invoice=invoice), take_back)
        refused = [one for one in results if isinstance(one, Refused | Refused)]
        assert len(refused) == 1, results
        invoice.refresh_from_db()
        assert invoice.claims.exists() != bool(invoice.voided_at or invoice.credited_total)


@both
def test_submit_at_once_writes_one_row_and_one_event(desk: Desk) -> None:
    claim = desk.created()
    results = at_once(*[lambda: desk.submit(claim)] * AT_ONCE)
    assert [one.status for one in results] == [Status.SUBMITTED] * AT_ONCE
    assert Outbox.objects.count() == 1
    assert events(claim) == ["created", "submit"]
    assert AuditEntry.objects.filter(action="submitted the claim").count() == 1


@both
@pytest.mark.usefixtures("at_the_time_of_the_story")
def test_a_double_click_on_submit_claim_submits_once_and_says_nothing_bad(desk: Desk) -> None:
    claim = desk.created()
    browser, given = builders.signed_in(desk.owner), typed(claim, action="submit")
    given["version"] = _version(browser, claim)
    first, second = Browser(), Browser()
    for one in (first, second):
        one.cookies = browser.cookies.copy()
    answers = at_once(post(first, f"/claims/{claim.pk}", given), post(second, f"/claims/{claim.pk}", given))
    assert failures(answers) == []
    assert Outbox.objects.count() == 1
    for answer in answers:
        text = answer.content.decode()
        assert "said error" not in text
        assert f"Claim {claim.number} is submitted." in text or answer.status_code == 200


@both
def test_several_people_submit_the_same_ticked_claims_and_each_goes_once(desk: Desk) -> None:
    claims = [desk.created() for _ in range(5)]
    ids = [str(claim.pk) for claim in claims]
    browsers = [builders.signed_in(desk.colleague(Role.RECEPTIONIST)) for _ in range(3)]
    given = {"claim": ids, "confirmed": "yes"}
    answers = at_once(*[post(one, "/claims/submit", given) for one in browsers])
    assert [answer.status_code for answer in answers] == [200] * 3
    assert BulkSubmission.objects.get().total == 5
    assert bulk_services.submit_next_slice(now=desk.now, house_of=desk.house_of)
    assert Counter(Outbox.objects.values_list("claim", flat=True)) == {claim.pk: 1 for claim in claims}
    assert ClaimEvent.objects.filter(event="submit").count() == 5


@both
def test_correct_at_once_opens_one_version(desk: Desk) -> None:
    claim = rejected(desk)
    rows = [Claim.objects.select_related("practice", "invoice").get(pk=claim.pk) for _ in range(AT_ONCE)]
    results = at_once(*[lambda row=row: services.reopen(desk.actor(), claim=row) for row in rows])
    assert failures(results) == []
    assert sum(isinstance(one, Claim) for one in results) == 1
    claim.refresh_from_db()
    assert (claim.version, claim.status) == (2, Status.CREATED)
    assert events(claim).count("correct") == 1


@both
def test_a_new_claim_at_once_replaces_the_old_one_once(desk: Desk) -> None:
    claim = rejected(desk)
    browsers = [builders.signed_in(desk.colleague(Role.RECEPTIONIST)) for _ in range(AT_ONCE)]
    answers = at_once(*[post(one, f"/claims/new/{claim.invoice_id}") for one in browsers])
    assert failures(answers) == []
    made = Claim.objects.get(is_current=True)
    assert Claim.objects.count() == 2
    assert made.replaces_id == claim.pk
    assert [answer.redirect_chain[-1][0] for answer in answers] == [f"/claims/{made.pk}"] * AT_ONCE


@both
def test_cancel_against_submit_leaves_one_of_the_two(desk: Desk) -> None:
    for _ in range(3):
        claim = desk.created()
        row = Claim.objects.select_related("practice", "invoice").get(pk=claim.pk)
        results = at_once(
            lambda claim=claim: desk.submit(claim), lambda row=row: services.cancel(desk.actor(), claim=row)
        )
        assert failures(results) == []
        assert sum(isinstance(one, Claim) for one in results) == 1
        rows = Outbox.objects.filter(claim=claim).count()
        assert (status(claim), rows) in {(Status.CANCELLED, 0), (Status.SUBMITTED, 1)}


@both
def test_settle_at_once_settles_once(desk: Desk) -> None:
    claim = desk.submitted()
    desk.house.lose_next_reply(stored=False)
    desk.send()
    claim.refresh_from_db()
    transitions.open_task(claim, kind="unsettled", sentence="Look it up in VEDA.")
    desk.wait(minutes=30)
    items = [Task.objects.select_related("claim").get() for _ in range(AT_ONCE)]
    ways = [
        ManualFinding(way=Resolution.SEND_AGAIN, looked=True),
        ManualFinding(way=Resolution.HAS_IT),
        ManualFinding(way=Resolution.CANCELLED),
    ]
    results = at_once(
        *[
            lambda item=item, finding=ways[place % 3]: resolution.resolve(
                desk.actor(), item=item, finding=finding, house_of=desk.house_of
            )
            for place, item in enumerate(items)
        ]
    )
    assert failures(results) == []
    assert results.count(True) == 1
    assert AuditEntry.objects.filter(action="settled work on the claim").count() == 1
    assert Outbox.objects.count() == 1
    assert len(events(claim)) == 4


@both
def test_a_person_who_settles_while_the_worker_asks_and_sends_breaks_nothing(desk: Desk) -> None:
    """Whatever comes first, the house has the bill once, and the claim stands as its last event says."""
    for stored in (True, False, True, False):
        claim = desk.submitted()
        desk.house.lose_next_reply(stored=stored)
        desk.send()
        claim.refresh_from_db()
        transitions.open_task(claim, kind="unsettled", sentence="Look it up in VEDA.")
        desk.wait(minutes=30)
        item = Task.objects.select_related("claim").get(claim=claim)
        results = at_once(
            lambda item=item: resolution.resolve(
                desk.actor(),
                item=item,
                finding=ManualFinding(way=Resolution.SEND_AGAIN, looked=True),
                house_of=desk.house_of,
            ),
            desk.ask,
            desk.send,
        )
        assert failures(results) == []
        for _ in range(4):
            desk.wait(minutes=30)
            desk.send()
            desk.ask()
        assert [bill.invoice_number for bill in desk.house.ledger].count(claim.number) == 1
        assert status(claim) == Status.SUBMITTED
        assert claim.events.latest("pk").status_after == claim.status


@both
def test_what_two_people_change_on_one_claim_at_once_is_all_kept(desk: Desk) -> None:
    claim = desk.created()
    browsers = [builders.signed_in(desk.colleague(Role.RECEPTIONIST)) for _ in range(2)]
    version = _version(browsers[0], claim)
    given = [typed(claim, version=version, **{field: "Other"}) for field in ("patient_first_name", "patient_last_name")]
    at_once(*[post(one, f"/claims/{claim.pk}", form) for one, form in zip(browsers, given, strict=True)])
    claim.refresh_from_db()
    patient = validation.stored_bill(claim).patient
    assert (patient.patient_first_name, patient.patient_last_name) == ("Other", "Other")
    assert events(claim).count("changed") == 2


@both
def test_of_two_people_who_change_the_same_at_once_the_second_is_asked(desk: Desk) -> None:
    claim = desk.created()
    browsers = [builders.signed_in(desk.colleague(Role.RECEPTIONIST)) for _ in range(2)]
    version = _version(browsers[0], claim)
    given = [typed(claim, version=version, patient_last_name=name) for name in ("One", "Two")]
    answers = at_once(*[post(one, f"/claims/{claim.pk}", form) for one, form in zip(browsers, given, strict=True)])
    told = [answer.content.decode() for answer in answers]
    assert sum("Changed meanwhile" in text for text in told) == 1
    assert events(claim).count("changed") == 1


# A page from before, sent again


@both
@pytest.mark.usefixtures("at_the_time_of_the_story")
def test_a_form_from_before_somebody_elses_change_is_not_submitted_until_it_was_seen(desk: Desk) -> None:
    claim = desk.created()
    browser = builders.signed_in(desk.owner)
    old = typed(claim, version=_version(browser, claim), patient_first_name="Typed")
    browser.post(f"/claims/{claim.pk}", typed(claim, registration_number="ZZ00000077"))
    text = browser.post(f"/claims/{claim.pk}", {**old, "action": "submit"}).content.decode()
    assert "Rosa Example (at " in text
    assert "changed “Membership Number” after you opened the page" in text
    assert 'value="Typed"' in text
    assert 'value="ZZ00000077"' in text
    assert status(claim) == Status.CREATED
    assert validation.stored_bill(claim).patient.patient_first_name != "Typed"
    seen = typed(claim, patient_first_name="Typed", registration_number="ZZ00000077", action="submit")
    browser.post(f"/claims/{claim.pk}", {**seen, "version": text.split('name="version" value="')[1].split('"')[0]})
    claim.refresh_from_db()
    assert status(claim) == Status.SUBMITTED
    assert validation.stored_bill(claim).patient.patient_first_name == "Typed"
    assert validation.stored_bill(claim).cover.registration_number == "ZZ00000077"


@both
def test_a_form_from_before_the_submission_sends_nothing_and_says_so(desk: Desk) -> None:
    claim = desk.created()
    browser = builders.signed_in(desk.owner)
    old = typed(claim, patient_first_name="Typed", action="submit")
    desk.submit(claim)
    text = browser.post(f"/claims/{claim.pk}", old, follow=True).content.decode()
    assert "What you typed was not sent" in text
    assert Outbox.objects.count() == 1
    untouched = typed(claim, action="submit")
    text = browser.post(f"/claims/{claim.pk}", untouched, follow=True).content.decode()
    assert f"Claim {claim.number} is submitted." in text
    assert Outbox.objects.count() == 1


@both
@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("correct", "Fix the claim, then submit it again."),
        ("cancel", "The claim is cancelled."),
    ],
)
def test_a_step_pressed_twice_says_the_same_twice(desk: Desk, path: str, said: str) -> None:
    claim = rejected(desk)
    browser = builders.signed_in(desk.owner)
    for _ in range(2):
        text = browser.post(f"/claims/{claim.pk}/{path}", follow=True).content.decode()
        assert said in text
        assert "said error" not in text
    assert claim.events.filter(event__in=["correct", "cancelled"]).count() == 1


@both
def test_steps_from_a_page_long_out_of_date_are_refused_with_a_sentence(desk: Desk) -> None:
    claim = desk.submitted()
    browser = builders.signed_in(desk.owner)
    for path in ("refresh", "correct", "cancel"):
        answer = browser.post(f"/claims/{claim.pk}/{path}", follow=True)
        assert answer.status_code == 200
        assert "said error" in answer.content.decode()
    answer = browser.post(f"/claims/new/{claim.invoice_id}", follow=True)
    assert "The present claim is" in answer.content.decode()
    assert events(claim) == ["created", "submit"]
    assert sender.send_one(now=desk.now, house_of=desk.house_of) is True
    assert len(desk.house.ledger) == 1


@both
def test_ticked_claims_that_have_gone_already_are_not_sent_twice_and_the_page_says_so(desk: Desk) -> None:
    claim = desk.created()
    browser = builders.signed_in(desk.owner)
    given = {"claim": [str(claim.pk)], "confirmed": "yes"}
    browser.post("/claims/submit", given)
    assert bulk_services.submit_next_slice(now=desk.now, house_of=desk.house_of)
    assert "Nothing is sent twice" in browser.post("/claims/submit", given, follow=True).content.decode()
    assert Outbox.objects.count() == 1


def _version(browser: Browser, claim: Claim) -> str:
    text = browser.get(f"/claims/{claim.pk}").content.decode()
    return text.split('name="version" value="')[1].split('"')[0]
