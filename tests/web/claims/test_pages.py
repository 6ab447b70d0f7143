from __future__ import annotations

import html
import re
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client as Browser
from django.utils import timezone

from clearbill.appointments.models import Appointment
from clearbill.bill.lifecycle import Status
from clearbill.claims.bulk import services as bulk_services
from clearbill.claims.core import restore_hold, services, transitions, validation
from clearbill.claims.models import BulkSubmission, Claim, Outbox
from clearbill.clearinghouse.port import ClearingMessage, ClearingStatus
from clearbill.people.actor import Actor
from clearbill.people.models import AuditEntry, Role
from clearbill.web.claims.forms import BillForms
from tests import builders
from tests.claims.desk import WRONG_MEMBER, Desk, events, status

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_the_time_of_the_story")]


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def browser(desk: Desk) -> Browser:
    return builders.signed_in(desk.owner)


def typed(claim: Claim, **changes: str) -> dict[str, Any]:
    """What the browser sends for the claim's form when it is submitted untouched, with some fields changed."""
    forms = BillForms(validation.stored_bill(claim))
    given = {}
    for form in forms.all:
        for bound in form:
            value = bound.field.prepare_value(bound.initial) if hasattr(bound.field, "prepare_value") else bound.initial
            given[bound.html_name] = "" if value is None else value
    given.update({"also_client": "on", "action": "save"})
    return {**given, **changes}


def page(browser: Browser, claim: Claim) -> str:
    return browser.get(f"/claims/{claim.pk}").content.decode()


def test_create_claim_leads_to_the_claim_and_a_second_click_to_the_same(desk: Desk, browser: Browser) -> None:
    invoice = desk.invoice()
    first = browser.post(f"/claims/create/{invoice.pk}")
    second = browser.post(f"/claims/create/{invoice.pk}")
    claim = Claim.objects.get()
    assert first.headers["Location"] == second.headers["Location"] == f"/claims/{claim.pk}"


def test_a_void_invoice_is_refused_with_a_sentence(desk: Desk, browser: Browser) -> None:
    invoice = desk.invoice(voided_at=desk.now)
    answer = browser.post(f"/claims/create/{invoice.pk}")
    assert answer.headers["Location"] == f"/invoices/{invoice.pk}"
    assert not Claim.objects.exists()


def test_the_claim_page_shows_every_field_that_will_be_sent(desk: Desk, browser: Browser) -> None:
    text = page(browser, desk.created())
    for name in ("registration_number", "payee_provider_number", "patient_birth_date", "lines-0-service_code"):
        assert f'name="{name}"' in text
    assert "Case 2" in text
    assert "Submit Claim" in text


def test_a_problem_stands_at_its_field_and_the_summary_leads_there(desk: Desk, browser: Browser) -> None:
    client = builders.client(desk.practice, birth_date=None)
    text = page(browser, desk.created(client=client))
    assert 'href="#id_patient_birth_date"' in text
    assert 'id="id_patient_birth_date-problems"' in text
    assert "id_patient_birth_date-problems" in text.split('name="patient_birth_date"')[1].split(">")[0]


def test_saving_amends_the_claim_and_the_client(desk: Desk, browser: Browser) -> None:
    claim = desk.created()
    answer = browser.post(f"/claims/{claim.pk}", typed(claim, registration_number="zz 000 000 77"))
    assert answer.status_code == 302
    claim.refresh_from_db()
    assert validation.stored_bill(claim).cover.registration_number == "ZZ00000077"
    assert claim.invoice.client.policies.get().membership_number == "ZZ00000077"
    entry = AuditEntry.objects.get(action="changed the claim")
    assert entry.changes == {"cover.registration_number": ["ZZ00000001", "ZZ00000077"]}


def test_without_the_tick_the_client_stays_as_it_is(desk: Desk, browser: Browser) -> None:
    claim = desk.created()
    given = typed(claim, patient_first_name="Tessa")
    del given["also_client"]
    browser.post(f"/claims/{claim.pk}", given)
    claim.refresh_from_db()
    assert validation.stored_bill(claim).patient.patient_first_name == "Tessa"
    claim.invoice.client.refresh_from_db()
    assert claim.invoice.client.first_name == "Testa"


