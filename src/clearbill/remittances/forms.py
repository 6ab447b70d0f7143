from __future__ import annotations

from django import forms

from clearbill.inputs import TextField


class MatchForm(forms.Form):
    """The claim that a payment's bill is about, by its invoice number."""

    number = TextField(label="Invoice number", max_length=20)


class WithdrawForm(forms.Form):
    reason = TextField(label="Why is it taken out?", max_length=300, help_text="Such as: the wrong column was read.")


class AsideForm(forms.Form):
    reason = TextField(
        label="Why is it set aside?", max_length=500, help_text="Such as: a bill from before Clearbill, kept elsewhere."
    )
