"""The form of the practice details."""

from __future__ import annotations

import re

from django import forms
from django.core.exceptions import ValidationError

from clearbill.inputs import CodeField, PostcodeField, TextField
from clearbill.people.forms import EmailField
from clearbill.people.models import Practice
from clearbill.practice.details_services import FIELDS


class PracticeForm(forms.Form):
    """What stands at the head of each invoice."""

    name = TextField(label="Name of the practice", max_length=120)
    address_1 = TextField(label="Address line 1", max_length=50, required=False)
    address_2 = TextField(label="Address line 2", max_length=50, required=False)
    address_3 = TextField(label="Town or city", max_length=50, required=False)
    address_4 = TextField(label="County", max_length=50, required=False)
    postcode = PostcodeField(label="Postcode", max_length=10, required=False)
    phone = TextField(label="Phone", max_length=40, required=False)
    email = EmailField(label="E-mail", required=False)
    vat_number = CodeField(label="VAT number", max_length=20, required=False)
    invoice_prefix = CodeField(label="Invoice prefix", max_length=3)

    @classmethod
    def of(cls, practice: Practice, data: object = None) -> PracticeForm:
        """Return the form of this practice, with what was sent where something was."""
        return cls(data, initial={field: getattr(practice, field) for field in FIELDS})  # type: ignore[arg-type]

    def clean_vat_number(self) -> str:
        number = str(self.cleaned_data["vat_number"])
        if number and not re.fullmatch(r"(GB)?(\d{9}|\d{12})", number, re.ASCII):
            raise ValidationError("A UK VAT number has 9 or 12 digits, with or without GB in front.")
        return number

    def clean_invoice_prefix(self) -> str:
        prefix = str(self.cleaned_data["invoice_prefix"])
        if not re.fullmatch(r"[A-Z0-9]{1,3}", prefix, re.ASCII):
            raise ValidationError("Use 1 to 3 letters or digits, without accents: insurers’ systems take no others.")
        return prefix
