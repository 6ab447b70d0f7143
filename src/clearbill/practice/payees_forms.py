"""What is typed about payees, their numbers per insurer, and exceptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from clearbill.inputs import NumberTextField, TextField, insurer_choices, rows_in
from clearbill.people.models import Practice
from clearbill.practice.models import Payee, Practitioner


class PayeeForm(forms.Form):
    """A payee: which of the two cases it is, its name, its number at Healthcode."""

    kind = forms.ChoiceField(label="Who is paid", choices=Payee.KINDS, widget=forms.RadioSelect)
    name = TextField(label="Name", max_length=120, error_messages={"required": "Give the payee a name."})
    number = NumberTextField(label="Healthcode ID", max_length=20, required=False)


def payee_values(payee: Payee | None) -> dict[str, Any]:
    """Return a payee as a form's first values; a new one is taken for an organisation."""
    if payee is None:
        return {"kind": Payee.ORGANISATION}
    return {"kind": payee.kind, "name": payee.name, "number": payee.number}


class PayeeNumberForm(forms.Form):
    """One row: the payee's number for one insurer. An empty row is left out."""

    insurer_slug = forms.ChoiceField(label="Insurer", required=False)
    number = NumberTextField(label="Number", max_length=20, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["insurer_slug"].choices = insurer_choices("Choose an insurer")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("number") and not given.get("insurer_slug"):
            self.add_error("insurer_slug", "Choose the insurer this number belongs to.")
        if given.get("insurer_slug") and not given.get("number") and "number" not in self.errors:
            self.add_error("number", "Enter the number, or choose no insurer to leave the row out.")
        return given


class _PayeeNumberRows(forms.BaseFormSet):
    def clean(self) -> None:
        seen: set[str] = set()
        for form in self.forms:
            slug = form.cleaned_data.get("insurer_slug") if form.is_valid() else ""
            if slug and slug in seen:
                form.add_error("insurer_slug", "This insurer has a number in another row. One per insurer is enough.")
            seen.add(slug or "")


PayeeNumberRows = forms.formset_factory(PayeeNumberForm, formset=_PayeeNumberRows, extra=1, max_num=60)


def posted_numbers(data: Mapping[str, Any], prefix: str) -> Any:
    """Return the rows as they were sent, however many the form says there are."""
    counts = {f"{prefix}-TOTAL_FORMS": rows_in(data, prefix), f"{prefix}-INITIAL_FORMS": 0}
    return PayeeNumberRows({**data, **counts}, prefix=prefix)


def numbers_in(rows: Any) -> dict[str, str]:
    """Return {insurer slug: number} of valid rows."""
    return {
        form.cleaned_data["insurer_slug"]: form.cleaned_data["number"]
        for form in rows.forms
        if form.cleaned_data.get("insurer_slug")
    }


class ExceptionForm(forms.Form):
    """Who is paid by one insurer, for everyone or for one practitioner."""

    insurer_slug = forms.ChoiceField(label="Insurer")
    practitioner = forms.ModelChoiceField(
        Practitioner.objects.none(), label="Practitioner", required=False, empty_label="Every practitioner"
    )
    payee = forms.ModelChoiceField(Payee.objects.none(), label="Is paid to", empty_label="Choose a payee")

    def __init__(self, practice: Practice, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["insurer_slug"].choices = insurer_choices("Choose an insurer")  # type: ignore[attr-defined]
        own = {"practice": practice, "is_active": True}
        self.fields["practitioner"].queryset = Practitioner.objects.filter(**own)  # type: ignore[attr-defined]
        self.fields["payee"].queryset = Payee.objects.filter(**own)  # type: ignore[attr-defined]
