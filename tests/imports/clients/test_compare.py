"""What a newer file changes, by what was imported last and what is here now."""

from __future__ import annotations

import pytest

from clearbill.imports.clients.compare import compare

HOME = {"address_1": "1 Invented Street", "address_2": "Leeds", "postcode": "LS1 1AA"}
NEW_HOME = {"address_1": "5 New Road", "address_2": "Leeds", "postcode": "LS2 2AA"}
HERE = {"address_1": "9 Other Road", "address_2": "York", "postcode": "YO1 1AA"}


@pytest.mark.parametrize(
    ("last", "ours", "theirs", "changes", "conflicts"),
    [
        ("a", "a", "a", {}, {}),
        ("a", "b", "a", {}, {}),
        ("a", "a", "b", {"phone": "b"}, {}),
        ("a", "b", "b", {}, {}),
        ("a", "b", "c", {}, {"phone": ("b", "c")}),
        ("a", "a", "", {"phone": ""}, {}),
        ("a", "b", "", {}, {"phone": ("b", "")}),
        ("a", "", "b", {}, {"phone": ("", "b")}),
        ("", "", "b", {"phone": "b"}, {}),
        (None, "", "b", {"phone": "b"}, {}),
        (None, "a", "", {}, {}),
        (None, "a", "b", {}, {"phone": ("a", "b")}),
    ],
)
def test_three_values_are_held_against_each_other(
    last: str | None, ours: str, theirs: str, changes: dict[str, str], conflicts: dict[str, tuple[str, str]]
) -> None:
    found = compare({} if last is None else {"phone": last}, {"phone": ours}, {"phone": theirs})
    assert (found.changes, found.conflicts) == (changes, conflicts)


def test_an_address_is_one_thing() -> None:
    found = compare(HOME, HERE, NEW_HOME)
    assert (found.changes, set(found.conflicts)) == ({}, set(HOME))
    assert found.settled({}) == {}
    assert found.settled({"address_1": "theirs"}) == NEW_HOME


def test_a_line_that_was_added_here_makes_the_whole_address_a_question() -> None:
    ours = HOME | {"address_2": "Flat 2, Leeds"}
    found = compare(HOME, ours, HOME | {"postcode": "LS2 2AA"})
    assert found.settled({"address_1": "theirs"}) == {"address_2": "Leeds", "postcode": "LS2 2AA"}


def test_insurer_and_number_are_one_policy() -> None:
    last = {"insurer_slug": "bupa", "membership_number": "1"}
    found = compare(last, last | {"membership_number": "2"}, {"insurer_slug": "aviva", "membership_number": "3"})
    assert set(found.conflicts) == {"insurer_slug", "membership_number"}
