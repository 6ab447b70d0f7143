"""The list of Diagnosis Codes, with and without JavaScript."""

from __future__ import annotations

import pytest

from clearbill.clients.models import Client
from tests import builders
from tests.web.clients.forms_typed import edit_page, saved_id

pytestmark = pytest.mark.django_db


def test_words_find_codes() -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    hits = browser.post("/clients/diagnosis-search", {"q": "low back pain"}).json()["hits"]
    assert "M54.5" in [hit["code"] for hit in hits]
    assert hits[0]["value"].startswith("ICD10:")


@pytest.mark.parametrize("text", ["", "🌿", "x" * 5000, "دیسک", "%_\\'\"", "\x00"])
def test_any_text_is_answered(text: str) -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    assert browser.post("/clients/diagnosis-search", {"q": text}).status_code == 200


def test_a_search_by_address_is_not_possible() -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    assert browser.get("/clients/diagnosis-search?q=low+back").status_code == 405


def test_without_javascript_words_lead_to_a_choice_and_the_choice_to_the_list() -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    asked = edit_page(diagnosis=None, diagnosis_text="low back pain", action="add-diagnosis", last_name="Kept")
    page = browser.post("/clients/new", asked).content.decode()
    assert 'type="radio" name="diagnosis_hit" value="ICD10:M54.5"' in page
    assert "Kept" in page
    chosen = {**asked, "diagnosis_hit": "ICD10:M54.5"}
    page = browser.post("/clients/new", chosen).content.decode()
    assert 'type="hidden" name="diagnosis" value="ICD10:M54.5"' in page
    assert not Client.objects.exists()


def test_a_typed_code_is_taken_at_once_in_any_spelling() -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    page = browser.post("/clients/diagnoses", {"diagnosis_text": "m545", "action": "add-diagnosis"}).content.decode()
    assert 'name="diagnosis" value="ICD10:M54.5"' in page
    assert 'value="m545"' not in page


def test_save_takes_a_typed_code_with_it() -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    client = Client.objects.get(pk=saved_id(browser, diagnosis=None, diagnosis_text="M54.5"))
    assert client.diagnoses.get().code == "M54.5"


def test_save_does_not_lose_words_that_are_no_code_yet() -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    page = browser.post("/clients/new", edit_page(diagnosis=None, diagnosis_text="low back pain")).content.decode()
    assert 'value="low back pain"' in page
    assert not Client.objects.exists()


def test_words_that_fit_nothing_are_said_so() -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    page = browser.post("/clients/diagnoses", {"diagnosis_text": "🌿🌿", "action": "add-diagnosis"}).content.decode()
    assert "No diagnosis code was found" in page


def test_an_icd_9_code_is_offered_as_typed() -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    hits = browser.post("/clients/diagnosis-search", {"q": "724.2"}).json()["hits"]
    assert {"value": "ICD9:724.2", "code": "724.2", "title": ""} in hits


def test_codes_can_be_removed_and_made_primary() -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    two = {"diagnosis": ["ICD10:M54.5", "ICD10:M25.5"]}
    page = browser.post("/clients/diagnoses", {**two, "action": "primary-diagnosis ICD10:M25.5"}).content.decode()
    assert page.index('value="ICD10:M25.5"') < page.index('value="ICD10:M54.5"')
    page = browser.post("/clients/diagnoses", {**two, "action": "remove-diagnosis ICD10:M54.5"}).content.decode()
    assert 'name="diagnosis" value="ICD10:M54.5"' not in page
    assert "M54.5 was removed" in page


def test_the_same_code_twice_is_kept_once() -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    client = Client.objects.get(pk=saved_id(browser, diagnosis=["ICD10:M54.5", "ICD10:M54.5"]))
    assert client.diagnoses.count() == 1


@pytest.mark.parametrize("forged", ["ICD10:", "ICD10:<b>", "ICD11:M54.5", "nonsense", "ICD10:" + "M" * 400])
def test_a_forged_code_is_left_out(forged: str) -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    assert Client.objects.get(pk=saved_id(browser, diagnosis=[forged])).diagnoses.count() == 0


def test_a_code_that_no_edition_has_is_refused_with_the_words_of_the_claim() -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    asked = edit_page(diagnosis=None, diagnosis_text="O54.5", action="add-diagnosis")
    page = browser.post("/clients/new", asked).content.decode()
    assert 'value="O54.5"' in page
    assert "There is no ICD-10 code O54.5, nor any that begins with O54." in page
    assert 'name="diagnosis_hit"' not in page


def test_a_word_that_looks_like_a_code_is_still_looked_for() -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    hits = browser.post("/clients/diagnosis-search", {"q": "B12"}).json()["hits"]
    assert hits
    assert "ICD10:B12" not in [hit["value"] for hit in hits]


def test_a_finer_code_than_the_list_has_can_be_chosen_and_is_remarked_on() -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    asked = edit_page(diagnosis=None, diagnosis_text="M54.59", action="add-diagnosis")
    page = browser.post("/clients/new", asked).content.decode()
    assert 'value="ICD10:M54.59"' in page
    page = browser.post("/clients/new", {**asked, "diagnosis_hit": "ICD10:M54.59"}).content.decode()
    assert 'name="diagnosis" value="ICD10:M54.59"' in page
    assert "WHO’s list has M54.5, but not M54.59, so Healthcode may not know it. Use M54.5" in page