def test_what_was_typed_on_a_claim_that_is_cancelled_meanwhile_is_shown_once_more(desk: Desk, browser: Browser) -> None:
    claim = desk.created()
    given, untouched = typed(claim, patient_first_name="Wilhelmina"), typed(claim)
    services.cancel(desk.actor(), claim=claim)
    answer = browser.post(f"/claims/{claim.pk}", given)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "This claim is “Cancelled” by now. Nothing was saved. It stands below; copy what you still need." in page
    assert 'value="Wilhelmina"' in page
    assert browser.post(f"/claims/{claim.pk}", untouched).status_code == 302
    claim.refresh_from_db()
    assert validation.stored_bill(claim).patient.patient_first_name == "Testa"


def test_a_claim_is_not_said_to_be_ready_while_something_is_to_be_fixed_or_chosen(desk: Desk, browser: Browser) -> None:
    client = builders.client(desk.practice)
    advised, wrong, unclear = desk.created(), desk.created(), desk.created(client=client, insurer_slug="bupa")
    builders.policy(client, "bupa", "ZZ00000002", valid_from=date(2026, 11, 1))
    for claim, is_ready in ((advised, True), (wrong, False), (unclear, False)):
        faults = {"patient_birth_date": ""} if claim == wrong else {}
        given = typed(claim, authorisation_from="20 Nov 2026", **faults)
        del given["also_client"]
        browser.post(f"/claims/{claim.pk}", given)
        said = page(browser, claim)
        assert "before the authorisation began on 20 Nov 2026" in said
        assert ("It may be submitted as it is." in said) is is_ready
    assert "Which policy is it?" in said


def test_saving_an_untouched_claim_changes_nothing(desk: Desk, browser: Browser) -> None:
    claim = desk.created()
    before = claim.bill
    browser.post(f"/claims/{claim.pk}", typed(claim))
    claim.refresh_from_db()
    assert claim.bill == before
    assert events(claim) == ["created"]


def test_lines_and_diagnoses_are_amended_on_the_claim(desk: Desk, browser: Browser) -> None:
    claim = desk.created()
    changes = {
        "lines-0-service_code": "ZPHY02",
        "lines-0-first_date_of_service": "8/11/2026",
        "diagnoses-1-code": "m25.5",
        "diagnoses-1-description": "Pain in joint",
    }
    browser.post(f"/claims/{claim.pk}", typed(claim, **changes))
    claim.refresh_from_db()
    bill = validation.stored_bill(claim)
    assert bill.lines[0].service_code == "ZPHY02"
    assert str(bill.lines[0].first_date_of_service) == "2026-11-08"
    assert [(one.code, one.is_primary) for one in bill.diagnoses] == [("M54.5", True), ("M25.5", False)]
    assert list(claim.invoice.client.diagnoses.values_list("code", flat=True)) == ["M54.5", "M25.5"]


def test_bad_input_keeps_what_was_typed(desk: Desk, browser: Browser) -> None:
    claim = desk.created()
    answer = browser.post(f"/claims/{claim.pk}", typed(claim, patient_birth_date="31/02/1985", patient_title="Dr"))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "31/02/1985" in text
    assert 'value="Dr"' in text
    claim.refresh_from_db()
    assert validation.stored_bill(claim).patient.patient_title == "Ms"


def test_submit_claim_saves_what_was_typed_and_submits(desk: Desk, browser: Browser) -> None:
    claim = desk.created()
    browser.post(f"/claims/{claim.pk}", typed(claim, authorisation_code="ZZAUTH01", action="submit"))
    assert status(claim) == Status.SUBMITTED
    assert validation.stored_bill(claim).cover.authorisation_code == "ZZAUTH01"
    assert b"ZZAUTH01" in bytes(Outbox.objects.get().document)


def test_a_second_click_on_submit_claim_submits_once(desk: Desk, browser: Browser) -> None:
    claim = desk.created()
    given = typed(claim, action="submit")
    browser.post(f"/claims/{claim.pk}", given)
    assert browser.post(f"/claims/{claim.pk}", given).status_code == 302
    assert Outbox.objects.count() == 1


