"""Workspace Settings > Business > Insurers."""

from __future__ import annotations

import pytest

from clearbill.bill import insurers
from clearbill.people.models import AuditEntry, Role
from clearbill.workspace import provider_numbers
from clearbill.workspace.models import InsurerSetting
from tests import builders

pytestmark = pytest.mark.django_db


def test_every_insurer_stands_in_the_list() -> None:
    page = builders.signed_in(builders.member(builders.practice())).get("/settings/insurers").content.decode()
    for insurer in insurers.all_insurers():
        assert insurer.name in page


@pytest.mark.parametrize("insurer", insurers.all_insurers(), ids=lambda insurer: insurer.slug)
def test_every_insurer_has_a_page_with_sources(insurer: insurers.Insurer) -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    page = browser.get(f"/settings/insurers/{insurer.slug}").content.decode()
    assert "How sure" in page
    assert "read on" in page


def test_the_practices_own_identifier_is_used_from_then_on() -> None:
    owner = builders.member(builders.practice())
    given = {
        "is_billed": "on",
        "healthcode_id": " ZaH ",
        "controlling_specialist_number": "6001",
        "diagnosis_scheme": "ICD9",
    }
    answer = builders.signed_in(owner).post("/settings/insurers/alliance-health-corporate", given)
    assert answer.status_code == 302
    assert provider_numbers.insurer_id(owner.practice, "alliance-health-corporate") == "zah"
    row = InsurerSetting.objects.get()
    assert (row.is_billed, row.controlling_specialist_number, row.diagnosis_scheme) == (True, "6001", "ICD9")
    assert AuditEntry.objects.get().subject_label == "Alliance Health Corporate"


@pytest.mark.parametrize("wrong", ["zahh", "z1h", "é", "12"])
def test_an_identifier_that_is_none_is_refused_and_kept_on_the_page(wrong: str) -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    given = {
        "is_billed": "on",
        "healthcode_id": wrong,
        "controlling_specialist_number": "KEPT1",
        "diagnosis_scheme": "ICD10",
    }
    page = browser.post("/settings/insurers/wpa", given).content.decode()
    assert "The identifier is 3 letters" in page
    assert "KEPT1" in page
    assert not InsurerSetting.objects.exists()


def test_an_insurer_that_is_not_billed_is_marked() -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    browser.post("/settings/insurers/wpa", {"diagnosis_scheme": "ICD10"})
    assert InsurerSetting.objects.get().is_billed is False
    assert "Not billed" in browser.get("/settings/insurers").content.decode()


def test_a_save_without_a_change_writes_one_entry_only() -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    for _ in range(2):
        browser.post("/settings/insurers/wpa", {"is_billed": "on", "diagnosis_scheme": "ICD10"})
    assert AuditEntry.objects.count() == 1


def test_settings_of_one_practice_are_not_those_of_another() -> None:
    builders.signed_in(builders.member(builders.practice())).post(
        "/settings/insurers/wpa", {"healthcode_id": "abc", "diagnosis_scheme": "ICD10"}
    )
    assert provider_numbers.insurer_id(builders.practice("Hillside Psychology"), "wpa") == "wpa"


def test_a_colleague_reads_and_does_not_change() -> None:
    browser = builders.signed_in(builders.member(builders.practice(), Role.PRACTITIONER))
    assert browser.get("/settings/insurers/bupa").status_code == 200
    assert browser.post("/settings/insurers/bupa", {"diagnosis_scheme": "ICD10"}).status_code == 403


def test_an_unknown_insurer_is_not_there() -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    assert browser.get("/settings/insurers/no-such-insurer").status_code == 404
