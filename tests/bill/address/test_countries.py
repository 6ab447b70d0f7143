"""Countries of addresses: their names, and where postcodes are British, others or none."""

from __future__ import annotations

import pytest

from clearbill.bill.address import countries


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("United Arab Emirates", "AE"),
        ("Dubai, U.A.E.", "AE"),
        ("HONG KONG", "HK"),
        ("Abidjan, Cote d'Ivoire", "CI"),
        ("St Helier, Jersey", "JE"),
        ("Republic of Ireland", "IE"),
        ("England", "GB"),
        ("Trenton, New Jersey", ""),
        ("Hong Kong House", ""),
        ("", ""),
    ],
)
def test_a_country_is_known_by_a_line_of_its_own_or_after_a_comma(line: str, code: str) -> None:
    assert countries.named_by(line) == code


def test_every_country_that_is_spoken_of_is_one() -> None:
    known = {code for code, _ in countries.choices()}
    assert len(known) == 249
    assert known >= countries.WITHOUT_POSTCODES
    assert known >= countries.WITH_BRITISH_POSTCODES
    assert not countries.WITHOUT_POSTCODES & countries.WITH_BRITISH_POSTCODES
    assert countries.choices()[0] == ("GB", "United Kingdom")


@pytest.mark.parametrize(
    ("code", "is_british", "has_none", "below"),
    [
        ("GB", True, False, ""),
        ("JE", True, False, "Jersey"),
        ("", True, False, ""),
        ("FR", False, False, "France"),
        ("AE", False, True, "United Arab Emirates"),
    ],
)
def test_what_postcodes_are_like_there_and_what_stands_below_an_address(
    code: str, is_british: bool, has_none: bool, below: str
) -> None:
    assert countries.has_british_postcodes(code) == is_british
    assert countries.has_no_postcodes(code) == has_none
    assert countries.abroad(code) == below
