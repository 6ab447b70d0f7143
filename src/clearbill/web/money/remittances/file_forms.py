"""What is asked about a file of payments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from clearbill.fileformats import LARGEST_BYTES
from clearbill.fileformats.columns import REMITTANCE_COLUMNS
from clearbill.fileformats.file_format import accepted, in_words
from clearbill.fileformats.remittance.formats import FORMATS
from clearbill.forms.fields import DayField, TextField, insurer_choices

TOO_LARGE = "The file is larger than 50 MB. Split it and bring the parts one after another."

NONE = "none"

NOT_THERE = "It is not in the file"

ORDERS = [
    ("", "As the dates themselves prove it"),
    ("dmy", "Day, month, year"),
    ("mdy", "Month, day, year"),
    ("ymd", "Year, month, day"),
]

# Answers that name no column.
_OF_THE_WHOLE_FILE = {"order", "sheet", "repeated"}

REFERENCE_MISSING = "Type the reference of the payment."

_READ_AGAIN = (
    "invoice_number",
    "amount_paid",
    "amount_claimed",
    "shortfall",
    "previously_paid",
    "reason_code",
    "reason",
    "payment_reference",
    "paid_on",
    "patient_name",
    "membership_number",
    "clearing_claim_number",
    "payor_claim_number",
    "insurer",
)


class UploadForm(forms.Form):
    """A file of payments."""

    file = forms.FileField(
        label="File",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": accepted(FORMATS), "data-largest": LARGEST_BYTES}),
        help_text=f"{in_words(FORMATS)}, up to 50 MB and 200,000 rows.",
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_BYTES:
            raise ValidationError(TOO_LARGE)
        return file


def _reference_field() -> TextField:
    return TextField(label="Payment reference", max_length=60, required=False)


class AnswersForm(forms.Form):
    """The questions that a file leaves open, `found["questions"]`."""

    def __init__(self, *args: Any, found: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choices: dict[str, list[str]] = {}
        for question in found["questions"]:
            self._ask(question["field"], question["sentence"], question["choices"])
        if "payment_reference" in self._fields_asked:
            self.fields["typed_reference"] = _reference_field()
            if "paid_on" not in found.get("columns", {}):
                self.fields["paid_on"] = DayField(label="Paid on", required=False)

    @property
    def _fields_asked(self) -> set[str]:
        return {*self._choices, *self.fields}

    def _ask(self, name: str, sentence: str, offered: list[list[str]]) -> None:
        if name == "insurer" and not offered:
            self.fields[name] = forms.ChoiceField(label=sentence, choices=insurer_choices("Choose the insurer"))
            return
        self._choices[name] = [value for value, _ in offered]
        choices = [(str(place), label) for place, (_, label) in enumerate(offered)]
        if name in REMITTANCE_COLUMNS and name != "amount_paid":
            choices.append((NONE, "I type it below" if name == "payment_reference" else NOT_THERE))
        is_typed = name == "payment_reference" and not offered
        self.fields[name] = forms.ChoiceField(
            label=sentence,
            choices=choices,
            widget=forms.HiddenInput if is_typed else forms.RadioSelect,
            required=name != "payment_reference",
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "typed_reference" in self.fields and not self.errors:
            is_column = data.get("payment_reference") not in ("", NONE, None)
            if not is_column and not data.get("typed_reference"):
                self.add_error("typed_reference", REFERENCE_MISSING)
        return data

    def answers(self, before: Mapping[str, Any]) -> dict[str, Any]:
        """Return all answers, those given before included; only after the form is valid."""
        given = self.cleaned_data
        columns, same = dict(before.get("columns", {})), dict(before.get("same", {}))
        answers = {**before, "columns": columns, "same": same}
        for name, values in self._choices.items():
            chosen = given.get(name) or NONE
            value = "" if chosen == NONE else values[int(chosen)]
            if name in _OF_THE_WHOLE_FILE:
                answers[name] = value == "yes" if name == "repeated" else value
            elif value or name != "payment_reference":
                columns[name] = value
        if "insurer" in given and "insurer" not in self._choices:
            answers["insurer"] = given["insurer"]
        _put_same(same, given.get("typed_reference"), given.get("paid_on"))
        return answers


class ReadAgainForm(forms.Form):
    """Which column is which, and what holds for the whole file, as a person says after seeing the rows."""

    def __init__(self, *args: Any, found: Mapping[str, Any], answers: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._names: list[str] = found.get("names", [])
        choices = [("", NOT_THERE), *((str(place), name) for place, name in enumerate(self._names))]
        for name in _READ_AGAIN:
            theirs = found.get("columns", {}).get(name, "")
            self.fields[f"column_{name}"] = forms.ChoiceField(
                label=f"{REMITTANCE_COLUMNS[name].called[:1].upper()}{REMITTANCE_COLUMNS[name].called[1:]}",
                choices=choices,
                required=name == "amount_paid",
                initial=str(self._names.index(theirs)) if theirs in self._names else "",
            )
        same = answers.get("same", {})
        self.fields["order"] = forms.ChoiceField(
            label="Order of the dates", choices=ORDERS, required=False, initial=answers.get("order") or ""
        )
        self.fields["whole_insurer"] = forms.ChoiceField(
            label="Insurer, where the file has none",
            choices=insurer_choices("None"),
            required=False,
            initial=answers.get("insurer", ""),
        )
        self.fields["whole_reference"] = _reference_field()
        self.fields["whole_reference"].label = "Payment reference, where the file has none"
        self.fields["whole_reference"].initial = same.get("payment_reference", "")
        self.fields["whole_paid_on"] = DayField(label="Day of the payment, where the file has none", required=False)
        self.fields["whole_paid_on"].initial = same.get("paid_on", "")

    def answers(self, before: Mapping[str, Any]) -> dict[str, Any]:
        """Return all answers; only after the form is valid."""
        given = self.cleaned_data
        chosen = {name: given[f"column_{name}"] for name in _READ_AGAIN}
        same: dict[str, str] = {}
        _put_same(same, given["whole_reference"], given["whole_paid_on"])
        return {
            "columns": {name: self._names[int(place)] if place else "" for name, place in chosen.items()},
            "same": same,
            "order": given["order"],
            "insurer": given["whole_insurer"],
            **{name: before[name] for name in ("repeated", "sheet") if name in before},
        }


def _put_same(same: dict[str, str], reference: Any, paid_on: Any) -> None:
    if reference:
        same["payment_reference"] = reference
    if paid_on:
        same["paid_on"] = paid_on.isoformat()
