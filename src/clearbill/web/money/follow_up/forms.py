"""Forms of underpayments, late claims and chases."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from clearbill.forms.fields import DayField, TextField

ASK_AGAIN_AFTER_DAYS = 14

LONGEST_WAIT_DAYS = 366


class DismissForm(forms.Form):
    """Why an underpayment is let go, and the amount that the page showed."""

    missing = forms.DecimalField(widget=forms.HiddenInput, max_digits=10, decimal_places=2)
    reason = TextField(label="Reason", max_length=300, error_messages={"required": "Say why it is let go."})


class ChaseForm(forms.Form):
    """When somebody asked about a claim, and when to ask again."""

    chased_on = DayField(label="Asked on")
    again_on = DayField(label="Ask again on", required=False)
    note = TextField(label="What was said", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_chased_on(self) -> date:
        day: date = self.cleaned_data["chased_on"]
        if day > self.today:
            raise ValidationError("This day is still to come. Note it once somebody has asked.")
        if day < self.today - timedelta(days=LONGEST_WAIT_DAYS):
            raise ValidationError("This is more than a year ago. Look at the year.")
        return day

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        chased_on, again_on = given.get("chased_on"), given.get("again_on")
        if chased_on and not again_on and "again_on" not in self.errors:
            given["again_on"] = chased_on + timedelta(days=ASK_AGAIN_AFTER_DAYS)
        elif chased_on and again_on and not chased_on < again_on <= chased_on + timedelta(days=LONGEST_WAIT_DAYS):
            self.add_error("again_on", "This must be after the day on which somebody asked, and within a year.")
        return given
