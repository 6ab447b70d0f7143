"""What is typed about a client: personal details and UK Private Health Insurance."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from clearbill.bill import dates
from clearbill.bill.address import countries, postcode
from clearbill.bill.bill import SEXES
from clearbill.bill.text import plain_digits
from clearbill.clients.models import Client
from clearbill.forms.fields import (
    DayField,
    EmailField,
    LongSelect,
    NumberTextField,
    PhoneField,
    PostcodeField,
    TextField,
)


class BirthDayField(DayField):
    """A date of birth: two figures for the year mean the past, and it is never after today."""

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values or isinstance(value, date):
            return super().to_python(value)
        try:
            return dates.typed_birth_date(plain_digits(str(value)), today=dates.today())
        except dates.NotADate as exc:
            raise ValidationError(str(exc)) from None


class DetailsForm(forms.Form):
    """Personal details."""

    title = TextField(label="Title", required=False, max_length=20)
    first_name = TextField(label="First name", required=False, max_length=50)
    other_names = TextField(label="Other names", required=False, max_length=50)
    last_name = TextField(
        label="Last name",
        max_length=50,
        error_messages={"required": "Enter the last name. A client who has one name has it here."},
    )
    birth_date = BirthDayField(label="Date of birth", required=False)
    sex = forms.ChoiceField(label="Sex", required=False, choices=[("", "Not asked yet"), *SEXES.items()])
    email = EmailField(label="E-mail", required=False, widget=forms.TextInput(attrs={"inputmode": "email"}))
    phone = PhoneField(label="Phone", required=False, max_length=40)
    address_1 = TextField(label="Address line 1", required=False, max_length=50)
    address_2 = TextField(label="Address line 2", required=False, max_length=50)
    address_3 = TextField(label="Address line 3", required=False, max_length=50)
    address_4 = TextField(label="Address line 4", required=False, max_length=50)
    postcode = PostcodeField(label="Postcode", required=False, max_length=10)
    country = forms.ChoiceField(
        label="Country",
        required=False,
        choices=countries.choices,
        widget=LongSelect,
        initial=countries.UK,
        error_messages={"invalid_choice": "Choose the country from the list."},
    )
    gp_name = TextField(label="GP", required=False, max_length=120)
    notes = TextField(label="Notes", required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))
    belong_together = {"Address": "address_1 address_2 address_3 address_4 postcode country"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"

    def clean_country(self) -> str:
        return str(self.cleaned_data["country"]) or countries.UK

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if fault := postcode.fault_in(given.get("postcode") or "", given.get("country", "")):
            self.add_error("postcode", fault)
        return given


class MemberDetailsForm(forms.Form):
    """What is taken over from the insurer's member list."""

    membership_number = NumberTextField(required=False, max_length=50)
    group_number = TextField(required=False, max_length=50)
    scheme = TextField(required=False, max_length=200)
    valid_to = DayField(required=False)


DETAILS = tuple(DetailsForm.base_fields)


class CoverHintsForm(forms.Form):
    """The part of a cover that can be looked at while it is typed; nothing of it is ever refused."""

    insurer_slug = TextField(required=False)
    membership_number = NumberTextField(required=False)
    authorisation_code = NumberTextField(required=False)
    authorisation_from = DayField(required=False)
    authorisation_to = DayField(required=False)

    def values(self) -> dict[str, Any]:
        """Return what could be read, as `queries.cover_hints` takes it."""
        self.is_valid()
        usual: dict[str, Any] = {"insurer_slug": "", "membership_number": "", "authorisation_code": ""}
        return {**usual, **self.cleaned_data}


def details_of(client: Client | None) -> dict[str, Any]:
    """Return the client's details as a form's first values."""
    return {name: getattr(client, name) for name in DETAILS} if client else {}


def typed(values: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    """Return what was typed as first values of a form that is shown again without being judged."""
    return {name: values.get(name, "") for name in names}
