"""Workspace Settings > Business > Practice details."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render

from clearbill.forms.fields import CodeField, NameField, PhoneField, TextField, UkPostcodeField
from clearbill.forms.settings import FormRow, SettingsForm, names_in
from clearbill.people.models import Practice
from clearbill.people.permissions import Permission
from clearbill.web.components.concurrent_edit import ConcurrentEdit, serialized
from clearbill.web.sign_in.access import PracticeRequest, actor_of, member_required
from clearbill.web.sign_in.confirmation import confirmed_to_change
from clearbill.workspace import settings

MOST_FOOTER_LINES = 3


def _figures() -> forms.TextInput:
    return forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})


_LAYOUT = (
    FormRow("name"),
    FormRow("address_1 address_2 address_3 address_4 postcode phone email vat_number"),
    FormRow("invoice_prefix"),
    FormRow("account_name sort_code account_number", title="How clients pay", wide="account_name"),
    FormRow("footer", title="Papers and e-mails"),
    FormRow("reply_to"),
    FormRow("refuses_unauthorised", title="Booking"),
)


class PracticeForm(SettingsForm):
    """What stands on each invoice and other paper, and where clients pay to."""

    # Typed in groups, with signs between; stored without.
    sort_code = TextField(label="Sort code", required=False, widget=_figures())
    account_number = TextField(label="Account number", required=False, widget=_figures())
    layout = _LAYOUT
    belong_together = {
        "Address": "address_1 address_2 address_3 address_4 postcode",
        "How clients pay": "account_name sort_code account_number",
    }

    class Meta(SettingsForm.Meta):
        model = Practice
        fields = names_in(_LAYOUT)
        field_classes = {
            "name": NameField,
            "phone": PhoneField,
            "postcode": UkPostcodeField,
            "vat_number": CodeField,
            "invoice_prefix": CodeField,
        }
        widgets = {"footer": forms.Textarea(attrs={"rows": 2})}
        help_texts = {
            "vat_number": "Only where the practice charges VAT. An invoice with VAT cannot be made without it.",
            "invoice_prefix": "1 to 3 letters or digits in front of each new invoice’s number, such as CB in CB10042, "
            "the last one a letter. The numbers keep to the 10 characters that insurers take.",
            "account_name": "As the bank knows it. The account stands on invoices that are not paid yet.",
            "footer": "Up to three lines, such as when to pay, or the company’s number.",
            "reply_to": "Where it is not the e-mail address above.",
            "refuses_unauthorised": "A visit on a day outside the client’s policy or authorisation, or beyond the "
            "sessions or the amount authorised. Unticked, it is booked and Clearbill says so.",
        }

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


@member_required(Permission.SEE, to_change=Permission.CHANGE_SETTINGS)
@confirmed_to_change
@serialized
def details(request: PracticeRequest) -> HttpResponse:
    request.practice.refresh_from_db()
    edit = ConcurrentEdit(request, [request.practice], PracticeForm(instance=request.practice))
    form = PracticeForm(edit.data, instance=request.practice)
    if request.method == "POST" and form.is_valid() and edit.is_settled(form):
        settings.save_practice(actor_of(request), details=form.cleaned_data)
        messages.success(request, "The practice details are saved.")
        return redirect("practice-details")
    return render(request, "workspace/details.html", {"form": form, "edit": edit})
