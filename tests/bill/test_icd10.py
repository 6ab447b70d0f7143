from __future__ import annotations

import pytest

from clearbill.bill import icd10
from clearbill.clients.diagnosis.sources import who_list


@pytest.mark.parametrize("code", ["M54.5", "m545", "M54", "G55.1*", "B18.00", "U07.1", "Z96.6"])
def test_a_listed_code_is_known_in_any_spelling(code: str) -> None:
    assert icd10.is_listed(code)


@pytest.mark.parametrize("code", ["O54.5", "M54.99", "Z99.99", "U99", "M54.5XXA", "", "I", "XIII", "M40-M54"])
def test_what_is_no_code_of_the_list_is_not(code: str) -> None:
    assert not icd10.is_listed(code)


@pytest.mark.parametrize(
    ("code", "listed"), [("M54.5XXA", "M54.5"), ("Z99.99", "Z99.9"), ("W19.0", "W19"), ("O54.5", ""), ("", "")]
)
def test_the_listed_code_above_a_finer_one_is_found(code: str, listed: str) -> None:
    assert icd10.nearest_listed(code) == listed


def test_the_rules_and_the_search_know_the_same_codes() -> None:
    assert [entry.code for entry in who_list() if not icd10.is_listed(entry.code)] == []


def test_earlier_categories_are_not_on_the_present_list() -> None:
    assert [code for code in icd10.EARLIER_CATEGORIES if icd10.is_listed(code)] == []
    assert icd10.is_of_an_earlier_edition("I84.9")
    assert not icd10.is_of_an_earlier_edition("O54.5")
