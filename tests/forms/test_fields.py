"""Fields for identifiers and for questions say what is wrong in a sentence."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django import forms
from django.core.exceptions import ValidationError

from clearbill.forms.fields import (
    AccountNameField,
    CodeField,
    DayField,
    HealthcodeNumberField,
    NameField,
    NumberTextField,
    PhoneField,
    PoundsField,
    TextField,
    UkPostcodeField,
)


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


@pytest.mark.parametrize(
    ("field", "text"),
    [
        *((UkPostcodeField, text) for text in ("31 Feb", "1/2/26", "🎉", "75001")),
        *((HealthcodeNumberField, text) for text in ("x", "1/2/26", "2026-11-10", "TP")),
        *((NameField, text) for text in ("-5", "🎉", "12", "?")),
        *((PhoneField, text) for text in ("abc", "🎉")),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(field: type[TextField], text: str) -> None:
    with pytest.raises(ValidationError, match=r"is no |is not a UK postcode"):
        field(label="It").clean(text)


@pytest.mark.parametrize(
    ("field", "text", "kept"),
    [
        (UkPostcodeField, "sw1a1aa", "SW1A 1AA"),
        (UkPostcodeField, "bfpo801", "BFPO 801"),
        (HealthcodeNumberField, "tp 000 001", "TP000001"),
        (NameField, "山田 2", "山田 2"),
        (NameField, "Ann\u202e Ex", "Ann Ex"),
        (PhoneField, "020 1, ext. 5", "020 1, ext. 5"),
    ],
)
def test_what_can_be_is_kept(field: type[TextField], text: str, kept: str) -> None:
    assert field(label="It").clean(text) == kept


def test_digits_of_any_script_count_as_amounts_and_dates_as_they_do_as_numbers() -> None:
    assert forms.IntegerField().clean("١٢") == 12
    assert PoundsField().clean("١٢.٥٠") == Decimal("12.50")
    assert DayField().clean("١/٢/٢٠٢٦") == date(2026, 2, 1)


def test_too_many_decimals_are_refused_in_our_own_words() -> None:
    with pytest.raises(ValidationError, match="Give at most 2 decimals"):
        forms.DecimalField(max_digits=5, decimal_places=2).clean("1.234")
