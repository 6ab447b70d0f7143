"""What is typed about contract prices."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from clearbill.fileformats.lists.price_list import FIRST_DAY, LAST_DAY
from clearbill.forms.fields import CodeField, DayField, PoundsField, TextField, insurer_choices
from clearbill.forms.settings import SettingsForm
from clearbill.people.models import Practice
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


class PriceForm(SettingsForm):
    """A contract price with its days."""

    insurer_slug = forms.ChoiceField(label="Insurer", error_messages={"required": "Choose the insurer."})

    class Meta(SettingsForm.Meta):
        model = ContractPrice
        fields = ["insurer_slug", "code", "description", "visit", "amount", "valid_from", "valid_to", "note"]
        field_classes = {
            "code": CodeField,
            "amount": AmountField,
            "valid_from": BelievableDayField,
            "valid_to": BelievableDayField,
        }
        error_messages = {
            "amount": {"required": "Enter the price that the insurer agreed."},
            "valid_from": {"required": "Enter the day it holds from."},
        }

    def __init__(self, data: Any = None, *, instance: ContractPrice, **kwargs: Any) -> None:
        """`instance` is what the new price begins with; its amount is always typed."""
        super().__init__(data, instance=instance, initial={"amount": None}, **kwargs)
        choices = insurer_choices("Choose", kept=self.initial.get("insurer_slug", ""))
        self.fields["insurer_slug"].choices = choices  # type: ignore[attr-defined]
        self.fields["code"].widget.attrs.update({"list": "codes-billed", "autocomplete": "off"})

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if not _CODE.fullmatch(code):
            raise ValidationError("A code has only letters and digits, dots, hyphens and slashes.")
        return code


class DescribeForm(SettingsForm):
    """The words about a price, which may change at any time."""

    class Meta(SettingsForm.Meta):
        model = ContractPrice
        fields = ["description", "visit", "note"]


class EndForm(SettingsForm):
    """The last day of a price; empty lets it go on."""

    class Meta(SettingsForm.Meta):
        model = ContractPrice
        fields = ["valid_to"]
        field_classes = {"valid_to": BelievableDayField}


class WithdrawForm(forms.Form):
    """Why a price was never right."""

    reason = TextField(label="Reason", max_length=300, error_messages={"required": "Say what is wrong with it."})


def first_price(practice: Practice, given: Any, today: date) -> ContractPrice:
    """Return what a new price begins with, from an address that names insurer and code; unsaved."""
    insurer, code = given.get("insurer", "")[:40], given.get("code", "")[:20]
    return ContractPrice(practice=practice, insurer_slug=insurer, code=code, valid_from=today)


def next_price(price: ContractPrice) -> ContractPrice:
    """Return what a price that follows this one begins with: everything but its amount and its days; unsaved."""
    kept = {name: getattr(price, name) for name in ("practice", "insurer_slug", "code", "description", "visit", "note")}
    return ContractPrice(**kept)
