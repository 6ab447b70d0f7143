"""The forms of the accounts page: the period, and the codes."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from clearbill.inputs import CodeField, DayField, TextField
from clearbill.reports.exports import FIELDS
from clearbill.reports.filters import last_month, shown
from clearbill.reports.models import AccountCodes

LONGEST_DAYS = 366


class PeriodForm(forms.Form):
    """The days whose books are taken along; the month before this one at first."""

    first_on = DayField(label="From")
    last_on = DayField(label="To")

    def __init__(self, data: Any, *, today: date) -> None:
        first_on, last_on = last_month(today)
        super().__init__(data if "first_on" in data else {"first_on": shown(first_on), "last_on": shown(last_on)})

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        first_on, last_on = given.get("first_on"), given.get("last_on")
        if first_on and last_on and first_on > last_on:
            raise ValidationError("The first day lies after the last one. Exchange them.")
        if first_on and last_on and (last_on - first_on).days > LONGEST_DAYS:
            raise ValidationError("Take a year at most at a time.")
        return given


class CodesForm(forms.Form):
    """The code of each account, as the accounting software has it."""

    debtors_insurers = CodeField(label="Debtors, insurers", max_length=10, help_text="What insurers owe you.")
    debtors_clients = CodeField(label="Debtors, clients", max_length=10, help_text="What clients owe you.")
    shortfall = CodeField(
        label="Shortfall not decided",
        max_length=10,
        help_text="What insurers deducted, until the client is asked for it.",
    )
    bank = CodeField(
        label="Money received", max_length=10,
        help_text="A clearing account, not the bank account itself: Xero takes no manual journal on a bank account.",
    )  # fmt: skip
    income = CodeField(label="Fees", max_length=10, help_text="Your income, before VAT.")
    vat = CodeField(label="VAT", max_length=10, help_text="Used where an invoice has VAT.")
    written_off = CodeField(label="Written off", max_length=10, help_text="What you gave up.")
    tax_rate = TextField(
        label="Tax rate", max_length=50,
        help_text="The name of the rate for every line, spelt as in Xero. VAT has lines of its own, so none is added.",
    )  # fmt: skip

    @classmethod
    def of(cls, codes: AccountCodes, data: Any = None) -> CodesForm:
        """Return the form with these codes, or with what was sent."""
        return cls(data, initial={field: getattr(codes, field) for field in (*FIELDS.values(), "tax_rate")})
