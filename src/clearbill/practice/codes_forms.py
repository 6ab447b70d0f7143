"""What is asked while a code list is loaded."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from clearbill.practice.codes_reading import LARGEST_BYTES, TOO_LARGE
from clearbill.practice.models import CodeEntry


class UploadForm(forms.Form):
    """The file, and what its codes are where it does not say so itself."""

    file = forms.FileField(
        label="CSV file", allow_empty_file=True, widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv"})
    )
    kind = forms.ChoiceField(label="Codes without a kind are", choices=CodeEntry.KINDS, initial=CodeEntry.ISC)

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_BYTES:
            raise ValidationError(TOO_LARGE)
        return file


class ImportForm(forms.Form):
    """What becomes of the codes that are there already."""

    mode = forms.ChoiceField(
        label="What is there already",
        choices=[("add", "Keep it, add these codes"), ("replace", "Replace it with these codes")],
        initial="add",
        widget=forms.RadioSelect,
    )
