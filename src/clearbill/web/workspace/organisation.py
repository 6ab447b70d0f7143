"""The form of the practice details."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from clearbill.forms.fields import CodeField, EmailField, PostcodeField, TextField
from clearbill.people.models import Practice
from clearbill.people.permissions import Permission
from clearbill.web.sign_in.access import PracticeRequest, member_required
from clearbill.workspace import organisation
from clearbill.workspace.organisation import FIELDS

MOST_FOOTER_LINES = 3


def _figures() -> forms.TextInput:
    return forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})


class PracticeForm(forms.Form):
    """What stands on each invoice and other paper, and where clients pay to."""

    name = TextField(label="Name of the practice", max_length=120)
    address_1 = TextField(label="Address line 1", max_length=50, required=False)
    address_2 = TextField(label="Address line 2", max_length=50, required=False)
    address_3 = TextField(label="Town or city", max_length=50, required=False)
    address_4 = TextField(label="County", max_length=50, required=False)
    postcode = PostcodeField(label="Postcode", max_length=10, required=False)
    phone = TextField(label="Phone", max_length=40, required=False)
    email = EmailField(label="E-mail", required=False)
    vat_number = CodeField(label="VAT number", max_length=20, required=False)
    invoice_prefix = CodeField(
        label="Invoice prefix",
        max_length=3,
        help_text="1 to 3 letters or digits in front of each new invoice’s number, such as CB in CB10042, the last one "
        "a letter. The numbers keep to the 10 characters that insurers take.",
    )
    account_name = TextField(label="Account name", max_length=120, required=False)
    sort_code = TextField(label="Sort code", required=False, widget=_figures())
    account_number = TextField(label="Account number", required=False, widget=_figures())
    footer = TextField(
        label="At the foot of each paper", max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    reply_to = EmailField(label="Answers to e-mails go to", required=False)

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
        if not prefix[-1].isalpha():
            raise ValidationError("End it with a letter. After a digit two invoices could come to the same number.")
        if prefix == "CN":
            raise ValidationError("CN stands in front of credit notes’ numbers. Use another prefix for invoices.")
        return prefix

    def clean_sort_code(self) -> str:
        figures = re.sub(r"[\s.–-]", "", str(self.cleaned_data["sort_code"]))
        if figures and not re.fullmatch(r"\d{6}", figures, re.ASCII):
            raise ValidationError("A sort code has 6 digits, such as 12-34-56.")
        return "-".join(re.findall("..", figures))

    def clean_account_number(self) -> str:
        figures = re.sub(r"\s", "", str(self.cleaned_data["account_number"]))
        if figures and not re.fullmatch(r"\d{8}", figures, re.ASCII):
            raise ValidationError("An account number has 8 digits. A shorter one has zeros in front: 00123456.")
        return figures

    def clean_footer(self) -> str:
        lines = [line.strip() for line in str(self.cleaned_data["footer"]).split("\n") if line.strip()]
        if len(lines) > MOST_FOOTER_LINES:
            raise ValidationError(f"Only {MOST_FOOTER_LINES} lines fit at the foot of a page; this has {len(lines)}.")
        return "\n".join(lines)

    def clean(self) -> dict[str, Any]:
        """An account is whole or not there at all: half of one would stand on every invoice."""
        cleaned = super().clean() or self.cleaned_data
        for one, other in (("sort_code", "account_number"), ("account_number", "sort_code")):
            if cleaned.get(one) and cleaned.get(other) == "":
                self.add_error(other, "Enter both the sort code and the account number, or neither.")
        return cleaned


@member_required(to_change=Permission.CHANGE_SETTINGS)
def details(request: PracticeRequest) -> HttpResponse:
    form = PracticeForm.of(request.practice, request.POST or None)
    if request.method == "POST" and form.is_valid():
        organisation.change_details(
            practice=request.practice, by=request.user, now=timezone.now(), details=form.cleaned_data
        )
        messages.success(request, "The practice details are saved.")
        return redirect("practice-details")
    return render(request, "workspace/details.html", {"form": form})
