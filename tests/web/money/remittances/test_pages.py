"""The Money pages: seen, settled, undone; by those who may."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client as Browser

from clearbill.bill.lifecycle import Status
from clearbill.money.remittances.models import ClaimPayment, Remittance, RemittancePoll
from clearbill.people.models import Role
from tests import builders
from tests.claims.desk import Desk, status
from tests.money.remittances.paying import taken_in, told
from tests.money.remittances.test_allocation import collected

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def browser(desk: Desk) -> Browser:
    return builders.signed_in(desk.owner)


def text(answer: Any, *, code: int = 200) -> str:
    assert answer.status_code == code
    return str(answer.content.decode())


def waiting(desk: Desk) -> tuple[Any, ClaimPayment]:
    claim = collected(desk)
    taken_in(desk, replace(told(claim), invoice_number=f"{claim.number}X", clearing_bill_number=""))
    return claim, ClaimPayment.objects.get()


def test_before_the_first_payment_the_page_says_what_will_happen(desk: Desk, browser: Browser) -> None:
    page = text(browser.get("/money/"))
    assert "No payments yet" in page
    assert "Nothing waits for you here" in page


def test_a_payment_and_its_bills_are_shown_with_the_document_as_it_came(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    taken_in(desk, told(claim, short=20))
    remittance = Remittance.objects.get()
    page = text(browser.get("/money/"))
    assert "PAY900001" in page
    assert "£20.00" in page
    page = text(browser.get(f"/money/payments/{remittance.pk}"))
    assert claim.number in page
    assert "Part paid" in page
    answer = browser.get(f"/money/payments/{remittance.pk}/document")
    assert b"".join(answer) == bytes(remittance.document.content)
    assert answer["Cache-Control"] == "no-store"


def test_what_waits_is_settled_with_one_click_and_undone_with_another(desk: Desk, browser: Browser) -> None:
    claim, advice = waiting(desk)
    page = text(browser.get("/money/"))
    assert "No claim of this practice has this invoice number." in page
    page = text(browser.get(f"/money/bills/{advice.pk}"))
    assert "Same membership number; invoice number" in page
    page = text(browser.post(f"/money/bills/{advice.pk}/match", {"number": claim.number}, follow=True))
    assert f"Put to claim {claim.number}" in page
    assert status(claim) == Status.PAID
    page = text(browser.post(f"/money/bills/{advice.pk}/undo", follow=True))
    assert "Taken off the claim" in page
    assert status(claim) == Status.COLLECTED
    assert "It was put to a claim that it is not for." in page


def test_a_number_that_is_no_claims_is_said_at_its_field_and_kept(desk: Desk, browser: Browser) -> None:
    _, advice = waiting(desk)
    page = text(browser.post(f"/money/bills/{advice.pk}/match", {"number": "CB77777"}))
    assert "There is no claim with the invoice number CB77777." in page
    assert 'value="CB77777"' in page
    page = text(browser.post(f"/money/bills/{advice.pk}/match", {"number": ""}))
    assert "thing to fix" in page


def test_what_is_for_no_claim_is_set_aside_and_brought_back(desk: Desk, browser: Browser) -> None:
    _, advice = waiting(desk)
    assert "thing to fix" in text(browser.post(f"/money/bills/{advice.pk}/set-aside", {"reason": ""}))
    page = text(browser.post(f"/money/bills/{advice.pk}/set-aside", {"reason": "From before"}, follow=True))
    assert "From before" in page
    assert "1 set aside" in text(browser.get("/money/"))
    assert "From before" in text(browser.get("/money/aside"))
    assert "waits to be settled again" in text(browser.post(f"/money/bills/{advice.pk}/bring-back", follow=True))
    page = text(browser.post(f"/money/bills/{advice.pk}/bring-back", follow=True))
    assert "meanwhile" in page


def test_what_could_not_be_asked_is_said_with_the_next_try(desk: Desk, browser: Browser) -> None:
    text(browser.post("/money/ask", follow=True))
    assert RemittancePoll.objects.count() > 5
    RemittancePoll.objects.filter(insurer_slug="bupa").update(problem="Healthcode is not answering.")
    page = text(browser.get("/money/"))
    assert "No news of what BUPA has paid" in page
    assert "Healthcode is not answering." in page


def test_a_practitioner_sees_money_and_settles_nothing(desk: Desk) -> None:
    _, advice = waiting(desk)
    browser = builders.signed_in(desk.colleague(Role.PRACTITIONER))
    page = text(browser.get(f"/money/bills/{advice.pk}"))
    assert "This one" not in page
    for path in ("match", "undo", "set-aside", "bring-back"):
        assert browser.post(f"/money/bills/{advice.pk}/{path}", {"number": "CB1", "reason": "x"}).status_code == 403


def test_another_practices_money_is_not_there(desk: Desk) -> None:
    _, advice = waiting(desk)
    stranger = builders.signed_in(builders.member(builders.practice()))
    for path in (f"bills/{advice.pk}", f"payments/{advice.remittance_id}", f"payments/{advice.remittance_id}/document"):
        assert stranger.get(f"/money/{path}").status_code == 404
    assert stranger.post(f"/money/bills/{advice.pk}/match", {"number": "CB1"}).status_code == 404
    assert "PAY900001" not in text(stranger.get("/money/"))


def test_the_list_asks_as_much_of_the_database_for_many_payments_as_for_one(
    desk: Desk, browser: Browser, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        claim = collected(desk)
        wrong = replace(told(claim), invoice_number=f"{claim.number}X", clearing_bill_number="")
        taken_in(desk, told(claim), wrong, reference=f"PAY{number}")
    with django_assert_max_num_queries(16):
        text(browser.get("/money/"))
