"""What is typed about a client: personal details and UK Private Health Insurance."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy

from clearbill.bill import dates
from clearbill.bill.bill import SEXES
from clearbill.clients.models import Client, Cover
from clearbill.forms.fields import (
    DayField,
    EmailField,
    NumberTextField,
    PostcodeField,
    PoundsField,
    TextField,
    insurer_choices,
)

_MOST_EXCESS = 20_000

_HINTS_BY_HTMX = {
    "hx-post": reverse_lazy("client-cover-hints"),
    "hx-trigger": "change",
    "hx-target": "#cover-hints",
    "hx-include": "#cover-fields",
}


class BirthDayField(DayField):
    """A date of birth: two figures for the year mean the past, and it is never after today."""

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values or isinstance(value, date):
            return super().to_python(value)
        try:
            day = dates.parse(str(value), latest_year=dates.today().year)
        except dates.NotADate as exc:
            raise ValidationError(str(exc)) from None
        if day > dates.today():
            raise ValidationError(f"{dates.show(day)} is still to come. Check the year.")
        if day.year < 1900:
            raise ValidationError(f"{dates.show(day)} is before 1900. Check the year.")
        return day


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
    phone = TextField(label="Phone", required=False, max_length=40)
    address_1 = TextField(label="Address line 1", required=False, max_length=50)
    address_2 = TextField(label="Address line 2", required=False, max_length=50)
    address_3 = TextField(label="Address line 3", required=False, max_length=50)
    address_4 = TextField(label="Address line 4", required=False, max_length=50)
    postcode = PostcodeField(label="Postcode", required=False, max_length=10)
    gp_name = TextField(label="GP", required=False, max_length=120)
    notes = TextField(label="Notes", required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"


class CoverForm(forms.Form):
    """UK Private Health Insurance. Only the membership number is compulsory, once a provider is chosen."""

    insurer_slug = forms.ChoiceField(label="Insurance Provider", required=False)
    membership_number = NumberTextField(
        label="Membership Number", required=False, max_length=50, help_text="Copy it from the insurance card."
    )
    authorisation_code = NumberTextField(label="Authorisation Code", required=False, max_length=50)
    authorisation_from = DayField(label="Authorised from", required=False)
    authorisation_to = DayField(label="Authorised to", required=False)
    authorised_sessions = forms.IntegerField(
        label="Authorised sessions", required=False, min_value=1, max_value=999, widget=forms.TextInput
    )
    excess_left = PoundsField(
        label="Excess still to pay (£)",
        required=False,
        help_text="What the client pays of the next bills before the insurer does. It goes down as you take it; enter "
        "it anew when a policy year begins.",
    )
    scheme = TextField(label="Scheme", required=False, max_length=200)
    group_number = TextField(label="Group number", required=False, max_length=50)
    valid_to = DayField(label="Cover valid to", required=False)

    def __init__(self, *args: Any, had_cover: str = "", **kwargs: Any) -> None:
        """`had_cover` is the slug of the provider stored so far: choosing none then takes the cover away."""
        super().__init__(*args, **kwargs)
        self._had_cover = had_cover
        choices = insurer_choices("No insurance: the client pays", kept=had_cover)
        self.fields["insurer_slug"].choices = choices  # type: ignore[attr-defined]
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"
        for name in ("insurer_slug", "membership_number", "authorisation_code", "authorisation_to"):
            self.fields[name].widget.attrs.update(_HINTS_BY_HTMX)
        self.fields["authorised_sessions"].widget.attrs["inputmode"] = "numeric"

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        insurer = given.get("insurer_slug")
        if insurer and not given.get("membership_number") and "membership_number" not in self.errors:
            self.add_error("membership_number", "The Membership Number is compulsory. Copy it from the insurance card.")
        if (given.get("excess_left") or 0) > _MOST_EXCESS:
            self.add_error("excess_left", f"An excess is at most £{_MOST_EXCESS:,}. Check the amount.")
        if insurer == "" and not self._had_cover and any(given.get(name) for name in COVER):
            self.add_error("insurer_slug", "Choose the provider these details belong to, or clear them.")
        return given

    def as_cover(self) -> dict[str, Any] | None:
        """Return the cover to be saved, or None for a client who pays in person."""
        return {name: self.cleaned_data[name] for name in COVER} if self.cleaned_data["insurer_slug"] else None


class MemberDetailsForm(forms.Form):
    """What is taken over from the insurer's member list."""

    membership_number = NumberTextField(required=False, max_length=50)
    group_number = TextField(required=False, max_length=50)
    scheme = TextField(required=False, max_length=200)
    valid_to = DayField(required=False)


DETAILS = tuple(DetailsForm.base_fields)

COVER = tuple(CoverForm.base_fields)


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


def cover_of(cover: Cover | None) -> dict[str, Any]:
    """Return the cover as a form's first values."""
    return {name: getattr(cover, name) for name in COVER} if cover else {}


def typed(values: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    """Return what was typed as first values of a form that is shown again without being judged."""
    return {name: values.get(name, "") for name in names}
