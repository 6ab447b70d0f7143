"""What the practice enters about one insurer."""

from __future__ import annotations

import re

from django import forms
from django.core.exceptions import ValidationError

from clearbill.bill.bill import DIAGNOSIS_SCHEMES
from clearbill.bill.insurers import Insurer
from clearbill.inputs import CodeField, NumberTextField
from clearbill.practice.insurers_queries import is_billed
from clearbill.practice.models import InsurerSetting


class InsurerForm(forms.Form):
    """What the practice knows of one insurer beyond the published facts."""

    is_billed = forms.BooleanField(label="The practice bills this insurer", required=False)
    healthcode_id = CodeField(label="Healthcode’s identifier", required=False, max_length=20)
    controlling_specialist_number = NumberTextField(
        label="Practitioner ID for every bill to this insurer", required=False, max_length=32
    )
    diagnosis_scheme = forms.ChoiceField(
        label="Diagnosis codes", choices=list(DIAGNOSIS_SCHEMES.items()), initial="ICD10"
    )

    def clean_healthcode_id(self) -> str:
        typed: str = self.cleaned_data["healthcode_id"].lower()
        if typed and not re.fullmatch(r"[a-z]{3}", typed):
            raise ValidationError(f"The identifier is 3 letters, such as “bup”; “{typed}” is not.")
        return typed


def setting_values(insurer: Insurer, setting: InsurerSetting | None) -> dict[str, object]:
    """Return what the practice entered as a form's first values, or what holds while it entered nothing."""
    if setting is None:
        return {"is_billed": is_billed(insurer, setting)}
    return {name: getattr(setting, name) for name in InsurerForm.base_fields}