def test_a_claim_with_a_problem_stays_created_and_the_page_says_what_to_mend(desk: Desk, browser: Browser) -> None:
    claim = desk.created()
    answer = browser.post(f"/claims/{claim.pk}", typed(claim, patient_last_name="", action="submit"), follow=True)
    assert status(claim) == Status.CREATED
    assert "to fix before it can be submitted" in answer.content.decode()


def test_without_a_connection_the_page_leads_to_it() -> None:
    desk = Desk(connected=False)
    claim = desk.created()
    browser = builders.signed_in(desk.owner)
    answer = browser.post(f"/claims/{claim.pk}", typed(claim, action="submit"), follow=True)
    text = answer.content.decode()
    assert "waits as Created until Healthcode is connected" in text
    assert "Connect Healthcode" in text
    assert status(claim) == Status.CREATED


def test_after_submission_the_page_says_who_said_so_and_when_it_asks_next(desk: Desk, browser: Browser) -> None:
    claim = desk.submitted()
    desk.send()
    text = page(browser, claim)
    for words in ("Where it stands", "Last checked", "Next check", "Ask Healthcode now", "What happened"):
        assert words in text
    assert "every 3s" in text


def test_a_submitted_claim_says_what_is_used_of_its_authorisation_as_of_today(desk: Desk, browser: Browser) -> None:
    client = builders.client(desk.practice)
    builders.authorisation(client, sessions=3)
    claim = desk.submitted(client=client)
    text = " ".join(page(browser, claim).split())
    assert "Authorisation, as of today" in text
    assert "1 of 3 sessions used, 0 booked, 2 left" in text
    builders.appointment(desk.practice, client=client, state=Appointment.BOOKED)
    assert "1 of 3 sessions used, 1 booked, 1 left" in " ".join(page(browser, claim).split())


def test_the_status_part_is_quiet_until_there_is_news_and_stops_at_the_end(desk: Desk, browser: Browser) -> None:
    claim = desk.submitted()
    desk.send()
    address = page(browser, claim).split('hx-get="')[1].split('"')[0]
    assert browser.get(address).status_code == 204
    desk.house.advance(claim.number, ClearingStatus.COLLECTED)
    desk.wait(days=1)
    desk.ask()
    news = browser.get(address)
    assert "Collected by insurer" in news.content.decode()
    assert "hx-trigger" not in news.content.decode()


def test_a_rejected_claim_shows_plain_words_whose_move_and_healthcodes_own_words(desk: Desk, browser: Browser) -> None:
    claim = desk.submitted()
    desk.house.refuse_next([WRONG_MEMBER])
    desk.send()
    text = page(browser, claim)
    assert "Your move" in text
    assert WRONG_MEMBER.text in text
    browser.post(f"/claims/{claim.pk}/correct")
    assert status(claim) == Status.CREATED
    text = page(browser, claim)
    assert "Why Healthcode did not take version 1" in text
    assert 'id="id_registration_number-problems"' in text
    assert "Submit Claim" in text


def test_what_healthcode_says_of_every_line_is_told_once(desk: Desk, browser: Browser) -> None:
    claim = desk.submitted()
    messages = [
        ClearingMessage(field="ProviderNo", error="Invalid Code", text="", level="line", line_no=number)
        for number in (1, 2, 3)
    ]
    desk.house.refuse_next(messages)
    desk.send()
    text = page(browser, claim)
    assert "1 problem</h2>" in text
    assert "Lines 1, 2, 3." in text


def test_a_replacement_that_was_cancelled_is_no_newer_claim(desk: Desk, browser: Browser) -> None:
    claim = desk.submitted()
    Claim.objects.filter(pk=claim.pk).update(status=Status.DECLINED.value)
    browser.post(f"/claims/new/{claim.invoice_id}")
    assert "A newer claim is in its place" in page(browser, claim)
    browser.post(f"/claims/{Claim.objects.get(is_current=True).pk}/cancel")
    assert "A newer claim is in its place" not in page(browser, claim)


