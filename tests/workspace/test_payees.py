"""Workspace Settings > Business > Payees and sites."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clearbill.bill import insurers
from clearbill.people.models import AuditEntry, Membership, Role
from clearbill.workspace import provider_numbers
from clearbill.workspace.models import InsurerSetting, Payee, PayeeException, PayeeNumber, ProviderNumber, Site
from clearbill.workspace.provider_numbers import ProviderNumbers
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> Membership:
    return builders.member(builders.practice())


def typed(*rows: tuple[str, str], **changed: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"kind": "organisation", "name": "The Clinic", "number": " TP 000001 ", **changed}
    for place, (slug, number) in enumerate(rows):
        given |= {f"numbers-{place}-insurer_slug": slug, f"numbers-{place}-number": number}
    return given


def test_the_first_payee_is_the_default_and_keeps_its_numbers_per_insurer(owner: Membership) -> None:
    answer = builders.signed_in(owner).post("/settings/payees/new", typed(("axa-health", "AX 77"), ("", "")))
    assert answer.status_code == 302
    payee = Payee.objects.get()
    assert (payee.number, payee.is_default, payee.kind) == ("TP000001", True, "organisation")
    assert list(payee.numbers.values_list("insurer_slug", "number")) == [("axa-health", "AX77")]
    assert AuditEntry.objects.get().action == "added the payee"


def test_both_cases_are_explained_where_they_are_chosen(owner: Membership) -> None:
    page = builders.signed_in(owner).get("/settings/payees/new").content.decode()
    assert "Case 1: Billing as an individual practitioner" in page
    assert "Case 2: Billing as an organisation or clinic" in page


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("", "AX77")], "Choose the insurer this number belongs to"),
        ([("bupa", "")], "Enter the number"),
        ([("bupa", "1"), ("bupa", "2")], "One per insurer is enough"),
        ([("bupa", "9" * 21)], "20"),
    ],
)
def test_a_wrong_row_is_said_and_nothing_typed_is_lost(
    owner: Membership, rows: list[tuple[str, str]], words: str
) -> None:
    page = builders.signed_in(owner).post("/settings/payees/new", typed(*rows, name="Kept name")).content.decode()
    assert words in page
    assert "Kept name" in page
    assert all(f'value="{number}"' in page for _, number in rows if number)
    assert not Payee.objects.exists()


def test_one_more_row_keeps_what_is_typed_and_saves_nothing(owner: Membership) -> None:
    asked = typed(("bupa", "B1"), name="Kept name", action="add-row")
    page = builders.signed_in(owner).post("/settings/payees/new", asked).content.decode()
    assert "Kept name" in page
    assert 'name="numbers-1-number"' in page
    assert 'value="B1"' in page
    assert not Payee.objects.exists()


def test_rows_are_counted_by_what_was_sent_and_not_by_what_the_form_says_of_them(owner: Membership) -> None:
    browser = builders.signed_in(owner)
    answer = browser.post("/settings/payees/new", {"kind": "person", "name": "A", "number": "1"})
    assert answer.status_code == 302
    browser.post("/settings/payees/new", {**typed(("bupa", "B1"), name="B"), "numbers-TOTAL_FORMS": "x"})
    assert PayeeNumber.objects.get().number == "B1"


def test_an_edit_is_written_with_before_and_after(owner: Membership) -> None:
    payee = builders.payee(owner.practice)
    PayeeNumber.objects.create(payee=payee, insurer_slug="bupa", number="B1")
    builders.signed_in(owner).post(f"/settings/payees/{payee.pk}/edit", typed(("bupa", "B2"), name="New name"))
    changes = AuditEntry.objects.get().changes
    assert changes["name"] == ["Riverside Physiotherapy", "New name"]
    assert changes["numbers"] == [{"bupa": "B1"}, {"bupa": "B2"}]


def test_one_payee_is_the_default_at_a_time(owner: Membership) -> None:
    first = builders.payee(owner.practice)
    second = builders.payee(owner.practice, name="Rosa Therapist", kind="person", is_default=False)
    browser = builders.signed_in(owner)
    browser.post(f"/settings/payees/{second.pk}/default")
    assert list(Payee.objects.filter(is_default=True)) == [second]
    browser.post(f"/settings/payees/{first.pk}/deactivate")
    page = browser.post(f"/settings/payees/{first.pk}/default", follow=True).content.decode()
    assert "is not active" in page
    assert list(Payee.objects.filter(is_default=True)) == [second]
    browser.post(f"/settings/payees/{second.pk}/deactivate")
    assert not Payee.objects.filter(is_default=True).exists()


def test_an_exception_changes_who_is_paid_and_the_page_says_why(owner: Membership) -> None:
    builders.payee(owner.practice)
    rosa = builders.practitioner(owner.practice)
    own = builders.payee(owner.practice, name="Rosa Therapist", kind="person", number="TP000002", is_default=False)
    browser = builders.signed_in(owner)
    asked = {"insurer_slug": "bupa", "practitioner": str(rosa.pk), "payee": str(own.pk)}
    browser.post("/settings/payees/exceptions", asked)
    browser.post("/settings/payees/exceptions", asked)
    assert PayeeException.objects.count() == 1
    page = browser.get("/settings/payees").content.decode()
    assert "by the exception for Rosa Therapist and BUPA" in page
    assert "because it is the practice’s default payee" in page
    browser.post(f"/settings/payees/exceptions/{PayeeException.objects.get().pk}/remove")
    assert not PayeeException.objects.exists()
    assert AuditEntry.objects.filter(action="removed the payee exception").exists()


def test_an_exception_takes_no_payee_of_another_practice(owner: Membership) -> None:
    builders.payee(owner.practice)
    theirs = builders.payee(builders.practice("Hillside Psychology"))
    asked = {"insurer_slug": "bupa", "practitioner": "", "payee": str(theirs.pk)}
    assert "to fix" in builders.signed_in(owner).post("/settings/payees/exceptions", asked).content.decode()
    assert not PayeeException.objects.exists()


def test_the_book_answers_as_the_single_questions_do(owner: Membership) -> None:
    practice = owner.practice
    site = builders.site(practice, is_default=True)
    clinic = builders.payee(practice)
    gone = builders.payee(practice, name="Gone", is_default=False, is_active=False)
    person = builders.payee(practice, name="Rosa", kind="person", number="TP000002", is_default=False)
    PayeeNumber.objects.create(payee=clinic, insurer_slug="aviva", number="AV1")
    people = [
        builders.practitioner(practice),
        builders.practitioner(practice, name="Own", payee=person, site=site),
        builders.practitioner(practice, name="Gone", number="", payee=gone),
    ]
    ProviderNumber.objects.create(practitioner=people[0], insurer_slug="bupa", site=site, number="BS1")
    PayeeException.objects.create(practice=practice, insurer_slug="bupa", payee=person)
    PayeeException.objects.create(practice=practice, insurer_slug="wpa", payee=gone)
    PayeeException.objects.create(practice=practice, insurer_slug="bupa", practitioner=people[1], payee=clinic)
    InsurerSetting.objects.create(practice=practice, insurer_slug="wpa", controlling_specialist_number="GEN1")
    book = ProviderNumbers.of(practice)
    for one, insurer in product(book.practitioners, insurers.all_insurers()):
        assert book.payee_for(one, insurer.slug) == provider_numbers.payee_for(practice, one, insurer.slug)
        assert book.insurer_id(insurer) == provider_numbers.insurer_id(practice, insurer.slug)
        expected = provider_numbers.controlling_specialist(practice, one, insurer.slug, one.site or site)
        assert book.controlling_specialist(one, insurer.slug) == expected


def test_a_site_is_added_changed_and_made_the_default(owner: Membership) -> None:
    browser = builders.signed_in(owner)
    browser.post("/settings/sites/new", {"name": "Rooms", "site_number": "TL 000001", "postcode": "sw1a1aa"})
    site = Site.objects.get()
    assert (site.site_number, site.postcode, site.is_default) == ("TL000001", "SW1A 1AA", True)
    page = browser.post("/settings/sites/new", {"name": "rooms", "address_1": "Kept Street"}).content.decode()
    assert "Another site has this name" in page
    assert "Kept Street" in page
    browser.post(f"/settings/sites/{site.pk}/edit", {"name": "Rooms", "site_number": "TL000002"})
    site.refresh_from_db()
    assert site.site_number == "TL000002"
    second = builders.site(owner.practice, name="Annexe")
    browser.post(f"/settings/sites/{second.pk}/default")
    assert list(Site.objects.filter(is_default=True)) == [second]
    browser.post(f"/settings/sites/{second.pk}/deactivate")
    assert "is not active" in browser.post(f"/settings/sites/{second.pk}/default", follow=True).content.decode()
    browser.post(f"/settings/sites/{second.pk}/activate")
    second.refresh_from_db()
    assert second.is_active


def test_colleagues_look_and_strangers_find_nothing(owner: Membership) -> None:
    payee, site = builders.payee(owner.practice), builders.site(owner.practice)
    rule = PayeeException.objects.create(practice=owner.practice, insurer_slug="bupa", payee=payee)
    colleague = builders.signed_in(builders.member(owner.practice, Role.RECEPTIONIST))
    stranger = builders.signed_in(builders.member(builders.practice("Hillside Psychology")))
    assert colleague.get("/settings/payees").status_code == 200
    parts = ("edit", "default", "activate", "deactivate")
    addresses = [f"/settings/payees/{payee.pk}/{part}" for part in parts]
    addresses += [f"/settings/sites/{site.pk}/{part}" for part in parts]
    for address in [*addresses, f"/settings/payees/exceptions/{rule.pk}/remove"]:
        assert colleague.post(address).status_code == 403
        assert stranger.post(address).status_code == 404


def test_the_page_needs_the_same_queries_for_two_practitioners_and_for_twelve(owner: Membership) -> None:
    browser = builders.signed_in(owner)
    counted = []
    for more in (2, 10):
        for number in range(more):
            builders.practitioner(owner.practice)
            builders.payee(owner.practice, is_default=False, name=f"Payee {number}")
        with CaptureQueriesContext(connection) as caught:
            browser.get("/settings/payees")
        counted.append(len(caught))
    assert counted[0] == counted[1]


@pytest.mark.parametrize(
    ("other", "field", "sentence"),
    [
        ({"number": "TP000009"}, "name", "Another payee has this name"),
        ({"name": "Another"}, "number", "Another payee has this Healthcode ID"),
    ],
)
def test_a_payee_is_not_added_twice(owner: Membership, other: dict[str, str], field: str, sentence: str) -> None:
    browser, first = builders.signed_in(owner), {"name": "Clinic", "number": "TP000001"}
    assert browser.post("/settings/payees/new", typed(**first)).status_code == 302
    page = browser.post("/settings/payees/new", typed(**{**first, **other})).content.decode()
    assert sentence in page
    assert f'id="id_{field}-why"' in page
    assert Payee.objects.count() == 1
