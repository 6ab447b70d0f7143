"""What is typed about a service."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from clearbill.bill.rules.lines import PROCEDURE_CODE
from clearbill.inputs import CodeField, PoundsField, TextField
from clearbill.practice.models import SETTING_CHOICES, Service

VAT_RATES = [("0.00", "No VAT (0 %)"), ("20.00", "20 %")]


class ServiceForm(forms.Form):
    """A service with its Healthcode Details."""

    name = TextField(label="Name", max_length=120, error_messages={"required": "Give the service a name."})
    price = PoundsField(label="Price", error_messages={"required": "Enter the price; 0 is a price too."})
    vat_rate = forms.TypedChoiceField(label="VAT rate", choices=VAT_RATES, coerce=Decimal, initial="0.00")
    duration_minutes = forms.IntegerField(
        label="Duration in minutes", min_value=5, max_value=720, initial=30, widget=forms.TextInput
    )
    setting = forms.ChoiceField(label="Setting", choices=SETTING_CHOICES, initial="O")
    isc = CodeField(label="ISC", required=False, max_length=20)
    procedure_code = CodeField(label="Procedure code", required=False, max_length=20)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"
        self.fields["duration_minutes"].widget.attrs["inputmode"] = "numeric"


def service_values(service: Service) -> dict[str, Any]:
    """Return a service as a form's first values."""
    return {name: getattr(service, name) for name in ServiceForm.base_fields} | {"vat_rate": f"{service.vat_rate:.2f}"}


def procedure_code_warning(code: str) -> str:
    """Return a sentence where a procedure code has a shape no insurer has published, else ""."""
    if not code or PROCEDURE_CODE.fullmatch(code):
        return ""
    return (
        f"“{code}” does not look like a procedure code: those are a letter and 4 digits, 5 digits, or 2 letters and "
        "3 digits. It is saved as it is."
    )
