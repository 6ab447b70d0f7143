"""The field that asks how a client paid."""

from __future__ import annotations

from typing import Any

from django import forms

from clearbill.invoicing.models import Method

NO_METHOD = "Choose how it was paid."


class MethodField(forms.ChoiceField):
    """One of the methods of payment; "" where none is chosen and none is required."""

    def __init__(self, *, label: str = "Paid by", **kwargs: Any) -> None:
        choices = [("", "Choose how"), *Method.choices]
        super().__init__(label=label, choices=choices, error_messages={"required": NO_METHOD}, **kwargs)
