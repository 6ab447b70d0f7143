"""The dictionary of a bill's fields against the records that hold them."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields

import pytest

from clearbill.bill import Bill
from clearbill.bill.fields import BY_PATH, FIELDS, GROUPS, LISTS, SINGLE, Kind, closest_name, field_at, name_of

HOLDS: dict[str, set[Kind]] = {
    "str": {"text", "code", "postcode"},
    "date | None": {"date"},
    "Decimal | None": {"amount"},
    "bool": {"yes or no"},
    "bool | None": {"yes or no"},
    "int | None": {"whole number"},
    "tuple[str, ...]": {"texts"},
}


@pytest.mark.parametrize("group", ["", *GROUPS, *LISTS])
def test_every_item_of_a_record_is_in_the_dictionary_as_what_it_holds(group: str) -> None:
    record = GROUPS.get(group) or LISTS.get(group) or Bill
    items = [one for one in fields(record) if one.name not in {*GROUPS, *LISTS}]
    listed = [item for item in FIELDS if item.group == group]
    assert [item.name for item in listed] == [one.name for one in items]
    assert not [one.name for item, one in zip(listed, items, strict=True) if item.kind not in HOLDS[str(one.type)]]


def test_no_name_means_two_fields() -> None:
    assert len(BY_PATH) == len(FIELDS)
    assert len(SINGLE) == len([item for item in FIELDS if item.group not in LISTS])
    assert max(Counter(other for item in FIELDS for other in item.also.split()).values()) == 1


def test_a_name_of_two_lists_has_the_same_words_in_both() -> None:
    words = Counter(name for name, _ in {(item.name, item.words) for item in FIELDS})
    assert max(words.values()) == 1


def test_a_page_takes_as_much_as_is_kept() -> None:
    assert [item for item in FIELDS if item.kept]
    assert not [item.path for item in FIELDS if item.kept > item.longest]


def test_a_field_is_found_by_the_path_of_a_problem() -> None:
    assert field_at("cover.registration_number") is SINGLE["registration_number"]
    assert field_at("lines[3].units") is BY_PATH["lines.units"]
    assert field_at("lines[0].extra_procedure_codes[1]") is BY_PATH["lines.extra_procedure_codes"]
    assert field_at("lines[0]") is None
    assert field_at("") is None


def test_every_other_name_leads_to_its_field() -> None:
    found = {other: closest_name(other, [item.name]) for item in FIELDS for other in item.also.split()}
    assert found == {other: item.name for item in FIELDS for other in item.also.split()}


def test_a_sentence_names_a_field_by_its_words() -> None:
    assert name_of("cover.registration_number") == "membership number"
    assert name_of("lines[1].units") == "number of units of line 2"
    assert name_of("patient") == "patient’s details"
