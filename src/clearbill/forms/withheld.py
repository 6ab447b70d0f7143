"""A field that this person may not change: it is not offered, and another value than the one that stands is refused."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

HINT = "You may read this, and not change it."


def withhold(form: forms.BaseForm, stored: dict[str, Any], why: str) -> None:
    """Let these fields of the form keep what is stored; `why` is said at a field that was sent with something else."""
    for name, value in stored.items():
        if name in form.fields:
            field = form.fields[name]
            form.initial[name] = value
            field.is_withheld = True  # type: ignore[attr-defined]
            field.widget.attrs["readonly"] = True
            field.help_text = HINT
            field.clean = _Kept(field, value, why)  # type: ignore[method-assign]


class _Kept:
    """Reads the field as before and takes nothing but what is stored, or nothing at all."""

    def __init__(self, field: forms.Field, stored: Any, why: str) -> None:
        self._read, self._stored, self._why = field.clean, stored, why
        field.required = False

    def __call__(self, value: Any) -> Any:
        if value is not None and (self._read(value) or None) != (self._stored or None):
            raise ValidationError(self._why)
        return self._stored
