"""Form fields that read what people type: dates, pounds, codes, postcodes, names in any script."""

from __future__ import annotations

import re
from datetime import date, time
from decimal import Decimal
from typing import Any

from django import forms
from django.core import validators
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from clearbill.bill import dates, insurers, money
from clearbill.bill.address import postcode
from clearbill.bill.text import one_line, plain_digits, tidy

LAST_YEAR = 2199

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

SELECTED = SafeString(" selected")

_NO_CHOICE = "Choose one from the list; what was chosen is no longer in it."

_TOO_LONG = "This has %(show_value)s characters; %(limit_value)s at most can be kept."


class LongSelect(forms.Select):
    """A select of hundreds of choices, written in one go: a template for each would take half of a page’s time."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = "" if value is None else str(value)
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            ((code, SELECTED if str(code) == chosen else "", label) for code, label in self.choices),
        )
        given = self.build_attrs(self.attrs, {"name": name, **(attrs or {})})
        return format_html("<select{}>{}</select>", flatatt(given), options)


def speak_plainly() -> None:
    """Replace the sentences with which Django's own fields and validators refuse something."""
    forms.Field.default_error_messages = {"required": "Fill this in."}
    for choices in (forms.ChoiceField, forms.ModelChoiceField):
        choices.default_error_messages = {"required": "Choose one.", "invalid_choice": _NO_CHOICE}
    forms.IntegerField.default_error_messages = {"invalid": "Enter a whole number, in digits."}
    forms.FileField.default_error_messages |= {"required": "Choose a file.", "invalid": "Choose a file."}
    validators.MaxLengthValidator.message = _TOO_LONG
    validators.MinValueValidator.message = "This must be %(limit_value)s or more."
    validators.MaxValueValidator.message = "This must be %(limit_value)s or less."
    validators.DecimalValidator.messages = {
        "invalid": "Enter a number, in digits.",
        "max_digits": "This has too many digits; %(max)s at most can be kept.",
        "max_decimal_places": "Give at most %(max)s decimals.",
        "max_whole_digits": "This is too large; %(max)s digits before the point can be kept.",
    }
    forms.DecimalField.default_error_messages = {"invalid": "Enter a number, in digits."}
    validators.ProhibitNullCharactersValidator.message = "There is a character in this that cannot be stored."


def insurer_choices(none: str, *, kept: str = "") -> list[tuple[str, str]]:
    """Return the insurers to choose from, after `none` for no choice.

    `kept` is the slug of one stored earlier: it stays a choice although no new bills go there.
    """
    choices = [("", none), *((insurer.slug, insurer.name) for insurer in insurers.all_insurers())]
    if kept not in dict(choices):
        choices.append((kept, insurers.name_of(kept)))
    return choices


class TextField(forms.CharField):
    """A line of text, tidied; several lines in a text area. Any script is welcome."""

    def __init__(self, **kwargs: Any) -> None:
        label = str(kwargs.get("label") or "")
        if label:
            required = "Fill this in." if label.endswith("?") else f"Enter {_as_object(label)}."
            kwargs["error_messages"] = {"required": required} | kwargs.get("error_messages", {})
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        if value in self.empty_values:
            return ""
        return tidy(str(value)) if isinstance(self.widget, forms.Textarea) else one_line(str(value))

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Without `maxlength`: the browser would cut what is pasted without a word. The form says what is too long."""
        return {name: value for name, value in super().widget_attrs(widget).items() if name != "maxlength"}


def _as_object(label: str) -> str:
    """Return a label as it stands in a sentence: “Name” as “the name”, “Your name” as “your name”, “ISC” as it is."""
    word = label if label[:2].isupper() or (label.istitle() and " " in label) else label[:1].lower() + label[1:]
    return word if word.startswith("your ") else f"the {word}"


class NameField(TextField):
    """What somebody or something is called, in any script: it has a letter at least."""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        if text and not any(sign.isalpha() for sign in text):
            raise ValidationError(f"“{text[:30]}” is no name: it has no letter.")
        return text


class PhoneField(TextField):
    """A telephone number as people write it: it has a digit at least."""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        if text and not any(sign.isdecimal() for sign in text):
            raise ValidationError(f"“{text[:30]}” is no telephone number: it has no digit.")
        return text


class CodeField(TextField):
    """A code as bills carry it (`bill.insurers.bare`): no blanks, capital letters, so that a pasted code just works."""

    def to_python(self, value: Any) -> str:
        return insurers.bare(super().to_python(value))


class NumberTextField(CodeField):
    """The number of a member, an authorisation, a provider or a site, as bills carry it; every published form of one
    fits. It has the signs of `insurers.checked_number` only.
    """

    def to_python(self, value: Any) -> str:
        return _of_number_signs(super().to_python(value))


class HealthcodeNumberField(NumberTextField):
    """A number that Healthcode gave out, for a payee, a practitioner or a site: no date, no word of few letters."""

    def to_python(self, value: Any) -> str:
        number = super().to_python(value)
        if number and (_is_date(number) or (len(number) < 4 and number.isalpha())):
            raise ValidationError(f"“{number[:30]}” is no number from Healthcode. It looks like TP000001.")
        return number


def _is_date(text: str) -> bool:
    return re.fullmatch(r"\d{1,4}([/.-])\d{1,2}\1\d{1,4}", text) is not None


class AccountNameField(TextField):
    """The name of an account or a key, in which case matters; blanks are dropped, the signs are those of a number."""

    def to_python(self, value: Any) -> str:
        return _of_number_signs(re.sub(r"\s+", "", super().to_python(value)))


def _of_number_signs(text: str) -> str:
    try:
        return insurers.checked_number(text)
    except insurers.NotANumber as exc:
        raise ValidationError(str(exc)) from None


class SecretField(forms.CharField):
    """A password or a key, as it is typed: nothing of it is tidied, and a character that no key types is refused."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"strip": False, "max_length": 200, **kwargs})

    def validate(self, value: Any) -> None:
        super().validate(value)
        if _CONTROL.search(str(value or "")):
            raise ValidationError("There is a line break, or another character that cannot be typed, in this.")


