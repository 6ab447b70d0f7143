"""Add and edit a client: details, UK Private Health Insurance, diagnosis codes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from clearbill.clients.models import Client
from clearbill.people.models import AuditEntry, Role
from tests import builders
from tests.web.clients.forms_typed import edit_page, saved_id

pytestmark = pytest.mark.django_db


def test_a_new_client_is_saved_with_number_cover_and_diagnosis() -> None:
    desk = builders.member(builders.practice(), Role.RECEPTIONIST)
    client = Client.objects.get(pk=saved_id(builders.signed_in(desk)))
    assert (client.number, client.birth_date, client.postcode) == ("P-00001", date(1985, 4, 12), "SW1A 1AA")
    policy = client.policies.get()
    assert (policy.insurer_slug, policy.membership_number, policy.valid_from) == ("bupa", "ZZ00000001", None)
    assert policy.authorisations.get().code == "ZZAUTH01"
    assert [(one.code, one.position) for one in client.diagnoses.all()] == [("M54.5", 1)]
    assert client.diagnoses.get().title
    entry = AuditEntry.objects.get(action="added the client")
    assert (entry.by, entry.subject_id) == (desk.user, str(client.pk))


def test_numbers_go_on_within_each_practice() -> None:
    first, second = builders.practice(), builders.practice("Hillside Psychology")
    browser = builders.signed_in(builders.member(first))
    saved_id(browser)
    saved_id(browser, first_name="Testo")
    saved_id(builders.signed_in(builders.member(second)))
    assert list(Client.objects.filter(practice=first).order_by("number").values_list("number", flat=True)) == [
        "P-00001",
        "P-00002",
    ]
    assert Client.objects.get(practice=second).number == "P-00001"


@pytest.mark.parametrize(
    ("first_name", "last_name"),
    [("Siobhán", "O’Halloran-Ní Dhubhghaill"), ("Zoë 🌿", "d'Arbanville"), ("עומר", "דוגמה"), ("Łukasz", "Őszi")],
)
def test_any_name_is_saved_as_it_is_written(first_name: str, last_name: str) -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    client = Client.objects.get(pk=saved_id(browser, first_name=first_name, last_name=last_name))
    assert (client.first_name, client.last_name) == (first_name, last_name)
    assert last_name.split("'")[0] in browser.get(f"/clients/{client.pk}").content.decode()


def test_the_membership_number_is_compulsory_once_a_provider_is_chosen_and_nothing_typed_is_lost() -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    answer = browser.post(
        "/clients/new", edit_page(membership_number="", notes="Prefers mornings", gp_name="Dr Invented")
    )
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "The Membership Number is compulsory" in page
    for typed in ("Prefers mornings", "Dr Invented", "ZZAUTH01", "12/4/1985", "ICD10:M54.5"):
        assert typed in page
    assert not Client.objects.exists()


def test_the_authorisation_code_is_not_compulsory() -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    client = Client.objects.get(pk=saved_id(browser, authorisation_code=""))
    assert not client.policies.get().authorisations.exists()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("", None), ("0", Decimal("0.00")), ("£150", Decimal("150.00")), ("1,000.5", Decimal("1000.50"))],
)
def test_what_is_still_to_pay_of_the_excess_is_saved(typed: str, kept: Decimal | None) -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    client = Client.objects.get(pk=saved_id(browser, excess_left=typed))
    assert client.policies.get().excess_left == kept
    said = browser.get(f"/clients/{client.pk}").content.decode()
    assert ("Excess still to pay" in said) == (kept is not None)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("-5", "cannot be negative"),
        ("some", "is not an amount"),
        ("50000", "at most £20,000"),
        ("1.005", "parts of a penny"),
    ],
)
def test_an_excess_that_cannot_be_is_refused_at_its_field_and_kept(typed: str, sentence: str) -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    said = browser.post("/clients/new", edit_page(excess_left=typed)).content.decode()
    assert sentence in said
    assert f'value="{typed}"' in said
    assert not Client.objects.exists()


def test_insurance_details_without_a_provider_are_not_dropped_silently() -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    page = browser.post("/clients/new", edit_page(insurer_slug="")).content.decode()
    assert "Choose the provider these details belong to" in page
    assert "ZZ 0000 0001" in page


def test_a_client_without_insurance_is_saved_without_cover() -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    plain = {"insurer_slug": "", "membership_number": "", "authorisation_code": "", "diagnosis": None}
    assert not Client.objects.get(pk=saved_id(browser, **plain)).policies.exists()


def test_choosing_no_insurance_asks_when_it_ended_and_keeps_the_policy() -> None:
    practice = builders.practice()
    client = builders.client(practice)
    browser = builders.signed_in(builders.member(practice))
    typed = {"insurer_slug": "", "membership_number": "", "authorisation_code": ""}
    page = browser.post(f"/clients/{client.pk}/edit", edit_page(**typed)).content.decode()
    assert "Until now it was BUPA ZZ00000001" in page
    page = browser.post(f"/clients/{client.pk}/edit", edit_page(**typed, policy_change="new")).content.decode()
    assert "Give the last day of BUPA ZZ00000001" in page
    ended = edit_page(**typed, policy_change="new", valid_to="31 Oct 2026")
    assert browser.post(f"/clients/{client.pk}/edit", ended).status_code == 302
    policy = client.policies.get()
    assert (policy.valid_to, policy.entered_in_error) == (date(2026, 10, 31), False)
    assert AuditEntry.objects.get(action="changed the policy").changes == {"valid_to": [None, {"$day": "2026-10-31"}]}


@pytest.mark.parametrize("typed", ["31/02/1985", "tomorrow-ish", "12/4/2999", "1/1/1850"])
def test_a_date_of_birth_that_cannot_be_is_refused_and_kept_on_the_page(typed: str) -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    page = browser.post("/clients/new", edit_page(birth_date=typed)).content.decode()
    assert typed in page
    assert "thing to fix" in page


def test_two_figures_of_a_birth_year_mean_the_past() -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    assert Client.objects.get(pk=saved_id(browser, birth_date="3.2.31")).birth_date == date(1931, 2, 3)


def test_a_membership_number_of_an_odd_form_is_saved_with_a_warning() -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    client_id = saved_id(browser, insurer_slug="vitalityhealth", membership_number="1200000001")
    assert "needs 8 digits" in browser.get(f"/clients/{client_id}").content.decode()


def test_the_warning_is_there_while_the_number_is_typed() -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    typed = {"insurer_slug": "vitalityhealth", "membership_number": "1200000001"}
    assert "needs 8 digits" in browser.post("/clients/cover-hints", typed).content.decode()
    good = browser.post("/clients/cover-hints", {**typed, "membership_number": "2000 0001"})
    assert good.content.decode().strip() == ""


def test_a_namesake_is_shown_first_and_added_when_asked_for() -> None:
    practice = builders.practice()
    known = builders.client(practice, first_name="TESTA")
    browser = builders.signed_in(builders.member(practice))
    page = browser.post("/clients/new", edit_page()).content.decode()
    assert "may be there already" in page
    assert known.number in page
    assert Client.objects.count() == 1
    assert browser.post("/clients/new", edit_page(action="create-anyway")).status_code == 302
    assert Client.objects.count() == 2


def test_a_namesake_of_another_practice_is_never_shown() -> None:
    builders.client(builders.practice("Hillside Psychology"))
    browser = builders.signed_in(builders.member(builders.practice()))
    assert browser.post("/clients/new", edit_page()).status_code == 302


def test_an_edit_writes_what_changed_and_an_unchanged_save_writes_nothing() -> None:
    practice = builders.practice()
    browser = builders.signed_in(builders.member(practice))
    client_id = saved_id(browser)
    browser.post(f"/clients/{client_id}/edit", edit_page())
    assert not AuditEntry.objects.filter(action="changed the client").exists()
    changed = edit_page(last_name="Sampleton", diagnosis=["ICD10:M25.5", "ICD10:M54.5"])
    browser.post(f"/clients/{client_id}/edit", changed)
    changes = AuditEntry.objects.get(action="changed the client").changes
    assert changes["last_name"] == ["Sample", "Sampleton"]
    assert changes["diagnoses"] == [["M54.5"], ["M25.5", "M54.5"]]


def test_the_edit_page_has_the_words_of_the_steps() -> None:
    practice = builders.practice()
    client = builders.client(practice)
    page = builders.signed_in(builders.member(practice)).get(f"/clients/{client.pk}/edit").content.decode()
    for words in (
        "Edit Details",
        "UK Private Health Insurance",
        "Insurance Provider",
        "Membership Number",
        "Authorisation Code",
        "Diagnosis Codes",
        "+ Add Diagnosis Code",
        ">Save<",
    ):
        assert words in page


def test_a_colleague_who_may_only_read_can_neither_open_nor_send_the_form() -> None:
    practice = builders.practice()
    client = builders.client(practice)
    browser = builders.signed_in(builders.member(practice, Role.ACCOUNTANT))
    for address in ("/clients/new", f"/clients/{client.pk}/edit"):
        assert browser.get(address).status_code == 403
        assert browser.post(address, edit_page()).status_code == 403
    assert browser.post("/clients/diagnosis-search", {"q": "back"}).status_code == 403


def test_a_stranger_finds_nothing() -> None:
    client = builders.client(builders.practice())
    browser = builders.signed_in(builders.member(builders.practice("Hillside Psychology")))
    assert browser.get(f"/clients/{client.pk}/edit").status_code == 404
    assert browser.post(f"/clients/{client.pk}/edit", edit_page(last_name="Taken")).status_code == 404
    client.refresh_from_db()
    assert client.last_name == "Sample"


def test_a_client_who_has_one_name_is_saved() -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    client = Client.objects.get(pk=saved_id(browser, first_name="", last_name="Suharto"))
    assert (client.first_name, client.name) == ("", "Ms Suharto")
    refused = browser.post("/clients/new", edit_page(last_name="", first_name="Suharto")).content.decode()
    assert "A client who has one name has it here." in refused


def test_a_birth_date_may_be_typed_in_eight_figures() -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    first = Client.objects.get(pk=saved_id(browser, birth_date="03041980"))
    second = Client.objects.get(pk=saved_id(browser, first_name="Other", birth_date="19800403"))
    assert (first.birth_date, second.birth_date) == (date(1980, 4, 3), date(1980, 4, 3))


@pytest.mark.parametrize("code", [r"000001\01\2026\001", r"000001\01", "000001/01/2026/001"])
def test_every_published_authorisation_number_of_aviva_is_saved_without_a_word(code: str) -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    typed = {"insurer_slug": "aviva", "membership_number": "zz0001", "authorisation_code": code}
    pk = saved_id(browser, **typed)
    policy = Client.objects.get(pk=pk).policies.get()
    assert (policy.membership_number, policy.authorisations.get().code) == ("ZZ0001", code)
    hints = browser.post("/clients/cover-hints", typed).content.decode()
    assert "authorisation" not in hints.lower()


def test_the_details_of_a_client_who_was_archived_meanwhile_are_saved_with_that_word() -> None:
    practice = builders.practice()
    desk = builders.signed_in(builders.member(practice))
    client = builders.client(practice, archived_at=builders.NOW)
    said = desk.post(f"/clients/{client.pk}/edit", edit_page(authorisation_code=""), follow=True).content.decode()
    assert "The details are saved." in said
    assert "The client is archived." in said
