"""Fields for identifiers and for questions say what is wrong in a sentence."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from clearbill.forms.fields import DayField, NumberTextField, TextField


@pytest.mark.parametrize("text", ["🎉", "John,Smith", "<b>", "??", "-1"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="letters, digits"):
        NumberTextField(label="Number").clean(text)


@pytest.mark.parametrize(
    ("text", "kept"), [(" SP 12345 ", "SP12345"), ("HC0-1/2.x_y", "HC0-1/2.x_y"), ("0412345", "0412345")]
)
def test_numbers_of_every_kind_are_kept_without_blanks(text: str, kept: str) -> None:
    assert NumberTextField(label="Number").clean(text) == kept


def test_a_question_that_is_not_answered_is_not_put_into_the_sentence() -> None:
    with pytest.raises(ValidationError, match=r"^\['Fill this in.'\]$"):
        TextField(label="Why is it set aside?").clean("")


def test_a_year_too_far_away_is_refused() -> None:
    with pytest.raises(ValidationError, match="too far away"):
        DayField().clean("31 Dec 9999")
