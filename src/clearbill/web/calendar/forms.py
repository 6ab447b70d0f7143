"""Forms of appointments."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast
from uuid import uuid4

from django import forms
from django.utils.timezone import localtime

from clearbill.appointments.models import Appointment
from clearbill.appointments.services import LONGEST_MINUTES, MOST_WEEKS, Visit
from clearbill.bill import dates
from clearbill.bill.dates import LONDON
from clearbill.forms.fields import ClockField, DayField, KeyField, TextField
from clearbill.people.models import Practice
from clearbill.web.components.client_field import ClientForm, of_practice
from clearbill.workspace.models import Practitioner, Service, Site
from clearbill.workspace.provider_numbers import USUAL_SITE, usual_site


class AppointmentForm(ClientForm):
    """Books or changes an appointment. `visit()` gives what was asked for."""

    key = KeyField(required=False)
    service = forms.ModelChoiceField(
        Service.objects.none(), empty_label="Choose a service", error_messages={"required": "Choose what is done."}
    )
    practitioner = forms.ModelChoiceField(
        Practitioner.objects.none(),
        empty_label="Choose a practitioner",
        error_messages={"required": "Choose the practitioner."},
    )
    site = forms.ModelChoiceField(Site.objects.none(), required=False, empty_label=USUAL_SITE)
    day = DayField(label="Date")
    at = ClockField(label="Time", widget=forms.TextInput(attrs={"placeholder": "e.g. 14:05", "autocomplete": "off"}))
    minutes = forms.IntegerField(
        label="Minutes",
        required=False,
        min_value=1,
        max_value=LONGEST_MINUTES,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "placeholder": "as usual"}),
    )
    weeks = forms.TypedChoiceField(
        label="Repeat",
        coerce=int,
        required=False,
        empty_value="1",
        choices=[(1, "Once"), *((number, f"Weekly, {number} times") for number in range(2, MOST_WEEKS + 1))],
    )
    note = TextField(required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    anyway = forms.BooleanField(label="Book anyway", required=False)
    belong_together = {"Date and time": "day at"}

    def __init__(self, *args: Any, practice: Practice, appointment: Appointment | None = None, **kwargs: Any) -> None:
        super().__init__(*args, practice=practice, **kwargs)
        self.starts_at: datetime | None = None
        kinds: dict[str, Any] = {"practitioner": Practitioner, "service": Service, "site": Site}
        for name, kind in kinds.items():
            keep = getattr(appointment, name) if appointment else None
            field = cast("forms.ModelChoiceField[Any]", self.fields[name])
            field.queryset = of_practice(kind.objects.all(), practice, keep)
        if appointment:
            del self.fields["weeks"]
        self.initial.setdefault("key", uuid4())

    def clean_day(self) -> Any:
        day = self.cleaned_data["day"]
        if not dates.FIRST_DAY <= day <= dates.LAST_DAY:
            raise forms.ValidationError("This date is too far away for a diary.")
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        day, at = cleaned.get("day"), cleaned.get("at")
        if day and at is not None:
            try:
                self.starts_at = dates.uk_moment(day, at)
            except dates.NoSuchTime as exc:
                self.add_error("at", str(exc))
        return cleaned

    def visit(self) -> Visit:
        """Return the visit; only after the form is valid."""
        cleaned = self.cleaned_data
        if self.chosen is None or self.starts_at is None:
            raise ValueError("the form is not valid")
        return Visit(
            client=self.chosen,
            practitioner=cleaned["practitioner"],
            service=cleaned["service"],
            site=cleaned["site"] or usual_site(cleaned["practitioner"]),
            starts_at=self.starts_at,
            minutes=cleaned["minutes"] or cleaned["service"].duration_minutes,
            note=cleaned["note"],
        )


class DrawnTimeField(forms.CharField):
    """A time on the drawn calendar as its script writes it, 2026-11-23T10:30; cleaned to what UK clocks would show."""

    def clean(self, value: Any) -> Any:
        if not self.required and value in self.empty_values:
            return None
        try:
            typed = datetime.strptime(super().clean(value)[:16], "%Y-%m-%dT%H:%M").replace(tzinfo=LONDON)
        except ValueError:
            raise forms.ValidationError("This is not a time the calendar knows.") from None
        if not dates.FIRST_DAY <= typed.date() <= dates.LAST_DAY:
            raise forms.ValidationError("This date is too far away for a diary.")
        return typed


class WallTimeField(DrawnTimeField):
    """The same, cleaned to the moment at which UK clocks show that time."""

    def clean(self, value: Any) -> Any:
        typed = super().clean(value)
        try:
            return typed and dates.uk_moment(typed.date(), typed.time())
        except dates.NoSuchTime as exc:
            raise forms.ValidationError(str(exc)) from None


class MoveForm(forms.Form):
    """A drag on the calendar. `minutes` is how long the appointment is drawn, whatever the clocks do meanwhile."""

    start = WallTimeField()
    end = DrawnTimeField()
    practitioner = forms.UUIDField(
        required=False, error_messages={"invalid": "This practitioner is not known. Reload the page."}
    )
    anyway = forms.BooleanField(required=False)
    was_start = WallTimeField(required=False)
    was_practitioner = forms.UUIDField(required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if "start" in cleaned and "end" in cleaned:
            drawn = localtime(cleaned["start"]).replace(tzinfo=None)
            cleaned["minutes"] = int((cleaned["end"].replace(tzinfo=None) - drawn).total_seconds() // 60)
        return cleaned