class PostcodeField(TextField):
    """A postcode; a UK one in any spelling becomes “SW1A 1AA”."""

    def to_python(self, value: Any) -> str:
        return postcode.normalise(super().to_python(value))


class UkPostcodeField(PostcodeField):
    """The postcode of an address that is in the UK."""

    def to_python(self, value: Any) -> str:
        code = super().to_python(value)
        if code and not postcode.is_british(code):
            raise ValidationError(f"“{code[:30]}” is not a UK postcode. Write it like SW1A 1AA.")
        return code


class DayField(forms.Field):
    """A date in any usual UK spelling."""

    widget = forms.TextInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.attrs.setdefault("placeholder", "e.g. 23 Nov 2026")
        self.widget.attrs.setdefault("autocomplete", "off")

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values:
            return None
        if isinstance(value, date):
            return value
        try:
            day = dates.parse(plain_digits(str(value)))
        except dates.NotADate as exc:
            raise ValidationError(str(exc)) from None
        if day.year > LAST_YEAR:
            raise ValidationError(f"The year {day.year} is too far away.")
        return day

    def prepare_value(self, value: Any) -> Any:
        return dates.show(value) if isinstance(value, date) else value


class PastDayField(DayField):
    """A day that has come, and on which a practice can have kept books."""

    default_error_messages = {
        "to_come": "This day has not come yet.",
        "too_early": "The year %(year)s is too long ago. Look at the date again.",
    }

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        if day and day > dates.today():
            raise ValidationError(self.error_messages["to_come"])
        if day and day < dates.FIRST_DAY:
            raise ValidationError(self.error_messages["too_early"], params={"year": day.year})
        return day


class ClockField(forms.Field):
    """A time of day: 14:05, 2.05pm, 1405, 9."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> time | None:
        if value in self.empty_values:
            return None
        found = re.fullmatch(r"(\d{1,2})[:.h ]?(\d{2})?\s*(am|pm)?", str(value).strip().lower())
        hour, minute = (int(found[1]), int(found[2] or 0)) if found else (99, 0)
        if found and found[3]:
            hour = 99 if not 1 <= hour <= 12 else hour % 12 + (12 if found[3] == "pm" else 0)
        if hour > 23 or minute > 59:
            raise ValidationError(f"“{value}” is not a time. Write it like 14:05.")
        return time(hour, minute)

    def prepare_value(self, value: Any) -> Any:
        return f"{value:%H:%M}" if isinstance(value, time) else value


class PoundsField(forms.Field):
    """An amount in pounds: £1,200.50, 1200.5, 70. Never negative."""

    widget = forms.TextInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.attrs.update({"inputmode": "decimal", "autocomplete": "off"})

    def to_python(self, value: Any) -> Decimal | None:
        if value in self.empty_values:
            return None
        if isinstance(value, Decimal):
            return value
        try:
            amount = money.parse(plain_digits(str(value)))
        except money.NotAnAmount as exc:
            raise ValidationError(str(exc)) from None
        if amount < 0:
            raise ValidationError("The amount cannot be negative.")
        return amount

    def prepare_value(self, value: Any) -> Any:
        return f"{value:.2f}" if isinstance(value, Decimal) else value


class EmailField(forms.EmailField):
    """An e-mail address; in small letters, because that is how people are told apart."""

    default_validators = [EmailValidator("This is not an e-mail address. It looks like name@example.org.")]

    def __init__(self, **kwargs: Any) -> None:
        messages = {"required": "Enter the e-mail address."}
        super().__init__(**{"max_length": 254, "error_messages": messages, **kwargs})

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value) or "").strip().lower()


class KeyField(forms.UUIDField):
    """The id that a form was given when it was shown, so that sending it twice makes one thing. Nonsense is no id."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except forms.ValidationError:
            return None