def test_what_is_folded_opens_where_something_in_it_is_wrong(desk: Desk, browser: Browser) -> None:
    claim = desk.created()
    folded = re.compile(r'<details class="more" ?><summary><h3>Claim form')
    assert folded.search(page(browser, claim))
    answer = browser.post(f"/claims/{claim.pk}", typed(claim, first_gp_visit_date="31/02/2026"))
    assert not folded.search(answer.content.decode())


def test_what_was_sent_is_shown_without_the_api_key(desk: Desk, browser: Browser) -> None:
    claim = desk.submitted()
    desk.send()
    text = browser.get(f"/claims/{claim.pk}/exchanges").content.decode()
    assert "ZZ00000001" in text
    assert "stand-in-secret" not in text


@pytest.mark.parametrize(
    ("stands", "is_offered"),
    [
        (Status.SUBMITTED, False),
        (Status.COLLECTED, True),
        (Status.PART_PAID, True),
        (Status.PAID, True),
        (Status.DECLINED, True),
        (Status.CANCELLED, False),
    ],
)
def test_a_letter_is_offered_to_be_typed_in_where_one_may_come(
    desk: Desk, browser: Browser, stands: Status, is_offered: bool
) -> None:
    claim = desk.submitted()
    Claim.objects.filter(pk=claim.pk).update(status=stands.value)
    address = f"/money/type-in?claim={claim.pk}"
    assert (address in browser.get(f"/claims/{claim.pk}").content.decode()) == is_offered
    practitioner = builders.signed_in(desk.colleague(Role.PRACTITIONER))
    assert address not in practitioner.get(f"/claims/{claim.pk}").content.decode()
    assert practitioner.get(address).status_code == 403


def test_a_new_claim_is_created_from_the_page_once_veda_was_looked_at(desk: Desk, browser: Browser) -> None:
    claim = desk.submitted()
    Claim.objects.filter(pk=claim.pk).update(status=Status.COLLECTED.value)
    browser.post(f"/claims/new/{claim.invoice_id}")
    assert Claim.objects.count() == 1
    browser.post(f"/claims/new/{claim.invoice_id}", {"confirmed_unpaid": "on"})
    assert Claim.objects.get(is_current=True).replaces == claim


@pytest.mark.parametrize("path", ["", "/status", "/exchanges"])
def test_a_strangers_claim_does_not_exist(desk: Desk, path: str) -> None:
    claim = desk.created()
    stranger = builders.signed_in(builders.member(builders.practice("Elsewhere")))
    assert stranger.get(f"/claims/{claim.pk}{path}").status_code == 404


@pytest.mark.parametrize("step", ["refresh", "correct", "cancel", "ask"])
def test_a_stranger_cannot_take_a_step(desk: Desk, step: str) -> None:
    claim = desk.created()
    stranger = builders.signed_in(builders.member(builders.practice("Elsewhere")))
    assert stranger.post(f"/claims/{claim.pk}/{step}").status_code == 404
    assert status(claim) == Status.CREATED


@pytest.mark.parametrize("step", ["", "/refresh", "/correct", "/cancel", "/ask"])
def test_an_accountant_neither_reads_nor_changes_claims(desk: Desk, step: str) -> None:
    claim = desk.created()
    accountant = builders.signed_in(desk.colleague(Role.ACCOUNTANT))
    assert accountant.get(f"/claims/{claim.pk}").status_code == 403
    assert accountant.post(f"/claims/{claim.pk}{step}").status_code == 403
    assert status(claim) == Status.CREATED


def test_an_unknown_claim_is_not_found(browser: Browser) -> None:
    assert browser.get(f"/claims/{uuid4()}").status_code == 404
    assert browser.post(f"/claims/create/{uuid4()}").status_code == 404


def test_the_list_counts_its_tabs_and_narrows(desk: Desk, browser: Browser) -> None:
    created, sent = desk.created(), desk.submitted()
    text = browser.get("/claims/?tab=created").content.decode()
    assert created.number in text
    assert sent.number not in text
    assert "To submit<span>1</span>" in text


def test_nonsense_in_the_address_narrows_nothing(desk: Desk, browser: Browser) -> None:
    claim = desk.created()
    answer = browser.get("/claims/?tab=nothing&page=x&sort=-password&practitioner=1&insurer=%00")
    assert claim.number in answer.content.decode()


