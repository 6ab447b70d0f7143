"""What the practice enters about one insurer."""

from __future__ import annotations

import re

from django import forms
from django.core.exceptions import ValidationError

from clearbill.inputs import NumberTextField
from clearbill.practice.models import InsurerSetting

FIELDS = ("is_billed", "healthcode_id", "controlling_specialist_number", "diagnosis_scheme")


class InsurerForm(forms.Form):
    is_billed = forms.BooleanField(label="The practice bills this insurer", required=False)
    healthcode_id = NumberTextField(label="Healthcode’s identifier", required=False, max_length=20)
    controlling_specialist_number = NumberTextField(
        label="Practitioner ID for every bill to this insurer", required=False, max_length=32
    )
    diagnosis_scheme = forms.ChoiceField(
        label="Diagnosis codes", choices=[("ICD10", "ICD-10"), ("ICD9", "ICD-9")], initial="ICD10"
    )

    def clean_healthcode_id(self) -> str:
        typed: str = self.cleaned_data["healthcode_id"].lower()
        if typed and not re.fullmatch(r"[a-z]{3}", typed):
            raise ValidationError(f"The identifier is 3 letters, such as “bup”; “{typed}” is not.")
        return typed


def setting_values(setting: InsurerSetting | None, *, listed: bool) -> dict[str, object]:
    """Return what the practice entered as a form's first values; `listed` says what holds while it entered nothing."""
    return {name: getattr(setting, name) for name in FIELDS} if setting else {"is_billed": listed}
