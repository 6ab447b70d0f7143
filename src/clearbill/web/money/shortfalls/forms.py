"""Forms of the shortfall card."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from django import forms

from clearbill.bill import dates, deductions
from clearbill.forms.fields import DayField, PoundsField, TextField
from clearbill.money.shortfalls.shortfall import Deduction
from clearbill.web.components.method_field import MethodField

COME_BACK_DAYS = 30


def in_a_month() -> date:
    """Return the day on which one looks again, unless another is chosen."""
    return dates.today() + timedelta(days=COME_BACK_DAYS)


class OnceForm(forms.Form):
    """A form that does what it says once, however often it is sent: `once` is the id of what comes of it."""

    once = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


class AskForm(OnceForm):
    amount = PoundsField(label="Amount")


class WriteOffForm(OnceForm):
    amount = PoundsField(label="Amount")
    reason = TextField(label="Reason", max_length=300, error_messages={"required": "Say why it is given up."})


class WaitForm(forms.Form):
    come_back_on = DayField(label="Come back to it on")
    note = TextField(
        label="What it waits for",
        max_length=500,
        help_text="Such as: the insurer rings back.",
        error_messages={"required": "Say what it waits for."},
    )


class OwesForm(forms.Form):
    owed_by = forms.ChoiceField(label="Who owes it", choices=list(deductions.LIABLE_PARTIES.items()))
    why = TextField(label="Why", max_length=300, required=False)


class NoteForm(forms.Form):
    """Why an insurer paid less, as a person reads it in a letter."""

    amount = PoundsField(label="Amount")
    words = TextField(
        label="Reason",
        max_length=200,
        help_text="In the insurer’s words, such as “Policy excess” or “Fee above the agreed rate”.",
        error_messages={"required": "Enter the reason that the insurer gives."},
    )


class ExcessForm(OnceForm):
    amount = PoundsField(label="Amount")
    method = MethodField()
    reference = TextField(label="Reference", max_length=60, required=False)


class LetterForm(OnceForm):
    """A letter that disputes some deductions of one claim."""

    deductions = forms.MultipleChoiceField(
        label="What is disputed",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one deduction."},
    )
    text = forms.CharField(
        label="Why we disagree",
        max_length=6000,
        widget=forms.Textarea(attrs={"rows": 9}),
        error_messages={"required": "Write why you disagree."},
    )
    come_back_on = DayField(label="Come back to it on", help_text="It is shown as to decide again on this day.")

    def __init__(self, *args: Any, left: list[Deduction], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The browser would cut a long text without a word; the form says that it is too long.
        self.fields["text"].widget.attrs.pop("maxlength", None)
        choices: Any = self.fields["deductions"]
        choices.choices = [(one.token, one.name) for one in left]