def test_a_search_is_posted_and_finds_by_name_and_number(desk: Desk, browser: Browser) -> None:
    claim = desk.created(client=builders.client(desk.practice, last_name="Findable"))
    other = desk.created()
    text = browser.post("/claims/", {"q": "findab"}).content.decode()
    assert claim.number in text
    assert other.number not in text
    assert claim.number in browser.post("/claims/", {"q": claim.number}).content.decode()


def test_a_long_search_is_paged_by_post_and_keeps_its_filters(
    desk: Desk, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clearbill.web.claims.worklist.PER_PAGE", 2)
    client = builders.client(desk.practice, last_name="Findable")
    numbers = [desk.created(client=client).number for _ in range(3)]
    text = browser.post("/claims/", {"q": "findable", "tab": "created", "sort": "number", "page": "2"}).content.decode()
    assert numbers[2] in text
    assert numbers[0] not in text
    assert '<input type="hidden" name="q" value="Findable">'.lower() in text.lower()
    assert '<input type="hidden" name="tab" value="created">' in text
    assert "q=" not in text.replace("hq=", "")


def test_the_list_is_narrowed_by_whose_move_and_age(desk: Desk, browser: Browser) -> None:
    mine, theirs = desk.created(), desk.submitted()
    Claim.objects.filter(pk=mine.pk).update(created_at=timezone.now() - timedelta(days=31))
    for query, there, gone in (("move=practice", mine, theirs), ("move=healthcode", theirs, mine)):
        text = browser.get(f"/claims/?{query}").content.decode()
        assert there.number in text
        assert gone.number not in text
    assert mine.number in browser.get("/claims/?age=30").content.decode()
    assert theirs.number not in browser.get("/claims/?age=7").content.decode()
    assert "No claim fits" in browser.get("/claims/?age=90").content.decode()


def test_the_list_asks_the_database_as_often_for_twenty_claims_as_for_two(
    desk: Desk, browser: Browser, django_assert_max_num_queries: Any, django_assert_num_queries: Any
) -> None:
    for _ in range(2):
        desk.submitted()
    with django_assert_max_num_queries(20) as few:
        browser.get("/claims/")
    for _ in range(18):
        desk.submitted()
    with django_assert_num_queries(len(few)):
        browser.get("/claims/")


def test_status_cells_follow_and_stop_at_the_end(desk: Desk, browser: Browser) -> None:
    claim = desk.submitted()
    text = browser.post("/claims/standings", {"open": [str(claim.pk)]}).content.decode()
    assert "every 5s" in text
    Claim.objects.filter(pk=claim.pk).update(status=Status.COLLECTED.value)
    text = browser.post("/claims/standings", {"open": [str(claim.pk), "nonsense"]}).content.decode()
    assert "Collected by insurer" in text
    assert "every 5s" not in text


def test_several_are_checked_first_and_submitted_once_confirmed(desk: Desk, browser: Browser) -> None:
    good = desk.created()
    bad = desk.created(client=builders.client(desk.practice, birth_date=None))
    ticked = {"claim": [str(good.pk), str(bad.pk)]}
    text = browser.post("/claims/submit", ticked).content.decode()
    assert "1 claim can go, £70.00" in text
    assert f'<input type="hidden" name="claim" value="{good.pk}"><a' in text
    assert "1 must be fixed first" in text
    assert "date of birth" in text.partition("1 must be fixed first")[2]
    assert not BulkSubmission.objects.exists()
    answer = browser.post("/claims/submit", {**ticked, "confirmed": "yes"}, follow=True)
    batch = BulkSubmission.objects.get()
    address = f"/claims/batches/{batch.pk}"
    assert answer.redirect_chain[-1][0] == address
    text = answer.content.decode()
    assert "1 of 2 were not submitted" in text
    assert "0 of 1 submitted" in text
    desk.now = timezone.now()
    assert bulk_services.submit_next_slice(now=desk.now, house_of=desk.house_of)
    assert (status(good), status(bad)) == (Status.SUBMITTED, Status.CREATED)
    assert desk.send()
    text = browser.get(address).content.decode()
    assert "Sent to Healthcode: 1 of 1" in text
    assert "hx-get" not in text.partition('id="batch"')[2].partition(">")[0]


def test_what_the_clearing_house_rejects_is_listed_where_the_ticked_claims_are_followed(
    desk: Desk, browser: Browser
) -> None:
    claim = desk.created()
    browser.post("/claims/submit", {"claim": str(claim.pk), "confirmed": "yes"})
    desk.now = timezone.now()
    bulk_services.submit_next_slice(now=desk.now, house_of=desk.house_of)
    address = f"/claims/batches/{BulkSubmission.objects.get().pk}"
    assert "To fix" not in browser.get(address).content.decode()
    Claim.objects.filter(pk=claim.pk).update(status=Status.REJECTED.value)
    assert (
        f'href="/claims/{claim.pk}">{claim.number}</a>' in browser.get(address).content.decode().partition("To fix")[2]
    )


def test_the_check_of_ticked_claims_goes_by_today_and_not_by_an_earlier_check(desk: Desk, browser: Browser) -> None:
    good, bad = desk.created(), desk.created(client=builders.client(desk.practice, birth_date=None))
    Claim.objects.filter(pk=good.pk).update(blocking_count=2)
    Claim.objects.filter(pk=bad.pk).update(blocking_count=0)
    ticked = {"claim": [str(good.pk), str(bad.pk)]}
    assert "1 claim can go" in browser.post("/claims/submit", ticked).content.decode()
    browser.post("/claims/submit", {**ticked, "confirmed": "yes"})
    assert [entry.claim for entry in BulkSubmission.objects.get().entries.all()] == [good]


def test_a_ticked_claim_that_waits_in_a_submission_or_after_a_restore_says_so(desk: Desk, browser: Browser) -> None:
    held, restored = desk.created(), desk.created()
    Claim.objects.filter(pk=restored.pk).update(is_restored=True)
    bulk_services.start(desk.actor(), claims=Claim.objects.filter(pk=held.pk))
    text = browser.post("/claims/submit", {"claim": [str(held.pk), str(restored.pk)]}).content.decode()
    assert "No other claim is ready" in text
    assert f"/claims/{held.pk}" in text.partition("It is being submitted already.")[2]
    assert restore_hold.hold_reason(desk.practice) in html.unescape(text)


def test_ticked_claims_go_while_others_are_being_submitted(desk: Desk, browser: Browser) -> None:
    held, other = desk.created(), desk.created()
    bulk_services.start(desk.actor(), claims=Claim.objects.filter(pk=held.pk))
    ids = [str(held.pk), str(other.pk)]
    answer = browser.post("/claims/submit", {"claim": ids, "confirmed": "yes"}, follow=True)
    second = BulkSubmission.objects.get(entries__claim=other)
    assert answer.redirect_chain[-1][0] == f"/claims/batches/{second.pk}"
    assert "were not submitted" not in answer.content.decode()
    assert second.total == 1
    assert browser.get("/claims/").content.decode().count("See how far it is, or stop it") == 2


def test_the_way_back_from_ticked_claims_keeps_filters_search_and_ticks(desk: Desk, browser: Browser) -> None:
    claims = [desk.created() for _ in range(2)]
    given = {"claim": [str(claim.pk) for claim in claims], "tab": "created", "q": "CB", "sort": "number", "page": "2"}
    back = browser.post("/claims/submit", given).content.decode().partition('id="back"')[2].partition("</form>")[0]
    for name, value in (("tab", "created"), ("q", "CB"), ("sort", "number"), ("page", "2")):
        assert re.search(rf'name="{name}"\s+value="{value}"', back)
    for claim in claims:
        assert f'name="claim" value="{claim.pk}"' in back


def test_the_earlier_address_of_what_is_on_its_way_leads_to_the_own_latest_submission(
    desk: Desk, browser: Browser
) -> None:
    assert browser.get("/claims/sending").headers["Location"] == "/claims/"
    claim = desk.created()
    colleague = desk.colleague(Role.RECEPTIONIST)
    batch = bulk_services.start(
        Actor(desk.practice, colleague.user, desk.now), claims=Claim.objects.filter(pk=claim.pk)
    )
    assert browser.get("/claims/sending").headers["Location"] == "/claims/"
    answer = builders.signed_in(colleague).get("/claims/sending", {"since": "1"})
    assert answer.headers["Location"] == f"/claims/batches/{batch.pk}"


def test_an_empty_list_says_what_to_do_next(browser: Browser) -> None:
    assert "Create Claim" in browser.get("/claims/").content.decode()


def test_work_for_a_person_is_shown_and_settled(desk: Desk, browser: Browser) -> None:
    claim = desk.submitted()
    transitions.open_task(claim, kind="not found", sentence="Look it up in VEDA.")
    item = claim.work_items.get()
    assert "Look it up in VEDA." in page(browser, claim)
    browser.post(f"/claims/work/{item.pk}", {"settlement": "Asked Healthcode"})
    item.refresh_from_db()
    assert (item.settled_by, item.settlement) == (desk.owner.user, "Asked Healthcode")
    assert "Look it up in VEDA." not in page(browser, claim)
    stranger = builders.signed_in(builders.member(builders.practice("Elsewhere")))
    assert stranger.post(f"/claims/work/{item.pk}").status_code == 404


def test_a_submitted_claim_that_is_not_sent_yet_says_so(desk: Desk, browser: Browser) -> None:
    assert "Waits to be sent to Healthcode" in page(browser, desk.submitted())


def test_a_house_that_does_not_answer_is_told_on_the_list(desk: Desk, browser: Browser) -> None:
    desk.submitted()
    desk.house.be_unreachable()
    desk.send()
    text = browser.get("/claims/").content.decode()
    assert "Healthcode has not answered since" in text
    assert "1 claim waits" in text


def test_a_claim_submitted_in_another_window_is_not_changed_by_this_one(desk: Desk, browser: Browser) -> None:
    claim = desk.created()
    given = typed(claim, patient_title="Dr")
    desk.submit(claim)
    browser.post(f"/claims/{claim.pk}", given)
    claim.refresh_from_db()
    assert validation.stored_bill(claim).patient.patient_title == "Ms"


def test_collect_the_data_again_is_a_button(desk: Desk, browser: Browser) -> None:
    claim = desk.created()
    claim.invoice.client.policies.update(scheme="Gold")
    browser.post(f"/claims/{claim.pk}/refresh")
    claim.refresh_from_db()
    assert validation.stored_bill(claim).cover.insurance_scheme == "Gold"
    assert services.problem_summary([]) == "Nothing to fix"


def test_a_claim_of_a_day_with_two_policies_asks_which_and_takes_the_answer(desk: Desk) -> None:
    client = builders.client(desk.practice)
    second = builders.policy(client, "bupa", "ZZ00000002", valid_from=date(2026, 11, 1))
    row = builders.authorisation(second, sessions=6)
    claim = desk.created(client=client, insurer_slug="bupa")
    browser = builders.signed_in(desk.owner)
    said = browser.get(f"/claims/{claim.pk}").content.decode()
    assert "Which policy is it?" in said
    assert "Two policies are valid on 9 Nov 2026" in said
    browser.post(f"/claims/{claim.pk}/cover", {"policy": str(second.pk), "authorisation": str(row.pk)})
    claim.refresh_from_db()
    cover = validation.stored_bill(claim).cover
    assert (cover.registration_number, cover.authorisation_code) == ("ZZ00000002", "ZZAUTH01")
    said = browser.get(f"/claims/{claim.pk}").content.decode()
    assert "Which policy is it?" not in said
    assert "1 of 6 sessions used" in said


@pytest.mark.parametrize("typed", [{}, {"policy": "0"}, {"policy": "policy"}])
def test_nonsense_as_the_policy_of_a_claim_changes_nothing(desk: Desk, typed: dict[str, str]) -> None:
    claim = desk.created()
    browser = builders.signed_in(desk.owner)
    assert browser.post(f"/claims/{claim.pk}/cover", typed).status_code == 302
    before = claim.bill
    claim.refresh_from_db()
    assert claim.bill == before
