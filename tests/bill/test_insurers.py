from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from typing import Any

import pytest

from clearbill.bill.insurers import all_insurers, bare, by_identifier, by_slug, find
from clearbill.bill.insurers.insurer import Fact, Format, Insurer, Numbers, OtherInsurer, Refusal, WithdrawnCode
from tests.moment import TODAY_BY_THE_MACHINE

LISTED = [
    "Alliance Health Corporate",
    "Allianz Worldwide Care",
    "Aviva",
    "AXA Health",
    "BUPA",
    "BUPA Global",
    "Healix Health Services Ltd",
    "patientzone",
    "VitalityHealth",
    "Willis Towers Watson",
    "WPA",
]


def test_the_insurers_with_electronic_bills_come_first_in_their_order() -> None:
    assert [insurer.name for insurer in all_insurers()][: len(LISTED)] == LISTED
    assert {"Cigna", "The Exeter", "Trust in Health"} <= {insurer.name for insurer in all_insurers()}


@pytest.mark.parametrize("meant", ["slh", "SLH", "vitalityhealth", "Vitality Health", " VITALITY "])
def test_an_insurer_is_found_by_identifier_slug_and_name_in_any_case(meant: str) -> None:
    found = find(meant)
    assert found is not None
    assert found.name == "VitalityHealth"


def test_what_nobody_is_called_finds_no_insurer() -> None:
    assert (find(""), find("nobody"), by_slug("nobody"), by_identifier("BUP")) == (None, None, None, None)


def test_an_old_identifier_is_found_but_not_offered() -> None:
    old = find("pru")
    assert old is not None
    assert old.superseded_by == "vitalityhealth"
    assert old not in all_insurers()


def _facts(insurer: Insurer) -> Iterator[Fact[Any] | Format | Refusal | OtherInsurer | WithdrawnCode]:
    """Yield every fact of the insurer and every form of its numbers, whatever fields it has."""
    for field in fields(Insurer):
        value = getattr(insurer, field.name)
        if isinstance(value, Numbers):
            yield from (*value.formats, *value.refused, *value.others)
        elif isinstance(value, Fact):
            yield value
    yield from (*insurer.withdrawn_codes, *insurer.says)


def test_every_fact_has_a_source_a_date_and_a_confidence() -> None:
    found = [fact for insurer in all_insurers() for fact in _facts(insurer)]
    assert {type(fact) for fact in found} == {Fact, Format, Refusal, OtherInsurer, WithdrawnCode}
    for fact in found:
        assert fact.source.startswith("https://") or fact.confidence == "L", fact
        assert fact.confidence in ("H", "M", "L")
        assert fact.read_on <= TODAY_BY_THE_MACHINE


def test_an_identifier_that_is_not_known_is_empty() -> None:
    unknown = {insurer.slug for insurer in all_insurers() if not insurer.healthcode_id}
    assert {"alliance-health-corporate", "allianz-worldwide-care", "willis-towers-watson"} <= unknown
    identifiers = [insurer.healthcode_id for insurer in all_insurers() if insurer.healthcode_id]
    assert len(set(identifiers)) == len(identifiers)


@pytest.mark.parametrize(
    ("insurer", "number", "fits"),
    [
        ("ppp", "AXA-ZZ123456", True),
        ("ppp", "ZZ1234567Z", True),
        ("ppp", "HOL/Z1234567", True),
        ("ppp", "HOLZ1234567", False),
        ("bui", "BI-1234-1234-1234", True),
        ("hhs", "W12345678Z", True),
        ("wpa", "12345678", False),
        ("alliance", "123456", True),
        ("alliance", "123456789", False),
        ("allianz", "P1234", True),
        ("allianz", "W1234 567890-01", True),
        ("axa global", "INTL7123456", True),
        ("axa global", "ABC12345678", False),
        ("the exeter", "1234567890", True),
        ("freedom", "ABC12345", True),
    ],
)
def test_membership_numbers_fit_the_published_forms(insurer: str, number: str, fits: bool) -> None:
    found = find(insurer)
    assert found is not None
    assert any(form.fits(bare(number)) for form in found.membership.formats) is fits


@pytest.mark.parametrize("insurer", all_insurers(), ids=lambda insurer: insurer.slug)
def test_the_example_numbers_of_an_insurer_fit_its_own_forms(insurer: Any) -> None:
    for numbers in (insurer.membership, insurer.authorisation):
        assert (
            not numbers.usual or any(form.fits(bare(numbers.example)) for form in numbers.usual) or not numbers.example
        )


def test_a_pasted_number_is_made_bare() -> None:
    assert bare(" bi–0000—0000 ‑ 0001\u00a0") == "BI-0000-0000-0001"


@pytest.mark.parametrize(
    ("first", "due"),
    [
        (date(2026, 5, 23), date(2026, 11, 23)),
        (date(2026, 8, 31), date(2027, 2, 28)),
        (date(2027, 8, 31), date(2028, 2, 29)),
        (date(2026, 12, 30), date(2027, 6, 30)),
    ],
)
def test_the_last_day_for_a_bill_is_counted_in_calendar_months(first: date, due: date) -> None:
    bupa = find("bup")
    assert bupa is not None
    assert bupa.bill_by(first) == due
