"""Fields for identifiers and for questions say what is wrong in a sentence."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from clearbill.forms.fields import AccountNameField, CodeField, DayField, NumberTextField, TextField


@pytest.mark.parametrize("text", ["🎉", "John,Smith", "<b>", "??", "-1"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="letters, digits"):
        NumberTextField(label="Number").clean(text)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (" SP 12345 ", "SP12345"),
        ("hc0-1/2.x_y", "HC0-1/2.X_Y"),
        (r"000001\01", r"000001\01"),
        ("tp000012", "TP000012"),
        ("BI–1\u200b", "BI-1"),
        ("0412345", "0412345"),
    ],
)
def test_numbers_of_every_kind_are_kept_without_blanks(text: str, kept: str) -> None:
    assert NumberTextField(label="Number").clean(text) == kept


def test_the_name_of_an_account_keeps_its_case() -> None:
    assert AccountNameField(label="User ID").clean(" stand-in User ") == "stand-inUser"
    with pytest.raises(ValidationError, match="letters, digits"):
        AccountNameField(label="User ID").clean("a,b")


def test_a_code_is_read_on_every_page_as_the_bill_has_it() -> None:
    assert CodeField(label="Code").clean(" ｗ１２３４－5 ") == "W1234-5"


def test_a_question_that_is_not_answered_is_not_put_into_the_sentence() -> None:
    with pytest.raises(ValidationError, match=r"^\['Fill this in.'\]$"):
        TextField(label="Why is it set aside?").clean("")


def test_a_year_too_far_away_is_refused() -> None:
    with pytest.raises(ValidationError, match="too far away"):
        DayField().clean("31 Dec 9999")
