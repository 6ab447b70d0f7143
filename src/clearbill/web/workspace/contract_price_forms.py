"""What is typed about contract prices."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from clearbill.fileformats.price_csv import FIRST_DAY, LARGEST_BYTES, LAST_DAY
from clearbill.forms.fields import CodeField, DayField, PoundsField, TextField, insurer_choices
from clearbill.workspace.contract_prices.models import ContractPrice

_CODE = re.compile(r"[A-Z0-9][A-Z0-9./-]*", re.ASCII)


class BelievableDayField(DayField):
    """A day between 2000 and 2100."""

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        if day and not FIRST_DAY <= day <= LAST_DAY:
            raise ValidationError("The date must lie between 2000 and 2100.")
        return day


class AmountField(PoundsField):
    """A price: more than nothing."""

    def clean(self, value: Any) -> Any:
        amount = super().clean(value)
        if amount is not None and amount <= Decimal(0):
            raise ValidationError("A contract price is more than nothing.")
        return amount


class PriceForm(forms.Form):
    """A contract price with its days."""

    insurer_slug = forms.ChoiceField(label="Insurer", error_messages={"required": "Choose the insurer."})
    code = CodeField(label="Code", max_length=20)
    description = TextField(label="Description", required=False, max_length=200)
    visit = forms.ChoiceField(label="Kind of visit", choices=ContractPrice.VISITS, required=False)
    amount = AmountField(label="Price", error_messages={"required": "Enter the price that the insurer agreed."})
    valid_from = BelievableDayField(label="First day", error_messages={"required": "Enter the day it holds from."})
    valid_to = BelievableDayField(label="Last day", required=False)
    note = TextField(label="Where it is written", required=False, max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = (self.initial or {}).get("insurer_slug", "")
        self.fields["insurer_slug"].choices = insurer_choices("Choose", kept=kept)  # type: ignore[attr-defined]
        self.fields["code"].widget.attrs.update({"list": "codes-billed", "autocomplete": "off"})

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if not _CODE.fullmatch(code):
            raise ValidationError("A code has only letters and digits, dots, hyphens and slashes.")
        return code


class DescribeForm(forms.Form):
    """The words about a price, which may change at any time."""

    description = TextField(label="Description", required=False, max_length=200)
    visit = forms.ChoiceField(label="Kind of visit", choices=ContractPrice.VISITS, required=False)
    note = TextField(label="Where it is written", required=False, max_length=200)


class EndForm(forms.Form):
    """The last day of a price; empty lets it go on."""

    valid_to = BelievableDayField(label="Last day", required=False)


class WithdrawForm(forms.Form):
    """Why a price was never right."""

    reason = TextField(label="Reason", max_length=300, error_messages={"required": "Say what is wrong with it."})


class LoadForm(forms.Form):
    """A file of contract prices, and what becomes of it where some of its rows are wrong."""

    file = forms.FileField(
        label="CSV file",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv"}),
        help_text="Up to 5 MB. The first line names the columns: insurer, code, price, valid from; and if you like "
        "valid to, description, visit (first or follow-up), note. The day comes before the month.",
    )
    insurer_slug = forms.ChoiceField(label="Rows that name no insurer are of", required=False)
    mode = forms.ChoiceField(
        label="If some rows are wrong",
        choices=[("all", "Load nothing"), ("part", "Load the good rows")],
        initial="all",
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["insurer_slug"].choices = insurer_choices("None")  # type: ignore[attr-defined]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_BYTES:
            raise ValidationError("The file is larger than 5 MB. Split it and load the parts one after another.")
        return file


def price_values(price: ContractPrice) -> dict[str, Any]:
    """Return what a price that follows this one begins with."""
    return {name: getattr(price, name) for name in ("insurer_slug", "code", "description", "visit", "note")}


def first_values(given: Any, today: date) -> dict[str, Any]:
    """Return what a new price begins with, from an address that names insurer and code."""
    return {"insurer_slug": given.get("insurer", "")[:40], "code": given.get("code", "")[:20], "valid_from": today}
